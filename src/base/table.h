/* SPDX-License-Identifier: BSD-2-Clause */
/* table - rows and columns of text, as a query gives them */
#ifndef CAROM_TABLE_H
#define CAROM_TABLE_H

#include <glib.h>

typedef struct {
	guint n_columns, n_rows;
	char **names; /* n_columns */
	char **cells; /* row after row; NULL for SQL NULL */
} CaromTable;
void carom_table_free(CaromTable *table); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromTable, carom_table_free)

/* The cell, borrowed; NULL for SQL NULL, and where there is no such row or column. */
const char *carom_table_cell(const CaromTable *table, guint row, guint column);

#endif
