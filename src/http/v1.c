/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/v1.h"
#include "base/deadline.h"
#include "http/ask.h"
#include "http/checks.h"
#include "http/cursor.h"
#include "http/endpoints.h"
#include "http/import.h"
#include "http/unsubscribe.h"
#include "store/feed.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FEED_PAUSE_MS 500 /* between two looks at the feed */

/* One request on its way through. */
typedef struct {
	const CaromHttp *http;
	const CaromHttpRequest *request;
	CaromHttpResponse *out;
	const CaromTarget *target;
	const CaromEndpoint *endpoint; /* NULL: there is none */
	CaromApiKey key;
	CaromInputValues values;
} Exchange;

static void
fail(Exchange *x, int status, const char *detail, const char *field)
{
	carom_http_fail(x->out, status, detail, field, x->request->trace);
}

/* What the database could not answer. */
static void
fail_store(Exchange *x, CaromStatus status, const GError *error)
{
	const char *detail;
	const int http = carom_ask_failure(x->request, status, error, x->out, &detail);

	fail(x, http, detail, NULL);
}

/* ---- what is asked ------------------------------------------------------------------- */

/* An answer that is JSON, with where the next page begins. */
static void
write_json(Exchange *x, const CaromApiAnswer *answer)
{
	g_autofree char *cursor = carom_cursor_of(answer->next);

	if (!carom_ask_answered(answer, x->out))
		return;
	if (cursor != NULL && answer->answer[0] == '{') {
		g_autofree char *next = g_strdup_printf("\"next\":\"%s\", ", cursor);

		g_string_insert(x->out->body, 1, next);
	}
	g_string_append_c(x->out->body, '\n');
}

enum { CHECK_ADDRESSES, CHECK_ACCOUNT, CHECK_STREAM };

/* Asks the endpoint's function. */
static CaromStatus
ask(Exchange *x, CaromApiAnswer *answer, GError **err)
{
	const char *const *values = (const char *const *) x->values.values;

	if (x->endpoint->function == CAROM_API_CHECK)
		return carom_checks_ask(x->http->checks, x->http, &x->key, values[CHECK_ADDRESSES],
					values[CHECK_ACCOUNT], values[CHECK_STREAM], answer, err);
	return carom_ask(x->http, &x->key, x->endpoint->function, values, x->endpoint->n_fields,
			 answer, err);
}

static void
answer_json(Exchange *x)
{
	g_auto(CaromApiAnswer) answer = { 0 };
	g_autoptr(GError) error = NULL;
	CaromStatus status = ask(x, &answer, &error);

	if (status != CAROM_OK)
		fail_store(x, status, error);
	else if (answer.status >= 400)
		fail(x, answer.status, answer.answer, NULL);
	else
		write_json(x, &answer);
}

/* ---- the feed -------------------------------------------------------------------------- */

enum { FEED_AFTER, FEED_WHAT, FEED_LIMIT, FEED_WAIT, FEED_ASKED = FEED_WAIT };

/* The next look begins where this one ended: "end" is a place only once. */
static void
go_on_after(Exchange *x, const CaromApiAnswer *answer)
{
	json_t *object = json_loads(answer->answer, 0, NULL);
	const char *next = json_string_value(json_object_get(object, "next"));

	if (next != NULL) {
		g_free(x->values.values[FEED_AFTER]);
		x->values.values[FEED_AFTER] = g_strdup(next);
	}
	json_decref(object);
}

/* One look at it. FALSE: it is answered; else there is nothing yet. */
static gboolean
look_at_feed(Exchange *x, gboolean last)
{
	g_auto(CaromApiAnswer) answer = { 0 };
	g_autoptr(GError) error = NULL;
	CaromNumbered numbered;
	CaromStatus status = carom_feed_number(carom_pool_store(x->http->pool), &numbered, &error);

	if (status == CAROM_OK)
		status = carom_ask(x->http, &x->key, x->endpoint->function,
				   (const char *const *) x->values.values, FEED_ASKED, &answer,
				   &error);
	if (status != CAROM_OK) {
		fail_store(x, status, error);
	} else if (answer.status >= 400) {
		fail(x, answer.status, answer.answer, NULL);
	} else if (answer.next != NULL || last) {
		g_clear_pointer(&answer.next, g_free); /* it is in the answer */
		write_json(x, &answer);
	} else {
		go_on_after(x, &answer);
		return TRUE;
	}
	return FALSE;
}

/* What has happened, or what happens within the time that who asks would wait. */
static void
answer_feed(Exchange *x)
{
	const char *wait = x->values.values[FEED_WAIT];
	const CaromDeadline end = carom_deadline_in_s(wait ? atoi(wait) : 0);

	while (look_at_feed(x, carom_deadline_passed(end) ||
				       __atomic_load_n(x->http->ending, __ATOMIC_RELAXED) != 0))
		g_usleep(FEED_PAUSE_MS * 1000);
}

