/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/api_key.h"

#define SECRET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno-_"

static void
made(void **state)
{
	CaromApiKey key, again, other;
	g_autofree char *text = NULL, *more = NULL, *field = NULL;

	(void) state;
	assert_int_equal(carom_api_key_make(&key, &text, NULL), CAROM_OK);
	assert_int_equal(carom_api_key_make(&other, &more, NULL), CAROM_OK);
	assert_string_not_equal(text, more);
	assert_string_not_equal(key.id, other.id);
	assert_true(carom_api_key_read(text, &again));
	assert_string_equal(again.id, key.id);
	assert_string_equal(again.digest, key.digest);
	assert_null(strstr(text, key.digest));
	field = g_strconcat("bearer  ", text, NULL);
	assert_true(carom_api_key_authorization(field, &again));
	assert_string_equal(again.digest, key.digest);
	assert_false(carom_api_key_authorization(text, &again));
	assert_false(carom_api_key_authorization(NULL, &again));
}

static void
forms(void **state)
{
	static const struct {
		const char *text;
		gboolean good;
	} rows[] = {
		{ "carom_abcdefg7_" SECRET, TRUE },
		{ "carom_abcdefg7_" SECRET "x", FALSE },
		{ "carom_abcdefg7_" SECRET " ", FALSE },
		{ "carom_abcdefg1_" SECRET, FALSE },
		{ "carom_ABCDEFG7_" SECRET, FALSE },
		{ "Carom_abcdefg7_" SECRET, FALSE },
		{ "carom_abcdefg7." SECRET, FALSE },
		{ "carom_abcdefg7_", FALSE },
		{ "", FALSE },
		{ "carom_", FALSE },
		{ "carom_abcdefg7_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno+/", FALSE },
	};
	CaromApiKey key;

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_int(rows[i].text, carom_api_key_read(rows[i].text, &key), rows[i].good);
	/* printf %s KEY | sha256sum */
	assert_true(carom_api_key_read("carom_abcdefg7_" SECRET, &key));
	assert_string_equal(key.id, "abcdefg7");
	assert_string_equal(key.digest,
			    "73b936f0ea7f927ab111e8a270110c2c484dad7e823a4c2153333f0d19b82591");
}

UNIT_MAIN(cmocka_unit_test(made), cmocka_unit_test(forms))
