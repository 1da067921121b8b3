/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "feed/hook_answer.h"

static void
keeps_the_beginning(void **state)
{
	static const struct {
		const char *name, *answer, *text;
	} rows[] = {
		{ "nothing", "", NULL },
		{ "blanks", " \r\n\t ", NULL },
		{ "a line", "ok\n", "ok" },
		{ "lines", "{\n  \"ok\": true\n}\r\n", "{ \"ok\": true }" },
		{ "controls", "a\x1b[31mred\x07", "a [31mred" },
		{ "no UTF-8", "caf\xe9!", "caf\xef\xbf\xbd!" },
		{ "turns what follows",
		  "a\xe2\x80\xae"
		  "b",
		  "ab" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromHookAnswer answer = { 0 };
		g_autofree char *text = NULL;

		/* octet by octet, as a slow server sends it */
		for (const char *p = rows[i].answer; *p != '\0'; p++)
			row_true(rows[i].name, carom_hook_answer_take(&answer, p, 1));
		text = carom_hook_answer_text(&answer);
		row_string(rows[i].name, text, rows[i].text);
	}
}

static void
is_bounded(void **state)
{
	CaromHookAnswer answer = { 0 };
	g_autofree char *much = g_strnfill(CAROM_HOOK_ANSWER_READ, 'x');
	g_autofree char *text = NULL;

	(void) state;
	assert_true(carom_hook_answer_take(&answer, "\xc3", 1));
	assert_true(carom_hook_answer_take(&answer, much, CAROM_HOOK_ANSWER_READ - 1));
	assert_false(carom_hook_answer_take(&answer, "x", 1));
	assert_int_equal(answer.n_kept, CAROM_HOOK_ANSWER_KEPT);
	text = carom_hook_answer_text(&answer);
	assert_true(g_utf8_validate(text, -1, NULL));
	assert_in_range(strlen(text), CAROM_HOOK_ANSWER_KEPT - 4, CAROM_HOOK_ANSWER_KEPT);
	assert_true(carom_hook_answer_take_head(&answer, CAROM_HOOK_ANSWER_READ));
	assert_false(carom_hook_answer_take_head(&answer, 1));
}

UNIT_MAIN(cmocka_unit_test(keeps_the_beginning), cmocka_unit_test(is_bounded))
