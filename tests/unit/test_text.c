/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/text.h"

static void
cleans(void **state)
{
	static const struct {
		const char *name, *text;
		gssize len;
		gsize max;
		const char *want;
	} rows[] = {
		{ "plain", "hello", -1, 100, "hello" },
		{ "blanks and line ends", "  a \r\n\t b\n", -1, 100, "a b" },
		{ "controls", "a\001\002b\177c", -1, 100, "a b c" },
		{ "NUL", "a\0b", 3, 100, "a b" },
		{ "no UTF-8", "a\377b", -1, 100, "a\357\277\275b" },
		{ "cut sequence", "a\303", -1, 100, "a\357\277\275" },
		{ "no-break space", "a\302\240b", -1, 100, "a b" },
		{ "C1 control", "a\302\205b", -1, 100, "a b" },
		{ "bidirectional", "a\342\200\256b\342\201\246c", -1, 100, "abc" },
		{ "no width", "a\342\200\213b\357\273\277c\342\200\215", -1, 100, "abc" },
		{ "cut at max", "abcdef", -1, 3, "abc" },
		{ "cut between characters", "a\303\244\303\244", -1, 4, "a\303\244" },
		{ "no blank at the cut", "ab cd", -1, 3, "ab" },
		{ "nothing", "", -1, 100, "" },
		{ "nothing but blanks", " \n\t", -1, 100, "" },
		{ "max 0", "abc", -1, 0, "" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_text_clean(rows[i].text, rows[i].len, rows[i].max);

		row_string(rows[i].name, got, rows[i].want);
		row_true(rows[i].name, g_utf8_validate(got, -1, NULL));
	}
}

static void
prints_for_logs(void **state)
{
	g_autofree char *printed = carom_text_printable("a <b@c.example>\n\033[31m = d", 100);
	g_autofree char *nothing = carom_text_printable(NULL, 10);

	(void) state;
	assert_string_equal(printed, "a <b@c.example> [31m = d");
	assert_string_equal(nothing, "");
}

static void
finds_and_compares(void **state)
{
	static const char text[] = "Host mx SAID: no";

	(void) state;
	assert_ptr_equal(carom_text_find(text, strlen(text), "said"), text + 8);
	assert_null(carom_text_find(text, 11, "said"));
	assert_ptr_equal(carom_text_find(text, 12, "said"), text + 8);
	assert_null(carom_text_find(text, strlen(text), "sayd"));
	assert_ptr_equal(carom_text_find(text, strlen(text), ""), text);
	assert_null(carom_text_find("", 0, "x"));
	assert_true(carom_text_has_prefix("Returned mail", "returned MAIL"));
	assert_false(carom_text_has_prefix("Ret", "returned"));
	assert_true(carom_text_has_suffix("mx.Example.COM", ".example.com"));
	assert_false(carom_text_has_suffix("com", ".example.com"));
}

static void
visible(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "two\r\nlines\tand", "two  lines and" },
		{ "\x1b[2J", "?[2J" },
		{ "del\x7f", "del?" },
		{ "\xe2\x80\xaemoc", "?moc" },                        /* right-to-left override */
		{ "\xe2\x81\xa6isolated\xe2\x81\xa9", "?isolated?" }, /* bidirectional isolates */
		{ "zero\xe2\x80\x8bwidth\xef\xbb\xbf", "zero?width?" },
		{ "line\xe2\x80\xa8"
		  "end\xe2\x80\xa9",
		  "line end " },
		{ "b\xc3\xbc"
		  "cher \xe6\x97\xa5 e\xcc\x81",
		  "b\xc3\xbc"
		  "cher \xe6\x97\xa5 e\xcc\x81" },
		{ "not \xff UTF-8", "not \xef\xbf\xbd UTF-8" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_text_visible(rows[i].text);

		row_string(rows[i].text, got, rows[i].want);
	}
}

UNIT_MAIN(cmocka_unit_test(visible), cmocka_unit_test(cleans), cmocka_unit_test(prints_for_logs),
	  cmocka_unit_test(finds_and_compares))
