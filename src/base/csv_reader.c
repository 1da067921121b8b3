/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/csv_reader.h"

#include <string.h>

typedef enum {
	CELL,         /* at the first character of one */
	PLAIN,        /* in one without quotes */
	QUOTED,       /* between its quotes */
	AFTER_QUOTE,  /* a quote: the last one, or the first of two */
	AFTER_QUOTED, /* something stands after the last one: up to the separator */
	TO_LINE_END   /* the record is lost */
} State;

struct CaromCsvReader {
	CaromCsvHandler handler;
	State state;
	char separator; /* '\0': not known yet */
	gboolean was_cr;
	guint64 line;        /* that is being read */
	guint64 first;       /* line of the record */
	GString *text;       /* cells, with a NUL after each */
	GArray *begins;      /* gsize, offset of each cell in text */
	GPtrArray *cells;    /* pointers into text, for the callback */
	gboolean quoted;     /* some cell had quotes: no blank line */
	guint64 quote_line;  /* of the quote that was opened last */
	CaromCsvFault fault; /* the first of the record; no reason: none */
};

CaromCsvReader *
carom_csv_reader_new(const CaromCsvHandler *handler)
{
	CaromCsvReader *reader = g_new0(CaromCsvReader, 1);

	reader->handler = *handler;
	reader->line = reader->first = 1;
	reader->text = g_string_new(NULL);
	reader->begins = g_array_new(FALSE, FALSE, sizeof(gsize));
	reader->cells = g_ptr_array_new();
	return reader;
}

void
carom_csv_reader_free(CaromCsvReader *reader)
{
	if (reader == NULL)
		return;
	g_string_free(reader->text, TRUE);
	g_array_unref(reader->begins);
	g_ptr_array_unref(reader->cells);
	g_free(reader);
}

/* Only the first fault of a record is told. */
static void
note_fault(CaromCsvReader *reader, guint64 line, guint column, const char *reason)
{
	if (reader->fault.reason == NULL)
		reader->fault = (CaromCsvFault){ line, column, reason };
}

static void
begin_record(CaromCsvReader *reader)
{
	reader->state = CELL;
	reader->first = reader->line;
	reader->quoted = FALSE;
	reader->fault = (CaromCsvFault){ 0 };
	g_string_truncate(reader->text, 0);
	g_array_set_size(reader->begins, 0);
}

static void
begin_cell(CaromCsvReader *reader)
{
	if (reader->begins->len == CAROM_CSV_MAX_CELLS) {
		note_fault(reader, reader->first, reader->begins->len + 1,
			   "more than 256 columns; is this the right file?");
		reader->state = TO_LINE_END;
		return;
	}
	g_array_append_val(reader->begins, reader->text->len);
}

/* Adds to the open cell. A record that is too long is lost from here to the end of the line. */
static void
add(CaromCsvReader *reader, const char *p, gsize n)
{
	if (reader->text->len + n <= CAROM_CSV_MAX_RECORD) {
		g_string_append_len(reader->text, p, (gssize) n);
		return;
	}
	if (reader->state == QUOTED)
		note_fault(reader, reader->quote_line, reader->begins->len,
			   "a quote is opened here that has no end within 64 KiB");
	else
		note_fault(reader, reader->line, reader->begins->len,
			   "a record of more than 64 KiB; is this the right file?");
	reader->state = TO_LINE_END;
}

static void
end_cell(CaromCsvReader *reader)
{
	g_string_append_c(reader->text, '\0');
	reader->state = CELL;
}

/* Finds the first cell that is no UTF-8 or has a NUL. */
static void
check_cells(CaromCsvReader *reader)
{
	const char *start = reader->text->str, *bad;
	gsize len = reader->text->len;
	guint cell = 0;

	for (const char *p = start; p < start + len; p = bad + 1) {
		/* GLib takes a NUL for no UTF-8: those after the cells are expected */
		if (g_utf8_validate(p, start + len - p, &bad))
			return;
		while (cell < reader->begins->len &&
		       g_array_index(reader->begins, gsize, cell) <= (gsize) (bad - start))
			cell++;
		if (*bad != '\0')
			note_fault(reader, reader->first, cell,
				   "bytes that are no UTF-8; convert the file, as with "
				   "iconv -f WINDOWS-1252 -t UTF-8");
		else if (cell < reader->begins->len ? g_array_index(reader->begins, gsize, cell) !=
							      (gsize) (bad - start) + 1
						    : (gsize) (bad - start) != len - 1)
			note_fault(reader, reader->first, cell,
				   "a NUL; text is expected, in UTF-8 or UTF-16");
		if (reader->fault.reason != NULL)
			return;
	}
}

static gboolean
is_blank(const CaromCsvReader *reader)
{
	return reader->begins->len == 0 ||
	       (reader->begins->len == 1 && reader->text->len == 1 && !reader->quoted);
}

