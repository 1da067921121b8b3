/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store - what carom remembers, behind one door
 *
 * One CaromStore serves one thread. An outage never reads as "no row":
 * CAROM_ABSENT is an answer, CAROM_RETRY is not. On any status but CAROM_OK
 * and CAROM_ABSENT, *err says why. PGconn and SQL stay in store.c.
 */
#ifndef CAROM_STORE_H
#define CAROM_STORE_H

#include "base/status.h"
#include "base/table.h"

typedef struct CaromStore CaromStore;

/* Connects within timeout seconds (0: libpq's own). CAROM_RETRY: the database is away. *out is the
 * caller's. */
CAROM_MUST_CHECK CaromStatus carom_store_open(const char *conninfo, int timeout, CaromStore **out,
					      GError **err);
void carom_store_close(CaromStore *store); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromStore, carom_store_close)

typedef struct {
	gboolean duplicate; /* it was recorded before: nothing changed */
	guint events;
	guint suppressed; /* addresses newly suppressed */
} CaromRecorded;

/*
 * Records one report (the JSON contract) in one transaction; raw (may be NULL)
 * is kept beside it. CAROM_OK only after the commit. The same report again is
 * CAROM_OK, for Postfix delivers again after a crash.
 */
CAROM_MUST_CHECK CaromStatus carom_store_record(CaromStore *store, const char *json,
						const char *raw, gsize raw_len, CaromRecorded *out,
						GError **err);

/* One of several reports that are recorded together. */
typedef struct {
	const char *json;
	const char *raw; /* NULL: not kept */
	gsize raw_len;
	CaromStatus status; /* answer: as carom_store_record() alone would give it */
	CaromRecorded recorded;
	GError *error; /* the caller's, where status is neither CAROM_OK nor CAROM_ABSENT */
} CaromRecordItem;

/*
 * Records n reports in one transaction. CAROM_OK: committed, and each item has
 * an answer of its own (a poison report fails alone). Anything else: none was recorded.
 */
CAROM_MUST_CHECK CaromStatus carom_store_record_many(CaromStore *store,
						     CaromRecordItem *const *items, guint n,
						     GError **err);

/*
 * Calls one of the database's functions: sql is a constant with $1… and args
 * its n_args text parameters (NULL for SQL NULL). Never pasted text.
 */
CAROM_MUST_CHECK CaromStatus carom_store_query(CaromStore *store, const char *sql,
					       const char *const *args, guint n_args,
					       CaromTable **out, GError **err);

/* How long carom_store_query() waits for an answer from now on: after that it is CAROM_RETRY, and
 * the store can only be closed. 0, as at first: for ever. */
void carom_store_limit(CaromStore *store, int milliseconds);

/* Asks to be told of notifications on channel (a constant). */
CAROM_MUST_CHECK CaromStatus carom_store_listen(CaromStore *store, const char *channel,
						GError **err);

/* *notified: whether one has come since the last call. CAROM_RETRY: the connection is lost. Doesn't
 * block. */
CAROM_MUST_CHECK CaromStatus carom_store_notified(CaromStore *store, gboolean *notified,
						  GError **err);

/* Runs whole SQL scripts in one transaction: migrations above the version that is there, then the
 * definitions. */
typedef struct {
	int version_before, version_after;
} CaromMigrated;
CAROM_MUST_CHECK CaromStatus carom_store_migrate(CaromStore *store, const char *sqldir,
						 gboolean only_existing, CaromMigrated *out,
						 GError **err);

#endif
