/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/fields.h"

static void
reads_one_block(void **state)
{
	static const struct {
		const char *name, *text, *field, *want;
	} rows[] = {
		{ "plain", "Action: failed\nStatus: 5.1.1\n", "Status", "5.1.1" },
		{ "caseless", "ACTION: failed\n", "action", "failed" },
		{ "CR LF", "Action: failed\r\nStatus: 5.1.1\r\n", "Status", "5.1.1" },
		{ "space before the colon", "Action : failed\n", "Action", "failed" },
		{ "nothing behind the colon", "Action:failed\n", "Action", "failed" },
		{ "folded", "Diagnostic-Code: smtp;\n 550 no\n\tsuch user\n", "Diagnostic-Code",
		  "smtp; 550 no such user" },
		{ "folded with CR LF", "Diagnostic-Code: smtp;\r\n\t550 no\r\n", "Diagnostic-Code",
		  "smtp; 550 no" },
		{ "value on the next line", "Subject:\n hello\n", "Subject", "hello" },
		{ "the first of two", "Status: 5.1.1\nStatus: 4.0.0\n", "Status", "5.1.1" },
		{ "empty value", "Status:\nAction: failed\n", "Status", "" },
		{ "junk between", "Status: 5.1.1\nthis is no field\nAction: failed\n", "Action",
		  "failed" },
		{ "empty lines before", "\n\r\n \nAction: failed\n", "Action", "failed" },
		{ "no line end", "Action: failed", "Action", "failed" },
		{ "colon in the value", "Date: Tue, 10 Nov 2026 09:10:01 +0000\n", "Date",
		  "Tue, 10 Nov 2026 09:10:01 +0000" },
		{ "absent", "Action: failed\n", "Status", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *cursor = rows[i].text;
		g_autoptr(CaromFields) fields = carom_fields_read(&cursor, cursor + strlen(cursor));

		row_true(rows[i].name, fields != NULL);
		row_string(rows[i].name, carom_fields_get(fields, rows[i].field), rows[i].want);
		row_true(rows[i].name, *cursor == '\0');
	}
}

static void
reads_blocks_in_turn(void **state)
{
	static const char text[] =
		"Reporting-MTA: dns; mx.example\n\nAction: failed\n\n\n \nAction: delayed\n\n";
	const char *cursor = text, *end = text + strlen(text);
	g_autoptr(CaromFields) one = carom_fields_read(&cursor, end);
	g_autoptr(CaromFields) two = carom_fields_read(&cursor, end);
	g_autoptr(CaromFields) three = carom_fields_read(&cursor, end);

	(void) state;
	assert_string_equal(carom_fields_get(one, "Reporting-MTA"), "dns; mx.example");
	assert_null(carom_fields_get(one, "Action"));
	assert_string_equal(carom_fields_get(two, "Action"), "failed");
	assert_string_equal(carom_fields_get(three, "Action"), "delayed");
	assert_null(carom_fields_read(&cursor, end));
	assert_ptr_equal(cursor, end);
}

static void
holds_its_bounds(void **state)
{
	GString *text = g_string_new(NULL);
	const char *cursor;
	CaromFields *fields;
	gsize n;

	(void) state;
	for (int i = 0; i < 3 * CAROM_FIELDS_MAX; i++)
		g_string_append_printf(text, "X-%d: y\n", i);
	cursor = text->str;
	fields = carom_fields_read(&cursor, text->str + text->len);
	carom_fields_all(fields, &n);
	assert_int_equal(n, CAROM_FIELDS_MAX);
	carom_fields_free(fields);

	g_string_assign(text, "X: ");
	for (int i = 0; i < 3 * CAROM_FIELD_VALUE_MAX; i++)
		g_string_append_c(text, 'y');
	cursor = text->str;
	fields = carom_fields_read(&cursor, text->str + text->len);
	assert_int_equal(strlen(carom_fields_get(fields, "X")), CAROM_FIELD_VALUE_MAX);
	carom_fields_free(fields);
	g_string_free(text, TRUE);
}

static void
takes_nuls_for_blanks(void **state)
{
	static const char text[] = "Status: 5.1\0.1\nAction: fai\0led\n";
	const char *cursor = text;
	g_autoptr(CaromFields) fields = carom_fields_read(&cursor, text + sizeof text - 1);

	(void) state;
	assert_string_equal(carom_fields_get(fields, "Status"), "5.1 .1");
	assert_string_equal(carom_fields_get(fields, "Action"), "fai led");
}

static void
adds_and_lists(void **state)
{
	g_autoptr(CaromFields) fields = carom_fields_new();
	const CaromField *all;
	gsize n;

	(void) state;
	carom_fields_add(fields, "To", 2, " a@example.com ", 15);
	all = carom_fields_all(fields, &n);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].name, "To");
	assert_string_equal(all[0].value, "a@example.com");
	assert_null(carom_fields_get(NULL, "To"));
	assert_null(carom_fields_all(NULL, &n));
	assert_int_equal(n, 0);
}

UNIT_MAIN(cmocka_unit_test(reads_one_block), cmocka_unit_test(reads_blocks_in_turn),
	  cmocka_unit_test(holds_its_bounds), cmocka_unit_test(takes_nuls_for_blanks),
	  cmocka_unit_test(adds_and_lists))
