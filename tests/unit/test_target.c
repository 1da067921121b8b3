/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/target.h"

static void
segments(void **state)
{
	static const struct {
		const char *raw;
		const char *wanted; /* segments with '|' between; NULL: refused */
	} rows[] = {
		{ "/", "" },
		{ "/v1/check", "v1|check" },
		{ "/v1/a+b@example.com", "v1|a+b@example.com" },
		{ "/v1/a%2Bb%40example.com", "v1|a+b@example.com" },
		{ "/v1/a%2bb", "v1|a+b" },
		{ "/v1/%C3%BC@b.example", "v1|\xc3\xbc@b.example" },
		{ "/v1/\xc3\xbc", "v1|\xc3\xbc" },
		{ "/v1/%2525", "v1|%25" },
		{ "/v1/%20", "v1| " },
		{ "/...", "..." },
		{ "", NULL },
		{ "v1", NULL },
		{ "*", NULL },
		{ "http://b.example/v1", NULL },
		{ "//", NULL },
		{ "//v1", NULL },
		{ "/v1/", "v1" },
		{ "/v1//x", NULL },
		{ "/v1/a%2Fb", NULL },
		{ "/v1/a%2fb", NULL },
		{ "/v1/a%00b", NULL },
		{ "/v1/a%0Ab", NULL },
		{ "/v1/a%7Fb", NULL },
		{ "/v1/a b", NULL },
		{ "/v1/a%", NULL },
		{ "/v1/a%4", NULL },
		{ "/v1/a%zz", NULL },
		{ "/v1/%C0%AF", NULL }, /* a slash, too long */
		{ "/v1/%ED%A0%80", NULL },
		{ "/v1/%FF", NULL },
		{ "/v1/.", NULL },
		{ "/v1/..", NULL },
		{ "/v1/%2e%2E/x", NULL },
		{ "/v1#x", NULL },
		{ "/1/2/3/4/5/6/7/8", "1|2|3|4|5|6|7|8" },
		{ "/1/2/3/4/5/6/7/8/9", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_auto(CaromTarget) target = { 0 };
		g_autoptr(GError) error = NULL;
		CaromStatus status = carom_target_read(rows[i].raw, &target, &error);
		g_autoptr(GString) got = g_string_new(NULL);

		row_int(rows[i].raw, status, rows[i].wanted ? CAROM_OK : CAROM_MALFORMED);
		row_true(rows[i].raw, (error == NULL) == (status == CAROM_OK));
		for (guint n = 0; status == CAROM_OK && n < target.n_segments; n++)
			g_string_append_printf(got, "%s%s", n > 0 ? "|" : "", target.segments[n]);
		if (status == CAROM_OK)
			row_string(rows[i].raw, got->str, rows[i].wanted);
	}
}

/* NULL: it is not given. */
static const char *
value_of(const CaromTarget *target, const char *name)
{
	for (guint i = 0; i < target->n_parameters; i++)
		if (strcmp(target->parameters[i].name, name) == 0)
			return target->parameters[i].value;
	return NULL;
}

static void
parameters(void **state)
{
	static const struct {
		const char *raw, *name, *value;
		gboolean refused;
	} rows[] = {
		{ "/x?a=b", "a", "b", FALSE },
		{ "/x?a=b&c=d", "c", "d", FALSE },
		{ "/x?a=b&c=d", "e", NULL, FALSE },
		{ "/x?a", "a", "", FALSE },
		{ "/x?a=", "a", "", FALSE },
		{ "/x?", "a", NULL, FALSE },
		{ "/x?a=b=c", "a", "b=c", FALSE },
		{ "/x?address=a+b@c.example", "address", "a+b@c.example", FALSE },
		{ "/x?a=1%2F2", "a", "1/2", FALSE },
		{ "/x?a=one%0Atwo", "a", "one\ntwo", FALSE },
		{ "/x?a=b?c", "a", "b?c", FALSE },
		{ "/x?a=b&a=c", "a", NULL, TRUE },
		{ "/x?a=b&%61=c", "a", NULL, TRUE },
		{ "/x?=b", "", NULL, TRUE },
		{ "/x?a=%00", "a", NULL, TRUE },
		{ "/x?a=%1b", "a", NULL, TRUE },
		{ "/x?a=%C0%80", "a", NULL, TRUE },
		{ "/x?%0A=1", "a", NULL, TRUE },
		{ "/x?a=b&&c=d", "a", NULL, TRUE },
		{ "/x?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17&18&19&20&21&22&23&24&25&26&27&28&29"
		  "&30&31&32&33",
		  "1", NULL, TRUE },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_auto(CaromTarget) target = { 0 };
		CaromStatus status = carom_target_read(rows[i].raw, &target, NULL);

		row_int(rows[i].raw, status, rows[i].refused ? CAROM_MALFORMED : CAROM_OK);
		if (status == CAROM_OK)
			row_string(rows[i].raw, value_of(&target, rows[i].name), rows[i].value);
	}
}

static void
too_long(void **state)
{
	g_autofree char *most = g_strnfill(CAROM_TARGET_MAX, '/');
	g_autofree char *more = g_strnfill(CAROM_TARGET_MAX + 1, 'x');
	g_auto(CaromTarget) target = { 0 };

	(void) state;
	memset(most + 1, 'x', CAROM_TARGET_MAX - 1);
	assert_int_equal(carom_target_read(most, &target, NULL), CAROM_OK);
	carom_target_clear(&target);
	*more = '/';
	assert_int_equal(carom_target_read(more, &target, NULL), CAROM_MALFORMED);
}

UNIT_MAIN(cmocka_unit_test(segments), cmocka_unit_test(parameters), cmocka_unit_test(too_long))
