/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table - rows and typed columns, as a question is answered
 *
 * A cell is text in the one form of its column's type, or NULL, which means
 * unknown or none and never becomes a word here: how a value is shown is for
 * whoever shows it.
 */
#ifndef CAROM_TABLE_H
#define CAROM_TABLE_H

#include <glib.h>

typedef enum {
	CAROM_COLUMN_TEXT,  /* UTF-8, of any characters */
	CAROM_COLUMN_COUNT, /* a whole number: "-12" */
	CAROM_COLUMN_RATE,  /* a fraction: "0.012500" is 1.25 % */
	CAROM_COLUMN_TIME,  /* RFC 3339 with the offset of its zone: "2026-11-28T17:05:00+07:00" */
	CAROM_COLUMN_DAY,   /* "2026-11-28" */
	CAROM_COLUMN_FLAG   /* "true" or "false" */
} CaromColumnType;

typedef struct {
	guint n_columns, n_rows;
	char **names;           /* n_columns */
	CaromColumnType *types; /* n_columns */
	char **cells;           /* row after row */
} CaromTable;

/* All columns are nameless texts and all cells NULL. The caller's. */
CaromTable *carom_table_new(guint n_columns, guint n_rows);
void carom_table_free(CaromTable *table); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromTable, carom_table_free)

void carom_table_set_column(CaromTable *table, guint column, const char *name,
			    CaromColumnType type);

/* Takes value, which may be NULL. */
void carom_table_set_cell(CaromTable *table, guint row, guint column, char *value);

/* The cell, borrowed; NULL for SQL NULL, and where there is no such row or column. */
const char *carom_table_cell(const CaromTable *table, guint row, guint column);

/* The column of that name; -1 if there is none. */
int carom_table_find(const CaromTable *table, const char *name);

/* TRUE where the cell of a flag is "true". */
gboolean carom_table_flag(const CaromTable *table, guint row, guint column);

#endif
