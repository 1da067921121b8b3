/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dialect_sparkpost - SparkPost's suppression list and message events, at /compat/sparkpost
 *
 * As its official clients ask: the key stands alone in Authorization, or as the
 * name of Basic; a subaccount is an account; "+" in a path is a plus.
 */
#include "config.h"

#include "base/json.h"
#include "http/dialect.h"

#include <string.h>

#define WORDS 2000 /* characters of a list of words */
#define FIELDS(rows) rows, G_N_ELEMENTS(rows)
#define ROOT "/compat/sparkpost/api/v1"

static const CaromInput list[] = { { "to", .type = CAROM_INPUT_MOMENT },
				   { "from", .type = CAROM_INPUT_MOMENT },
				   { "domain", CAROM_INPUT_TEXT, .max = WORDS },
				   { "sources", CAROM_INPUT_TEXT, .max = WORDS },
				   { "types", CAROM_INPUT_TEXT, .max = WORDS },
				   { "description", CAROM_INPUT_TEXT, .max = WORDS },
				   { "description_strict", .type = CAROM_INPUT_FLAG },
				   { "cursor", .type = CAROM_INPUT_PLACE },
				   { "per_page", CAROM_INPUT_COUNT, .max = 10000 },
				   { "page", CAROM_INPUT_COUNT, .max = 10000 },
				   { "limit", CAROM_INPUT_COUNT, .max = 10000 },
				   { "sort", CAROM_INPUT_TEXT, .max = 10 },
				   { "list_id", CAROM_INPUT_LOOSE, .max = 128 } };
static const CaromInput get[] = { { "recipient", CAROM_INPUT_ADDRESS, .needed = TRUE },
				  { "types", CAROM_INPUT_TEXT, .max = WORDS },
				  { "list_id", CAROM_INPUT_LOOSE, .max = 128 },
				  { "cursor", .type = CAROM_INPUT_IGNORED },
				  { "per_page", .type = CAROM_INPUT_IGNORED },
				  { "page", .type = CAROM_INPUT_IGNORED } };
static const CaromInput put[] = { { "recipients", CAROM_INPUT_OBJECTS, TRUE, 10000 } };
static const CaromInput put_one[] = { { "recipient", CAROM_INPUT_NEW_ADDRESS, .needed = TRUE },
				      { "type", CAROM_INPUT_TEXT, .max = WORDS },
				      { "transactional", .type = CAROM_INPUT_FLAG },
				      { "non_transactional", .type = CAROM_INPUT_FLAG },
				      { "description", CAROM_INPUT_LOOSE, .max = WORDS },
				      { "list_id", CAROM_INPUT_LOOSE, .max = 128 } };
static const CaromInput delete[] = { { "recipient", CAROM_INPUT_ADDRESS, .needed = TRUE },
				     { "type", CAROM_INPUT_TEXT, .max = WORDS },
				     { "list_id", CAROM_INPUT_LOOSE, .max = 128 } };
static const CaromInput events[] = { { "from", .type = CAROM_INPUT_MOMENT },
				     { "to", .type = CAROM_INPUT_MOMENT },
				     { "cursor", .type = CAROM_INPUT_PLACE },
				     { "per_page", CAROM_INPUT_COUNT, .max = 10000 },
				     { "events", CAROM_INPUT_TEXT, .max = WORDS },
				     { "recipients", CAROM_INPUT_TEXT, .max = WORDS },
				     { "recipient_domains", CAROM_INPUT_TEXT, .max = WORDS },
				     { "campaigns", CAROM_INPUT_TEXT, .max = WORDS },
				     { "bounce_classes", CAROM_INPUT_TEXT, .max = WORDS },
				     { "subaccounts", CAROM_INPUT_TEXT, .max = WORDS } };

