/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/xtext.h"

static void
decodes(void **state)
{
	static const struct {
		const char *text, *all, *needed;
	} rows[] = {
		{ "alice@example.org", "alice@example.org", "alice@example.org" },
		{ "a+2Bb@example.org", "a+b@example.org", "a+b@example.org" },
		{ "a+3Db", "a=b", "a=b" },
		{ "a+3db", "a=b", "a+3db" },             /* the standard has upper-case digits */
		{ "list+42@b", "listB@b", "list+42@b" }, /* nobody has to encode a B */
		{ "a+20b", "a b", "a+20b" },
		{ "a+2", "a+2", "a+2" },
		{ "+", "+", "+" },
		{ "+2B", "+", "+" },
		{ "", "", "" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *all = carom_xtext_decode(rows[i].text, strlen(rows[i].text));
		g_autofree char *needed = carom_xtext_decode_needed(rows[i].text);

		row_string(rows[i].text, all, rows[i].all);
		row_string(rows[i].text, needed, rows[i].needed);
	}
}

UNIT_MAIN(cmocka_unit_test(decodes))
