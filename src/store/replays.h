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

/* Columns of carom_replays_try() and carom_replays_look(). */
enum {
	CAROM_REPLAYED_N,      /* the report's number, from 1 */
	CAROM_REPLAYED_CHANGE, /* changed, new */
	CAROM_REPLAYED_BEFORE, /* how it was recorded: JSON, one object an event; NULL for new */
	CAROM_REPLAYED_AFTER,  /* how it reads */
	CAROM_REPLAYED_ADDED,  /* addresses that come onto the list; NULL: not looked at */
	CAROM_REPLAYED_RELEASED
};

/*
 * Compares n reports with what is recorded of them: a row for each that reads
 * otherwise, or was never recorded (json and raw of an item are asked for; raw is for a
 * new one), with what would follow. Nothing is changed. CAROM_MALFORMED: one of them
 * can't be recorded. *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_replays_try(CaromStore *store, CaromRecordItem *const *items,
					       guint n, CaromTable **out, GError **err);

/*
 * To change it, all in one transaction: carom_replays_begin(), carom_replays_look() for
 * each batch, which compares as carom_replays_try() does, locks nothing, and has the
 * database keep what differs until the transaction ends; then carom_replays_apply().
 * Whoever does not get there, or closes the store, has changed nothing.
 */
CAROM_MUST_CHECK CaromStatus carom_replays_begin(CaromStore *store, GError **err);
CAROM_MUST_CHECK CaromStatus carom_replays_look(CaromStore *store, CaromRecordItem *const *items,
						guint n, CaromTable **out, GError **err);

/* What came of it. */
typedef struct {
	guint64 changed, fresh;  /* reports */
	guint64 refused;         /* that can't be recorded, and are left as they are */
	guint64 added, released; /* addresses */
	char *why;               /* the first of the refused; NULL: none. The caller's */
} CaromReplayed;

/* Records anew what differs and what is new, with a trace and the note (may be NULL). CAROM_OK: it
 * is committed. Who records at the same time waits until then. */
CAROM_MUST_CHECK CaromStatus carom_replays_apply(CaromStore *store, const char *note,
						 CaromReplayed *out, GError **err);

/* A message that carom_replays_next() gave; NULL is fine. */
void carom_replays_free(CaromStored *stored);

#endif
