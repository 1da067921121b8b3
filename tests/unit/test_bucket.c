/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/bucket.h"

#define SECOND G_USEC_PER_SEC

static void
bursts_and_rates(void **state)
{
	const CaromRate rate = { 10, 5 };
	CaromBucket bucket = { 0 };
	const gint64 now = 1000 * (gint64) SECOND;
	guint taken = 0;

	(void) state;
	assert_true(carom_bucket_is_full(&bucket, now));
	for (guint i = 0; i < 5; i++)
		assert_int_equal(carom_bucket_take(&bucket, &rate, now), 0);
	assert_false(carom_bucket_is_full(&bucket, now));
	assert_int_equal(carom_bucket_take(&bucket, &rate, now), SECOND / 10);
	/* what was refused took nothing */
	assert_int_equal(carom_bucket_take(&bucket, &rate, now + SECOND / 10), 0);
	assert_int_equal(carom_bucket_take(&bucket, &rate, now + SECOND / 10), SECOND / 10);
	/* over a minute it is the rate, however often somebody asks */
	for (gint64 at = now + SECOND / 10; at < now + 60 * (gint64) SECOND; at += 1000)
		taken += carom_bucket_take(&bucket, &rate, at) == 0;
	assert_in_range(taken, 598, 600);
	assert_true(carom_bucket_is_full(&bucket, now + 61 * (gint64) SECOND));
	taken = 0;
	for (guint i = 0; i < 100; i++)
		taken += carom_bucket_take(&bucket, &rate, now + 1000 * (gint64) SECOND) == 0;
	assert_int_equal(taken, 5);
}

static void
the_fastest(void **state)
{
	const CaromRate rate = { 100000, 1 };
	CaromBucket bucket = { 0 };

	(void) state;
	assert_int_equal(carom_bucket_take(&bucket, &rate, 1), 0);
	assert_int_equal(carom_bucket_take(&bucket, &rate, 1), 10);
	assert_int_equal(carom_bucket_take(&bucket, &rate, 11), 0);
}

UNIT_MAIN(cmocka_unit_test(bursts_and_rates), cmocka_unit_test(the_fastest))
