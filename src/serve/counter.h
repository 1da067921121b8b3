/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counter - how many recipients were mailed, on their way into the database
 *
 * Counts are kept a quarter of an hour, account, stream, provider, campaign and
 * sending address, and handed in as batches that the database knows by an id: a
 * batch whose answer was lost is handed in again and counts once. Campaigns come
 * from mail: above so many at a time the others are one, "(other)".
 */
#ifndef CAROM_COUNTER_H
#define CAROM_COUNTER_H

#include "store/connection.h"

typedef struct CaromCounter CaromCounter;

/* store: where the counts go; borrowed. */
CaromCounter *carom_counter_new(CaromStore *store);

/* Campaigns that are counted by themselves until the next step. */
#define CAROM_COUNTER_MOST 5000

/* Whose mail it is, at which provider its recipient has his mailbox, which campaign it is of (the
 * values of its Feedback-ID and List-Id, clean and on one line), which IP address it goes out from.
 * "" and NULL: not known. */
typedef struct {
	const char *account, *stream, *provider, *feedback_id, *list_id, *ip;
} CaromCounted;

/* Counts one recipient. Any thread. */
void carom_counter_add(CaromCounter *counter, const CaromCounted *what);

/* Hands in what waits, or else what was counted since. CAROM_OK: it is in the database, or there
 * was nothing. Anything else: it waits for the next step. One thread at a time. */
CAROM_MUST_CHECK CaromStatus carom_counter_step(CaromCounter *counter, GError **err);

/* Recipients that are counted here and, as far as is known, not in the database. */
guint64 carom_counter_waiting(CaromCounter *counter);

void carom_counter_free(CaromCounter *counter); /* NULL is fine */

#endif
