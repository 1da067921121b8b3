/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * series - what each stream sent to each provider, and what came back, day by day
 *
 * Made of the rows that the database answers (carom_rates_series()), and added
 * up as whoever watches needs them.
 */
#ifndef CAROM_SERIES_H
#define CAROM_SERIES_H

#include "base/table.h"
#include "stats/watch.h"

typedef enum {
	CAROM_MEASURE_COMPLAINTS,
	CAROM_MEASURE_HARD,
	CAROM_MEASURE_SOFT,
	CAROM_MEASURE_BLOCK,
	CAROM_MEASURE_POLICY,
	CAROM_N_MEASURES
} CaromMeasure;

/* "complaints", "hard", …: the column of the table, and the word in the database. */
const char *carom_series_measure_name(CaromMeasure measure);

typedef struct {
	/* "" unknown; NULL: several. Account and stream are NULL together. */
	const char *account, *stream, *provider;
	gboolean counted; /* somebody counted what was sent; otherwise mails is 1 a day */
	CaromWatchDay *days[CAROM_N_MEASURES]; /* of each measure, as many as the set has */
} CaromSeries;

typedef struct {
	guint n_days;
	GPtrArray *series; /* CaromSeries */
	GPtrArray *sums;   /* of them, as carom_series_sum() made */
	GDate first;       /* day 0 */
	GStringChunk *names;
} CaromSeriesSet;

/*
 * Sorts rows of carom_rates_series() into n_days days that end with last
 * (YYYY-MM-DD). Events of a day without mails belong to the last day that had
 * some, of the seven before. The caller's.
 */
CaromSeriesSet *carom_series_read(const CaromTable *rows, const char *last, guint n_days);
void carom_series_free(CaromSeriesSet *set); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromSeriesSet, carom_series_free)

/* A day as YYYY-MM-DD. The caller's. */
char *carom_series_day(const CaromSeriesSet *set, guint day);

/* The day of the set that text (YYYY-MM-DD) is, or the nearest one. */
guint carom_series_index(const CaromSeriesSet *set, const char *text);

/* Whether series is one of those that account, stream and provider name; NULL: any. */
gboolean carom_series_is(const CaromSeries *series, const char *account, const char *stream,
			 const char *provider);

/*
 * The sum of those series, of all measures; NULL where there is none. It belongs to the set, and is
 * not one of its series.
 */
CaromSeries *carom_series_sum(CaromSeriesSet *set, const char *account, const char *stream,
			      const char *provider);

/* The sum of these (an array of CaromSeries, at least one): what they have in common of account,
 * stream and provider is its own, the rest NULL. Belongs to the set as the one before. */
CaromSeries *carom_series_join(CaromSeriesSet *set, const GPtrArray *parts);

/* Events and mails of the days from first to last. */
CaromWatchDay carom_series_total(const CaromSeries *series, CaromMeasure measure, guint first,
				 guint last);

#endif
