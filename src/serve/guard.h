/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guard - may this address be mailed, and what was mailed
 *
 * What the outbound milter asks. The follower's list in memory answers for
 * nearly all recipients; only a hit asks the database, which has the last word
 * and the reason.
 */
#ifndef CAROM_GUARD_H
#define CAROM_GUARD_H

#include "config/settings.h"
#include "serve/counter.h"

typedef struct CaromGuard CaromGuard;

/* Reads the list and starts the threads that follow it and write the counts. A database that is
 * away is logged, and no reason to fail. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_guard_start(const CaromConfig *config, CaromGuard **out,
					       GError **err);

/*
 * Whether address may be mailed for account and stream ("" = none known).
 * CAROM_ABSENT: nobody suppressed it. CAROM_OK: suppressed; *reason (caller's)
 * says by what, since when and in which scope, fit for an SMTP reply.
 * CAROM_RETRY: the database is away and what is in memory too old to be trusted. Any thread.
 */
CAROM_MUST_CHECK CaromStatus carom_guard_suppressed(CaromGuard *guard, const char *address,
						    const char *account, const char *stream,
						    char **reason, GError **err);

/* Counts one recipient mailed, to be added to the volumes within seconds. Any thread. */
void carom_guard_count(CaromGuard *guard, const CaromCounted *what);

/* The row of carom.address for a recipient, made if need be: what a token names. Any thread. */
CAROM_MUST_CHECK CaromStatus carom_guard_address_id(CaromGuard *guard, const char *address,
						    const char *account, guint64 *id, GError **err);

/* The number by which a signed return address names account and stream, 0 for no account: see
 * stream_numbers.h. Any thread. */
CAROM_MUST_CHECK CaromStatus carom_guard_stream_number(CaromGuard *guard, const CaromConfig *config,
						       const char *account, const char *stream,
						       guint *number, GError **err);

/* Writes the last counts, ends the threads. Nobody may ask any more. NULL is fine. */
void carom_guard_stop(CaromGuard *guard);

#endif
