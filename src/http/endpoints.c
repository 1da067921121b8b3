/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/endpoints.h"

#include <string.h>

/* ---- the rows --------------------------------------------------------------------- */

#define SCOPE_MAX 128 /* what the database keeps of an account or stream */
#define WORD_MAX 100
#define NOTE_MAX 2000

#define ACCOUNT                                                                                    \
	{                                                                                          \
		"account", CAROM_INPUT_TEXT, .max = SCOPE_MAX                                      \
	}
#define STREAM                                                                                     \
	{                                                                                          \
		"stream", CAROM_INPUT_TEXT, .max = SCOPE_MAX                                       \
	}
#define LISTED                                                                                     \
	{                                                                                          \
		"address", CAROM_INPUT_ADDRESS, .needed = TRUE                                     \
	}
#define AFTER                                                                                      \
	{                                                                                          \
		"after", .type = CAROM_INPUT_CURSOR                                                \
	}
#define WORD(name)                                                                                 \
	{                                                                                          \
		name, CAROM_INPUT_TEXT, .max = WORD_MAX                                            \
	}
#define TIME(name)                                                                                 \
	{                                                                                          \
		name, .type = CAROM_INPUT_TIME                                                     \
	}
#define LIMIT(most)                                                                                \
	{                                                                                          \
		"limit", CAROM_INPUT_COUNT, .max = most                                            \
	}

static const CaromInput check[] = { { "addresses", CAROM_INPUT_ADDRESSES, TRUE, 1000 },
				    ACCOUNT,
				    STREAM };
static const CaromInput list[] = { ACCOUNT,
				   STREAM,
				   { "domain", CAROM_INPUT_TEXT, .max = 255 },
				   WORD("reason"),
				   WORD("source"),
				   WORD("provider"),
				   WORD("rule"),
				   TIME("since"),
				   TIME("until"),
				   TIME("expires_before"),
				   LIMIT(10000),
				   AFTER };
static const CaromInput export[] = { WORD("format"), ACCOUNT, STREAM };
static const CaromInput get[] = { LISTED, ACCOUNT, STREAM };
static const CaromInput put[] = { { "address", CAROM_INPUT_NEW_ADDRESS, .needed = TRUE },
				  ACCOUNT,
				  STREAM,
				  { "reason", CAROM_INPUT_TEXT, TRUE, WORD_MAX },
				  { "note", CAROM_INPUT_NOTE, .max = NOTE_MAX },
				  TIME("expires_at") };
static const CaromInput delete[] = {
	LISTED, ACCOUNT, STREAM, { "note", CAROM_INPUT_NOTE, TRUE, NOTE_MAX }
};
static const CaromInput change_log[] = { LISTED, LIMIT(1000), AFTER };
static const CaromInput address[] = { LISTED };
static const CaromInput events[] = { { "after", CAROM_INPUT_TEXT, .max = WORD_MAX },
				     WORD("what"),
				     LIMIT(10000),
				     { "wait", CAROM_INPUT_COUNT, .max = 30 } };
static const CaromInput token[] = { { "token", CAROM_INPUT_TEXT, TRUE, 64 } };
static const CaromInput undo[] = { { "note", CAROM_INPUT_NOTE, TRUE, NOTE_MAX },
				   { "since", CAROM_INPUT_TIME, .needed = TRUE },
				   { "until", CAROM_INPUT_TIME, .needed = TRUE },
				   WORD("reason"),
				   WORD("rule"),
				   WORD("provider"),
				   ACCOUNT,
				   { "dry_run", .type = CAROM_INPUT_FLAG } };
static const CaromInput report[] = { { "name", CAROM_INPUT_TEXT, TRUE, WORD_MAX },
				     { "from", .type = CAROM_INPUT_DAY },
				     { "to", .type = CAROM_INPUT_DAY },
				     ACCOUNT,
				     STREAM };

#define NUMBER(name)                                                                               \
	{                                                                                          \
		name, CAROM_INPUT_COUNT, .max = 100000                                             \
	}
#define INCIDENT                                                                                   \
	{                                                                                          \
		"id", CAROM_INPUT_COUNT, TRUE, G_MAXINT32                                          \
	}
