/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "stats/render.h"

#include <jansson.h>

#define MAX_COLUMNS 16

/* A column's name and type, then its cells. */
typedef struct {
	const char *name;
	CaromColumnType type;
	const char *cells[4];
} Data;

static CaromTable *
table_of(const Data *data, guint n_columns, guint n_rows)
{
	CaromTable *table = carom_table_new(n_columns, n_rows);

	for (guint c = 0; c < n_columns; c++) {
		carom_table_set_column(table, c, data[c].name, data[c].type);
		for (guint r = 0; r < n_rows; r++)
			carom_table_set_cell(table, r, c, g_strdup(data[c].cells[r]));
	}
	return table;
}

/* What the renderer makes of one section without a title. The caller's. */
static char *
rendered(const CaromRenderer *renderer, const CaromTable *table, const CaromShown *shown,
	 guint n_shown, guint width)
{
	const CaromSection section = {
		.id = "numbers", .table = table, .shown = shown, .n_shown = n_shown
	};
	const CaromDocument document = { .sections = &section, .n_sections = 1 };
	CaromRenderOut out = { .text = g_string_new(NULL), .width = width };

	carom_render(renderer, &document, &out);
	return g_string_free(out.text, FALSE);
}

static void
fits(const char *row, const char *text, glong width)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_utf8_strlen(*line, -1) > width)
			fail_msg("row \"%s\": wider than %ld: %s", row, width, *line);
}

static const Data numbers[] = {
	{ "provider", CAROM_COLUMN_TEXT, { "google", NULL } },
	{ "sent", CAROM_COLUMN_COUNT, { "1200", NULL } },
	{ "rate", CAROM_COLUMN_RATE, { "0.012500", NULL } },
	{ "at", CAROM_COLUMN_TIME, { "2026-11-28T17:05:09+07:00", NULL } },
	{ "sure", CAROM_COLUMN_FLAG, { "true", "false" } },
};

static void
text_decides_what_people_see(void **state)
{
	static const CaromShown shown[] = { { .name = "provider", .unknown = "(unknown)" },
					    { .name = "sent", .heading = "mailed\nto" },
					    { .name = "rate", .decimals = 2 },
					    { .name = "absent" },
					    { .name = "at" },
					    { .name = "sure" } };
	g_autoptr(CaromTable) table = table_of(numbers, G_N_ELEMENTS(numbers), 2);
	g_autofree char *text = rendered(&carom_render_text, table, shown, G_N_ELEMENTS(shown), 0);

	(void) state;
	assert_string_equal(text, "           mailed\n"
				  "provider       to   rate  at                sure\n"
				  "google       1200  1.25%  2026-11-28 17:05  yes\n"
				  "(unknown)       -      -  -                 no\n");
}

static void
csv_leaves_unknown_empty(void **state)
{
	g_autoptr(CaromTable) table = table_of(numbers, G_N_ELEMENTS(numbers), 2);
	g_autofree char *text = rendered(&carom_render_csv, table, NULL, 0, 0);

	(void) state;
	assert_string_equal(text, "provider,sent,rate,at,sure\r\n"
				  "google,1200,0.012500,2026-11-28T17:05:09+07:00,true\r\n"
				  ",,,,false\r\n");
}

static void
json_has_numbers_and_leaves_unknown_out(void **state)
{
	g_autoptr(CaromTable) table = table_of(numbers, G_N_ELEMENTS(numbers), 2);
	g_autofree char *text = rendered(&carom_render_json, table, NULL, 0, 0);

	(void) state;
	assert_string_equal(text, "[\n{\"provider\":\"google\",\"sent\":1200,\"rate\":0.012500,"
				  "\"at\":\"2026-11-28T17:05:09+07:00\",\"sure\":true},\n"
				  "{\"sure\":false}\n]\n");
}

