/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_reader - the bytes of a file become entries of the list
 *
 * Bytes are pushed in, entries and faults come out of callbacks: no file, no
 * database, no terminal. CSV and JSON (one object a line, or what an API
 * answered) are told apart by the first character, the format by the names of
 * the columns. Memory is bounded by one record.
 */
#ifndef CAROM_LIST_READER_H
#define CAROM_LIST_READER_H

#include "lists/list_format.h"

typedef struct {
	guint64 line;
	guint column;       /* number of the column, from 1; 0: of none */
	const char *name;   /* of the column, as the file has it; NULL: of none */
	const char *reason; /* what was found, and what was expected */
} CaromListFault;

/* NULL: not said. Borrowed by the reader as long as it lives. */
typedef struct {
	const CaromListFormat *format; /* instead of what the columns say */
	const char *list;              /* which of the provider's lists it is */
	const char *account, *stream;  /* where the file has no such column */
	const char *reason;            /* where it has none */
} CaromListOptions;

/* What they return but CAROM_OK ends the push. */
typedef struct {
	CaromStatus (*entry)(const CaromBulkRow *row, void *user, GError **err);
	CaromStatus (*fault)(const CaromListFault *fault, void *user, GError **err);
	void *user;
} CaromListHandler;

typedef struct CaromListReader CaromListReader;

/* handler is copied. The caller's. */
CaromListReader *carom_list_reader_new(const CaromListOptions *options,
				       const CaromListHandler *handler);
void carom_list_reader_free(CaromListReader *reader); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromListReader, carom_list_reader_free)

/* CAROM_MALFORMED: the file as a whole can't be read (its columns are of no format). CAROM_MISUSE:
 * an option is missing, or does not fit. Or what a callback returned. */
CAROM_MUST_CHECK CaromStatus carom_list_reader_push(CaromListReader *reader, const char *bytes,
						    gsize len, GError **err);
CAROM_MUST_CHECK CaromStatus carom_list_reader_end(CaromListReader *reader, GError **err);

/* The format that it turned out to be; NULL: not known yet. */
const CaromListFormat *carom_list_reader_format(const CaromListReader *reader);

#endif
