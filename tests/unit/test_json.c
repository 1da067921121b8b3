/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/json.h"

#include <jansson.h>

static void
commas(void **state)
{
	g_autoptr(GString) out = g_string_new(NULL);

	(void) state;
	carom_json_begin_array(out);
	carom_json_line_end(out);
	carom_json_begin_object(out);
	carom_json_end_object(out);
	carom_json_line_end(out);
	carom_json_begin_object(out);
	carom_json_member(out, "unknown", NULL);
	carom_json_member(out, "empty", "");
	carom_json_member(out, "brackets", "[{:");
	carom_json_member_integer(out, "least", G_MININT64);
	carom_json_name(out, "list");
	carom_json_begin_array(out);
	carom_json_boolean(out, TRUE);
	carom_json_boolean(out, FALSE);
	carom_json_begin_array(out);
	carom_json_end_array(out);
	carom_json_integer(out, 0);
	carom_json_end_array(out);
	carom_json_end_object(out);
	carom_json_line_end(out);
	carom_json_end_array(out);
	assert_string_equal(out->str, "[\n{},\n{\"empty\":\"\",\"brackets\":\"[{:\","
				      "\"least\":-9223372036854775808,"
				      "\"list\":[true,false,[],0]}\n]");
}

/* What is written is read back the same, by a library that knows the standard. */
static void
texts(void **state)
{
	static const char *const rows[] = {
		"",
		"plain",
		"\"quoted\"",
		"back\\slash",
		"tab\tnewline\nCR\r",
		"\x01\x1f\x7f",
		("b\xc3\xbc"
		 "cher"),
		"\xe2\x80\xa8",
		"\xf0\x9f\x93\xac",
		"</script>",
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		json_t *read;

		carom_json_string(out, rows[i]);
		read = json_loads(out->str, JSON_DECODE_ANY, NULL);
		row_string(rows[i], json_string_value(read), rows[i]);
		row_true(rows[i], strpbrk(out->str, "\t\n\r") == NULL);
		json_decref(read);
	}
}

static void
numbers(void **state)
{
	static const struct {
		const char *digits, *want;
	} rows[] = {
		{ "0", "0" },
		{ "-1", "-1" },
		{ "0.012500", "0.012500" },
		{ "-0.5", "-0.5" },
		{ "123456789012345678901234567890", "123456789012345678901234567890" },
		{ "NaN", "\"NaN\"" },
		{ "", "\"\"" },
		{ "-", "\"-\"" },
		{ "007", "\"007\"" },
		{ ".5", "\".5\"" },
		{ "5.", "\"5.\"" },
		{ "1e5", "\"1e5\"" },
		{ "Infinity", "\"Infinity\"" },
		{ "1,5", "\"1,5\"" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		carom_json_number(out, rows[i].digits);
		row_string(rows[i].digits, out->str, rows[i].want);
	}
}

UNIT_MAIN(cmocka_unit_test(commas), cmocka_unit_test(texts), cmocka_unit_test(numbers))
