/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_export - the list as text that an import takes back to the byte
 *
 * Entries come one by one out of the database and leave in pieces: a list of
 * any size costs nothing.
 */
#ifndef CAROM_LIST_EXPORT_H
#define CAROM_LIST_EXPORT_H

#include "store/bulk.h"

typedef enum {
	CAROM_LIST_CSV,   /* RFC 4180, with the names of the columns; formulas are defused */
	CAROM_LIST_NDJSON /* an object a line; what there is none of is left out */
} CaromListSyntax;

/* TRUE if name is "csv" or "ndjson". */
gboolean carom_list_export_syntax(const char *name, CaromListSyntax *out);

/* Writes a piece. What it returns but CAROM_OK ends the export. */
typedef CaromStatus (*CaromListWrite)(const char *text, gsize len, void *user, GError **err);

/* *entries (may be NULL) is how many were written. */
CAROM_MUST_CHECK CaromStatus carom_list_export(CaromStore *store, const CaromBulkFilter *filter,
					       CaromListSyntax syntax, CaromListWrite write,
					       void *user, guint64 *entries, GError **err);

#endif
