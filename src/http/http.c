/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/http.h"
#include "base/log.h"
#include "http/dialect.h"
#include "http/pages.h"
#include "http/problem.h"
#include "http/v1.h"

#include <string.h>

/* ---- what is answered --------------------------------------------------------------- */

void
carom_http_fail(CaromHttpResponse *out, int status, const char *detail, const char *field,
		const char *trace)
{
	const CaromProblem problem = {
		.status = status, .detail = detail, .field = field, .trace = trace
	};

	out->status = status;
	out->content_type = CAROM_PROBLEM_TYPE;
	if (out->body == NULL)
		out->body = g_string_new(NULL);
	g_string_truncate(out->body, 0);
	carom_problem_write(&problem, out->body);
	out->asks_for_key = status == 401;
}

void
carom_http_response_clear(CaromHttpResponse *response)
{
	if (response->body != NULL)
		g_string_free(response->body, TRUE);
	if (response->stream != NULL)
		response->stream->free(response->stream);
	g_free(response->allow);
	g_free(response->location);
	memset(response, 0, sizeof *response);
}

/* ---- which group ------------------------------------------------------------------------ */

/* The first one whose prefix fits answers. carom's own API is the last, and has all the rest. */
static const CaromHttpGroup *const groups[] = { &carom_dialect_sparkpost, &carom_dialect_sendgrid,
						&carom_v1_group };

static const CaromHttpGroup *
group_of(const char *target)
{
	guint i = 0;

	while (i + 1 < G_N_ELEMENTS(groups) && !g_str_has_prefix(target, groups[i]->prefix))
		i++;
	return groups[i];
}

const char **
carom_http_names(guint *n)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
		guint n_rows = 0;
		const CaromEndpoint *rows =
			groups[i]->endpoints ? groups[i]->endpoints(&n_rows) : NULL;

		for (guint k = 0; k < n_rows; k++)
			g_ptr_array_add(names, (gpointer) rows[k].name);
		if (groups[i]->name != NULL)
			g_ptr_array_add(names, (gpointer) groups[i]->name);
	}
	*n = names->len;
	return (const char **) g_ptr_array_free(names, FALSE);
}

/* Counts and logs it. */
static void
note(const CaromHttp *http, const CaromHttpRequest *request, const CaromHttpResponse *out,
     gint64 begin)
{
	carom_metrics_add(http->metrics, out->asked.name, out->status,
			  g_get_monotonic_time() - begin);
	/* reading is not worth a line; changing is */
	if (out->asked.is_change)
		carom_log(CAROM_LOG_INFO, "api: trace=%s, %s=%s, endpoint=%s, status=%d",
			  request->trace, out->asked.is_person ? "user" : "key", out->asked.who,
			  out->asked.name, out->status);
}

void
carom_http_answer(const CaromHttp *http, const CaromHttpRequest *request, CaromHttpResponse *out)
{
	const CaromHttpGroup *group;
	const gint64 begin = g_get_monotonic_time();
	g_auto(CaromTarget) target = { 0 };
	g_autoptr(GError) error = NULL;

	memset(out, 0, sizeof *out);
	if (http->desk != NULL) {
		carom_pages_answer(http->desk, request, out);
		return;
	}
	group = group_of(request->target);
	out->asked.name = group->name;
	if (carom_target_read(request->target, &target, &error) == CAROM_OK)
		group->answer(http, request, &target, out);
	else if (group->fail != NULL)
		group->fail(out, 400, error->message, request->trace);
	else
		carom_http_fail(out, 400, error->message, NULL, request->trace);
	note(http, request, out, begin);
}

CaromHttpSink *
carom_http_open(const CaromHttp *http, const CaromHttpRequest *request, CaromHttpResponse *out)
{
	const CaromHttpGroup *group = group_of(request->target);
	const gint64 begin = g_get_monotonic_time();
	g_auto(CaromTarget) target = { 0 };
	CaromHttpSink *sink = NULL;

	memset(out, 0, sizeof *out);
	if (group->open != NULL && carom_target_read(request->target, &target, NULL) == CAROM_OK)
		sink = group->open(http, request, &target, out);
	if (sink == NULL && out->status != 0)
		note(http, request, out, begin);
	return sink;
}

void
carom_http_end(const CaromHttp *http, const CaromHttpRequest *request, CaromHttpSink *sink,
	       CaromHttpResponse *out)
{
	const gint64 begin = g_get_monotonic_time();

	memset(out, 0, sizeof *out);
	sink->end(sink, out);
	note(http, request, out, begin);
}
