/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/csv.h"
#include "base/csv_reader.h"
#include "base/text_input.h"

/* "1:a|b" for a record of line 1, "!2.3 reason" for a fault, ";" after each. */
static CaromStatus
show_record(const CaromCsvRecord *record, void *user, GError **err)
{
	GString *out = user;

	(void) err;
	g_string_append_printf(out, "%d:", (int) record->line);
	for (guint i = 0; i < record->n_cells; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? "|" : "", record->cells[i]);
	g_string_append_c(out, ';');
	return CAROM_OK;
}

static CaromStatus
show_fault(const CaromCsvFault *fault, void *user, GError **err)
{
	(void) err;
	g_string_append_printf(user, "!%d.%u %.12s;", (int) fault->line, fault->column,
			       fault->reason);
	return CAROM_OK;
}

static CaromStatus
push_text(const char *text, gsize len, void *user, GError **err)
{
	return carom_csv_reader_push(user, text, len, err);
}

/* As a file is read: in pieces of n bytes. Caller's. */
static char *
read_in_pieces(const char *bytes, gsize len, gsize n)
{
	GString *out = g_string_new(NULL);
	const CaromCsvHandler handler = { show_record, show_fault, out };
	g_autoptr(CaromCsvReader) reader = carom_csv_reader_new(&handler);
	CaromTextInput input;
	g_autoptr(GError) error = NULL;
	CaromStatus status = CAROM_OK;

	carom_text_input_init(&input, push_text, reader);
	for (gsize at = 0; status == CAROM_OK && at < len; at += n)
		status = carom_text_input_push(&input, bytes + at, MIN(n, len - at), &error);
	if (status == CAROM_OK)
		status = carom_text_input_end(&input, &error);
	if (status == CAROM_OK)
		status = carom_csv_reader_end(reader, &error);
	carom_text_input_clear(&input);
	if (status != CAROM_OK)
		g_string_append_printf(out, "%s: %s", carom_status_name(status), error->message);
	return g_string_free(out, FALSE);
}

#define ROW(name, bytes, want)                                                                     \
	{                                                                                          \
		name, bytes, sizeof bytes - 1, want                                                \
	}

