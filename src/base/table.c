/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/table.h"

void
carom_table_free(CaromTable *table)
{
	if (table == NULL)
		return;
	for (guint c = 0; c < table->n_columns; c++)
		g_free(table->names[c]);
	for (guint i = 0; i < table->n_columns * table->n_rows; i++)
		g_free(table->cells[i]);
	g_free(table->names);
	g_free(table->cells);
	g_free(table);
}

const char *
carom_table_cell(const CaromTable *table, guint row, guint column)
{
	return row < table->n_rows && column < table->n_columns
		       ? table->cells[row * table->n_columns + column]
		       : NULL;
}
