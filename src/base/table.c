/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/table.h"

#include <string.h>

CaromTable *
carom_table_new(guint n_columns, guint n_rows)
{
	CaromTable *table = g_new0(CaromTable, 1);

	table->n_columns = n_columns;
	table->n_rows = n_rows;
	table->names = g_new0(char *, n_columns);
	table->types = g_new0(CaromColumnType, n_columns);
	table->cells = g_new0(char *, (gsize) n_columns *n_rows);
	return table;
}

void
carom_table_free(CaromTable *table)
{
	if (table == NULL)
		return;
	for (guint c = 0; c < table->n_columns; c++)
		g_free(table->names[c]);
	for (gsize i = 0; i < (gsize) table->n_columns * table->n_rows; i++)
		g_free(table->cells[i]);
	g_free(table->names);
	g_free(table->types);
	g_free(table->cells);
	g_free(table);
}

void
carom_table_set_column(CaromTable *table, guint column, const char *name, CaromColumnType type)
{
	g_free(table->names[column]);
	table->names[column] = g_strdup(name);
	table->types[column] = type;
}

static char **
cell_at(const CaromTable *table, guint row, guint column)
{
	return &table->cells[(gsize) row * table->n_columns + column];
}

void
carom_table_set_cell(CaromTable *table, guint row, guint column, char *value)
{
	char **cell = cell_at(table, row, column);

	g_free(*cell);
	*cell = value;
}

const char *
carom_table_cell(const CaromTable *table, guint row, guint column)
{
	return row < table->n_rows && column < table->n_columns ? *cell_at(table, row, column)
								: NULL;
}

int
carom_table_find(const CaromTable *table, const char *name)
{
	for (guint c = 0; c < table->n_columns; c++)
		if (g_strcmp0(table->names[c], name) == 0)
			return (int) c;
	return -1;
}

gboolean
carom_table_flag(const CaromTable *table, guint row, guint column)
{
	return g_strcmp0(carom_table_cell(table, row, column), "true") == 0;
}
