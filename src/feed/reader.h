/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reader - reads the feed from a cursor on, page by page, and may stay
 *
 * What a page holds was committed, has its place for good, and is given once
 * in one run. A consumer that keeps its cursor in the database gets a page
 * again if it was killed between taking it and its being kept: it knows by the
 * cursors what it has.
 */
#ifndef CAROM_READER_H
#define CAROM_READER_H

#include "base/status.h"
#include "base/table.h"

#define CAROM_READER_PAGE_MAX 10000

typedef struct {
	const char *conninfo;
	const char *after; /* a cursor, "start" or "end"; NULL: where the consumer is, or start */
	const char *consumer; /* keeps its cursor in the database; NULL: nobody does */
	const char *what;     /* "event", "change", "incident"; NULL: all */
	guint page;           /* rows, 1 to CAROM_READER_PAGE_MAX */
	gboolean follow; /* stay, and give what comes; an outage of the database is waited out */
	/* Takes a page, in the columns of store/feed.h. FALSE: it could not, and reading ends. */
	gboolean (*take)(const CaromTable *page, gpointer user);
	gpointer user;
} CaromReading;

/* CAROM_OK: all was given, or take wanted no more. CAROM_MALFORMED: the feed cannot go on from this
 * cursor. With follow it returns on such an end alone. */
CAROM_MUST_CHECK CaromStatus carom_reader_run(const CaromReading *reading, GError **err);

#endif
