/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * late - old complaints that come all at once
 *
 * A provider that was behind sends the complaints of weeks in a day. They belong to
 * the days of their mail: told as today's rate they would be a false alarm.
 */
#ifndef CAROM_LATE_H
#define CAROM_LATE_H

#include "stats/incidents.h"

/* A batch of them, at one provider on one day. */
typedef struct {
	const char *provider;               /* borrowed from the rows, as the next two */
	const char *first_sent, *last_sent; /* YYYY-MM-DD: days of most of the mail */
	guint day;
	guint64 events; /* more than usual */
} CaromLateBatch;

/*
 * Finds them in rows of carom_rates_late(), and takes what is more than usual out of
 * the complaints of the set's series. An array of CaromLateBatch, by day, that the
 * caller unrefs.
 */
GArray *carom_late_take_out(CaromSeriesSet *set, const CaromTable *rows);

#endif
