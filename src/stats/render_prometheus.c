/* SPDX-License-Identifier: BSD-2-Clause */
/* For the textfile collector of node_exporter: Prometheus' text-based exposition format 0.0.4. */
#include "config.h"

#include "stats/render.h"

#include <string.h>

static gboolean
is_number(const CaromTable *table, guint column)
{
	return table->types[column] == CAROM_COLUMN_COUNT ||
	       table->types[column] == CAROM_COLUMN_RATE;
}

/* Texts for people are no labels: a label that changes is another series. */
static gboolean
is_label(const CaromTable *table, guint column)
{
	static const char *const names[] = { "account", "stream",   "provider", "category",
					     "class",   "kind",     "measure",  "level",
					     "name",    "limit_of", "facet" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(table->names[column], names[i]) == 0)
			return table->types[column] == CAROM_COLUMN_TEXT;
	return FALSE;
}

/* Backslash, quote and line end are escaped; a missing label is "". */
static void
append_label(GString *out, const char *name, const char *value, gboolean first)
{
	g_string_append_printf(out, "%s%s=\"", first ? "" : ",", name);
	for (const char *p = value ? value : ""; *p != '\0'; p++) {
		if (*p == '\\' || *p == '"')
			g_string_append_c(out, '\\');
		if (*p == '\n')
			g_string_append(out, "\\n");
		else
			g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}

static void
append_labels(GString *out, const CaromTable *table, guint row)
{
	gboolean first = TRUE;

	for (guint c = 0; c < table->n_columns; c++) {
		if (!is_label(table, c))
			continue;
		if (first)
			g_string_append_c(out, '{');
		append_label(out, table->names[c], carom_table_cell(table, row, c), first);
		first = FALSE;
	}
	if (!first)
		g_string_append_c(out, '}');
}

static void
render_column(const CaromSection *section, guint column, CaromRenderOut *out)
{
	const CaromTable *table = section->table;

	g_string_append_printf(out->text, "# TYPE carom_%s_%s gauge\n", section->id,
			       table->names[column]);
	for (guint r = 0; r < table->n_rows; r++) {
		const char *cell = carom_table_cell(table, r, column);

		if (cell == NULL)
			continue;
		g_string_append_printf(out->text, "carom_%s_%s", section->id, table->names[column]);
		append_labels(out->text, table, r);
		g_string_append_printf(out->text, " %s\n", cell);
		carom_render_row_done(out);
	}
}

static void
render_prometheus(const CaromDocument *document, CaromRenderOut *out)
{
	for (guint i = 0; i < document->n_sections; i++) {
		const CaromSection *section = &document->sections[i];

		/* what is written out for people is no series: the verdict counts it */
		if (section->blocks)
			continue;
		for (guint c = 0; c < section->table->n_columns; c++)
			if (is_number(section->table, c) && section->table->n_rows > 0)
				render_column(section, c, out);
	}
}

const CaromRenderer carom_render_prometheus = { "prometheus", "text/plain; version=0.0.4",
						render_prometheus };
