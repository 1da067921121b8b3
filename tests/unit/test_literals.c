/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/literals.h"

static gboolean
count(guint id, gsize at, void *user)
{
	GString *out = user;

	g_string_append_printf(out, "%s%u@%" G_GSIZE_FORMAT, out->len ? " " : "", id, at);
	return TRUE;
}

static gboolean
stop_at_first(guint id, gsize at, void *user)
{
	count(id, at, user);
	return FALSE;
}

static void
finds_each_place(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "user unknown", "1@5" },
		{ "unknown unknown", "1@0 1@8" },
		{ "mailbox full", "2@0" },
		{ "mailbox is full", "" },
		{ "unkn", "" },
		{ "", "" },
		{ "xxx", "" },
		{ "the unknown mailbox full", "1@4 2@12" },
		{ "aaaaa", "3@0 3@1" },
	};
	g_autoptr(CaromLiterals) literals = carom_literals_new();

	(void) state;
	carom_literals_add(literals, "unknown", 1);
	carom_literals_add(literals, "mailbox full", 2);
	carom_literals_add(literals, "aaaa", 3);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) got = g_string_new(NULL);

		carom_literals_scan(literals, rows[i].text, strlen(rows[i].text), count, got);
		row_string(rows[i].text, got->str, rows[i].want);
	}
}

static void
stops_when_told(void **state)
{
	g_autoptr(CaromLiterals) literals = carom_literals_new();
	g_autoptr(GString) got = g_string_new(NULL);

	(void) state;
	carom_literals_add(literals, "unknown", 7);
	carom_literals_scan(literals, "unknown unknown", 15, stop_at_first, got);
	assert_string_equal(got->str, "7@0");
}

/* A thousand literals with common groups: each is found where it stands, whatever group it was
 * filed under. */
static void
finds_any_of_many(void **state)
{
	g_autoptr(CaromLiterals) literals = carom_literals_new();

	(void) state;
	for (guint i = 0; i < 1000; i++) {
		g_autofree char *literal = g_strdup_printf("mailbox%03u", i);

		carom_literals_add(literals, literal, i);
	}
	for (guint i = 0; i < 1000; i++) {
		g_autofree char *text = g_strdup_printf("a mailbox%03u b", i);
		g_autofree char *want = g_strdup_printf("%u@2", i);
		g_autoptr(GString) got = g_string_new(NULL);

		carom_literals_scan(literals, text, strlen(text), count, got);
		row_string(text, got->str, want);
	}
}

static void
folds_case(void **state)
{
	gsize len;
	g_autofree char *ascii = carom_literals_fold("MailBox FULL", 12, &len);
	g_autofree char *other = NULL;

	(void) state;
	assert_string_equal(ascii, "mailbox full");
	assert_int_equal(len, 12);
	other = carom_literals_fold("\303\204RGER", 6, &len);
	assert_string_equal(other, "\303\244rger");
	assert_int_equal(len, strlen(other));
}

UNIT_MAIN(cmocka_unit_test(finds_each_place), cmocka_unit_test(stops_when_told),
	  cmocka_unit_test(finds_any_of_many), cmocka_unit_test(folds_case))
