/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/render.h"
#include "base/json.h"

static void
append_member(GString *out, const CaromTable *table, guint row, guint column)
{
	const char *cell = carom_table_cell(table, row, column);

	if (cell == NULL || *cell == '\0')
		return;
	carom_json_name(out, table->names[column]);
	switch (table->types[column]) {
	case CAROM_COLUMN_COUNT:
	case CAROM_COLUMN_RATE:
		carom_json_number(out, cell);
		break;
	case CAROM_COLUMN_FLAG:
		carom_json_boolean(out, carom_table_flag(table, row, column));
		break;
	case CAROM_COLUMN_TEXT:
	case CAROM_COLUMN_TIME:
	case CAROM_COLUMN_DAY:
		carom_json_string(out, cell);
		break;
	}
}

/* A row a line, so that one can read it, and look for something line by line. */
static void
render_table(const CaromTable *table, CaromRenderOut *out)
{
	carom_json_begin_array(out->text);
	for (guint r = 0; r < table->n_rows; r++) {
		carom_json_line_end(out->text);
		carom_json_begin_object(out->text);
		for (guint c = 0; c < table->n_columns; c++)
			append_member(out->text, table, r, c);
		carom_json_end_object(out->text);
		carom_render_row_done(out);
	}
	carom_json_line_end(out->text);
	carom_json_end_array(out->text);
}

void
carom_render_json_rows(const CaromTable *table, GString *text)
{
	CaromRenderOut out = { .text = text };

	render_table(table, &out);
}

static void
render_json(const CaromDocument *document, CaromRenderOut *out)
{
	gboolean several = document->n_sections > 1;

	if (several)
		carom_json_begin_object(out->text);
	for (guint i = 0; i < document->n_sections; i++) {
		if (several)
			carom_json_name(out->text, document->sections[i].id);
		render_table(document->sections[i].table, out);
	}
	if (several)
		carom_json_end_object(out->text);
	g_string_append_c(out->text, '\n');
}

const CaromRenderer carom_render_json = { "json", "application/json", render_json };
