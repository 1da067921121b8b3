/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/address.h"

static void
parses_addresses(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "alice@example.com", "alice@example.com" },
		{ "<alice@example.com>", "alice@example.com" },
		{ "  <alice@example.com>,", "alice@example.com" },
		{ "Alice Liddell <alice@example.com>", "alice@example.com" },
		{ "\"Liddell, Alice\" <alice@example.com>", "alice@example.com" },
		{ "alice@example.com (Alice)", "alice@example.com" },
		{ "alice@example.com, unknown user", "alice@example.com" },
		{ "Alice@EXAMPLE.Com", "Alice@example.com" },
		{ "alice@example.com.", "alice@example.com" },
		{ "mailto:alice@example.com", "alice@example.com" },
		{ "SMTP:alice@example.com", "alice@example.com" },
		{ "<@relay.example,@hub.example:alice@example.com>", "alice@example.com" },
		{ "\"a b\"@example.com", "\"a b\"@example.com" },
		{ "<\"a>b\"@example.com>", "\"a>b\"@example.com" },
		{ "o'brien+tag@example.com", "o'brien+tag@example.com" },
		{ "alice@[192.0.2.1]", "alice@[192.0.2.1]" },
		{ "alice@[IPv6:2001:DB8::1]", "alice@[ipv6:2001:db8::1]" },
		{ "alice@b\303\274cher.example", "alice@xn--bcher-kva.example" },
		{ "\303\274ser@example.com", "\303\274ser@example.com" },
		{ "alice@localhost", "alice@localhost" },
		{ "", NULL },
		{ "   ", NULL },
		{ "<>", NULL },
		{ "alice", NULL },
		{ "@example.com", NULL },
		{ "alice@", NULL },
		{ "alice@exa mple", "alice@exa" },
		{ "alice@example..com", NULL },
		{ "alice@-?.com", NULL },
		{ "\"unclosed@example.com", NULL },
		{ "al\001ice@example.com", NULL },
		{ NULL, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_address_parse(rows[i].text, -1);

		row_string(rows[i].text ? rows[i].text : "NULL", got, rows[i].want);
	}
}

static void
believes_no_overlong_address(void **state)
{
	g_autofree char *long_local = g_strnfill(310, 'a');
	g_autofree char *fits = g_strconcat(long_local, "@b.example", NULL);
	g_autofree char *longer = g_strconcat(long_local, "a@b.example", NULL);
	g_autofree char *huge = g_strnfill(100000, 'a');
	g_autofree char *got_fits = carom_address_parse(fits, -1),
			*got_longer = carom_address_parse(longer, -1),
			*got_huge = carom_address_parse(huge, -1);

	(void) state;
	assert_int_equal(strlen(fits), CAROM_ADDRESS_MAX);
	assert_string_equal(got_fits, fits);
	assert_null(got_longer);
	assert_null(got_huge);
}