static void
test_files(void **state)
{
	static const struct {
		const char *name, *bytes;
		gsize len;
		const char *want;
	} rows[] = {
		ROW("plain", "a,b\nc,d\n", "1:a|b;2:c|d;"),
		ROW("no last line end", "a,b", "1:a|b;"),
		ROW("CR LF", "a,b\r\nc,d\r\n", "1:a|b;2:c|d;"),
		ROW("CR", "a,b\rc,d\r", "1:a|b;2:c|d;"),
		ROW("empty", "", ""),
		ROW("only line ends", "\r\n\n\r", ""),
		ROW("blank lines", "a,b\n\n\r\nc,d\n", "1:a|b;4:c|d;"),
		ROW("a quoted nothing is a record", "a\n\"\"\n", "1:a;2:;"),
		ROW("empty cells", ",\n,,\n", "1:|;2:||;"),
		ROW("quotes", "\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d;"),
		ROW("lines in a cell", "\"a\r\nb\",c\nd,e\n", "1:a\r\nb|c;3:d|e;"),
		ROW("a quote inside", "a\"b,c\n", "1:a\"b|c;"),
		ROW("blanks after a quote", "\"a\" ,b\n", "1:a|b;"),
		ROW("text after a quote", "\"a\"b,c\nd,e\n", "!1.1 text after t;2:d|e;"),
		ROW("a quote without end", "a,b\nc,\"d\ne,f\n", "1:a|b;!2.2 a quote is o;"),
		ROW("semicolons", "a;b,c\nd;e\n", "1:a|b,c;2:d|e;"),
		ROW("tabs", "a\tb\nc;d\t,\n", "1:a|b;2:c;d|,;"),
		ROW("one column", "a\nb,c\n", "1:a;2:b|c;"),
		ROW("a comma in quotes is no separator", "\"a,b\";c\n", "1:a,b|c;"),
		ROW("NUL", "a,b\nc\0,d\ne,f\n", "1:a|b;!2.1 a NUL; text ;3:e|f;"),
		ROW("NUL at the end", "a,b\nc,d\0\n", "1:a|b;!2.2 a NUL; text ;"),
		ROW("only a NUL", "a,b\n\0,\n", "1:a|b;!2.1 a NUL; text ;"),
		ROW("8-bit", "a,b\nc,J\xfcrgen\n", "1:a|b;!2.2 bytes that a;"),
		ROW("UTF-8", "a,\xc3\xbc\n", "1:a|\xc3\xbc;"),
		ROW("BOM", "\xef\xbb\xbf\"a\",b\n", "1:a|b;"),
		ROW("UTF-16 little",
		    "\xff\xfe"
		    "a\0,\0\xfc\0\n\0",
		    "1:a|\xc3\xbc;"),
		ROW("UTF-16 big", "\xfe\xff\0a\0,\0\xfc\0\n", "1:a|\xc3\xbc;"),
		ROW("UTF-16 without a mark", "a\0,\0b\0\n\0", "1:a|b;"),
		ROW("UTF-16, a pair",
		    "\xff\xfe"
		    "a\0,\0\x3d\xd8\x00\xde\n\0",
		    "1:a|\xf0\x9f\x98\x80;"),
		ROW("UTF-16, half a pair",
		    "\xff\xfe"
		    "a\0,\0\x3d\xd8"
		    "b\0\n\0",
		    "!1.2 bytes that a;"),
		ROW("UTF-16, cut",
		    "\xff\xfe"
		    "a\0,\0b",
		    "!1.2 bytes that a;"),
		ROW("UTF-32", "\xff\xfe\0\0a\0\0\0",
		    "malformed: the file is UTF-32, which is not read here: save it as UTF-8 "
		    "(iconv -f UTF-32 -t UTF-8)"),
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		for (gsize piece = 1; piece < 8; piece++) {
			g_autofree char *got = read_in_pieces(rows[i].bytes, rows[i].len,
							      piece == 7 ? 1000 : piece);

			row_string(rows[i].name, got, rows[i].want);
		}
}

/* Of any size: bounded, and what follows is read. */
static void
test_sizes(void **state)
{
	g_autoptr(GString) million = g_string_new(NULL);
	g_autoptr(GString) quote = g_string_new("a,b\nc,\"");
	g_autoptr(GString) longest = g_string_new(NULL);
	g_autofree char *got = NULL, *lost = NULL, *taken = NULL;

	(void) state;
	for (guint i = 0; i < 1000000; i++)
		g_string_append(million, "x,");
	g_string_append(million, "\na,b\n");
	got = read_in_pieces(million->str, million->len, 4096);
	row_string("a million columns", got, "!1.257 more than 25;2:a|b;");

	for (guint i = 0; i < 3 * CAROM_CSV_MAX_RECORD; i++)
		g_string_append_c(quote, i % 100 == 99 ? '\n' : 'x');
	g_string_append(quote, "\nd,e\n");
	lost = read_in_pieces(quote->str, quote->len, 4096);
	row_true("a quote without end: what follows is read",
		 g_str_has_prefix(lost, "1:a|b;!2.2 a quote is o;") &&
			 g_str_has_suffix(lost, ":d|e;"));

	for (guint i = 0; i < CAROM_CSV_MAX_RECORD; i++)
		g_string_append_c(longest, 'x');
	g_string_append(longest, "\ny\n");
	taken = read_in_pieces(longest->str, longest->len, 5000);
	row_int("the longest record", strlen(taken), CAROM_CSV_MAX_RECORD + strlen("1:;2:y;"));
}

/* What is written is read, and a spreadsheet runs none of it. */
static void
test_writing(void **state)
{
	static const char *const texts[] = { "plain",   "",       "a,b",    "say \"x\"", "=1+1",
					     "+49",     "-1",     "@x.org", "\tx",       "\rx",
					     "\nx\r\n", "'",      "''",     "'=1",       "'plain",
					     "a=1",     "x\ty;z", "\"" };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GString) line = g_string_new("\"\",");
		g_autofree char *got = NULL;
		const char *cell;

		carom_csv_text(line, texts[i]);
		g_string_append(line, "\r\n");
		got = read_in_pieces(line->str, line->len, 3);
		row_true(texts[i], g_str_has_prefix(got, "1:|") && g_str_has_suffix(got, ";"));
		got[strlen(got) - 1] = '\0';
		cell = got + strlen("1:|");
		row_true(texts[i], strchr("=+-@\t\r\n", *cell) == NULL || *cell == '\0');
		row_string(texts[i], carom_csv_undo(cell), texts[i]);
	}
}

UNIT_MAIN(cmocka_unit_test(test_files), cmocka_unit_test(test_sizes),
	  cmocka_unit_test(test_writing))
