/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/deadline.h"

#include <errno.h>
#include <time.h>

#define US_PER_MS 1000

CaromDeadline
carom_deadline_in_us(gint64 microseconds)
{
	gint64 now = g_get_monotonic_time();

	if (microseconds < 0)
		return CAROM_DEADLINE_PASSED;
	if (microseconds > G_MAXINT64 - now)
		return CAROM_DEADLINE_NEVER;
	return (CaromDeadline){ now + microseconds };
}

/* amount * unit, or the largest number there is. */
static gint64
times(gint64 amount, gint64 unit)
{
	return amount > G_MAXINT64 / unit ? G_MAXINT64 : MAX(amount, -1) * unit;
}

CaromDeadline
carom_deadline_in_ms(gint64 milliseconds)
{
	return carom_deadline_in_us(times(milliseconds, US_PER_MS));
}

CaromDeadline
carom_deadline_in_s(gint64 seconds)
{
	return carom_deadline_in_us(times(seconds, G_USEC_PER_SEC));
}

CaromDeadline
carom_deadline_earlier(CaromDeadline a, CaromDeadline b)
{
	return a.at <= b.at ? a : b;
}

gboolean
carom_deadline_passed(CaromDeadline deadline)
{
	return deadline.at != G_MAXINT64 && g_get_monotonic_time() >= deadline.at;
}

int
carom_deadline_left_ms(CaromDeadline deadline)
{
	gint64 left;

	if (deadline.at == G_MAXINT64)
		return -1;
	left = deadline.at - g_get_monotonic_time();
	if (left <= 0)
		return 0;
	return (int) MIN((left - 1) / US_PER_MS + 1, G_MAXINT);
}

gboolean
carom_deadline_wait(CaromDeadline deadline, pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	struct timespec until = { .tv_sec = deadline.at / G_USEC_PER_SEC,
				  .tv_nsec = deadline.at % G_USEC_PER_SEC * 1000 };

	if (deadline.at == G_MAXINT64)
		return pthread_cond_wait(condition, mutex) == 0;
	return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &until) != ETIMEDOUT;
}
