/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dialect_sendgrid - SendGrid's suppressions and unsubscribe groups, at /compat/sendgrid
 *
 * As its official clients ask: a subuser is an account, and a DELETE may have a
 * body.
 */
#include "config.h"

#include "base/json.h"
#include "http/dialect.h"

#define MOST 1000 /* addresses at once */
#define FIELDS(rows) rows, G_N_ELEMENTS(rows)
#define ROOT "/compat/sendgrid/v3"

#define LIST                                                                                       \
	{                                                                                          \
		"list", CAROM_INPUT_TEXT, TRUE, 64                                                 \
	}
#define EMAIL                                                                                      \
	{                                                                                          \
		"email", CAROM_INPUT_ADDRESS, .needed = TRUE                                       \
	}
#define GROUP                                                                                      \
	{                                                                                          \
		"group_id", CAROM_INPUT_NUMBER, TRUE, G_MAXINT32                                   \
	}
#define EMAILS                                                                                     \
	{                                                                                          \
		"recipient_emails", CAROM_INPUT_ADDRESSES, TRUE, MOST                              \
	}

static const CaromInput list[] = { LIST,
				   { "start_time", CAROM_INPUT_NUMBER, .max = G_MAXUINT32 },
				   { "end_time", CAROM_INPUT_NUMBER, .max = G_MAXUINT32 },
				   { "limit", CAROM_INPUT_COUNT, .max = 10000 },
				   { "offset", CAROM_INPUT_NUMBER, .max = 10000000 },
				   { "email", CAROM_INPUT_TEXT, .max = 320 } };
static const CaromInput get[] = { LIST, EMAIL };
static const CaromInput delete_some[] = { LIST,
					  { "emails", CAROM_INPUT_ADDRESSES, FALSE, MOST },
					  { "delete_all", .type = CAROM_INPUT_FLAG } };
static const CaromInput delete_one[] = { LIST,
					 EMAIL,
					 { "email_address", .type = CAROM_INPUT_IGNORED } };
static const CaromInput addresses[] = { EMAILS };
static const CaromInput email[] = { EMAIL };
static const CaromInput groups[] = { { "id", CAROM_INPUT_NUMBER, .max = G_MAXINT32 } };
static const CaromInput group[] = { GROUP };
static const CaromInput make_group[] = { { "name", CAROM_INPUT_TEXT, TRUE, 100 },
					 { "description", .type = CAROM_INPUT_IGNORED },
					 { "is_default", .type = CAROM_INPUT_IGNORED } };
static const CaromInput group_addresses[] = { GROUP, EMAILS };
static const CaromInput group_email[] = { GROUP, EMAIL };

#define JSON CAROM_ENDPOINT_JSON

static const CaromEndpoint endpoints[] = {
	{ "sendgrid-list", "GET", ROOT "/suppression/{list}", JSON, CAROM_API_SENDGRID_LIST,
	  FIELDS(list) },
	{ "sendgrid-delete-some", "DELETE", ROOT "/suppression/{list}", JSON,
	  CAROM_API_SENDGRID_DELETE_SOME, FIELDS(delete_some) },
	{ "sendgrid-get", "GET", ROOT "/suppression/{list}/{email}", JSON, CAROM_API_SENDGRID_GET,
	  FIELDS(get) },
	{ "sendgrid-delete", "DELETE", ROOT "/suppression/{list}/{email}", JSON,
	  CAROM_API_SENDGRID_DELETE, FIELDS(delete_one) },
	{ "sendgrid-global-add", "POST", ROOT "/asm/suppressions/global", JSON,
	  CAROM_API_SENDGRID_ADD_GLOBAL, FIELDS(addresses) },
	{ "sendgrid-global-get", "GET", ROOT "/asm/suppressions/global/{email}", JSON,
	  CAROM_API_SENDGRID_GET_GLOBAL, FIELDS(email) },
	{ "sendgrid-global-delete", "DELETE", ROOT "/asm/suppressions/global/{email}", JSON,
	  CAROM_API_SENDGRID_DELETE_GLOBAL, FIELDS(email) },
	{ "sendgrid-all", "GET", ROOT "/asm/suppressions", JSON, CAROM_API_SENDGRID_ALL, NULL, 0 },
	{ "sendgrid-groups-of", "GET", ROOT "/asm/suppressions/{email}", JSON,
	  CAROM_API_SENDGRID_GROUPS_OF, FIELDS(email) },
	{ "sendgrid-groups", "GET", ROOT "/asm/groups", JSON, CAROM_API_SENDGRID_GROUPS,
	  FIELDS(groups) },
	{ "sendgrid-group-make", "POST", ROOT "/asm/groups", JSON, CAROM_API_SENDGRID_MAKE_GROUP,
	  FIELDS(make_group) },
	{ "sendgrid-group", "GET", ROOT "/asm/groups/{group_id}", JSON, CAROM_API_SENDGRID_GROUP,
	  FIELDS(group) },
	{ "sendgrid-members", "GET", ROOT "/asm/groups/{group_id}/suppressions", JSON,
	  CAROM_API_SENDGRID_MEMBERS, FIELDS(group) },
	{ "sendgrid-group-add", "POST", ROOT "/asm/groups/{group_id}/suppressions", JSON,
	  CAROM_API_SENDGRID_ADD, FIELDS(group_addresses) },
	{ "sendgrid-group-search", "POST", ROOT "/asm/groups/{group_id}/suppressions/search", JSON,
	  CAROM_API_SENDGRID_SEARCH, FIELDS(group_addresses) },
	{ "sendgrid-group-delete", "DELETE", ROOT "/asm/groups/{group_id}/suppressions/{email}",
	  JSON, CAROM_API_SENDGRID_LEAVE, FIELDS(group_email) },
};

static void
write_error(int status, const char *detail, const char *field, GString *out)
{
	(void) status;
	carom_json_begin_object(out);
	carom_json_name(out, "errors");
	carom_json_begin_array(out);
	carom_json_begin_object(out);
	carom_json_name(out, "field");
	if (field != NULL)
		carom_json_string(out, field);
	else
		g_string_append(out, "null");
	carom_json_member(out, "message", detail);
	carom_json_end_object(out);
	carom_json_end_array(out);
	carom_json_end_object(out);
}

static const CaromDialect dialect = { .endpoints = endpoints,
				      .n_endpoints = G_N_ELEMENTS(endpoints),
				      .account_field = "On-Behalf-Of",
				      .read_key = carom_api_key_authorization,
				      .write_error = write_error };

static const CaromEndpoint *
all_endpoints(guint *n)
{
	*n = G_N_ELEMENTS(endpoints);
	return endpoints;
}

static void
answer_sendgrid(const CaromHttp *http, const CaromHttpRequest *request, const CaromTarget *target,
		CaromHttpResponse *out)
{
	carom_dialect_answer(&dialect, http, request, target, out);
}

static void
fail_sendgrid(CaromHttpResponse *out, int status, const char *detail, const char *trace)
{
	(void) trace;
	carom_dialect_fail(&dialect, out, status, detail, NULL);
}

const CaromHttpGroup carom_dialect_sendgrid = { .prefix = "/compat/sendgrid/",
						.endpoints = all_endpoints,
						.answer = answer_sendgrid,
						.fail = fail_sendgrid };
