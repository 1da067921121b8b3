/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/problem.h"

static void
written(void **state)
{
	const CaromProblem whole = {
		.status = 422, .detail = "limit is \"x\"", .field = "limit", .trace = "t-1"
	};
	const CaromProblem many = { .status = 422, .errors = "[{\"line\":2,\"message\":\"no\"}]" };
	const CaromProblem bare = { .status = 404 }, away = { .status = 503 },
			   odd = { .status = 418 };
	g_autoptr(GString) out = g_string_new(NULL);

	(void) state;
	carom_problem_write(&whole, out);
	assert_non_null(strstr(out->str, "urn:problem-type:carom:wrong-value"));
	assert_non_null(strstr(out->str, "\"status\":422"));
	assert_non_null(strstr(out->str, "\"detail\":\"limit is \\\"x\\\"\""));
	assert_non_null(strstr(out->str, "\"field\":\"limit\""));
	assert_non_null(strstr(out->str, "\"trace\":\"t-1\""));
	g_string_truncate(out, 0);
	carom_problem_write(&many, out);
	assert_non_null(strstr(out->str, "\"errors\":[{\"line\":2,\"message\":\"no\"}]"));
	g_string_truncate(out, 0);
	carom_problem_write(&bare, out);
	assert_string_equal(
		out->str,
		"{\"type\":\"urn:problem-type:carom:not-found\",\"title\":\"Not Found\",\"status\":404}");
	g_string_truncate(out, 0);
	carom_problem_write(&odd, out);
	assert_non_null(strstr(out->str, "carom:internal"));
	g_string_truncate(out, 0);
	carom_problem_write(&away, out);
	assert_non_null(strstr(out->str, "\"title\":\"Service Unavailable\""));
}

UNIT_MAIN(cmocka_unit_test(written))
