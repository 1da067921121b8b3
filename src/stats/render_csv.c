/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/render.h"
#include "base/csv.h"

/* Numbers, times and days are ours; a text may be a stranger's. */
static void
append_cell(GString *out, CaromColumnType type, const char *cell)
{
	if (type == CAROM_COLUMN_TEXT)
		carom_csv_text(out, cell);
	else
		carom_csv_plain(out, cell);
}

static void
render_table(const CaromTable *table, CaromRenderOut *out)
{
	for (guint r = 0; r <= table->n_rows; r++) {
		for (guint c = 0; c < table->n_columns; c++) {
			if (c > 0)
				g_string_append_c(out->text, ',');
			append_cell(out->text, table->types[c],
				    r == 0 ? table->names[c] : carom_table_cell(table, r - 1, c));
		}
		g_string_append(out->text, "\r\n");
		carom_render_row_done(out);
	}
}

static void
render_csv(const CaromDocument *document, CaromRenderOut *out)
{
	for (guint i = 0; i < document->n_sections; i++) {
		if (i > 0)
			g_string_append(out->text, "\r\n");
		render_table(document->sections[i].table, out);
	}
}

const CaromRenderer carom_render_csv = { "csv", "text/csv; charset=utf-8; header=present",
					 render_csv };
