/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_format - what the files of others look like that hold suppressed addresses
 *
 * A format knows its columns by name and turns one record (a line of CSV, an
 * object of JSON: the same to it) into entries. It is one file that exports one
 * CaromListFormat; list_format.def names it once. carom's own is one of them.
 */
#ifndef CAROM_LIST_FORMAT_H
#define CAROM_LIST_FORMAT_H

#include "base/status.h"
#include "store/bulk.h"

#define CAROM_LIST_MAX_COLUMNS 24

typedef struct CaromListRecord CaromListRecord;

typedef struct {
	/* what it may be called, blanks between: letters and digits, without case */
	const char *names;
	gboolean needed; /* a file without it is of another format */
} CaromListColumn;

typedef struct {
	const char *name;      /* as --form has it */
	const char *reference; /* where its form is documented */
	const CaromListColumn *columns;
	guint n_columns;  /* CAROM_LIST_MAX_COLUMNS at most */
	guint n_headless; /* a file without names has these columns, the first ones; 0: it has names
			   */
	gboolean ours;    /* written by carom: no column is unknown, and cells are defused */
	/* Hands on what the record says, or its fault. */
	CaromStatus (*read)(CaromListRecord *record, GError **err);
} CaromListFormat;

#define CAROM_LIST_FORMAT(id) extern const CaromListFormat carom_list_format_##id;
#include "lists/list_format.def"
#undef CAROM_LIST_FORMAT

/* All formats, in the order of list_format.def, which decides nothing. */
const CaromListFormat *const *carom_list_formats(gsize *n);

/* The format of that name; NULL: there is none. */
const CaromListFormat *carom_list_format_find(const char *name);

/*
 * The format whose columns these are. CAROM_MALFORMED: none, or several; *err says what is there
 * and what was expected. Names are as the file has them.
 */
CAROM_MUST_CHECK CaromStatus carom_list_format_choose(const char *const *names, guint n,
						      const CaromListFormat **out, GError **err);

/* The number of the column that the file calls so; -1: the format has none. */
int carom_list_format_column(const CaromListFormat *format, const char *name);

/* ---- for the formats --------------------------------------------------------------------- */

struct CaromListRecord {
	const CaromListFormat *format;
	guint64 line;
	const char *cells[CAROM_LIST_MAX_COLUMNS]; /* NULL: the file has no such column */
	const char *list; /* which list of the provider's it is; NULL: not said */
	CaromStatus (*take)(CaromBulkRow *row, void *user, GError **err);
	CaromStatus (*fault)(guint64 line, int column, const char *reason, void *user,
			     GError **err);
	void *user;
};

/* The text of a cell; "" where the file has none. */
const char *carom_list_format_cell(const CaromListRecord *record, guint column);

/* Hands on an entry; the address and the line are filled in from the record. */
CAROM_MUST_CHECK CaromStatus carom_list_format_take(CaromListRecord *record, guint address,
						    CaromBulkRow *row, GError **err);

/* Tells what is wrong with a column: what there is, and what was expected. */
CAROM_MUST_CHECK CaromStatus carom_list_format_fault(CaromListRecord *record, guint column,
						     GError **err, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

/* What one of a provider's words means on our list. */
typedef struct {
	const char *theirs; /* without case */
	const char *reason, *source;
} CaromListReason;

/*
 * Fills in reason and source of row after the word in a column. FALSE: the word
 * is not known, and *status is what telling so came to.
 */
gboolean carom_list_format_reason(CaromListRecord *record, guint column,
				  const CaromListReason *known, guint n_known, CaromBulkRow *row,
				  CaromStatus *status, GError **err);

/* What a hard bounce with this text, or enhanced status code, is to us: a category. */
const char *carom_list_format_bounce(const char *text);

#endif
