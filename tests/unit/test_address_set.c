/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/address_set.h"

static void
has_what_was_added_and_nothing_else(void **state)
{
	CaromAddressSet *set = carom_address_set_new(0);

	(void) state;
	assert_false(carom_address_set_has(set, "ani@example.org"));
	assert_false(carom_address_set_has(set, ""));
	carom_address_set_add(set, "Ani@Example.org");
	carom_address_set_add(set, "@example.net");
	carom_address_set_add(set, "");
	assert_true(carom_address_set_has(set, "ani@example.ORG"));
	assert_true(carom_address_set_has(set, "@EXAMPLE.NET"));
	assert_true(carom_address_set_has(set, ""));
	assert_false(carom_address_set_has(set, "ani@example.or"));
	assert_false(carom_address_set_has(set, "ani@example.org "));
	assert_false(carom_address_set_has(set, "budi@example.net"));
	carom_address_set_free(set);
	carom_address_set_free(NULL);
}

/* Only letters of ASCII are folded, as carom.normalise() leaves them. */
static void
other_letters_keep_their_case(void **state)
{
	CaromAddressSet *set = carom_address_set_new(1);

	(void) state;
	carom_address_set_add(set, "\xc3\x84nne@example.org");
	assert_true(carom_address_set_has(set, "\xc3\x84NNE@example.org"));
	assert_false(carom_address_set_has(set, "\xc3\xa4nne@example.org"));
	carom_address_set_free(set);
}

/* Ten thousand times as many as it was made for. */
static void
grows(void **state)
{
	enum { N = 100000 };
	CaromAddressSet *set = carom_address_set_new(10);
	char address[40];
	guint wrong = 0;

	(void) state;
	for (int twice = 0; twice < 2; twice++) {
		for (int i = 0; i < N; i++) {
			g_snprintf(address, sizeof address, "reader%d@example.org", i);
			carom_address_set_add(set, address);
		}
	}
	for (int i = 0; i < N; i++) {
		g_snprintf(address, sizeof address, "reader%d@example.org", i);
		assert_true(carom_address_set_has(set, address));
		g_snprintf(address, sizeof address, "other%d@example.org", i);
		wrong += carom_address_set_has(set, address);
	}
	assert_int_equal(wrong, 0);
	carom_address_set_free(set);
}

/* Many in a small table, so that slots are filled far from where they belong. */
static void
forgets_one_and_keeps_the_others(void **state)
{
	enum { N = 3000 };
	CaromAddressSet *set = carom_address_set_new(0);
	char address[40];

	(void) state;
	for (int i = 0; i < N; i++) {
		g_snprintf(address, sizeof address, "reader%d@example.org", i);
		carom_address_set_add(set, address);
	}
	carom_address_set_remove(set, "nobody@example.org");
	for (int i = 0; i < N; i += 3) {
		g_snprintf(address, sizeof address, "READER%d@example.org", i);
		carom_address_set_remove(set, address);
		carom_address_set_remove(set, address);
	}
	for (int i = 0; i < N; i++) {
		g_snprintf(address, sizeof address, "reader%d@example.org", i);
		assert_int_equal(carom_address_set_has(set, address), i % 3 != 0);
	}
	carom_address_set_free(set);
}

UNIT_MAIN(cmocka_unit_test(has_what_was_added_and_nothing_else),
	  cmocka_unit_test(other_letters_keep_their_case), cmocka_unit_test(grows),
	  cmocka_unit_test(forgets_one_and_keeps_the_others))
