/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv_reader - comma-separated values (RFC 4180), record by record
 *
 * Text is pushed in, in pieces of any size; whole records come out of a
 * callback. Memory is bounded by one record, time is linear. Read besides what
 * the RFC has: LF and CR as line ends, a semicolon or a tab as separator
 * (the first of the three that the file has outside quotes), a quote inside a
 * cell that began without one. Blank lines are no records. What is no CSV is a
 * fault of its record: it is told, with its place, and reading goes on after it.
 */
#ifndef CAROM_CSV_READER_H
#define CAROM_CSV_READER_H

#include "base/status.h"

#define CAROM_CSV_MAX_RECORD (64 * 1024) /* octets of a record */
#define CAROM_CSV_MAX_CELLS 256          /* columns */

typedef struct {
	guint64 line; /* on which it begins, from 1 */
	guint n_cells;
	const char *const *cells; /* UTF-8 without NULs; borrowed until the callback returns */
} CaromCsvRecord;

typedef struct {
	guint64 line;
	guint column;       /* number of the cell, from 1 */
	const char *reason; /* what was found, and what was expected */
} CaromCsvFault;

/* What they return but CAROM_OK ends the push. */
typedef struct {
	CaromStatus (*record)(const CaromCsvRecord *record, void *user, GError **err);
	CaromStatus (*fault)(const CaromCsvFault *fault, void *user, GError **err);
	void *user;
} CaromCsvHandler;

typedef struct CaromCsvReader CaromCsvReader;

CaromCsvReader *carom_csv_reader_new(const CaromCsvHandler *handler); /* copied */
void carom_csv_reader_free(CaromCsvReader *reader);                   /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromCsvReader, carom_csv_reader_free)

/* Only what a callback returned is no CAROM_OK. */
CAROM_MUST_CHECK CaromStatus carom_csv_reader_push(CaromCsvReader *reader, const char *text,
						   gsize len, GError **err);

/* The last record need have no line end. */
CAROM_MUST_CHECK CaromStatus carom_csv_reader_end(CaromCsvReader *reader, GError **err);

#endif