/* ---- an export ------------------------------------------------------------------------- */

enum { EXPORT_FORMAT, EXPORT_ACCOUNT, EXPORT_STREAM, EXPORT_LIMIT, EXPORT_AFTER, EXPORT_N };

/* A page at a time, so that the memory it takes does not depend on the list. */
typedef struct {
	CaromHttpStream stream; /* first: the one is the other */
	const CaromHttp *http;
	const CaromEndpoint *endpoint;
	CaromApiKey key;
	char *values[EXPORT_N];
	GString *first; /* the page that was asked for before the head went out; NULL: it is gone */
	gboolean whole;
} Export;

static void
export_free(CaromHttpStream *stream)
{
	Export *e = (Export *) stream;

	for (guint i = 0; i < EXPORT_N; i++)
		g_free(e->values[i]);
	if (e->first != NULL)
		g_string_free(e->first, TRUE);
	g_free(e);
}

/* Asks for the next page. */
static CaromStatus
export_ask(Export *e, CaromApiAnswer *answer, GError **err)
{
	const CaromInput after = { "after", CAROM_INPUT_CURSOR, FALSE, 0 };
	CaromInputValues read = { 0 };
	g_autofree char *cursor = NULL;
	CaromStatus status = carom_ask(e->http, &e->key, e->endpoint->function,
				       (const char *const *) e->values, EXPORT_N, answer, err);

	if (status != CAROM_OK || answer->status != 200)
		return status;
	cursor = carom_cursor_of(answer->next);
	e->whole = cursor == NULL;
	if (e->whole)
		return CAROM_OK;
	status = carom_inputs_take(&after, 0, cursor, &read, err);
	if (status == CAROM_OK) {
		g_free(e->values[EXPORT_AFTER]);
		e->values[EXPORT_AFTER] = g_steal_pointer(&read.values[0]);
	}
	return status;
}

static CaromStatus
export_next(CaromHttpStream *stream, GString *piece, GError **err)
{
	Export *e = (Export *) stream;
	g_auto(CaromApiAnswer) answer = { 0 };
	CaromStatus status;

	if (e->first != NULL) {
		g_string_append_len(piece, e->first->str, (gssize) e->first->len);
		g_string_free(g_steal_pointer(&e->first), TRUE);
		return CAROM_OK;
	}
	if (e->whole)
		return CAROM_ABSENT;
	status = export_ask(e, &answer, err);
	if (status == CAROM_OK && answer.status != 200)
		return carom_status_fail(err, CAROM_RETRY, "the key opens no more: %s",
					 answer.answer);
	if (status == CAROM_OK)
		g_string_append(piece, answer.answer);
	return status;
}

/* The first page is asked for at once: what is wrong with the question is not found out in the
 * middle of the answer. */
static void
answer_export(Exchange *x)
{
	const char *format = x->values.values[EXPORT_FORMAT];
	const gboolean csv = g_strcmp0(format, "csv") == 0;
	g_auto(CaromApiAnswer) answer = { 0 };
	g_autoptr(GError) error = NULL;
	CaromStatus status;
	Export *e;

	if (format != NULL && !csv && strcmp(format, "ndjson") != 0) {
		fail(x, 422, "format is neither csv nor ndjson", "format");
		return;
	}
	e = g_new0(Export, 1);
	*e = (Export){ .stream = { export_next, export_free },
		       .http = x->http,
		       .endpoint = x->endpoint,
		       .key = x->key };
	e->values[EXPORT_FORMAT] = g_strdup(csv ? "csv" : "ndjson");
	e->values[EXPORT_ACCOUNT] = g_strdup(x->values.values[EXPORT_ACCOUNT]);
	e->values[EXPORT_STREAM] = g_strdup(x->values.values[EXPORT_STREAM]);
	x->out->stream = &e->stream;
	status = export_ask(e, &answer, &error);
	if (status == CAROM_OK && answer.status == 200) {
		e->first = g_string_new(answer.answer);
		x->out->status = 200;
		x->out->content_type = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
		return;
	}
	export_free(g_steal_pointer(&x->out->stream));
	if (status != CAROM_OK)
		fail_store(x, status, error);
	else
		fail(x, answer.status, answer.answer, NULL);
}

/* ---- without a key ------------------------------------------------------------------------ */

static void
answer_health(Exchange *x)
{
	g_autoptr(GError) error = NULL;
	CaromStatus status = carom_api_health(carom_pool_store(x->http->pool), &error);

	if (status != CAROM_OK) {
		fail_store(x, status, error);
		return;
	}
	x->out->status = 200;
	x->out->content_type = "application/json";
	x->out->body = g_string_new("{\"status\":\"ok\"}\n");
}

static void
answer_metrics(Exchange *x)
{
	x->out->status = 200;
	x->out->content_type = "text/plain; version=0.0.4; charset=utf-8";
	x->out->body = g_string_new(NULL);
	carom_metrics_write(x->http->metrics, x->out->body);
}

