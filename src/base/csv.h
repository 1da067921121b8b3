/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv - writing comma-separated values (RFC 4180)
 *
 * A spreadsheet takes a cell that begins with "=", "+", "-", "@", a tab or a
 * line end for a formula, and runs it. What strangers wrote is written with an
 * apostrophe before it, which spreadsheets take for "this is text"; so is what
 * begins with an apostrophe already, and carom_csv_undo() has it back to the byte.
 */
#ifndef CAROM_CSV_H
#define CAROM_CSV_H

#include <glib.h>

/* A text, which a spreadsheet must not run; NULL is an empty cell. No separator. */
void carom_csv_text(GString *out, const char *text);

/* Digits, a day, a name of ours: as it is, in quotes where it needs them. */
void carom_csv_plain(GString *out, const char *text);

/* The text in a cell that carom_csv_text() wrote; borrowed from cell. */
const char *carom_csv_undo(const char *cell);

#endif