/* A cell of each kind that could break a table, in each format. */
static void
hostile_cells(void **state)
{
	static const struct {
		const char *cell, *text, *csv;
	} rows[] = {
		{ "two\nlines", "two lines", "\"two\nlines\"" },
		{ "two\r\nlines", "two  lines", "\"two\r\nlines\"" },
		{ "a \"quoted\" word", "a \"quoted\" word", "\"a \"\"quoted\"\" word\"" },
		{ "a,b", "a,b", "\"a,b\"" },
		{ "tab\tbell\a", "tab bell?", "tab\tbell\a" },
		{ "\x1b[31mred", "?[31mred", "\x1b[31mred" },
		{ "\xe2\x80\xaemoc.elpmaxe", "?moc.elpmaxe", "\xe2\x80\xaemoc.elpmaxe" },
		{ "zero\xe2\x80\x8bwidth", "zero?width", "zero\xe2\x80\x8bwidth" },
		{ "line\xe2\x80\xa8sep", "line sep", "line\xe2\x80\xa8sep" },
		{ "not \xff UTF-8", "not \xef\xbf\xbd UTF-8", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const Data data[] = { { "said", CAROM_COLUMN_TEXT, { rows[i].cell } },
				      { "n", CAROM_COLUMN_COUNT, { "1" } } };
		g_autoptr(CaromTable) table = table_of(data, 2, 1);
		g_autofree char *text = rendered(&carom_render_text, table, NULL, 0, 0);
		g_autofree char *csv = rendered(&carom_render_csv, table, NULL, 0, 0);
		g_autofree char *json = rendered(&carom_render_json, table, NULL, 0, 0);
		g_autofree char *want_csv = g_strdup_printf("said,n\r\n%s,1\r\n", rows[i].csv);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

		row_int(rows[i].cell, g_strv_length(lines), 3);
		row_true(rows[i].cell, g_str_has_prefix(lines[1], rows[i].text));
		if (rows[i].csv != NULL) {
			json_t *read = json_loads(json, 0, NULL);

			row_string(rows[i].cell, csv, want_csv);
			row_string(
				rows[i].cell,
				json_string_value(json_object_get(json_array_get(read, 0), "said")),
				rows[i].cell);
			json_decref(read);
		}
	}
}

/* What takes two columns of a terminal, or none, is counted so. */
static void
wide_characters(void **state)
{
	static const Data data[] = {
		{ "name",
		  CAROM_COLUMN_TEXT,
		  { "\xe6\x97\xa5\xe6\x9c\xac", "e\xcc\x81t\xc3\xa9", "abcdef" } },
		{ "x", CAROM_COLUMN_TEXT, { "1", "2", "3" } },
	};
	g_autoptr(CaromTable) table = table_of(data, 2, 3);
	g_autofree char *text = rendered(&carom_render_text, table, NULL, 0, 0);

	(void) state;
	assert_string_equal(text, "name    x\n"
				  "\xe6\x97\xa5\xe6\x9c\xac    1\n"
				  "e\xcc\x81t\xc3\xa9     2\n"
				  "abcdef  3\n");
}

/* Numbers that are too wide go on below, with the first column again; from a mark, if there is one
 * that helps. */
static void
too_many_numbers(void **state)
{
	static const Data data[] = {
		{ "provider", CAROM_COLUMN_TEXT, { "google", "microsoft" } },
		{ "hard", CAROM_COLUMN_COUNT, { "1", "20" } },
		{ "soft", CAROM_COLUMN_COUNT, { "3", "4" } },
		{ "complaints", CAROM_COLUMN_COUNT, { "5", "6" } },
	};
	static const CaromShown marked[] = { { .name = "provider" },
					     { .name = "hard" },
					     { .name = "soft", .breaks = TRUE },
					     { .name = "complaints" } };
	g_autoptr(CaromTable) table = table_of(data, G_N_ELEMENTS(data), 2);
	g_autofree char *text = rendered(&carom_render_text, table, NULL, 0, 30);
	g_autofree char *at_mark =
		rendered(&carom_render_text, table, marked, G_N_ELEMENTS(marked), 30);
	g_autofree char *whole =
		rendered(&carom_render_text, table, marked, G_N_ELEMENTS(marked), 80);

	(void) state;
	assert_string_equal(text, "provider   hard  soft\n"
				  "google        1     3\n"
				  "microsoft    20     4\n"
				  "\n"
				  "provider   complaints\n"
				  "google              5\n"
				  "microsoft           6\n");
	assert_string_equal(at_mark, "provider   hard\n"
				     "google        1\n"
				     "microsoft    20\n"
				     "\n"
				     "provider   soft  complaints\n"
				     "google        3           5\n"
				     "microsoft     4           6\n");
	assert_non_null(strstr(whole, "microsoft    20     4           6\n"));
}

/* One long text is broken inside its column, where a reader would. */
static void
one_long_text(void **state)
{
	static const Data data[] = {
		{ "said",
		  CAROM_COLUMN_TEXT,
		  { "mailbox of this recipient is full", "a.very.long.address@mail.example.org" } },
		{ "n", CAROM_COLUMN_COUNT, { "1", "2" } },
	};
	g_autoptr(CaromTable) table = table_of(data, 2, 2);
	g_autofree char *text = rendered(&carom_render_text, table, NULL, 0, 30);

	(void) state;
	assert_string_equal(text, "said                         n\n"
				  "mailbox of this recipient    1\n"
				  "is full\n"
				  "a.very.long.address@mail.    2\n"
				  "example.org\n");
}

/* Many texts become a block a row, without what is not there. */
static void
many_texts(void **state)
{
	static const Data data[] = {
		{ "at", CAROM_COLUMN_TIME, { "2026-11-28T17:05:09Z", "2026-11-29T00:00:00Z" } },
		{ "account", CAROM_COLUMN_TEXT, { "", NULL } },
		{ "resolved_by", CAROM_COLUMN_TEXT, { "a signed return address of ours", NULL } },
		{ "said", CAROM_COLUMN_TEXT, { "550 5.1.1 there is no such mailbox here", "x" } },
	};
	g_autoptr(CaromTable) table = table_of(data, G_N_ELEMENTS(data), 2);
	g_autofree char *text = rendered(&carom_render_text, table, NULL, 0, 40);

	(void) state;
	assert_string_equal(text, "at           2026-11-28 17:05\n"
				  "resolved by  a signed return address of\n"
				  "             ours\n"
				  "said         550 5.1.1 there is no such\n"
				  "             mailbox here\n"
				  "\n"
				  "at           2026-11-29 00:00\n"
				  "said         x\n");
}

/* Whatever the widths, no line is wider, and nothing of a text is lost. */
static void
never_wider(void **state)
{
	g_autofree char *word = g_strnfill(200, 'w'), *words = g_strnfill(200, 'w');

	(void) state;
	for (int i = 7; i < 200; i += 7)
		words[i] = ' ';
	for (guint n = 1; n < MAX_COLUMNS; n++)
		for (guint width = 60; width < 140; width += 9) {
			Data data[MAX_COLUMNS] = { 0 };
			g_autoptr(CaromTable) table = NULL;
			g_autofree char *text = NULL;
			gsize seen = 0;

			for (guint c = 0; c < n; c++)
				data[c] = (Data){ "column",
						  CAROM_COLUMN_TEXT,
						  { c % 2 ? word : words, "short" } };
			table = table_of(data, n, 2);
			text = rendered(&carom_render_text, table, NULL, 0, width);
			fits("never wider", text, width);
			for (const char *p = text; *p; p++)
				seen += *p == 'w';
			/* each column is looked up by its name: all are the first */
			assert_int_equal(seen, n * (200 - 28));
		}
}

static void
rates(void **state)
{
	static const struct {
		const char *cell;
		guint decimals;
		const char *want;
	} rows[] = {
		{ "0.012500", 2, "1.25%" },   { "0.000010", 3, "0.001%" }, { "1", 0, "100%" },
		{ "3.000000", 2, "300.00%" }, { "-0.5", 1, "-50.0%" },     { "NaN", 1, "NaN" },
		{ "0", 2, "0.00%" },          { "words", 2, "words" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const Data data[] = { { "rate", CAROM_COLUMN_RATE, { rows[i].cell } } };
		const CaromShown shown = { .name = "rate", .decimals = rows[i].decimals };
		g_autoptr(CaromTable) table = table_of(data, 1, 1);
		g_autofree char *text = rendered(&carom_render_text, table, &shown, 1, 0);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

		row_string(rows[i].cell, g_strstrip(lines[1]), rows[i].want);
	}
}

static void
a_rate_above_all_carries_a_remark(void **state)
{
	static const CaromShown shown[] = { { .name = "rate",
					      .above = "More came back than went." } };
	static const char *const cells[] = { "1.000000", "1.333333" };

	(void) state;
	for (guint i = 0; i < G_N_ELEMENTS(cells); i++) {
		const Data data[] = { { "rate", CAROM_COLUMN_RATE, { NULL, cells[i] } } };
		g_autoptr(CaromTable) table = table_of(data, 1, 2);
		g_autofree char *text = rendered(&carom_render_text, table, shown, 1, 0);

		row_int(cells[i], strstr(text, "\nMore came back than went.\n") != NULL, i == 1);
	}
}

static void
several_tables(void **state)
{
	static const Data data[] = { { "n", CAROM_COLUMN_COUNT, { "1" } } };
	static const char *const notes[] = { "A note.", NULL };
	g_autoptr(CaromTable) one = table_of(data, 1, 1), none = table_of(data, 1, 0);
	const CaromSection sections[] = {
		{ .id = "one", .title = "The first", .table = one },
		{ .id = "none", .title = "The second", .nothing = "nobody", .table = none },
	};
	const CaromDocument document = {
		.title = "All", .notes = notes, .sections = sections, .n_sections = 2
	};
	static const struct {
		const CaromRenderer *renderer;
		const char *want;
	} rows[] = {
		{ &carom_render_text, "All\nA note.\n\nThe first\nn\n1\n\nThe second\nnobody\n" },
		{ &carom_render_csv, "n\r\n1\r\n\r\nn\r\n" },
		{ &carom_render_json, "{\"one\":[\n{\"n\":1}\n],\"none\":[\n]}\n" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromRenderOut out = { .text = g_string_new(NULL) };

		carom_render(rows[i].renderer, &document, &out);
		row_string(rows[i].renderer->name, out.text->str, rows[i].want);
		g_string_free(out.text, TRUE);
	}
}

static void
append_piece(const char *piece, gsize len, void *user)
{
	GString *whole = user;

	assert_true(len < 200 * 1000);
	g_string_append_len(whole, piece, (gssize) len);
}

/* A long table leaves in pieces, and is the same. */
static void
pieces(void **state)
{
	const guint n = 20000;
	g_autoptr(CaromTable) table = carom_table_new(1, n);

	(void) state;
	carom_table_set_column(table, 0, "address", CAROM_COLUMN_TEXT);
	for (guint r = 0; r < n; r++)
		carom_table_set_cell(table, r, 0, g_strdup_printf("a%u@example.org", r));
	for (guint i = 0; i < 3; i++) {
		static const char *const names[] = { "text", "csv", "json" };
		const CaromRenderer *renderer = carom_render_find(names[i]);
		const CaromSection section = { .id = "all", .table = table };
		const CaromDocument document = { .sections = &section, .n_sections = 1 };
		g_autoptr(GString) whole = g_string_new(NULL);
		g_autofree char *at_once = rendered(renderer, table, NULL, 0, 0);
		CaromRenderOut out = { .text = g_string_new(NULL),
				       .write = append_piece,
				       .user = whole };

		carom_render(renderer, &document, &out);
		row_int(names[i], out.text->len, 0);
		row_string(names[i], whole->str, at_once);
		g_string_free(out.text, TRUE);
	}
	assert_null(carom_render_find("xml"));
}

static const Data hostile[] = {
	{ "provider", CAROM_COLUMN_TEXT, { "<b>\"x\"\n\\", "plain" } },
	{ "account", CAROM_COLUMN_TEXT, { NULL, NULL } },
	{ "sent", CAROM_COLUMN_COUNT, { "1200", "2" } },
	{ "rate", CAROM_COLUMN_RATE, { "0.012500", NULL } },
	{ "hard", CAROM_COLUMN_COUNT, { "15", "1" } },
};

static void
html_says_it_and_nothing_more(void **state)
{
	static const CaromShown shown[] = { { .name = "provider" },
					    { .name = "account" },
					    { .name = "absent", .unknown = "?" },
					    { .name = "rate", .decimals = 2, .count = "hard" } };
	g_autoptr(CaromTable) table = table_of(hostile, G_N_ELEMENTS(hostile), 2);
	g_autofree char *html = rendered(&carom_render_html, table, shown, G_N_ELEMENTS(shown), 0);

	(void) state;
	assert_non_null(strstr(html, "&lt;b&gt;"));
	assert_null(strstr(html, "<b>"));
	assert_null(strstr(html, "<script"));
	assert_non_null(strstr(html, ">1.25%</td>"));
	/* a rate that nobody can say is its count; a column without texts is left out */
	assert_non_null(strstr(html, "data-label=\"rate\">1</td>"));
	assert_null(strstr(html, "account"));
	assert_null(strstr(html, "absent"));
}

static void
prometheus_escapes_its_labels(void **state)
{
	g_autoptr(CaromTable) table = table_of(hostile, G_N_ELEMENTS(hostile), 2);
	g_autofree char *text = rendered(&carom_render_prometheus, table, NULL, 0, 0);

	(void) state;
	assert_non_null(strstr(text,
			       "# TYPE carom_numbers_sent gauge\n"
			       "carom_numbers_sent{provider=\"<b>\\\"x\\\"\\n\\\\\",account=\"\"} "
			       "1200\n"
			       "carom_numbers_sent{provider=\"plain\",account=\"\"} 2\n"));
	/* what is unknown has no sample */
	assert_non_null(strstr(text, "rate{provider=\"<b>"));
	assert_null(strstr(text, "rate{provider=\"plain"));
}

static void
a_page_shows_the_first_rows_and_says_so(void **state)
{
	g_autoptr(CaromTable) table = table_of(hostile, G_N_ELEMENTS(hostile), 2);
	static const CaromShown shown[] = { { .name = "provider" }, { .name = "sent" } };
	const CaromSection section = { .table = table,
				       .shown = shown,
				       .n_shown = 2,
				       .most = 1,
				       .more = "and 1 more",
				       .note = "a note" };
	const CaromDocument document = { .sections = &section, .n_sections = 1 };
	CaromRenderOut text = { .text = g_string_new(NULL) }, json = { .text = g_string_new(NULL) };

	(void) state;
	carom_render(&carom_render_text, &document, &text);
	carom_render(&carom_render_json, &document, &json);
	assert_null(strstr(text.text->str, "plain"));
	assert_non_null(strstr(text.text->str, "\nand 1 more\na note\n"));
	assert_non_null(strstr(json.text->str, "plain"));
	g_string_free(text.text, TRUE);
	g_string_free(json.text, TRUE);
}

UNIT_MAIN(cmocka_unit_test(text_decides_what_people_see),
	  cmocka_unit_test(csv_leaves_unknown_empty),
	  cmocka_unit_test(json_has_numbers_and_leaves_unknown_out),
	  cmocka_unit_test(hostile_cells), cmocka_unit_test(wide_characters),
	  cmocka_unit_test(too_many_numbers), cmocka_unit_test(one_long_text),
	  cmocka_unit_test(many_texts), cmocka_unit_test(never_wider), cmocka_unit_test(rates),
	  cmocka_unit_test(a_rate_above_all_carries_a_remark), cmocka_unit_test(several_tables),
	  cmocka_unit_test(pieces), cmocka_unit_test(html_says_it_and_nothing_more),
	  cmocka_unit_test(prometheus_escapes_its_labels),
	  cmocka_unit_test(a_page_shows_the_first_rows_and_says_so))