static const CaromEndpoint endpoints[] = {
	{ "sparkpost-list", "GET", ROOT "/suppression-list", CAROM_ENDPOINT_JSON,
	  CAROM_API_SPARKPOST_LIST, FIELDS(list) },
	{ "sparkpost-put", "PUT", ROOT "/suppression-list", CAROM_ENDPOINT_JSON,
	  CAROM_API_SPARKPOST_PUT, FIELDS(put) },
	{ "sparkpost-summary", "GET", ROOT "/suppression-list/summary", CAROM_ENDPOINT_JSON,
	  CAROM_API_SPARKPOST_SUMMARY, NULL, 0 },
	{ "sparkpost-get", "GET", ROOT "/suppression-list/{recipient}", CAROM_ENDPOINT_JSON,
	  CAROM_API_SPARKPOST_GET, FIELDS(get) },
	{ "sparkpost-put-one", "PUT", ROOT "/suppression-list/{recipient}", CAROM_ENDPOINT_JSON,
	  CAROM_API_SPARKPOST_PUT_ONE, FIELDS(put_one) },
	{ "sparkpost-delete", "DELETE", ROOT "/suppression-list/{recipient}", CAROM_ENDPOINT_JSON,
	  CAROM_API_SPARKPOST_DELETE, FIELDS(delete) },
	{ "sparkpost-events", "GET", ROOT "/events/message", CAROM_ENDPOINT_JSON,
	  CAROM_API_SPARKPOST_EVENTS, FIELDS(events) },
};

static gboolean
read_key(const char *authorization, CaromApiKey *out)
{
	static const char basic[] = "Basic ";
	const gsize n = strlen(basic);

	memset(out, 0, sizeof *out);
	if (authorization != NULL && g_ascii_strncasecmp(authorization, basic, n) == 0) {
		gsize len = 0;
		g_autofree char *pair = (char *) g_base64_decode(authorization + n, &len);
		g_autofree char *text = g_strndup(pair ? pair : "", len);

		text[strcspn(text, ":")] = '\0';
		return carom_api_key_read(text, out);
	}
	return authorization != NULL && carom_api_key_read(authorization, out);
}

static void
write_error(int status, const char *detail, const char *field, GString *out)
{
	carom_json_begin_object(out);
	carom_json_name(out, "errors");
	carom_json_begin_array(out);
	carom_json_begin_object(out);
	carom_json_member(out, "message", status == 401 ? "Unauthorized." : detail);
	carom_json_member(out, "param", field);
	carom_json_end_object(out);
	carom_json_end_array(out);
	carom_json_end_object(out);
}

/* The target again with another cursor. It begins where a client's own base would end, so that one
 * that resolves it as a URL finds the way. Caller's. */
static char *
next_target(const char *target, const char *cursor)
{
	g_auto(GStrv) parts =
		g_strsplit(strchr(target, '?') ? strchr(target, '?') + 1 : "", "&", -1);
	g_autoptr(GString) next = g_string_new(NULL);

	g_string_append_len(next, target, (gssize) strcspn(target, "?"));
	g_string_append_printf(next, "?cursor=%s", cursor);
	for (guint i = 0; parts[i] != NULL; i++)
		if (*parts[i] != '\0' && !g_str_has_prefix(parts[i], "cursor="))
			g_string_append_printf(next, "&%s", parts[i]);
	return g_string_free(g_steal_pointer(&next), FALSE);
}

static void
add_next(const CaromHttpRequest *request, const char *cursor, GString *answer)
{
	g_autoptr(GString) links = g_string_new("\"links\":[");

	if (strstr(answer->str, "\"total_count\"") == NULL)
		return;
	if (cursor != NULL) {
		g_autofree char *href = next_target(request->target, cursor);

		carom_json_begin_object(links);
		carom_json_member(links, "href", href);
		carom_json_member(links, "rel", "next");
		carom_json_end_object(links);
	}
	g_string_append(links, "], ");
	g_string_insert_len(answer, 1, links->str, (gssize) links->len);
}

static const CaromDialect dialect = { .endpoints = endpoints,
				      .n_endpoints = G_N_ELEMENTS(endpoints),
				      .account_field = "X-MSYS-SUBACCOUNT",
				      .read_key = read_key,
				      .write_error = write_error,
				      .add_next = add_next };

static const CaromEndpoint *
all_endpoints(guint *n)
{
	*n = G_N_ELEMENTS(endpoints);
	return endpoints;
}

static void
answer_sparkpost(const CaromHttp *http, const CaromHttpRequest *request, const CaromTarget *target,
		 CaromHttpResponse *out)
{
	carom_dialect_answer(&dialect, http, request, target, out);
}

static void
fail_sparkpost(CaromHttpResponse *out, int status, const char *detail, const char *trace)
{
	(void) trace;
	carom_dialect_fail(&dialect, out, status, detail, NULL);
}

const CaromHttpGroup carom_dialect_sparkpost = { .prefix = "/compat/sparkpost/",
						 .endpoints = all_endpoints,
						 .answer = answer_sparkpost,
						 .fail = fail_sparkpost };
