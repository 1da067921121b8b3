/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/network.h"

static void
holds_what_lies_in_it(void **state)
{
	static const struct {
		const char *network, *address;
		gboolean holds;
	} rows[] = {
		{ "192.0.2.0/28", "192.0.2.0", TRUE },
		{ "192.0.2.0/28", "192.0.2.15", TRUE },
		{ "192.0.2.0/28", "192.0.2.16", FALSE },
		{ "192.0.2.0/28", "192.0.1.255", FALSE },
		{ "192.0.2.7", "192.0.2.7", TRUE },
		{ "192.0.2.7", "192.0.2.6", FALSE },
		{ "192.0.2.7/32", "192.0.2.7", TRUE },
		{ "0.0.0.0/0", "203.0.113.9", TRUE },
		{ "2001:db8::/33", "2001:db8:7fff::1", TRUE },
		{ "2001:db8::/33", "2001:db8:8000::1", FALSE },
		{ "::1", "::1", TRUE },
		{ "::/0", "192.0.2.1", FALSE },
		{ "0.0.0.0/0", "::1", FALSE },
		/* neither an address nor a network of everybody */
		{ "0.0.0.0/0", "", FALSE },
		{ "0.0.0.0/0", "localhost", FALSE },
		{ "192.0.2.0/", "192.0.2.0", FALSE },
		{ "192.0.2.0/x", "192.0.2.0", FALSE },
		{ "192.0.2.0/33", "192.0.2.0", FALSE },
		{ "192.0.2.0/-1", "192.0.2.0", FALSE },
		{ "", "192.0.2.0", FALSE },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *row = g_strconcat(rows[i].network, " ", rows[i].address, NULL);
		char *const networks[] = { (char *) "198.51.100.1", (char *) rows[i].network,
					   NULL };
		char *const none[] = { NULL };

		row_int(row, carom_network_has(networks, rows[i].address), rows[i].holds);
		row_int(row, carom_network_has(none, rows[i].address), FALSE);
	}
}

static void
tells_what_is_none(void **state)
{
	static const char *const bad[] = {
		"",        "/8",          "192.0.2.0/",     "192.0.2.0/33", "192.0.2.300",
		"192.0.2", "example.com", "2001:db8::/129", "::1/x"
	};
	static const char *const good[] = { "192.0.2.0/0", "192.0.2.1", "::/0", "2001:db8::1/128" };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		row_true(bad[i], !carom_network_is_valid(bad[i]));
	for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
		row_true(good[i], carom_network_is_valid(good[i]));
}

UNIT_MAIN(cmocka_unit_test(holds_what_lies_in_it), cmocka_unit_test(tells_what_is_none))
