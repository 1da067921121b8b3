/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/import.h"
#include "base/json.h"
#include "http/ask.h"
#include "http/problem.h"
#include "lists/list_import.h"

#include <string.h>

#define MOST_FAULTS 100        /* that are told */
#define MOST_AT_ONCE 2         /* imports */
#define BUSY_SECONDS 10        /* after which somebody may ask again */
#define ANSWER_MS (600 * 1000) /* that the database may take for the whole of it */
#define TOKEN_MAX 255

static gint under_way; /* atomic */

typedef struct {
	CaromHttpSink sink; /* first: the one is the other */
	CaromHttpAsked asked;
	CaromApiKey key;
	CaromInputValues values;
	char *token, *trace;
	CaromBulkCaller caller;
	GChecksum *sum;
	CaromStore *store;
	CaromListImport *import;
	GString *faults; /* an array of JSON that is not ended */
	guint n_faults;
	CaromStatus status;
	GError *error;
} Import;

static void
import_free(CaromHttpSink *sink)
{
	Import *i = (Import *) sink;

	carom_list_import_free(i->import);
	carom_store_close(i->store);
	carom_inputs_clear(&i->values);
	g_checksum_free(i->sum);
	g_string_free(i->faults, TRUE);
	g_clear_error(&i->error);
	g_free(i->caller.answer);
	g_free(i->token);
	g_free(i->trace);
	g_free(i);
	g_atomic_int_add(&under_way, -1);
}

static void
take_fault(const CaromListFault *fault, void *user)
{
	Import *i = user;

	if (i->n_faults++ >= MOST_FAULTS)
		return;
	carom_json_begin_object(i->faults);
	carom_json_member_integer(i->faults, "line", (gint64) fault->line);
	if (fault->column > 0)
		carom_json_member_integer(i->faults, "column", fault->column);
	carom_json_member(i->faults, "field", fault->name);
	carom_json_member(i->faults, "message", fault->reason);
	carom_json_end_object(i->faults);
}

static void
import_push(CaromHttpSink *sink, const char *bytes, gsize len)
{
	Import *i = (Import *) sink;

	/* after a fault of the whole the rest is only read */
	if (i->status != CAROM_OK)
		return;
	g_checksum_update(i->sum, (const guchar *) bytes, (gssize) len);
	i->status = carom_list_import_push(i->import, bytes, len, &i->error);
}

/* What is wrong with the file, row by row. */
static void
write_faults(Import *i, CaromHttpResponse *out)
{
	CaromProblem problem = { .status = 422, .detail = i->error->message, .trace = i->trace };

	carom_json_end_array(i->faults);
	if (i->n_faults > 0)
		problem.errors = i->faults->str;
	out->status = problem.status;
	out->content_type = CAROM_PROBLEM_TYPE;
	out->body = g_string_new(NULL);
	carom_problem_write(&problem, out->body);
}

/* Tells how it ended. */
static void
write_end(Import *i, CaromHttpResponse *out)
{
	const CaromHttpRequest request = { .trace = i->trace };
	const char *detail;
	int wrong;

	if (i->status == CAROM_OK) {
		out->status = i->caller.status;
		out->content_type = "application/json";
		out->body = g_string_new(i->caller.answer);
		g_string_append_c(out->body, '\n');
	} else if (i->caller.status >= 400) {
		carom_http_fail(out, i->caller.status, i->caller.answer, NULL, i->trace);
	} else if (i->status == CAROM_MALFORMED ||
		   (i->status == CAROM_MISUSE &&
		    !g_str_has_prefix(i->error->message, "database"))) {
		write_faults(i, out);
	} else {
		wrong = carom_ask_failure(&request, i->status, i->error, out, &detail);
		carom_http_fail(out, wrong, detail, NULL, i->trace);
	}
}

static void
import_end(CaromHttpSink *sink, CaromHttpResponse *out)
{
	Import *i = (Import *) sink;
	CaromListImported done;

	out->asked = i->asked;
	g_strlcpy(i->caller.body, g_checksum_get_string(i->sum), sizeof i->caller.body);
	if (i->status == CAROM_OK)
		i->status = carom_list_import_end(i->import, &done, &i->error);
	write_end(i, out);
}

