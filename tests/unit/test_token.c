/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "desk/token.h"

#define NOW 1800000000

static void
tokens(void **state)
{
	CaromTokenKey key, other;
	g_autofree char *token = NULL, *changed = NULL;

	(void) state;
	assert_int_equal(carom_token_key_make(&key, NULL), CAROM_OK);
	assert_int_equal(carom_token_key_make(&other, NULL), CAROM_OK);
	token = carom_token_make(&key, CAROM_TOKEN_FORM, "anna", NOW);
	assert_true(carom_token_is_good(&key, CAROM_TOKEN_FORM, "anna", token, NOW));
	assert_true(carom_token_is_good(&key, CAROM_TOKEN_FORM, "anna", token,
					NOW + (CAROM_TOKEN_HOURS - 1) * 3600));
	assert_false(carom_token_is_good(&key, CAROM_TOKEN_FORM, "anna", token,
					 NOW + CAROM_TOKEN_HOURS * 3600));
	assert_false(carom_token_is_good(&key, CAROM_TOKEN_FORM, "anna", token, NOW - 3600));
	assert_false(carom_token_is_good(&key, CAROM_TOKEN_FORM, "anne", token, NOW));
	assert_false(carom_token_is_good(&key, CAROM_TOKEN_FORM, "", token, NOW));
	assert_false(carom_token_is_good(&other, CAROM_TOKEN_FORM, "anna", token, NOW));
	for (gsize i = 0; i < strlen(token); i++) {
		g_free(changed);
		changed = g_strdup(token);
		changed[i] = changed[i] == '1' ? '2' : '1';
		assert_false(carom_token_is_good(&key, CAROM_TOKEN_FORM, "anna", changed, NOW));
	}
}

/* A note is good for minutes, and neither is the other. */
static void
uses(void **state)
{
	CaromTokenKey key;
	g_autofree char *form = NULL, *note = NULL;

	(void) state;
	assert_int_equal(carom_token_key_make(&key, NULL), CAROM_OK);
	form = carom_token_make(&key, CAROM_TOKEN_FORM, "anna", NOW);
	note = carom_token_make(&key, CAROM_TOKEN_NOTE, "anna", NOW);
	assert_false(carom_token_is_good(&key, CAROM_TOKEN_NOTE, "anna", form, NOW));
	assert_false(carom_token_is_good(&key, CAROM_TOKEN_FORM, "anna", note, NOW));
	assert_true(carom_token_is_good(&key, CAROM_TOKEN_NOTE, "anna", note, NOW + 60));
	assert_false(carom_token_is_good(&key, CAROM_TOKEN_NOTE, "anna", note,
					 NOW + CAROM_TOKEN_MINUTES * 60));
}

static void
what_is_none(void **state)
{
	static const char *const rows[] = {
		NULL, "", ".", "1", "1.", "500000.00", "99999999999999.a"
	};
	CaromTokenKey key;

	(void) state;
	assert_int_equal(carom_token_key_make(&key, NULL), CAROM_OK);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		assert_false(carom_token_is_good(&key, CAROM_TOKEN_FORM, "anna", rows[i], NOW));
}

UNIT_MAIN(cmocka_unit_test(tokens), cmocka_unit_test(uses), cmocka_unit_test(what_is_none))