/* ---- one request ---------------------------------------------------------------------------- */

/* Reads all that the request says. FALSE: it is answered. */
static gboolean
read_fields(Exchange *x)
{
	g_autoptr(GError) error = NULL;
	const int wrong =
		carom_endpoints_read(x->endpoint, x->target, x->request->content_type,
				     x->request->body, x->request->body_len, &x->values, &error);

	if (wrong != 0)
		fail(x, wrong, error->message, x->values.wrong);
	return wrong == 0;
}

/* Whether who asks shows a key and may ask now. FALSE: it is answered. */
static gboolean
admit(Exchange *x)
{
	if (!carom_api_key_authorization(x->request->authorization, &x->key)) {
		fail(x, 401, "a key is wanted: Authorization: Bearer carom_...", NULL);
		return FALSE;
	}
	x->out->retry_after = carom_ask_wait(x->http, &x->key);
	if (x->out->retry_after == 0)
		return TRUE;
	fail(x, 429, "this key asks too often", NULL);
	return FALSE;
}

static gboolean
is_open(const Exchange *x)
{
	return x->endpoint != NULL &&
	       (x->endpoint->kind == CAROM_ENDPOINT_HEALTH ||
		x->endpoint->kind == CAROM_ENDPOINT_UNSUBSCRIBE ||
		(x->endpoint->kind == CAROM_ENDPOINT_METRICS && x->http->is_local));
}

static void
answer(Exchange *x)
{
	g_autofree char *allow = NULL;
	guint n;
	const CaromEndpoint *all = carom_endpoints_all(&n);

	x->endpoint = carom_endpoints_find(all, n, x->request->method, x->target, &allow);
	if (x->endpoint != NULL) {
		x->out->asked.name = x->endpoint->name;
		x->out->asked.is_change = strcmp(x->endpoint->method, "GET") != 0 &&
					  x->endpoint->function != CAROM_API_CHECK;
	}
	/* who has no key is told nothing, not even what there is */
	if (!is_open(x) && !admit(x))
		return;
	if (x->endpoint == NULL || (x->endpoint->kind == CAROM_ENDPOINT_METRICS && !is_open(x))) {
		fail(x, allow ? 405 : 404,
		     allow ? "this can be asked with other methods" : "there is nothing here",
		     NULL);
		x->out->allow = g_steal_pointer(&allow);
		return;
	}
	if (x->endpoint->kind == CAROM_ENDPOINT_UNSUBSCRIBE) {
		carom_unsubscribe_answer(x->http, x->request, x->target->segments[1], x->out);
		return;
	}
	if (!read_fields(x))
		return;
	switch (x->endpoint->kind) {
	case CAROM_ENDPOINT_JSON:
		answer_json(x);
		break;
	case CAROM_ENDPOINT_FEED:
		answer_feed(x);
		break;
	case CAROM_ENDPOINT_EXPORT:
		answer_export(x);
		break;
	case CAROM_ENDPOINT_IMPORT: /* with a body it was opened before */
		fail(x, 400, "an import has a body", NULL);
		break;
	case CAROM_ENDPOINT_UNSUBSCRIBE: /* see above */
	case CAROM_ENDPOINT_HEALTH:
		answer_health(x);
		break;
	case CAROM_ENDPOINT_METRICS:
		answer_metrics(x);
		break;
	}
}

/* An import: all that can be wrong but its rows is told before they come. */
static CaromHttpSink *
open_v1(const CaromHttp *http, const CaromHttpRequest *request, const CaromTarget *target,
	CaromHttpResponse *out)
{
	Exchange x = { .http = http, .request = request, .out = out, .target = target };
	g_autofree char *allow = NULL;
	CaromHttpSink *sink = NULL;
	guint n;
	const CaromEndpoint *all = carom_endpoints_all(&n);

	x.endpoint = carom_endpoints_find(all, n, request->method, target, &allow);
	if (x.endpoint == NULL || x.endpoint->kind != CAROM_ENDPOINT_IMPORT)
		return NULL;
	out->asked.name = x.endpoint->name;
	out->asked.is_change = TRUE;
	if (admit(&x) && read_fields(&x)) {
		g_strlcpy(out->asked.who, x.key.id, sizeof out->asked.who);
		sink = carom_import_open(http, request, &x.key, &x.values, out);
	}
	carom_inputs_clear(&x.values);
	return sink;
}

static void
answer_v1(const CaromHttp *http, const CaromHttpRequest *request, const CaromTarget *target,
	  CaromHttpResponse *out)
{
	Exchange x = { .http = http, .request = request, .out = out, .target = target };

	answer(&x);
	g_strlcpy(out->asked.who, x.key.id, sizeof out->asked.who);
	carom_inputs_clear(&x.values);
}

const CaromHttpGroup carom_v1_group = {
	.prefix = "/", .endpoints = carom_endpoints_all, .open = open_v1, .answer = answer_v1
};
