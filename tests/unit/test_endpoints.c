/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/dialect.h"
#include "http/endpoints.h"

static void
routes(void **state)
{
	static const struct {
		const char *method, *target;
		const char *name;  /* NULL: there is none */
		const char *allow; /* then */
	} rows[] = {
		{ "POST", "/v1/check", "check", NULL },
		{ "GET", "/v1/check", NULL, "POST" },
		{ "GET", "/v1/suppressions?account=a", "list", NULL },
		{ "HEAD", "/v1/suppressions", "list", NULL },
		{ "GET", "/v1/suppressions/", "list", NULL },
		{ "GET", "/v1/suppressions/export", "export", NULL },
		{ "POST", "/v1/suppressions/undo", "undo", NULL },
		{ "GET", "/v1/suppressions/a@b.example", "get", NULL },
		{ "PUT", "/v1/suppressions/a@b.example", "put", NULL },
		{ "DELETE", "/v1/suppressions/a@b.example", "delete", NULL },
		{ "PATCH", "/v1/suppressions/a@b.example", NULL, "GET, PUT, DELETE" },
		{ "GET", "/v1/suppressions/a@b.example/log", "log", NULL },
		{ "GET", "/v1/suppressions/a@b.example/log/x", NULL, NULL },
		{ "GET", "/v1/suppressionsx", NULL, NULL },
		{ "GET", "/v1", NULL, NULL },
		{ "GET", "/", NULL, NULL },
		{ "get", "/v1/suppressions", NULL, "GET" },
		{ "GET", "/V1/suppressions", NULL, NULL },
	};

	guint n;
	const CaromEndpoint *all = carom_endpoints_all(&n);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_auto(CaromTarget) target = { 0 };
		g_autofree char *allow = NULL;
		const CaromEndpoint *found;

		row_int(rows[i].target, carom_target_read(rows[i].target, &target, NULL), CAROM_OK);
		found = carom_endpoints_find(all, n, rows[i].method, &target, &allow);
		row_string(rows[i].target, found ? found->name : NULL, rows[i].name);
		row_string(rows[i].target, allow, rows[i].allow);
	}
}

/* What the rows say fits together. */
static void
check_rows(const CaromEndpoint *all, guint n, guint more)
{
	for (guint i = 0; i < n; i++) {
		const char *open = strchr(all[i].path, '{');

		row_true(all[i].name, all[i].n_fields <= CAROM_INPUTS_MOST &&
					      all[i].n_fields + more <= CAROM_API_ARGUMENTS);
		row_true(all[i].name,
			 open == NULL || (all[i].n_fields > 0 && all[i].fields[0].needed &&
					  strncmp(open + 1, all[i].fields[0].name,
						  strlen(all[i].fields[0].name)) == 0));
	}
}

static void
rows_fit(void **state)
{
	const CaromHttpGroup *const dialects[] = { &carom_dialect_sparkpost,
						   &carom_dialect_sendgrid };
	guint n;
	const CaromEndpoint *all = carom_endpoints_all(&n);

	(void) state;
	check_rows(all, n, 2);
	for (gsize i = 0; i < G_N_ELEMENTS(dialects); i++) {
		all = dialects[i]->endpoints(&n);
		check_rows(all, n, 3);
		for (guint k = 0; k < n; k++)
			row_true(all[k].path, g_str_has_prefix(all[k].path, dialects[i]->prefix));
	}
}

static void
path_fields(void **state)
{
	g_auto(CaromTarget) target = { 0 };
	g_auto(CaromInputValues) values = { 0 };
	g_autofree char *allow = NULL;
	guint n;
	const CaromEndpoint *endpoint, *all = carom_endpoints_all(&n);

	(void) state;
	assert_int_equal(carom_target_read("/v1/suppressions/A%2Bb@C.example/log", &target, NULL),
			 CAROM_OK);
	endpoint = carom_endpoints_find(all, n, "GET", &target, &allow);
	assert_non_null(endpoint);
	assert_int_equal(carom_endpoints_path(endpoint, &target, &values, NULL), CAROM_OK);
	assert_string_equal(values.values[0], "A+b@C.example");
}

UNIT_MAIN(cmocka_unit_test(routes), cmocka_unit_test(rows_fit), cmocka_unit_test(path_fields))
