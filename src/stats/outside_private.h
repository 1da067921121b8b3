/* SPDX-License-Identifier: BSD-2-Clause */
/* outside_private - what the readers of the sources share */
#ifndef CAROM_OUTSIDE_PRIVATE_H
#define CAROM_OUTSIDE_PRIVATE_H

#include "base/csv_reader.h"
#include "stats/outside.h"

#define CAROM_OUTSIDE_DAY 11 /* octets of "2026-11-28" and its end */

/* A figure. "" and NULL: not told. */
typedef struct {
	char day[CAROM_OUTSIDE_DAY];
	const char *account, *stream, *provider, *subject, *dimension, *metric;
	const char *value; /* as it is written: "12", "0.1%", "< 0.1%", "green" */
} CaromOutsideRow;

/* A file that is being read. */
typedef struct {
	const CaromOutsideOptions *options;
	CaromOutsideResult *result;
	GString *json;  /* rows, as carom.set_outside() takes them */
	gboolean words; /* a value need not be a number */
	/* of a table */
	GPtrArray *columns; /* names of its columns, char *; empty before the heading */
	void (*row)(guint64 line, const CaromCsvRecord *record, void *reading);
	const char *const *headless; /* columns of a file without a heading, if it may have none */
	gsize n_headless;
	const char *needed; /* columns that must be there, separated by blanks */
} CaromOutsideReading;

void carom_outside_fault(CaromOutsideReading *reading, guint64 line, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* Takes one figure, or tells what is wrong with it. */
void carom_outside_add(CaromOutsideReading *reading, guint64 line, const CaromOutsideRow *row);

/* Reads a table by its heading. */
CAROM_MUST_CHECK CaromStatus carom_outside_table(CaromOutsideReading *reading, const char *text,
						 gsize len, GError **err);

/* The cell of a column in a record; NULL: there is no such column, or nothing in it. */
const char *carom_outside_cell(const CaromOutsideReading *reading, const CaromCsvRecord *record,
			       const char *column);

/* "2026-11-28…", "20261128" or "11/28/2026…" as a day. FALSE: it is none. */
gboolean carom_outside_day(const char *text, char day[CAROM_OUTSIDE_DAY]);

/* "Filter Result" is filter_result. Caller's. */
char *carom_outside_name(const char *text);

/* The sources. */
CaromStatus carom_outside_read_counts(CaromOutsideReading *reading, const char *text, gsize len,
				      GError **err);
CaromStatus carom_outside_read_snds(CaromOutsideReading *reading, const char *text, gsize len,
				    GError **err);
CaromStatus carom_outside_read_postmaster(CaromOutsideReading *reading, const char *text, gsize len,
					  GError **err);

#endif
