/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outside - figures that others count, read from their files into carom.outside
 *
 * A source is a name, what its files look like, and a row in outside.c. A file is
 * taken whole or not at all: every fault is told, with its line.
 */
#ifndef CAROM_OUTSIDE_H
#define CAROM_OUTSIDE_H

#include "store/connection.h"

typedef struct {
	const char *domain; /* of ours, where the file names none; NULL: it must */
	/* TRUE if reports know a provider of that name; NULL: all are taken. */
	gboolean (*is_provider)(const char *provider, void *user);
	/* Told of each fault: what is wrong, and on which line (0: of the whole). */
	void (*fault)(guint64 line, const char *reason, void *user);
	void *user;
} CaromOutsideOptions;

typedef struct {
	guint64 rows, added, changed, same;
	guint64 faults;
	char newest[11]; /* day, YYYY-MM-DD; "" if there is no row */
} CaromOutsideResult;

/*
 * Reads text, a whole file of a source, and hands it in. CAROM_MALFORMED: it has
 * faults, which were told, and nothing was taken; *err counts them.
 */
CAROM_MUST_CHECK CaromStatus carom_outside_import(CaromStore *store, const char *source,
						  const char *text, gsize len,
						  const CaromOutsideOptions *options,
						  CaromOutsideResult *result, GError **err);

#endif
