/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counter - how many recipients were mailed, on their way into the database
 *
 * Counts are kept a quarter of an hour, account, stream and provider, and
 * handed in as batches that the database knows by an id: a batch whose answer
 * was lost is handed in again and counts once.
 */
#ifndef CAROM_COUNTER_H
#define CAROM_COUNTER_H

#include "store/connection.h"

typedef struct CaromCounter CaromCounter;

/* store: where the counts go; borrowed. */
CaromCounter *carom_counter_new(CaromStore *store);

/* Counts one recipient; "" and NULL: not known. Any thread. */
void carom_counter_add(CaromCounter *counter, const char *account, const char *stream,
		       const char *provider);

/* Hands in what waits, or else what was counted since. CAROM_OK: it is in the database, or there
 * was nothing. Anything else: it waits for the next step. One thread at a time. */
CAROM_MUST_CHECK CaromStatus carom_counter_step(CaromCounter *counter, GError **err);

/* Recipients that are counted here and, as far as is known, not in the database. */
guint64 carom_counter_waiting(CaromCounter *counter);

void carom_counter_free(CaromCounter *counter); /* NULL is fine */

#endif
