/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "rules/mask.h"

typedef struct {
	const char *text, *want; /* NULL: nothing to mask */
} Row;

static void
hold(const Row *rows, gsize n, CaromMask mask)
{
	for (gsize i = 0; i < n; i++) {
		g_autofree char *got = carom_mask(rows[i].text, strlen(rows[i].text), mask);

		row_string(rows[i].text, got, rows[i].want);
	}
}

static void
addresses(void **state)
{
	static const Row rows[] = {
		{ "550 <virus@full.example>: User unknown",
		  "550 <xxxxx@xxxxxxxxxxxx>: User unknown" },
		{ "550 spam@b.example: User unknown", "550 xxxx@xxxxxxxxx: User unknown" },
		{ "550 to:spam@b.example:unknown", "550 to:xxxx@xxxxxxxxx:unknown" },
		{ "user spam@b.example.", "user xxxx@xxxxxxxxx." },
		{ "<\"a spam\"@b.example> unknown", "<\"x xxxx\"@xxxxxxxxx> unknown" },
		{ "no user \"virus\" here", "no user \"xxxxx\" here" },
		{ "no user 'virus' here", "no user 'xxxxx' here" },
		{ "no user `virus' here", "no user `xxxxx' here" },
		{ "550 <virus> is disabled", "550 <xxxxx> is disabled" },
		{ "<ünknown@b.example> refused", "<xxxxxxxx@xxxxxxxxx> refused" },
		{ "see http://b.example/?a=spam@b.example&c=x",
		  "see http://b.example/?a=xxxx@xxxxxxxxx&c=x" },
		{ "the recipient's mailbox isn't here", NULL },
		{ "<DATA>: Data command rejected", NULL },
		{ "too many 'Received' lines", NULL },
		{ "550-'5.1.1 refused'", NULL },
		{ "\"User unknown\"", NULL },
		{ "host spam.example said no", NULL },
		{ "", NULL },
		{ "@", "@" },
		{ "\"", NULL },
		{ "<", NULL },
		{ "''", NULL },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows), CAROM_MASK_ADDRESSES);
}

static void
hosts(void **state)
{
	static const Row rows[] = {
		{ "host spam.example[192.0.2.1] said", "host xxxx.xxxxxxx[192.0.2.1] said" },
		{ "mx.full.b.test: refused", "xx.xxxx.x.xxxx: refused" },
		{ "see https://b.example/virus?q=spam", "see https://x.xxxxxxx/xxxxx?x=xxxx" },
		{ "see www.spam.example.", "see www.xxxx.xxxxxxx." },
		{ "host=spam.example;", "host=xxxx.xxxxxxx;" },
		{ "from 2001:db8:dead::beef", "from 2001:xx8:xxxx::xxxx" },
		{ "id 4f5Fq0spamX12z", "id 4x5xx0xxxxx12x" },
		{ "virus.exe refused", "xxxxx.exe refused" },
		{ "RESOLVER.ADR.RecipNotFound; not found", NULL },
		{ "user unknown.Please check", NULL },
		{ "5.1.1 user unknown", NULL },
		{ "e.g. this", NULL },
		{ "OFR004_102 [102]", NULL },
		{ "192.0.2.1", NULL },
		{ "rejected.see", NULL },
		{ "...", NULL },
		{ "", NULL },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows), CAROM_MASK_HOSTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(hosts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
