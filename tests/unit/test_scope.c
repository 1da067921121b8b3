/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "config/scope.h"

static void
tells_a_scope_from_what_is_none(void **state)
{
	static const struct {
		const char *scope, *says;
	} rows[] = {
		{ "acme", NULL },
		{ "acme/newsletter", NULL },
		{ "", "names no account" },
		{ "/newsletter", "names no account" },
		{ "acme/", "is not ACCOUNT or ACCOUNT/STREAM" },
		{ "a/b/c", "is not ACCOUNT or ACCOUNT/STREAM" },
		{ "a b", "is not ACCOUNT or ACCOUNT/STREAM" },
		{ "a\tb", "is not ACCOUNT or ACCOUNT/STREAM" },
		{ "a,b", "is not ACCOUNT or ACCOUNT/STREAM" },
		{ "a=b/c", "is not ACCOUNT or ACCOUNT/STREAM" },
		{ "a/b;c", "is not ACCOUNT or ACCOUNT/STREAM" },
		{ "b\303\274cher", "is not ACCOUNT or ACCOUNT/STREAM" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_string(rows[i].scope, carom_scope_problem(rows[i].scope), rows[i].says);
}

static void
holds_the_length(void **state)
{
	g_autofree char *longest = g_strnfill(CAROM_SCOPE_MAX, 'a');
	g_autofree char *both = g_strconcat(longest, "/", longest, NULL);
	g_autofree char *account = g_strconcat(longest, "a/s", NULL);
	g_autofree char *stream = g_strconcat("a/", longest, "s", NULL);

	(void) state;
	assert_null(carom_scope_problem(both));
	assert_string_equal(carom_scope_problem(account), "is too long");
	assert_string_equal(carom_scope_problem(stream), "is too long");
}

static void
splits_and_joins(void **state)
{
	static const struct {
		const char *scope, *account, *stream;
	} rows[] = { { "acme/newsletter", "acme", "newsletter" },
		     { "acme", "acme", "" },
		     { "", "", "" } };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *account = NULL, *stream = NULL, *again = NULL;

		carom_scope_split(rows[i].scope, &account, &stream);
		row_string(rows[i].scope, account, rows[i].account);
		row_string(rows[i].scope, stream, rows[i].stream);
		again = carom_scope_name(account, stream);
		row_string(rows[i].scope, again, rows[i].scope);
	}
}

UNIT_MAIN(cmocka_unit_test(tells_a_scope_from_what_is_none), cmocka_unit_test(holds_the_length),
	  cmocka_unit_test(splits_and_joins))
