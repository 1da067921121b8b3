/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/cursor.h"
#include "http/inputs.h"

static const CaromInput fields[] = {
	{ "text", CAROM_INPUT_TEXT, .max = 5 },
	{ "note", CAROM_INPUT_NOTE, .max = 20 },
	{ "address", .type = CAROM_INPUT_ADDRESS },
	{ "new", .type = CAROM_INPUT_NEW_ADDRESS },
	{ "addresses", CAROM_INPUT_ADDRESSES, .max = 3 },
	{ "count", CAROM_INPUT_COUNT, .max = 100 },
	{ "time", .type = CAROM_INPUT_TIME },
	{ "day", .type = CAROM_INPUT_DAY },
	{ "flag", .type = CAROM_INPUT_FLAG },
	{ "after", .type = CAROM_INPUT_CURSOR },
	{ "must", CAROM_INPUT_TEXT, TRUE, 5 },
};

static void
texts(void **state)
{
	static const struct {
		guint place;
		const char *text, *wanted; /* wanted NULL: refused */
	} rows[] = {
		{ 0, "acme", "acme" },
		{ 0, "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc",
		  "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc" },
		{ 0, "abcdef", NULL },
		{ 0, "", NULL },
		{ 0, "  ", NULL },
		{ 0, "a\nb", NULL },
		{ 0, "a\x1b", NULL },
		{ 1, "one\ntwo", "one\ntwo" },
		{ 1, "a\x7f", NULL },
		{ 1, "\n", NULL },
		{ 2, "Alice@Example.ORG", "Alice@Example.ORG" },
		{ 2, "@com", "@com" },
		{ 2, "alice", NULL },
		{ 2, "", NULL },
		{ 2, "a@b@c.example", NULL },
		{ 3, "@example.org", "@example.org" },
		{ 3, "@com", NULL },
		{ 4, "a@b.example", NULL },
		{ 5, "1", "1" },
		{ 5, "100", "100" },
		{ 5, "101", NULL },
		{ 5, "0", NULL },
		{ 5, "-1", NULL },
		{ 5, "1 ", NULL },
		{ 5, "99999999999999999999999", NULL },
		{ 6, "2026-11-28T17:05:00Z", "2026-11-28T17:05:00+00:00" },
		{ 6, "2026-11-28T17:05:00+07:00", "2026-11-28T17:05:00+07:00" },
		{ 6, "2026-11-28T17:05:00.5-07:00", "2026-11-28T17:05:00-07:00" },
		{ 6, "2026-11-28", "2026-11-28T00:00:00Z" },
		{ 6, "2026-11-28T17:05:00", NULL },
		{ 6, "2026-11-31", NULL },
		{ 6, "now", NULL },
		{ 6, "", NULL },
		{ 7, "2026-02-28", "2026-02-28" },
		{ 7, "2026-02-29", NULL },
		{ 7, "0000-01-01", NULL },
		{ 7, "2026-1-1", NULL },
		{ 8, "true", "true" },
		{ 8, "yes", NULL },
		{ 9, "x", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_auto(CaromInputValues) values = { 0 };
		g_autoptr(GError) error = NULL;
		CaromStatus status = carom_inputs_take(&fields[rows[i].place], rows[i].place,
						       rows[i].text, &values, &error);

		row_int(rows[i].text, status, rows[i].wanted ? CAROM_OK : CAROM_MALFORMED);
		row_string(rows[i].text, values.values[rows[i].place], rows[i].wanted);
		if (status == CAROM_OK)
			continue;
		row_string(rows[i].text, values.wrong, fields[rows[i].place].name);
		row_error(rows[i].text, error, fields[rows[i].place].name);
	}
}

static void
bodies(void **state)
{
	static const struct {
		const char *body;
		guint place;
		const char *wanted; /* NULL: refused */
	} rows[] = {
		{ "{\"text\":\"acme\"}", 0, "acme" },
		{ " {\"count\": 7} ", 5, "7" },
		{ "{\"flag\": false}", 8, "false" },
		{ "{\"addresses\": [\"a@b.example\", \"\\\"x\\\"\"]}", 4,
		  "[\"a@b.example\",\"\\\"x\\\"\"]" },
		{ "{\"addresses\": [\"a\",\"b\",\"c\",\"d\"]}", 4, NULL },
		{ "{\"addresses\": []}", 4, NULL },
		{ "{\"addresses\": \"a@b.example\"}", 4, NULL },
		{ "{\"addresses\": [\"a\", 1]}", 4, NULL },
		{ "{\"addresses\": [[\"a\"]]}", 4, NULL },
		{ "{\"text\": 1}", 0, NULL },
		{ "{\"text\": {}}", 0, NULL },
		{ "{\"flag\": \"true\"}", 8, NULL },
		{ "{\"count\": \"7\"}", 5, NULL },
		{ "{\"count\": 7.0}", 5, NULL },
		{ "{\"count\": -7}", 5, NULL },
		{ "{\"other\": 1}", 0, NULL },
		{ "{\"text\":\"a\",\"text\":\"b\"}", 0, NULL },
		{ "{\"text\":\"a\\u0000b\"}", 0, NULL },
		{ "{\"text\":\"\xff\"}", 0, NULL },
		{ "{\"text\":\"a\"} {}", 0, NULL },
		{ "[]", 0, NULL },
		{ "", 0, NULL },
		{ "null", 0, NULL },
		{ "{", 0, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_auto(CaromInputValues) values = { 0 };
		g_autoptr(GError) error = NULL;
		CaromStatus status = carom_inputs_json(fields, G_N_ELEMENTS(fields), rows[i].body,
						       strlen(rows[i].body), &values, &error);

		row_int(rows[i].body, status, rows[i].wanted ? CAROM_OK : CAROM_MALFORMED);
		if (status == CAROM_OK)
			row_string(rows[i].body, values.values[rows[i].place], rows[i].wanted);
	}
}

/* A thousand brackets are a body of a few octets. */
static void
deep(void **state)
{
	g_autofree char *body = g_strnfill(1000 * 1000, '[');
	g_auto(CaromInputValues) values = { 0 };

	(void) state;
	assert_int_equal(
		carom_inputs_json(fields, G_N_ELEMENTS(fields), body, strlen(body), &values, NULL),
		CAROM_MALFORMED);
}

static void
queries(void **state)
{
	g_auto(CaromTarget) target = { 0 };
	g_auto(CaromInputValues) values = { 0 };
	const char *const parts[] = { "a\"b\\c", "{d}" };
	g_autofree char *word = carom_cursor_write(parts, 2);
	g_autofree char *raw = g_strconcat("/x?text=acme&after=", word, NULL);

	(void) state;
	assert_int_equal(carom_target_read(raw, &target, NULL), CAROM_OK);
	assert_int_equal(carom_inputs_query(fields, G_N_ELEMENTS(fields), &target, &values, NULL),
			 CAROM_OK);
	assert_string_equal(values.values[0], "acme");
	assert_string_equal(values.values[9], "{\"a\\\"b\\\\c\",\"{d}\"}");
	assert_int_equal(carom_inputs_check(fields, G_N_ELEMENTS(fields), &values, NULL),
			 CAROM_MALFORMED);
	assert_string_equal(values.wrong, "must");
	/* in the query and in the body */
	assert_int_equal(carom_inputs_json(fields, G_N_ELEMENTS(fields), "{\"text\":\"b\"}", 12,
					   &values, NULL),
			 CAROM_MALFORMED);
	assert_string_equal(values.wrong, "text");
}

UNIT_MAIN(cmocka_unit_test(texts), cmocka_unit_test(bodies), cmocka_unit_test(deep),
	  cmocka_unit_test(queries))
