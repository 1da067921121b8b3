/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch - when a rate left its usual level, and whether it is back
 *
 * One series: events among mails, a day each (complaints of the mails that one
 * stream sent to one provider). A day is held against the rate of the six weeks
 * that ended a week before, so that a slow rise doesn't teach the baseline.
 * Scores are summed (CUSUM), so that a small change shows after some days and a
 * large one at once. Nothing is kept: who asks again about other numbers gets
 * another answer. doc/statistics.md has the reasons and what it misses.
 */
#ifndef CAROM_WATCH_H
#define CAROM_WATCH_H

#include <glib.h>

typedef struct {
	guint64 mails, events;
} CaromWatchDay;

typedef enum {
	CAROM_WATCH_TOO_MANY,
	CAROM_WATCH_TOO_FEW,
} CaromWatchFor;

typedef struct {
	guint baseline; /* days that say what is usual */
	guint lag;      /* days between those and the one that is judged */
	double slack;   /* what a day's score must exceed to add up */
	double limit;   /* of the sum: over it, it is an incident */
	double sudden;  /* a day with a smaller chance is one alone */
} CaromWatchRules;

/* What doc/statistics.md recommends for so many series that are watched together: the more there
 * are, the higher the limit, so that all of them give one false incident a week at most. */
CaromWatchRules carom_watch_rules(guint n_series);

typedef struct {
	guint since;     /* the day on which it began, as far as one can tell */
	guint named;     /* the day whose numbers first showed it */
	guint until;     /* its last day */
	gboolean open;   /* it lasts: until is the last day that there is */
	guint64 mails;   /* from since to until */
	guint64 events;  /* of them */
	double expected; /* events that so many mails usually have */
	double usual;    /* the rate before, of one */
	double sum;      /* of what the scores exceed, at its highest: how sure */
	gboolean sudden; /* one of its days is beyond chance by itself */
} CaromWatchIncident;

/*
 * The incidents of n days, oldest day first, as an array of CaromWatchIncident
 * that the caller unrefs. Fewer days than a baseline and its lag give none. An
 * incident that lasts longer than a baseline is the new usual level: it ends there.
 */
GArray *carom_watch_series(const CaromWatchDay *days, guint n, CaromWatchFor what,
			   const CaromWatchRules *rules);

#endif
