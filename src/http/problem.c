/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/problem.h"
#include "base/json.h"

static const struct {
	int status;
	const char *type, *title;
} problems[] = {
	{ 400, "malformed", "Bad Request" },
	{ 401, "no-key", "Unauthorized" },
	{ 403, "not-allowed", "Forbidden" },
	{ 404, "not-found", "Not Found" },
	{ 405, "method", "Method Not Allowed" },
	{ 409, "conflict", "Conflict" },
	{ 413, "too-large", "Content Too Large" },
	{ 415, "media-type", "Unsupported Media Type" },
	{ 422, "wrong-value", "Unprocessable Content" },
	{ 429, "too-often", "Too Many Requests" },
	{ 500, "internal", "Internal Server Error" },
	{ 503, "away", "Service Unavailable" },
};

/* Where there is no row for it: that of 500. */
static guint
row_of(int status)
{
	guint found = 0;

	for (guint i = 0; i < G_N_ELEMENTS(problems); i++)
		if (problems[i].status == status || (problems[i].status == 500 && found == 0))
			found = i;
	return found;
}

void
carom_problem_write(const CaromProblem *problem, GString *out)
{
	const guint row = row_of(problem->status);
	g_autofree char *type = g_strconcat("urn:problem-type:carom:", problems[row].type, NULL);

	carom_json_begin_object(out);
	carom_json_member(out, "type", type);
	carom_json_member(out, "title", problems[row].title);
	carom_json_member_integer(out, "status", problem->status);
	carom_json_member(out, "detail", problem->detail);
	if (problem->errors != NULL) {
		carom_json_name(out, "errors");
		g_string_append(out, problem->errors);
	} else if (problem->field != NULL) {
		carom_json_name(out, "errors");
		carom_json_begin_array(out);
		carom_json_begin_object(out);
		carom_json_member(out, "field", problem->field);
		carom_json_member(out, "message", problem->detail);
		carom_json_end_object(out);
		carom_json_end_array(out);
	}
	carom_json_member(out, "trace", problem->trace);
	carom_json_end_object(out);
}
