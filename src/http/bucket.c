/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/bucket.h"

gint64
carom_bucket_take(CaromBucket *bucket, const CaromRate *rate, gint64 now)
{
	const gint64 each = MAX(1, G_USEC_PER_SEC / rate->per_second);
	const gint64 full_at = MAX(bucket->full_at, now) + each;
	const gint64 wait = full_at - now - each * rate->burst;

	if (wait > 0)
		return wait;
	bucket->full_at = full_at;
	return 0;
}

gboolean
carom_bucket_is_full(const CaromBucket *bucket, gint64 now)
{
	return bucket->full_at <= now;
}
