/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connection - what questions are asked of, and one connection that answers them
 *
 * A CaromStore answers the questions of this room, one function each
 * (suppressions.h, volumes.h, statistics.h, …). It is a connection, which
 * serves one thread, or a pool (pool.h), which serves many. An outage never
 * reads as "no row": CAROM_ABSENT is an answer, CAROM_RETRY is not. On any
 * status but CAROM_OK and CAROM_ABSENT, *err says why. PGconn and SQL stay in
 * this room.
 */
#ifndef CAROM_CONNECTION_H
#define CAROM_CONNECTION_H

#include "base/status.h"
#include "base/table.h"

typedef struct CaromStore CaromStore;

/* Whether libpq understands conninfo; nobody is asked. CAROM_MISUSE names the word that it doesn't
 * know. */
CAROM_MUST_CHECK CaromStatus carom_store_check_conninfo(const char *conninfo, GError **err);

/* Connects within timeout seconds (more than 0; looking up a host's name is not counted).
 * CAROM_RETRY: the database is away. CAROM_MISUSE: conninfo is wrong, or names a role, password or
 * database that there is not. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_store_open(const char *conninfo, int timeout, CaromStore **out,
					      GError **err);
void carom_store_close(CaromStore *store); /* a connection; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromStore, carom_store_close)

/* How long a connection waits for an answer from now on; at first a minute. After that it is
 * CAROM_RETRY, and the store can only be closed: whatever it still answered would be believed to
 * answer the next question. */
void carom_store_limit(CaromStore *store, int milliseconds);

/* From now on a connection waits for no answer while *hurrying (atomic, borrowed)
 * is not 0: CAROM_RETRY, and the store can only be closed. So a daemon that is told to end need not
 * wait for a database that hangs. */
void carom_store_hurry_when(CaromStore *store, const int *hurrying);

/* Asks a connection to tell of notifications on channel (a constant). CAROM_ABSENT: it leads
 * through a pooler such as PgBouncer in transaction mode, where nobody can be told, so nothing was
 * asked. */
CAROM_MUST_CHECK CaromStatus carom_store_listen(CaromStore *store, const char *channel,
						GError **err);

/* *notified: whether one has come since the last call. CAROM_RETRY: the connection is lost. Doesn't
 * block. */
CAROM_MUST_CHECK CaromStatus carom_store_notified(CaromStore *store, gboolean *notified,
						  GError **err);

#endif
