/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * delay - how much of what a day's mail will bring has come in yet
 *
 * Complaints come days after the mail. What a day has so far is held against how
 * earlier days filled up (chain ladder), so that a young day's rate can be told
 * before it is over.
 */
#ifndef CAROM_DELAY_H
#define CAROM_DELAY_H

#include "stats/statistics.h"

#define CAROM_DELAY_DAYS 30 /* after that nothing is waited for */

/* Events of the mail of one day, by how many days later they came: 0 is the same day. */
typedef struct {
	guint64 events[CAROM_DELAY_DAYS];
	guint age; /* days since that day: events up to events[age] are in, today's in part */
} CaromDelayDay;

/* share[d]: how much of all is in by the end of delay day d, of one; 0 where nobody can tell. */
typedef struct {
	double share[CAROM_DELAY_DAYS];
	guint64 events; /* that it was learned from */
} CaromDelayCurve;

/* Learns the curve from n days, in any order. Today's part of a delay day is left out. */
void carom_delay_learn(const CaromDelayDay *days, guint n, CaromDelayCurve *out);

typedef struct {
	double events;    /* that the day will have in the end */
	double low, high; /* between them, for 95 in 100 */
	double share;     /* of it that is in, of one */
} CaromDelayProjection;

/*
 * What a day of this age, with so many events so far, will have in the end.
 * FALSE where that cannot be told: less than 15 % is in, fewer than 5 events
 * are, or the curve was learned from fewer than 20.
 */
gboolean carom_delay_project(const CaromDelayCurve *curve, guint age, guint64 events,
			     CaromDelayProjection *out);

#endif
