/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "rules/template.h"

static void
puts_marks_for_names_and_numbers(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "550 5.1.1 <alice@example.org>: too many faces",
		  "550 5.1.1 <*>: too many faces" },
		{ "550 5.1.1 <bob@example.net>: too many faces", "550 5.1.1 <*>: too many faces" },
		{ "550-5.1.1 not for alice@example.org today", "550-5.1.1 not for * today" },
		{ "host mx.example.net[192.0.2.1] said: 554 no", "host * said: 554 no" },
		{ "421 4.7.0 192.0.2.8 tried 17 times in 3600 s",
		  "421 4.7.0 #.#.#.# tried # times in # s" },
		{ "554 see https://help.example.com/x?id=4711", "554 see *" },
		{ "421 [TSS04] wait", "421 [TSS04] wait" },
		{ "451 4XkT2s1Q is no good", "451 * is no good" },
		{ "552 S2017062302 no", "552 S# no" },
		{ "Postfach alice@example.org gibt es nicht", "Postfach * gibt es nicht" },
		{ "", "" },
		{ "   ", "" },
		{ "550", "550" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_template_of(rows[i].text, strlen(rows[i].text));

		row_string(rows[i].text, got, rows[i].want);
	}
}

static void
makes_a_rule_of_it(void **state)
{
	static const struct {
		const char *template_text, *want;
	} rows[] = {
		{ "550 5.1.1 <*>: too many faces (x)",
		  "local-too-many-faces  CATEGORY  status=5.1.1\n"
		  "\t/too many faces \\(x\\)/\n\t> 550 5.1.1 <*>: too many faces (x)" },
		{ "421 wait # minutes before the next of * is sent",
		  "local-wait-minutes-before  CATEGORY  reply=421\n"
		  "\t/wait.{1,120}minutes before the next of.{1,120}is sent/\n"
		  "\t> 421 wait # minutes before the next of * is sent" },
		{ "550 5.1.1 *", NULL },
		{ "", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_template_rule(rows[i].template_text);

		row_string(rows[i].template_text, got, rows[i].want);
	}
}

UNIT_MAIN(cmocka_unit_test(puts_marks_for_names_and_numbers), cmocka_unit_test(makes_a_rule_of_it))