/* Hands on what was read up to here. */
static CaromStatus
end_record(CaromCsvReader *reader, GError **err)
{
	CaromStatus status = CAROM_OK;

	if (reader->state != TO_LINE_END && reader->begins->len > 0)
		end_cell(reader);
	if (reader->fault.reason == NULL && is_blank(reader)) {
		begin_record(reader);
		return CAROM_OK;
	}
	/* the header is the first record: a file without a separator there has one column */
	if (reader->separator == '\0')
		reader->separator = ',';
	if (reader->fault.reason == NULL)
		check_cells(reader);
	if (reader->fault.reason != NULL) {
		status = reader->handler.fault(&reader->fault, reader->handler.user, err);
	} else {
		CaromCsvRecord record = { .line = reader->first, .n_cells = reader->begins->len };

		g_ptr_array_set_size(reader->cells, 0);
		for (guint i = 0; i < record.n_cells; i++)
			g_ptr_array_add(reader->cells,
					reader->text->str +
						g_array_index(reader->begins, gsize, i));
		record.cells = (const char *const *) reader->cells->pdata;
		status = reader->handler.record(&record, reader->handler.user, err);
	}
	begin_record(reader);
	return status;
}

static gboolean
is_separator(CaromCsvReader *reader, char c)
{
	if (reader->separator != '\0')
		return c == reader->separator;
	if (c != ',' && c != ';' && c != '\t')
		return FALSE;
	reader->separator = c;
	return TRUE;
}

/* Takes as many characters as have no meaning; how many. */
static gsize
take_run(CaromCsvReader *reader, const char *p, gsize n)
{
	gsize run = 0;

	if (reader->state == QUOTED)
		while (run < n && p[run] != '"' && p[run] != '\n' && p[run] != '\r')
			run++;
	else if (reader->state == PLAIN)
		while (run < n && p[run] != '\n' && p[run] != '\r' && p[run] != ',' &&
		       p[run] != ';' && p[run] != '\t')
			run++;
	else if (reader->state == TO_LINE_END)
		while (run < n && p[run] != '\n' && p[run] != '\r')
			run++;
	if (run > 0 && reader->state != TO_LINE_END)
		add(reader, p, run);
	return run;
}

/* One character inside a record that ends no line; where its cell begins, it is begun. */
static void
take_char(CaromCsvReader *reader, char c)
{
	if (reader->state == CELL) {
		begin_cell(reader);
		if (reader->state == TO_LINE_END)
			return;
		reader->state = PLAIN;
		if (c == '"') {
			reader->state = QUOTED;
			reader->quoted = TRUE;
			reader->quote_line = reader->line;
			return;
		}
	}
	if (reader->state == AFTER_QUOTE && c == '"') {
		reader->state = QUOTED;
		add(reader, &c, 1);
	} else if (reader->state == QUOTED && c == '"') {
		reader->state = AFTER_QUOTE;
	} else if (reader->state != QUOTED && is_separator(reader, c)) {
		end_cell(reader);
	} else if (reader->state == AFTER_QUOTE || reader->state == AFTER_QUOTED) {
		if (c != ' ')
			note_fault(reader, reader->line, reader->begins->len,
				   "text after the quote that ends the cell; the separator is "
				   "expected, and a quote inside is written twice");
		reader->state = AFTER_QUOTED;
	} else {
		add(reader, &c, 1);
	}
}

/* A line end, of one or two characters: the end of a record, or part of a cell. */
static CaromStatus
take_line_end(CaromCsvReader *reader, char c, GError **err)
{
	gboolean second = c == '\n' && reader->was_cr;
	gboolean inside = reader->state == QUOTED;

	reader->was_cr = c == '\r';
	if (inside)
		add(reader, &c, 1);
	if (!second)
		reader->line++;
	if (inside)
		return CAROM_OK;
	if (second) {
		if (reader->state == CELL && reader->begins->len == 0)
			reader->first = reader->line;
		return CAROM_OK;
	}
	/* a separator before it: an empty cell */
	if (reader->state == CELL && reader->begins->len > 0)
		begin_cell(reader);
	return end_record(reader, err);
}

CaromStatus
carom_csv_reader_push(CaromCsvReader *reader, const char *text, gsize len, GError **err)
{
	CaromStatus status = CAROM_OK;

	while (status == CAROM_OK && len > 0) {
		gsize run = take_run(reader, text, len);

		if (run == 0) {
			run = 1;
			if (*text == '\n' || *text == '\r') {
				status = take_line_end(reader, *text, err);
			} else {
				reader->was_cr = FALSE;
				take_char(reader, *text);
			}
		} else {
			reader->was_cr = FALSE;
		}
		text += run;
		len -= run;
	}
	return status;
}

CaromStatus
carom_csv_reader_end(CaromCsvReader *reader, GError **err)
{
	if (reader->state == QUOTED)
		note_fault(reader, reader->quote_line, reader->begins->len,
			   "a quote is opened here that has no end");
	if (reader->state == CELL && reader->begins->len > 0)
		begin_cell(reader);
	return end_record(reader, err);
}