#define REASONED                                                                                   \
	{                                                                                          \
		"note", CAROM_INPUT_NOTE, TRUE, NOTE_MAX                                           \
	}
#define CATEGORY                                                                                   \
	{                                                                                          \
		"category", CAROM_INPUT_TEXT, TRUE, WORD_MAX                                       \
	}

static const CaromInput incidents[] = { WORD("state"), LIMIT(1000), AFTER };
static const CaromInput incident[] = { INCIDENT };
static const CaromInput close_incident[] = { INCIDENT, REASONED };
static const CaromInput policies[] = { WORD("category"), ACCOUNT, STREAM };
static const CaromInput set_policy[] = { CATEGORY,
					 ACCOUNT,
					 STREAM,
					 WORD("provider"),
					 WORD("status"),
					 WORD("reply"),
					 NUMBER("after"),
					 NUMBER("within_days"),
					 NUMBER("expires_days"),
					 WORD("scope"),
					 { "transactional", .type = CAROM_INPUT_FLAG },
					 REASONED };
static const CaromInput unset_policy[] = { CATEGORY,       ACCOUNT,       STREAM,  WORD("provider"),
					   WORD("status"), WORD("reply"), REASONED };
static const CaromInput try_policy[] = { { "since", .type = CAROM_INPUT_DAY },
					 CATEGORY,
					 ACCOUNT,
					 STREAM,
					 WORD("provider"),
					 WORD("status"),
					 WORD("reply"),
					 NUMBER("after"),
					 NUMBER("within_days"),
					 NUMBER("expires_days"),
					 WORD("scope"),
					 { "transactional", .type = CAROM_INPUT_FLAG } };
static const CaromInput import[] = { WORD("form"),   WORD("list"),
				     ACCOUNT,        STREAM,
				     WORD("reason"), { "dry_run", .type = CAROM_INPUT_FLAG } };
#define HOOK                                                                                       \
	{                                                                                          \
		"id", CAROM_INPUT_TEXT, TRUE, 8                                                    \
	}
#define KINDS                                                                                      \
	{                                                                                          \
		"kinds", CAROM_INPUT_ADDRESSES, .max = 32                                          \
	}
#define URL_MAX 2000

static const CaromInput hook[] = { HOOK };
static const CaromInput hook_add[] = { { "url", CAROM_INPUT_TEXT, TRUE, URL_MAX },
				       KINDS,
				       ACCOUNT,
				       STREAM,
				       { "note", CAROM_INPUT_NOTE, .max = NOTE_MAX },
				       { "after", CAROM_INPUT_TEXT, .max = WORD_MAX } };
static const CaromInput hook_put[] = { HOOK,         { "url", CAROM_INPUT_TEXT, TRUE, URL_MAX },
				       KINDS,        ACCOUNT,
				       STREAM,       { "note", CAROM_INPUT_NOTE, .max = NOTE_MAX },
				       WORD("state") };
static const CaromInput hook_rotate[] = { HOOK, { "hours", CAROM_INPUT_NUMBER, .max = 720 } };
static const CaromInput hook_deliveries[] = { HOOK, WORD("state"), LIMIT(1000), AFTER };
static const CaromInput hook_replay[] = { HOOK,
					  { "after", CAROM_INPUT_TEXT, .max = WORD_MAX },
					  TIME("since"),
					  { "dead", .type = CAROM_INPUT_FLAG } };

#define FIELDS(rows) rows, G_N_ELEMENTS(rows)
#define JSON CAROM_ENDPOINT_JSON

