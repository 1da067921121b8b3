/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "lists/list_address.h"

/* "#" and 50 digits */
#define FORGOTTEN "#2a0123456789abcdef0123456789abcdef0123456789abcdef"

/* What is no address must never read as one that may be mailed. */
static void
refuses_what_is_no_address(void **state)
{
	static const struct {
		const char *text;
		CaromListAddressUse use;
		const char *says;
	} rows[] = {
		{ "", CAROM_LIST_ADDRESS_ONE, "the address is empty" },
		{ " \t", CAROM_LIST_ADDRESS_ONE, "the address is empty" },
		{ "notanaddress", CAROM_LIST_ADDRESS_ONE, "\"notanaddress\" is no address" },
		{ "a@b@c.example", CAROM_LIST_ADDRESS_ONE, "is no address" },
		{ "a@", CAROM_LIST_ADDRESS_ONE, "is no address" },
		{ "a@b.example, c@d.example", CAROM_LIST_ADDRESS_ONE, "is no address" },
		{ "@gmail.com", CAROM_LIST_ADDRESS_ONE, "is a domain, not an address" },
		{ "@", CAROM_LIST_ADDRESS_ENTRY, "is no address" },
		{ "@com", CAROM_LIST_ADDRESS_NEW, "no domain of anybody's" },
		{ "@co.uk", CAROM_LIST_ADDRESS_NEW, "no domain of anybody's" },
		{ "@OR.ID", CAROM_LIST_ADDRESS_NEW, "no domain of anybody's" },
		{ "@.com", CAROM_LIST_ADDRESS_NEW, "no domain of anybody's" },
		{ "@.co.uk", CAROM_LIST_ADDRESS_NEW, "no domain of anybody's" },
		{ "@.example.org", CAROM_LIST_ADDRESS_ONE, "is a domain, not an address" },
		{ "@..example.org", CAROM_LIST_ADDRESS_NEW, "is no address" },
		{ FORGOTTEN, CAROM_LIST_ADDRESS_ONE, "is no address" },
		{ FORGOTTEN "0", CAROM_LIST_ADDRESS_ENTRY, "is no address" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		GError *error = NULL;
		char *out = (char *) "set";

		row_int(rows[i].text,
			carom_list_address_read(rows[i].text, rows[i].use, &out, &error),
			CAROM_MALFORMED);
		row_true(rows[i].text, out == NULL);
		row_error(rows[i].text, error, rows[i].says);
	}
}

static void
reads_every_spelling(void **state)
{
	static const struct {
		const char *text;
		CaromListAddressUse use;
		const char *want;
	} rows[] = {
		{ "bela@example.org", CAROM_LIST_ADDRESS_ONE, "bela@example.org" },
		{ "<bela@example.org>", CAROM_LIST_ADDRESS_ONE, "bela@example.org" },
		{ " Bela@Example.ORG. ", CAROM_LIST_ADDRESS_ONE, "bela@example.org" },
		{ "@example.org", CAROM_LIST_ADDRESS_ENTRY, "@example.org" },
		{ "@Example.ORG", CAROM_LIST_ADDRESS_NEW, "@example.org" },
		{ "@.Example.ORG.", CAROM_LIST_ADDRESS_NEW, "@.example.org" },
		{ "@com", CAROM_LIST_ADDRESS_ENTRY, "@com" }, /* it can be taken off */
		{ "@my.example", CAROM_LIST_ADDRESS_NEW, "@my.example" },
		{ FORGOTTEN, CAROM_LIST_ADDRESS_ENTRY, FORGOTTEN },
		{ FORGOTTEN, CAROM_LIST_ADDRESS_NEW, FORGOTTEN }, /* as an export has it */
		{ "@shop.de", CAROM_LIST_ADDRESS_NEW, "@shop.de" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *out = NULL;
		g_autoptr(GError) error = NULL;

		if (carom_list_address_read(rows[i].text, rows[i].use, &out, &error) != CAROM_OK)
			fail_msg("%s: %s", rows[i].text, error->message);
		row_string(rows[i].text, out, rows[i].want);
	}
}

UNIT_MAIN(cmocka_unit_test(refuses_what_is_no_address), cmocka_unit_test(reads_every_spelling))
