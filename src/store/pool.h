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

#include "store/connection.h"

typedef struct CaromPool CaromPool; /* any thread */

/* Connects when the first question comes. seconds: the longest that one may take. */
CaromPool *carom_pool_new(const char *conninfo, int seconds);

/* What the questions are asked of. It is the pool's own, and never closed. */
CaromStore *carom_pool_store(CaromPool *pool);

/* A connection to the same database for what takes longer, the caller's. CAROM_RETRY: it is away.
 */
CAROM_MUST_CHECK CaromStatus carom_pool_connect(CaromPool *pool, CaromStore **out, GError **err);

/* No question may be under way. NULL is fine. */
void carom_pool_free(CaromPool *pool);

#endif
