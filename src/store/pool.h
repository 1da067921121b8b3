/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool - a few database connections that many threads share for short questions
 *
 * Each question has an answer within a bounded time, CAROM_RETRY if need be.
 * A connection that went stale while nobody asked (the server was restarted)
 * is made anew and asked again, so what is asked must bear being asked twice.
 */
#ifndef CAROM_POOL_H
#define CAROM_POOL_H

#include "store/store.h"

typedef struct CaromPool CaromPool; /* any thread */

/* Connects when the first question comes. seconds: the longest that one may take. */
CaromPool *carom_pool_new(const char *conninfo, int seconds);

/* carom_store_query() on a connection that is free. */
CAROM_MUST_CHECK CaromStatus carom_pool_ask(CaromPool *pool, const char *sql,
					    const char *const *args, guint n_args, CaromTable **out,
					    GError **err);

/* Whether a row of carom.address has this number, as a token names it: CAROM_OK, or CAROM_ABSENT.
 * Anything else: nobody can say. */
CAROM_MUST_CHECK CaromStatus carom_pool_knows_address(CaromPool *pool, guint64 id, GError **err);

/* No question may be under way. NULL is fine. */
void carom_pool_free(CaromPool *pool);

#endif
