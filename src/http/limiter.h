/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limiter - how often each key may ask, and how often those may who have none
 *
 * A key has a bucket of its own once the database knew it. All others share
 * one: who tries keys cannot use up somebody's, nor fill the memory.
 */
#ifndef CAROM_LIMITER_H
#define CAROM_LIMITER_H

#include "http/bucket.h"

typedef struct CaromLimiter CaromLimiter; /* any thread */

CaromLimiter *carom_limiter_new(const CaromRate *rate);
void carom_limiter_free(CaromLimiter *limiter); /* NULL is fine */

/* From now on that is the rate. */
void carom_limiter_set(CaromLimiter *limiter, const CaromRate *rate);

/* Who shows the key with this digest asks. 0: do it; else the microseconds to wait. */
gint64 carom_limiter_ask(CaromLimiter *limiter, const char *digest);

/* Whether the database knew that key. */
void carom_limiter_tell(CaromLimiter *limiter, const char *digest, gboolean known);

#endif