/* What is said in full stands before what may be anything. */
static const CaromEndpoint endpoints[] = {
	{ "check", "POST", "/v1/check", JSON, CAROM_API_CHECK, FIELDS(check) },
	{ "list", "GET", "/v1/suppressions", JSON, CAROM_API_LIST, FIELDS(list) },
	{ "export", "GET", "/v1/suppressions/export", CAROM_ENDPOINT_EXPORT, CAROM_API_EXPORT,
	  FIELDS(export) },
	{ "import", "POST", "/v1/suppressions/import", CAROM_ENDPOINT_IMPORT, CAROM_API_N,
	  FIELDS(import) },
	{ "undo", "POST", "/v1/suppressions/undo", JSON, CAROM_API_UNDO, FIELDS(undo) },
	{ "get", "GET", "/v1/suppressions/{address}", JSON, CAROM_API_GET, FIELDS(get) },
	{ "put", "PUT", "/v1/suppressions/{address}", JSON, CAROM_API_PUT, FIELDS(put) },
	{ "delete", "DELETE", "/v1/suppressions/{address}", JSON, CAROM_API_DELETE,
	  FIELDS(delete) },
	{ "log", "GET", "/v1/suppressions/{address}/log", JSON, CAROM_API_LOG, FIELDS(change_log) },
	{ "address", "GET", "/v1/addresses/{address}", JSON, CAROM_API_ADDRESS, FIELDS(address) },
	{ "events", "GET", "/v1/events", CAROM_ENDPOINT_FEED, CAROM_API_EVENTS, FIELDS(events) },
	{ "report", "GET", "/v1/reports/{name}", JSON, CAROM_API_REPORT, FIELDS(report) },
	{ "incidents", "GET", "/v1/incidents", JSON, CAROM_API_INCIDENTS, FIELDS(incidents) },
	{ "incident", "GET", "/v1/incidents/{id}", JSON, CAROM_API_INCIDENT, FIELDS(incident) },
	{ "confirm", "POST", "/v1/incidents/{id}/confirm", JSON, CAROM_API_CONFIRM,
	  FIELDS(close_incident) },
	{ "discard", "POST", "/v1/incidents/{id}/discard", JSON, CAROM_API_DISCARD,
	  FIELDS(close_incident) },
	{ "policy", "GET", "/v1/policy", JSON, CAROM_API_POLICIES, FIELDS(policies) },
	{ "policy-set", "PUT", "/v1/policy", JSON, CAROM_API_SET_POLICY, FIELDS(set_policy) },
	{ "policy-unset", "DELETE", "/v1/policy", JSON, CAROM_API_UNSET_POLICY,
	  FIELDS(unset_policy) },
	{ "policy-try", "POST", "/v1/policy/try", JSON, CAROM_API_TRY_POLICY, FIELDS(try_policy) },
	{ "keys", "GET", "/v1/keys", JSON, CAROM_API_KEYS, NULL, 0 },
	{ "webhooks", "GET", "/v1/webhooks", JSON, CAROM_API_WEBHOOKS, NULL, 0 },
	{ "webhook-add", "POST", "/v1/webhooks", JSON, CAROM_API_WEBHOOK_ADD, FIELDS(hook_add) },
	{ "webhook", "GET", "/v1/webhooks/{id}", JSON, CAROM_API_WEBHOOK, FIELDS(hook) },
	{ "webhook-put", "PUT", "/v1/webhooks/{id}", JSON, CAROM_API_WEBHOOK_PUT,
	  FIELDS(hook_put) },
	{ "webhook-delete", "DELETE", "/v1/webhooks/{id}", JSON, CAROM_API_WEBHOOK_DELETE,
	  FIELDS(hook) },
	{ "webhook-test", "POST", "/v1/webhooks/{id}/test", JSON, CAROM_API_WEBHOOK_TEST,
	  FIELDS(hook) },
	{ "webhook-rotate", "POST", "/v1/webhooks/{id}/rotate", JSON, CAROM_API_WEBHOOK_ROTATE,
	  FIELDS(hook_rotate) },
	{ "webhook-deliveries", "GET", "/v1/webhooks/{id}/deliveries", JSON,
	  CAROM_API_WEBHOOK_DELIVERIES, FIELDS(hook_deliveries) },
	{ "webhook-replay", "POST", "/v1/webhooks/{id}/replay", JSON, CAROM_API_WEBHOOK_REPLAY,
	  FIELDS(hook_replay) },
	{ "unsubscribe-page", "GET", "/u/{token}", CAROM_ENDPOINT_UNSUBSCRIBE, CAROM_API_N,
	  FIELDS(token) },
	{ "unsubscribe", "POST", "/u/{token}", CAROM_ENDPOINT_UNSUBSCRIBE, CAROM_API_N,
	  FIELDS(token) },
	{ "healthz", "GET", "/healthz", CAROM_ENDPOINT_HEALTH, CAROM_API_N, NULL, 0 },
	{ "metrics", "GET", "/metrics", CAROM_ENDPOINT_METRICS, CAROM_API_N, NULL, 0 },
};