/* Whether the file says what it is. FALSE: it is answered. */
static gboolean
check_request(const CaromHttpRequest *request, const CaromInputValues *values,
	      CaromHttpResponse *out)
{
	static const char *const kinds[] = { "text/csv", "application/json",
					     "application/x-ndjson" };
	const char *type = request->content_type ? request->content_type : "";
	const char *token = request->field(request, "Idempotency-Key");
	const char *form = values->values[CAROM_IMPORT_FORM];
	const gsize n = strcspn(type, "; \t");
	gboolean known = FALSE;

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		known |= strlen(kinds[i]) == n && g_ascii_strncasecmp(kinds[i], type, n) == 0;
	if (!known)
		carom_http_fail(out, 415,
				"the body is to be text/csv, application/json or "
				"application/x-ndjson",
				NULL, request->trace);
	else if (form != NULL && carom_list_format_find(form) == NULL)
		carom_http_fail(out, 422, "there is no such form", "form", request->trace);
	else if (values->values[CAROM_IMPORT_STREAM] != NULL &&
		 values->values[CAROM_IMPORT_ACCOUNT] == NULL)
		carom_http_fail(out, 422, "a stream is one of an account, and none is named",
				"stream", request->trace);
	else if (token != NULL &&
		 (*token == '\0' || strlen(token) > TOKEN_MAX || !g_str_is_ascii(token)))
		carom_http_fail(out, 400, "Idempotency-Key is no text of 1 to 255 letters", NULL,
				request->trace);
	else
		return TRUE;
	return FALSE;
}

/* Connects, and asks whether the key may. */
static CaromStatus
begin(Import *i, const CaromHttp *http)
{
	const char *dry_run = i->values.values[CAROM_IMPORT_DRY_RUN];
	const char *form = i->values.values[CAROM_IMPORT_FORM];
	const CaromListImportOptions options = {
		.reading = { .format = form ? carom_list_format_find(form) : NULL,
			     .list = i->values.values[CAROM_IMPORT_LIST],
			     .account = i->values.values[CAROM_IMPORT_ACCOUNT],
			     .stream = i->values.values[CAROM_IMPORT_STREAM],
			     .reason = i->values.values[CAROM_IMPORT_REASON] },
		.caller = &i->caller,
		.dry_run = g_strcmp0(dry_run, "true") == 0,
		.fault = take_fault,
		.user = i,
	};
	CaromStatus status = carom_pool_connect(http->pool, &i->store, &i->error);

	if (status != CAROM_OK)
		return status;
	carom_store_limit(i->store, ANSWER_MS);
	i->import = carom_list_import_new(i->store, &options);
	status = carom_list_import_begin(i->import, &i->error);
	if (status == CAROM_OK || i->caller.status != 0)
		carom_limiter_tell(http->limiter, i->key.digest, i->caller.status != 401);
	return status;
}

CaromHttpSink *
carom_import_open(const CaromHttp *http, const CaromHttpRequest *request, const CaromApiKey *key,
		  CaromInputValues *values, CaromHttpResponse *out)
{
	Import *i;

	if (!check_request(request, values, out))
		return NULL;
	if (g_atomic_int_add(&under_way, 1) >= MOST_AT_ONCE) {
		g_atomic_int_add(&under_way, -1);
		carom_http_fail(out, 503, "other imports are under way; ask again", NULL,
				request->trace);
		out->retry_after = BUSY_SECONDS;
		return NULL;
	}
	i = g_new0(Import, 1);
	i->sink = (CaromHttpSink){ import_push, import_end, import_free };
	i->asked = out->asked;
	i->key = *key;
	i->values = *values;
	memset(values, 0, sizeof *values);
	i->token = g_strdup(request->field(request, "Idempotency-Key"));
	i->trace = g_strdup(request->trace);
	i->caller =
		(CaromBulkCaller){ .id = i->key.id, .digest = i->key.digest, .token = i->token };
	i->sum = g_checksum_new(G_CHECKSUM_SHA256);
	i->faults = g_string_new(NULL);
	carom_json_begin_array(i->faults);
	i->status = begin(i, http);
	if (i->status == CAROM_OK)
		return &i->sink;
	write_end(i, out);
	import_free(&i->sink);
	return NULL;
}
