/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bucket - how often something may happen: so many times a second, and a few at once
 *
 * Kept as the moment at which the bucket would be full (the generic cell rate
 * algorithm), so that a bucket is one number and nothing has to be refilled.
 */
#ifndef CAROM_BUCKET_H
#define CAROM_BUCKET_H

#include <glib.h>

typedef struct {
	gint64 full_at; /* monotonic time, microseconds; 0: it is full */
} CaromBucket;

/* How fast it fills, and what it holds; both at least 1. */
typedef struct {
	guint per_second, burst;
} CaromRate;

/* Takes one at now. 0: it was there; else nothing was taken, and in so many microseconds there is
 * one. */
gint64 carom_bucket_take(CaromBucket *bucket, const CaromRate *rate, gint64 now);

/* Whether it is as one that was never used. */
gboolean carom_bucket_is_full(const CaromBucket *bucket, gint64 now);

#endif