const CaromEndpoint *
carom_endpoints_all(guint *n)
{
	*n = G_N_ELEMENTS(endpoints);
	return endpoints;
}

/* ---- the router ----------------------------------------------------------------------- */

/* The segment of a pattern that *path begins with, which moves to the next one; 0: there is none.
 */
static gsize
next_segment(const char **path, const char **segment)
{
	gsize len;

	if (**path != '/')
		return 0;
	*segment = *path + 1;
	len = strcspn(*segment, "/");
	*path = *segment + len;
	return len;
}

static gboolean
matches(const char *path, const CaromTarget *target)
{
	const char *segment;
	guint i = 0;

	for (gsize len; (len = next_segment(&path, &segment)) > 0; i++) {
		if (i == target->n_segments)
			return FALSE;
		if (*segment != '{' && (strlen(target->segments[i]) != len ||
					strncmp(target->segments[i], segment, len) != 0))
			return FALSE;
	}
	return i == target->n_segments;
}

const CaromEndpoint *
carom_endpoints_find(const CaromEndpoint *rows, guint n, const char *method,
		     const CaromTarget *target, char **allow)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	g_autoptr(GString) others = g_string_new(NULL);

	*allow = NULL;
	for (guint i = 0; i < n; i++) {
		if (!matches(rows[i].path, target))
			continue;
		if (strcmp(rows[i].method, wanted) == 0)
			return &rows[i];
		g_string_append_printf(others, "%s%s", others->len > 0 ? ", " : "", rows[i].method);
	}
	if (others->len > 0)
		*allow = g_string_free(g_steal_pointer(&others), FALSE);
	return NULL;
}

CaromStatus
carom_endpoints_path(const CaromEndpoint *endpoint, const CaromTarget *target,
		     CaromInputValues *out, GError **err)
{
	const char *path = endpoint->path, *segment;
	guint i = 0, place = 0;

	for (; next_segment(&path, &segment) > 0; i++) {
		CaromStatus status;

		if (*segment != '{')
			continue;
		status = carom_inputs_take(&endpoint->fields[place], place, target->segments[i],
					   out, err);
		if (status != CAROM_OK)
			return status;
		place++;
	}
	return CAROM_OK;
}

static gboolean
is_json(const char *content_type)
{
	static const char json[] = "application/json";
	const gsize n = strlen(json);

	return content_type != NULL && g_ascii_strncasecmp(content_type, json, n) == 0 &&
	       (content_type[n] == '\0' || strchr("; \t", content_type[n]) != NULL);
}

int
carom_endpoints_read(const CaromEndpoint *endpoint, const CaromTarget *target,
		     const char *content_type, const char *body, gsize len, CaromInputValues *out,
		     GError **err)
{
	CaromStatus status = carom_endpoints_path(endpoint, target, out, err);

	if (status == CAROM_OK)
		status = carom_inputs_query(endpoint->fields, endpoint->n_fields, target, out, err);
	if (status == CAROM_OK && len > 0) {
		if (strcmp(endpoint->method, "GET") == 0) {
			carom_status_fail(err, CAROM_MALFORMED, "a GET has no body");
			return 400;
		}
		if (!is_json(content_type)) {
			carom_status_fail(err, CAROM_MALFORMED,
					  "the body is to be application/json");
			return 415;
		}
		status = carom_inputs_json(endpoint->fields, endpoint->n_fields, body, len, out,
					   err);
	}
	if (status == CAROM_OK)
		status = carom_inputs_check(endpoint->fields, endpoint->n_fields, out, err);
	if (status == CAROM_OK)
		return 0;
	return out->wrong ? 422 : 400;
}