static void
parses_typed_fields(void **state)
{
	static const struct {
		const char *field, *want;
	} rows[] = {
		{ "rfc822; alice@example.com", "alice@example.com" },
		{ "RFC822;alice@example.com", "alice@example.com" },
		{ "rfc822; <alice@example.com>", "alice@example.com" },
		{ "rfc/822; alice@example.com", "alice@example.com" },
		{ "rfc822; rfc822;alice@example.com", "alice@example.com" },
		{ "alice@example.com", "alice@example.com" },
		{ "<alice@example.com>", "alice@example.com" },
		{ "utf-8; \\x{FC}ser@example.com", "\303\274ser@example.com" },
		{ "utf-8; \303\274ser@example.com", "\303\274ser@example.com" },
		{ "rfc822; alice+2Btag@example.com", "alice+tag@example.com" },
		{ "rfc822; alice+3Dx@example.com", "alice=x@example.com" },
		{ "rfc822; alice+20b@example.com", "alice+20b@example.com" },
		{ "rfc822; alice+41b@example.com", "alice+41b@example.com" },
		{ "X400; /S=alice/DDA:SMTP:alice@example.com", "alice@example.com" },
		{ "rfc822; ", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_address_parse_typed(rows[i].field);

		row_string(rows[i].field ? rows[i].field : "NULL", got, rows[i].want);
	}
}

static void
finds_addresses_in_texts(void **state)
{
	static const struct {
		const char *text, *first, *second;
	} rows[] = {
		{ "user alice@example.com is unknown", "alice@example.com", NULL },
		{ "from bob@example.com to <alice@example.com>.", "bob@example.com",
		  "alice@example.com" },
		{ "'alice@example.com' and bob@example.com.", "alice@example.com",
		  "bob@example.com" },
		{ "\"a b\"@example.com", "\"a b\"@example.com", NULL },
		{ "to=alice@[192.0.2.1]: refused", "alice@[192.0.2.1]", NULL },
		{ "no address @ all", NULL, NULL },
		{ "@@@@", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *end = rows[i].text + strlen(rows[i].text), *next;
		g_autofree char *first =
			carom_address_find(rows[i].text, strlen(rows[i].text), &next);
		g_autofree char *second =
			first ? carom_address_find(next, (gsize) (end - next), NULL) : NULL;

		/* "to=" before an address may be part of a local part: what matters is that the
		 * domain holds */
		if (g_str_has_prefix(rows[i].text, "to="))
			row_true(rows[i].text,
				 first != NULL && g_str_has_suffix(first, rows[i].first));
		else
			row_string(rows[i].text, first, rows[i].first);
		row_string(rows[i].text, second, rows[i].second);
		row_true(rows[i].text, next >= rows[i].text && next <= end);
	}
}

static void
searches_in_linear_time(void **state)
{
	gsize n = 2 * 1024 * 1024;
	g_autofree char *ats = g_strnfill(n, '@');
	gint64 start = g_get_monotonic_time();

	(void) state;
	assert_null(carom_address_find(ats, n, NULL));
	memset(ats, 'a', n);
	assert_null(carom_address_find(ats, n, NULL));
	assert_true(g_get_monotonic_time() - start < 10 * G_USEC_PER_SEC);
}

static void
knows_domains(void **state)
{
	(void) state;
	assert_string_equal(carom_address_domain("\"a@b\"@example.com"), "example.com");
	assert_null(carom_address_domain("alice"));
	assert_null(carom_address_domain("alice@"));
	assert_null(carom_address_domain(NULL));
	assert_null(carom_address_to_unicode("alice@example.org"));
	assert_null(carom_address_to_unicode("alice"));
	{
		g_autofree char *unicode = carom_address_to_unicode("alice@xn--bcher-kva.example");

		assert_string_equal(unicode, "alice@b\303\274cher.example");
	}
}

static void
masks_are_no_addresses(void **state)
{
	(void) state;
	assert_true(carom_address_is_masked("redacted@example.com"));
	assert_true(carom_address_is_masked("Redacted"));
	assert_true(carom_address_is_masked("********@example.com"));
	assert_true(carom_address_is_masked("xxxxxx@example.com"));
	assert_true(carom_address_is_masked("9e107d9d372bb6826bd81d3542a419d6@example.com"));
	assert_false(carom_address_is_masked("redacted.fan@example.com"));
	assert_false(carom_address_is_masked("xx@example.com"));
	assert_false(carom_address_is_masked("fade@example.com"));
	assert_false(carom_address_is_masked("alice@xxx.example.com"));
}

UNIT_MAIN(cmocka_unit_test(parses_addresses), cmocka_unit_test(believes_no_overlong_address),
	  cmocka_unit_test(parses_typed_fields), cmocka_unit_test(finds_addresses_in_texts),
	  cmocka_unit_test(searches_in_linear_time), cmocka_unit_test(knows_domains),
	  cmocka_unit_test(masks_are_no_addresses))
