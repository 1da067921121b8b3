/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * feed - what happened, once each, in one order for all who read
 *
 * A cursor is a text that names a row of the feed, and never another one: ""
 * is the beginning of what is kept. Where a question wants a cursor,
 * CAROM_MALFORMED says that the feed cannot go on from it: it is none, older
 * than what is kept, or of another database.
 */
#ifndef CAROM_STORE_FEED_H
#define CAROM_STORE_FEED_H

#include "store/connection.h"

typedef enum {
	CAROM_NUMBERED,      /* all that has committed can be read */
	CAROM_NUMBERED_SOME, /* there is more: ask again */
	CAROM_NUMBERED_BUSY  /* another session is at it, and does not end */
} CaromNumbered;

/* Gives what has committed since the last time its place in the feed. First of all, each time that
 * the feed is read. */
CAROM_MUST_CHECK CaromStatus carom_feed_number(CaromStore *store, CaromNumbered *numbered,
					       GError **err);

/* Cursor of the last row. *cursor is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_feed_head(CaromStore *store, char **cursor, GError **err);

/* Columns of carom_feed_page(). */
enum {
	CAROM_FEED_CURSOR,
	CAROM_FEED_AT,   /* a time; NULL where the row was pruned or forgotten */
	CAROM_FEED_TYPE, /* "bounce", "suppression.added", … */
	CAROM_FEED_ADDRESS,
	CAROM_FEED_ACCOUNT,
	CAROM_FEED_STREAM,
	CAROM_FEED_WHY, /* reason, category or feedback type */
	CAROM_FEED_ITEM /* all of it, an object of JSON */
};

/* The next rows after a cursor, not more than most (10000 at most). what: "event", "change" or
 * "incident"; NULL: all. No row: that was all. */
CAROM_MUST_CHECK CaromStatus carom_feed_page(CaromStore *store, const char *after, guint most,
					     const char *what, CaromTable **out, GError **err);

/* The cursor that a consumer kept last. CAROM_ABSENT: it never did. *cursor is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_feed_kept(CaromStore *store, const char *consumer, char **cursor,
					     GError **err);

/* Keeps a cursor for a consumer. CAROM_MALFORMED: that is no name of one. */
CAROM_MUST_CHECK CaromStatus carom_feed_keep(CaromStore *store, const char *consumer,
					     const char *cursor, GError **err);

/* Who keeps a cursor: name, behind (rows), changed_at, login. */
CAROM_MUST_CHECK CaromStatus carom_feed_consumers(CaromStore *store, CaromTable **out,
						  GError **err);

#endif
