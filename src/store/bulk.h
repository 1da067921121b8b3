/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bulk - the list of suppressions by the thousands, in and out
 *
 * In: rows are copied into a table of the transaction and merged by one
 * function, so all of them are taken or none. Out: rows come one by one as the
 * server has them. Neither needs more memory for more rows. Only a connection
 * does this, not a pool.
 */
#ifndef CAROM_BULK_H
#define CAROM_BULK_H

#include "store/connection.h"

/* What an entry consists of, in the order of the columns of a file. */
typedef enum {
	CAROM_BULK_ADDRESS, /* in its normal spelling, or @domain */
	CAROM_BULK_ACCOUNT,
	CAROM_BULK_STREAM,
	CAROM_BULK_REASON,
	CAROM_BULK_SOURCE,  /* bounce, complaint, unsubscribe, upstream, staff or import */
	CAROM_BULK_SINCE,   /* RFC 3339, in UTC, with microseconds */
	CAROM_BULK_EXPIRES, /* the same; none: never */
	CAROM_BULK_PROVIDER,
	CAROM_BULK_STATUS,
	CAROM_BULK_RULE,
	CAROM_BULK_CONFIDENCE,
	CAROM_BULK_SAID_BY,
	CAROM_BULK_AUTHOR, /* of what a person did */
	CAROM_BULK_NOTE,
	CAROM_BULK_SPELLING, /* where the address was first written otherwise */
	CAROM_BULK_N
} CaromBulkField;

typedef struct {
	guint64 line;                     /* of the file */
	const char *fields[CAROM_BULK_N]; /* NULL or "": none */
} CaromBulkRow;

/* "address", "account", …: the name of a field. */
const char *carom_bulk_name(CaromBulkField field);

/* ---- in ---------------------------------------------------------------------------------- */

typedef struct {
	gint64 added, replaced, kept;
	gint64 repeated; /* a stronger row of the same address and scope stood in the file */
	gint64 expired;  /* its end has come already */
} CaromBulkCounts;

/* Who hands rows in over HTTP: a key, whose rights the database looks at. */
typedef struct {
	const char *id, *digest; /* of the key */
	const char *token;       /* Idempotency-Key; NULL: none */
	char body[64 + 1];       /* SHA-256 of the file; wanted where there is a token */
	int status;              /* of HTTP, of what the database answered; 0: nothing yet */
	char *answer;            /* JSON, or from 400 on a sentence; the caller's */
} CaromBulkCaller;

typedef struct CaromBulk CaromBulk;

/*
 * Begins the transaction. *out is the caller's, and borrows the store, which
 * answers nothing else until it is freed. caller: a key, borrowed as long as the
 * bulk lives; NULL: staff. CAROM_MALFORMED here and when merging: the key may not,
 * as its status and answer say.
 */
CAROM_MUST_CHECK CaromStatus carom_bulk_begin(CaromStore *store, CaromBulkCaller *caller,
					      CaromBulk **out, GError **err);

/* Hands in a row, which is borrowed for the call. */
CAROM_MUST_CHECK CaromStatus carom_bulk_add(CaromBulk *bulk, const CaromBulkRow *row, GError **err);

/* Merges all rows and commits. author: whose doing it is where a row names nobody; NULL: the
 * database role, or the key. Of a key *out is zero: its answer has the counts. dry_run: only counts
 * what would come of it. */
CAROM_MUST_CHECK CaromStatus carom_bulk_merge(CaromBulk *bulk, const char *author, gboolean dry_run,
					      CaromBulkCounts *out, GError **err);

/* Nothing is done if there was no merge. NULL is fine. */
void carom_bulk_free(CaromBulk *bulk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromBulk, carom_bulk_free)

/* ---- out --------------------------------------------------------------------------------- */

/* Which entries; NULL: any. */
typedef struct {
	const char *account, *stream;
	const char *reason;
	const char *since; /* entered or changed since then: RFC 3339, or YYYY-MM-DD in UTC */
} CaromBulkFilter;

/* What it returns but CAROM_OK ends the export. The row is borrowed. */
typedef CaromStatus (*CaromBulkFunc)(const CaromBulkRow *row, void *user, GError **err);

/* The entries in force, by address, account and stream, in the order of their octets. */
CAROM_MUST_CHECK CaromStatus carom_bulk_export(CaromStore *store, const CaromBulkFilter *filter,
					       CaromBulkFunc func, void *user, GError **err);

#endif
