/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/json_records.h"

static CaromStatus
show_record(guint64 line, const char *text, gsize len, void *user, GError **err)
{
	(void) err;
	g_string_append_printf(user, "%d:%.*s;", (int) line, (int) len, text);
	return CAROM_OK;
}

static CaromStatus
show_fault(guint64 line, const char *reason, void *user, GError **err)
{
	(void) err;
	g_string_append_printf(user, "!%d %.12s;", (int) line, reason);
	return CAROM_OK;
}

/* Caller's. */
static char *
read_in_pieces(const char *text, gsize n)
{
	GString *out = g_string_new(NULL);
	const CaromJsonHandler handler = { show_record, show_fault, out };
	g_autoptr(CaromJsonRecords) records = carom_json_records_new(&handler);
	gsize len = strlen(text);

	for (gsize at = 0; at < len; at += n)
		row_int(text, carom_json_records_push(records, text + at, MIN(n, len - at), NULL),
			CAROM_OK);
	row_int(text, carom_json_records_end(records, NULL), CAROM_OK);
	return g_string_free(out, FALSE);
}

static void
test_files(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ " \n\n", "" },
		{ "{\"a\":1}\n{\"b\":2}\n", "1:{\"a\":1};2:{\"b\":2};" },
		{ "{\"a\":1}{\"b\":2}", "1:{\"a\":1};1:{\"b\":2};" },
		{ "{\n\"a\":\n{}}\n", "1:{\n\"a\":\n{}};" },
		{ "{\"a\":\"}{\\\"[\"}", "1:{\"a\":\"}{\\\"[\"};" },
		{ "[{\"a\":1},\n{\"a\":2}]", "1:{\"a\":1};2:{\"a\":2};" },
		{ "[]", "" },
		{ "{\"tags\":[\"*\"]}", "1:{\"tags\":[\"*\"]};" },
		{ "{\"results\":[{\"a\":1},{\"a\":2}],\"links\":[{\"x\":3}],\"n\":\"]\"}",
		  "1:{\"a\":1};1:{\"a\":2};" },
		{ "{\"items\" : [ {\"a\":[{\"b\":1}]} ], \"paging\": {\"next\":\"{\"}}",
		  "1:{\"a\":[{\"b\":1}]};" },
		/* each line at fault is told, and the next is read */
		{ "x\n{\"a\":1}\n", "!1 an object of;2:{\"a\":1};" },
		{ "{\"a\":1\n{\"b\":2}\n", "!1 an object wi;2:{\"b\":2};" },
		{ "{\"a\":\"x\n{\"b\":2}\n", "!1 a string wit;2:{\"b\":2};" },
		{ "{\"a\":1}}\n{\"b\":2}\n", "1:{\"a\":1};!1 a \"}\" too ma;2:{\"b\":2};" },
		{ "{\"a\":1", "!1 the file end;" },
		{ "[{\"a\":1},", "1:{\"a\":1};!1 the file end;" },
		{ "[[[[[[[[[", "!1 more bracket;!1 the file end;" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		for (gsize piece = 1; piece < 6; piece++) {
			g_autofree char *got =
				read_in_pieces(rows[i].text, piece == 5 ? 1000 : piece);

			row_string(rows[i].text, got, rows[i].want);
		}
}

static void
test_sizes(void **state)
{
	g_autoptr(GString) text = g_string_new("{\"a\":\"");
	g_autofree char *got = NULL;

	(void) state;
	for (guint i = 0; i < 3 * CAROM_JSON_RECORDS_MAX; i++)
		g_string_append_c(text, 'x');
	g_string_append(text, "\"}\n{\"b\":2}\n");
	got = read_in_pieces(text->str, 4096);
	row_string("a long object", got, "!1 an object of;2:{\"b\":2};");
}

UNIT_MAIN(cmocka_unit_test(test_files), cmocka_unit_test(test_sizes))
