/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/address_normal.h"

#include <string.h>

/* What Postfix takes for one mailbox has one spelling, and what it takes for two has two. */
static void
one_spelling(void **state)
{
	static const struct {
		const char *spelled, *want;
	} rows[] = {
		{ "Victim@Gmail.Com", "victim@gmail.com" },
		{ " \tvictim@gmail.com\r\n", "victim@gmail.com" },
		{ "<victim@gmail.com>", "victim@gmail.com" },
		{ "V. Ictim <victim@gmail.com>", "victim@gmail.com" },
		{ "\"Ictim, V.\" <victim@gmail.com>", "victim@gmail.com" },
		{ "\"victim\"@gmail.com", "victim@gmail.com" },
		{ "vic\"tim\"@gmail.com", "victim@gmail.com" },
		{ "\"vic\\tim\"@gmail.com", "victim@gmail.com" },
		{ "vic\\tim@gmail.com", "victim@gmail.com" },
		{ "victim@gmail.com.", "victim@gmail.com" },
		{ "victim @ gmail . com", "victim@gmail.com" },
		{ "victim(x)@gmail.com", "victim@gmail.com" },
		{ "(x (y \\) z))victim@(w)gmail.com(v)", "victim@gmail.com" },
		{ "@relay.example:victim@gmail.com", "victim@gmail.com" },
		{ "<@a.example,@b.example:victim@gmail.com>", "victim@gmail.com" },
		{ "gmail.com!victim", "victim@gmail.com" },
		{ "gmail.com!x!victim", "x!victim@gmail.com" },
		{ "victim%gmail.com", "victim@gmail.com" },
		{ "victim%gmail.com@relay.example", "victim%gmail.com@relay.example" },
		{ "gmail.com!victim@relay.example", "gmail.com!victim@relay.example" },
		{ "victim@\"gmail.com\"", "victim@gmail.com" },
		{ "victim+tag@gmail.com", "victim+tag@gmail.com" },
		{ "vic.tim@gmail.com", "vic.tim@gmail.com" },
		{ "a..b.@docomo.example", "a..b.@docomo.example" },
		{ "\"a..b.\"@docomo.example", "a..b.@docomo.example" },
		{ "\"a b\"@gmail.com", "\"a b\"@gmail.com" },
		{ "a b@gmail.com", "\"a b\"@gmail.com" },
		{ "\"a@b\"@gmail.com", "\"a@b\"@gmail.com" },
		{ "a@b@gmail.com", "\"a@b\"@gmail.com" },
		{ "\"a\\\"b\\\\c\"@gmail.com", "\"a\\\"b\\\\c\"@gmail.com" },
		{ "\"a(b)\"@gmail.com", "\"a(b)\"@gmail.com" },
		{ "user@localhost", "user@localhost" },
		{ "user@[192.0.2.1]", "user@[192.0.2.1]" },
		{ "user@[IPv6:2001:DB8::1]", "user@[ipv6:2001:db8::1]" },
		{ "anna@b\xc3\xbc"
		  "cher.example",
		  "anna@xn--bcher-kva.example" },
		{ "anna@B\xc3\x9c"
		  "CHER.example",
		  "anna@xn--bcher-kva.example" },
		{ "anna@bu\xcc\x88"
		  "cher.example",
		  "anna@xn--bcher-kva.example" },
		{ "anna@XN--BCHER-KVA.example", "anna@xn--bcher-kva.example" },
		{ "anna@gmail\xe3\x80\x82"
		  "com",
		  "anna@gmail.com" },
		{ "anna@\xef\xbd\x87mail.com", "anna@gmail.com" },
		{ "J\xc3\x9cRGEN@x.test", "j\xc3\x9crgen@x.test" },
		{ "@Example.ORG", "@example.org" },
		{ "@.Example.ORG.", "@.example.org" },
		{ " @ . example.org", "@.example.org" },
		{ "@b\xc3\xbc"
		  "cher.example.",
		  "@xn--bcher-kva.example" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_address_normal(rows[i].spelled, -1);
		g_autofree char *again = got ? carom_address_normal(got, -1) : NULL;

		row_string(rows[i].spelled, got, rows[i].want);
		row_string(rows[i].spelled, again, rows[i].want);
	}
}

static void
refuses_what_is_none(void **state)
{
	static const char *const rows[] = {
		"",
		" ",
		"nobody",
		"@",
		"a@",
		"\"\"@gmail.com",
		"a@.",
		"a@b..c",
		"a@.b",
		"a,b@gmail.com",
		"a@gmail.com; b@gmail.com",
		"a@gmail.com, b@gmail.com",
		"\"a@gmail.com",
		"a(b@gmail.com",
		"a)b@gmail.com",
		"<a@gmail.com",
		"a@gmail.com>",
		"a@gm ail.com",
		("a@gm\x01"
		 "ail.com"),
		"a\x7f@gmail.com",
		"a\\",
		"a@gmail.com\\",
		"a@g\xff",
		"a@[]",
		"@[192.0.2.1]",
		"@a@b",
		"@.",
		"@..b",
		"@.[192.0.2.1]",
		"\"\"@.b",
		".b!",
		"!gmail.com",
		"gmail.com!",
	};
	g_autofree char *longest = g_strnfill(CAROM_ADDRESS_NORMAL_MAX, 'a');
	g_autofree char *deep = g_strnfill(200, '(');

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_address_normal(rows[i], -1);

		row_string(rows[i], got, NULL);
	}
	assert_null(carom_address_normal(NULL, -1));
	assert_null(carom_address_normal(longest, -1));
	assert_null(carom_address_normal(deep, -1));
	assert_null(carom_address_normal("a@b\0c", 5));
}

/* What carom.normalise() is held against too, by tests/e2e/spellings.py: thousands of generated
 * texts, each with what becomes of it. */
static void
same_as_in_sql(void **state)
{
	const char *source = g_getenv("CAROM_SOURCE");
	g_autofree char *file =
		g_build_filename(source ? source : ".", "tests/unit/spellings.tsv", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	guint n = 0;

	(void) state;
	assert_true(g_file_get_contents(file, &text, NULL, NULL));
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		g_auto(GStrv) cells = g_strsplit(lines[i], "\t", 2);
		g_autofree char *spelled = NULL, *got = NULL;

		if (*lines[i] == '#' || g_strv_length(cells) != 2)
			continue;
		spelled = g_strcompress(cells[0]);
		got = carom_address_normal(spelled, -1);
		row_string(cells[0], got ? got : "-", cells[1]);
		n++;
	}
	assert_true(n > 3000);
}

UNIT_MAIN(cmocka_unit_test(one_spelling), cmocka_unit_test(refuses_what_is_none),
	  cmocka_unit_test(same_as_in_sql))
