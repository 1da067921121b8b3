/* SPDX-License-Identifier: BSD-2-Clause */
/* replays - messages that were kept whole, and what is recorded anew of them */
#ifndef CAROM_REPLAYS_H
#define CAROM_REPLAYS_H

#include "store/record.h"

/* A message that was kept whole, and how it came in; what is not known is NULL. */
typedef struct {
	char *key;
	char *arrived; /* RFC 3339 */
	char *recipient, *sender, *queue_id, *client_address;
	gsize size; /* of the whole message */
	char *data;
	gsize len; /* of what was kept */
} CaromStored;

/* Which messages; NULL: any. Days are YYYY-MM-DD. */
typedef struct {
	const char *since, *until, *kind;
} CaromStoredWhich;

/*
 * The messages after this key ("" for the first), in the order of their keys:
 * some hundred, and some megabytes, at most. *out is the caller's (of
 * CaromStored *), and empty after the last.
 */
CAROM_MUST_CHECK CaromStatus carom_replays_next(CaromStore *store, const CaromStoredWhich *which,
						const char *after, GPtrArray **out, GError **err);

/* Columns of carom_replays_events(). */
enum { CAROM_REPLAYS_KEY, CAROM_REPLAYS_JSON };

/* The same of bounces and delays whose messages are not kept, as the JSON contract: which->kind is
 * not looked at. *out has no row after the last. */
CAROM_MUST_CHECK CaromStatus carom_replays_events(CaromStore *store, const CaromStoredWhich *which,
						  const char *after, CaromTable **out,
						  GError **err);

/* Columns of carom_replays_put(). */
enum {
	CAROM_REPLAYED_N,      /* the report's number, from 1 */
	CAROM_REPLAYED_CHANGE, /* changed, new */
	CAROM_REPLAYED_BEFORE, /* how it was recorded: JSON, one object an event; NULL for new */
	CAROM_REPLAYED_AFTER,  /* how it reads */
	CAROM_REPLAYED_ADDED,  /* addresses that come onto the list */
	CAROM_REPLAYED_RELEASED
};

/*
 * Compares n reports with what is recorded of them: a row for each that reads
 * otherwise, or was never recorded (json and raw of an item are asked for; raw is for a
 * new one). apply: records those anew, all in one
 * transaction, and keeps a trace with the note (may be NULL). CAROM_MALFORMED: one of them can't be
 * recorded, and nothing was. *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_replays_put(CaromStore *store, CaromRecordItem *const *items,
					       guint n, gboolean apply, const char *note,
					       CaromTable **out, GError **err);

/* A message that carom_replays_next() gave; NULL is fine. */
void carom_replays_free(CaromStored *stored);

#endif
