/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/auth_results.h"

#define YAHOO "arf.mail.yahoo.com"

static void
reads_rfc_8601(void **state)
{
	static const struct {
		const char *value, *id, *domains;
	} rows[] = {
		{ "mx.example; dkim=pass header.d=isp.example", "mx.example", "isp.example" },
		{ "mx.example;\tdkim=pass (2048-bit key) header.d=ISP.example header.i=@isp.example "
		  "header.a=rsa-sha256 header.s=sel header.b=Yszz/+o=; dkim-atps=neutral",
		  "mx.example", "isp.example" },
		{ "mx.example 1; none", "mx.example", "" },
		{ "mx.example (c; dkim=pass header.d=x) 1 ; (c) dkim (c) / (c) 1 = pass reason=\"a; b\" "
		  "header . d = isp.example (c)",
		  "mx.example", "isp.example" },
		{ "\"mx.example\"; dkim=pass header.d=a.example; dkim=pass header.d=b.example",
		  "mx.example", "a.example b.example" },
		{ "mx.example; spf=pass smtp.mailfrom=\"x; dkim=pass header.d=" YAHOO
		  "\"@evil.example",
		  "mx.example", "" },
		{ "mx.example; dkim=none; spf=pass smtp.mailfrom=a@b.example;", "mx.example", "" },
		{ "mx.example; dkim=fail reason=\"signature verification failed\" "
		  "header.d=isp.example",
		  "mx.example", "" },
		{ "mx.example; dkim=pass header.d=isp.example header.i=\"a b\"@sub.isp.example",
		  "mx.example", "isp.example" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);
		g_autofree char *id = NULL, *all = NULL;
		gboolean dkim;

		row_true(rows[i].value,
			 carom_auth_results_read(rows[i].value, &id, domains, &dkim));
		row_string(rows[i].value, id, rows[i].id);
		g_ptr_array_add(domains, NULL);
		all = g_strjoinv(" ", (char **) domains->pdata);
		row_string(rows[i].value, all, rows[i].domains);
	}
}

/* Fields that are not well formed, and those that are but hold what a sender wrote: neither gives a
 * domain. */
static void
believes_no_trick(void **state)
{
	static const char *const rows[] = {
		"",
		"mx.example",
		"mx.example;",
		"mx.example dkim=pass header.d=" YAHOO,
		"mx.example; dkim=pass header.d=" YAHOO " junk",
		"mx.example; dkim=pass header.d=" YAHOO " junk=",
		"mx.example; dkim=pass strange.x=1 header.d=" YAHOO,
		"mx.example; dkim=pass header.d=" YAHOO " header.q=x",
		"mx.example; dkim=pass header.d=" YAHOO " smtp.mailfrom=x",
		"mx.example; dkim=pass header.d=" YAHOO " (no end",
		"mx.example; dkim=pass header.d=\"" YAHOO,
		"mx.example; dkim=pass header.d=" YAHOO "; \xc3\xbc=pass",
		"mx.example; dkim=pass header.d=" YAHOO "\x01",
		"mx.example x; dkim=pass header.d=" YAHOO,
		"mx.example; =pass header.d=" YAHOO,
		"mx.example; dkim=pass(c)header.d=" YAHOO ")",
		/* what OpenDKIM makes of "i=dkim=3Dpass=20header.d=3D..." and its kin */
		"mx.example; dkim=pass header.d=evil.example header.i=dkim=pass header.d=" YAHOO
		" x@evil.example header.b=abc",
		"mx.example; dkim=pass header.d=evil.example header.i=dkim=pass header.d=" YAHOO
		" policy.x=@evil.example header.b=abc",
		"mx.example; dkim=pass header.d=evil.example header.i=x; dkim=pass header.d=" YAHOO
		" policy.x=@evil.example header.b=abc",
		"mx.example; dkim=pass header.d=evil.example header.i=x; dkim=pass header.d=" YAHOO
		" header.i=@evil.example header.b=abc",
		"mx.example; dkim=pass header.d=evil.example header.i=x; dkim=pass header.d=" YAHOO
		" header.s=@evil.example header.b=abc",
		"mx.example; dkim=pass header.d=evil.example header.i=x@y; dkim=pass header.d=" YAHOO
		" header.s=foo.evil.example header.b=abc",
		"mx.example; dkim=pass header.d=evil.example header.i=x; dkim=pass header.d=" YAHOO
		" (@evil.example header.b=abc",
		"mx.example; dkim=pass header.d=evil.example header.i=x; dkim=pass header.d=" YAHOO
		" header.a=x header.s=x header.b=x reason=@evil.example header.a=x header.s=x header.b=y",
		"mx.example; spf=pass smtp.mailfrom=x; dkim=pass header.d=" YAHOO
		" header.i=@evil.example",
		"mx.example; spf=pass smtp.mailfrom=x; dkim=pass header.d=" YAHOO
		" header.s=y@evil.example",
	};
	g_autoptr(GString) many = g_string_new("mx.example"),
			   longest = g_string_new("mx.example; "
						  "dkim=pass "
						  "header.d=" YAHOO " (");
	g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *id = NULL;
	gboolean dkim;

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *who = NULL;

		carom_auth_results_read(rows[i], &who, domains, &dkim);
		row_int(rows[i], domains->len, 0);
	}
	for (int i = 0; i < 100; i++)
		g_string_append(many, "; dkim=pass header.d=a.example");
	assert_false(carom_auth_results_read(many->str, &id, domains, &dkim));
	for (int i = 0; i < 5000; i++)
		g_string_append_c(longest, 'x');
	g_string_append_c(longest, ')');
	assert_false(carom_auth_results_read(longest->str, &id, domains, &dkim));
	assert_false(carom_auth_results_read(NULL, &id, domains, &dkim));
	assert_int_equal(domains->len, 0);
}

UNIT_MAIN(cmocka_unit_test(reads_rfc_8601), cmocka_unit_test(believes_no_trick))
