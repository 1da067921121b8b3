/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/limiter.h"

/* How many of n requests at once are let through. */
static guint
passed(CaromLimiter *limiter, const char *digest, guint n)
{
	guint count = 0;

	for (guint i = 0; i < n; i++)
		count += carom_limiter_ask(limiter, digest) == 0;
	return count;
}

static void
strangers_and_keys(void **state)
{
	const CaromRate slow = { 1, 3 }, other = { 1, 1 };
	CaromLimiter *limiter = carom_limiter_new(&slow);
	guint strangers;

	(void) state;
	carom_limiter_tell(limiter, "good", TRUE);
	strangers = passed(limiter, "a", 1000);
	assert_in_range(strangers, 40, 60);
	assert_int_equal(passed(limiter, "b", 100) > 20, FALSE); /* they share one */
	assert_in_range(passed(limiter, "good", 100), 3, 4);     /* which a key is not in */
	carom_limiter_tell(limiter, "better", TRUE);
	assert_in_range(passed(limiter, "better", 100), 3, 4);
	carom_limiter_tell(limiter, "good", FALSE); /* it was revoked */
	assert_true(carom_limiter_ask(limiter, "good") > 0);
	carom_limiter_set(limiter, &other);
	carom_limiter_tell(limiter, "new", TRUE);
	assert_in_range(passed(limiter, "new", 100), 1, 2);
	carom_limiter_free(limiter);
}

UNIT_MAIN(cmocka_unit_test(strangers_and_keys))
