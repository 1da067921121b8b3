/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/render.h"

#include <string.h>

/* RFC 4180, section 2. */
static void
append_cell(GString *out, const char *cell)
{
	if (cell == NULL)
		return;
	if (strpbrk(cell, ",\"\r\n") == NULL) {
		g_string_append(out, cell);
		return;
	}
	g_string_append_c(out, '"');
	for (; *cell; cell++) {
		if (*cell == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *cell);
	}
	g_string_append_c(out, '"');
}

static void
render_table(const CaromTable *table, CaromRenderOut *out)
{
	for (guint r = 0; r <= table->n_rows; r++) {
		for (guint c = 0; c < table->n_columns; c++) {
			if (c > 0)
				g_string_append_c(out->text, ',');
			append_cell(out->text,
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
