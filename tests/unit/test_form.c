/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "desk/form.h"

/* The fields as "name=value|…"; NULL: refused. */
static char *
joined(CaromForm *form, CaromStatus status)
{
	GString *out;

	if (status != CAROM_OK)
		return NULL;
	out = g_string_new(NULL);
	for (guint i = 0; i < form->n; i++)
		g_string_append_printf(out, "%s%s=%s", i > 0 ? "|" : "", form->names[i],
				       form->values[i]);
	return g_string_free(out, FALSE);
}

static void
queries(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "", "" },
		{ "a=b", "a=b" },
		{ "a=b&c=d", "a=b|c=d" },
		{ "a", "a=" },
		{ "a=", "a=" },
		{ "a=b=c", "a=b=c" },
		{ "&a=b&", "a=b" },
		{ "a=1+2", "a=1 2" },
		{ "a=1%2B2", "a=1+2" },
		{ "a=%C3%BC", "a=\xc3\xbc" },
		{ "a=x%0D%0Ay", "a=x\ny" },
		{ "a=x%0Dy", "a=x\ny" },
		{ "a=x%26y", "a=x&y" },
		{ "a=%", NULL },
		{ "a=%4", NULL },
		{ "a=%zz", NULL },
		{ "a=%00", NULL },
		{ "a=%FF", NULL },
		{ "a=%C0%AF", NULL },
		{ "=b", NULL },
		{ "a=b&a=c", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_auto(CaromForm) form = { 0 };
		CaromStatus status =
			carom_form_read(&form, rows[i].text, strlen(rows[i].text), NULL);
		g_autofree char *got = joined(&form, status);

		if (g_strcmp0(got, rows[i].wanted) != 0)
			fail_msg("\"%s\": got %s", rows[i].text, got ? got : "refused");
	}
}

static void
bodies(void **state)
{
	static const char kind[] = "multipart/form-data; boundary=x";
	static const struct {
		const char *kind, *body, *wanted;
	} rows[] = {
		{ "application/x-www-form-urlencoded", "a=1+2", "a=1 2" },
		{ "application/x-www-form-urlencoded; charset=utf-8", "a=b", "a=b" },
		{ "text/plain", "a=b", NULL },
		{ NULL, "a=b", NULL },
		{ kind, "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n",
		  "a=b" },
		{ kind,
		  "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n"
		  "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n"
		  "Content-Type: text/csv\r\n\r\nq,r\r\n1,2\r\n\r\n--x--\r\n",
		  "a=|f=q,r\n1,2\n" },
		{ "multipart/form-data; boundary=\"x\"",
		  "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--y\r\n--x--",
		  "a=--y" },
		{ kind, "--x--\r\n", "" },
		{ kind, "", NULL },
		{ kind, "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb", NULL },
		{ kind, "--x\r\nContent-Disposition: form-data\r\n\r\nb\r\n--x--\r\n", NULL },
		{ kind, "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n", NULL },
		{ "multipart/form-data", "--x--\r\n", NULL },
		{ "multipart/form-data; boundary=", "--x--\r\n", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_auto(CaromForm) form = { 0 };
		CaromStatus status = carom_form_body(&form, rows[i].kind, rows[i].body,
						     strlen(rows[i].body), NULL);
		g_autofree char *got = joined(&form, status);

		if (g_strcmp0(got, rows[i].wanted) != 0)
			fail_msg("body %zu: got %s", i, got ? got : "refused");
	}
}

static void
bounds(void **state)
{
	g_autoptr(GString) many = g_string_new(NULL);
	g_auto(CaromForm) form = { 0 };

	(void) state;
	for (guint i = 0; i <= CAROM_FORM_FIELDS; i++)
		g_string_append_printf(many, "a%u=b&", i);
	assert_int_equal(carom_form_read(&form, many->str, many->len, NULL), CAROM_MALFORMED);
	assert_int_equal(form.n, CAROM_FORM_FIELDS);
	assert_string_equal(carom_form_get(&form, "a3"), "b");
	assert_null(carom_form_get(&form, "b"));
}

static void
escapes(void **state)
{
	g_autoptr(GString) out = g_string_new(NULL);

	(void) state;
	carom_form_append_escaped(out, "a+b@c.example/\xc3\xbc&=%\n-._~");
	assert_string_equal(out->str, "a%2Bb%40c.example%2F%C3%BC%26%3D%25%0A-._~");
}

UNIT_MAIN(cmocka_unit_test(queries), cmocka_unit_test(bodies), cmocka_unit_test(bounds),
	  cmocka_unit_test(escapes))
