/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_import - a file of suppressed addresses, taken into the list whole or not at all
 *
 * Bytes are pushed in. What is wrong with a row is told by a callback, and
 * then no row is taken; the rest is still read, so that all of it is told. The
 * decision about each row is that of carom.suppress(), and the same file twice
 * changes nothing.
 */
#ifndef CAROM_LIST_IMPORT_H
#define CAROM_LIST_IMPORT_H

#include "lists/list_reader.h"

/* Borrowed as long as the import lives. */
typedef struct {
	CaromListOptions reading;
	const char *author; /* whose doing it is where the file names nobody; NULL: the database
			       role */
	CaromBulkCaller *caller; /* the key that imports over HTTP; NULL: nobody does */
	gboolean dry_run;        /* only counts what would come of the rows that have no fault */
	/* NULL: nobody is told but by the number */
	void (*fault)(const CaromListFault *fault, void *user);
	void *user;
} CaromListImportOptions;

typedef struct {
	guint64 rows;   /* that the file has, without those at fault */
	guint64 faults; /* rows at fault */
	CaromBulkCounts counts;
} CaromListImported;

typedef struct CaromListImport CaromListImport;

/* The store is borrowed, and answers nothing else until the import is freed. The caller's. */
CaromListImport *carom_list_import_new(CaromStore *store, const CaromListImportOptions *options);
void carom_list_import_free(CaromListImport *import); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromListImport, carom_list_import_free)

/* Begins at once, before there is a row, so that a key that may not is told before it sends any.
 * CAROM_MALFORMED: it may not. */
CAROM_MUST_CHECK CaromStatus carom_list_import_begin(CaromListImport *import, GError **err);

CAROM_MUST_CHECK CaromStatus carom_list_import_push(CaromListImport *import, const char *bytes,
						    gsize len, GError **err);

/* How far it is. */
const CaromListImported *carom_list_import_so_far(const CaromListImport *import);

/* After the last bytes: takes all rows. CAROM_MALFORMED: there were faults, or no row that could be
 * read at all; nothing was taken. *out is filled in whatever the status is. */
CAROM_MUST_CHECK CaromStatus carom_list_import_end(CaromListImport *import, CaromListImported *out,
						   GError **err);

#endif
