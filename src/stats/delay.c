/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/delay.h"

#include <string.h>

#define LEAST_SHARE 0.15
#define LEAST_EVENTS 5
#define LEAST_LEARNED 20
#define NORMAL_95 1.959964

/*
 * What all days that reached delay d + 1 had by d, and by d + 1: their quotient
 * says how much a day still grows. age is a day that is not over, so a day of
 * age 3 has the delays 0 to 2 whole.
 */
static void
growth_at(const CaromDelayDay *days, guint n, guint d, double *before, double *after)
{
	*before = *after = 0;
	for (guint i = 0; i < n; i++) {
		double sum = 0;

		if (days[i].age < d + 2)
			continue;
		for (guint k = 0; k <= d; k++)
			sum += (double) days[i].events[k];
		*before += sum;
		*after += sum + (double) days[i].events[d + 1];
	}
}

void
carom_delay_learn(const CaromDelayDay *days, guint n, CaromDelayCurve *out)
{
	memset(out, 0, sizeof *out);
	for (guint i = 0; i < n; i++)
		for (guint d = 0; d < MIN(days[i].age, CAROM_DELAY_DAYS); d++)
			out->events += days[i].events[d];
	if (out->events == 0)
		return;
	out->share[CAROM_DELAY_DAYS - 1] = 1;
	for (guint d = CAROM_DELAY_DAYS - 1; d-- > 0;) {
		double before, after;

		growth_at(days, n, d, &before, &after);
		out->share[d] = out->share[d + 1] * (after > 0 ? before / after : 1);
	}
}

gboolean
carom_delay_project(const CaromDelayCurve *curve, guint age, guint64 events,
		    CaromDelayProjection *out)
{
	CaromInterval interval;
	double share;

	if (age == 0 || events < LEAST_EVENTS || curve->events < LEAST_LEARNED)
		return FALSE;
	share = curve->share[MIN(age, CAROM_DELAY_DAYS) - 1];
	if (share < LEAST_SHARE)
		return FALSE;
	interval = carom_statistics_poisson(events, share, NORMAL_95);
	*out = (CaromDelayProjection){ .events = (double) events / share,
				       .low = MAX(interval.low, (double) events),
				       .high = interval.high,
				       .share = share };
	return TRUE;
}
