/* SPDX-License-Identifier: BSD-2-Clause */
/* tallies - counts and rates over a span of days, as the database adds them up */
#ifndef CAROM_TALLIES_H
#define CAROM_TALLIES_H

#include "store/connection.h"

/* Days as YYYY-MM-DD, both included. account, stream and provider NULL: all;
 * carom_tallies_balance() does not look at the provider. */
typedef struct {
	const char *first, *last, *account, *stream, *provider;
} CaromSpan;

/* Columns of carom_tallies_days(), which answers one row. */
enum { CAROM_DAYS_FIRST, CAROM_DAYS_LAST, CAROM_DAYS_TIMEZONE, CAROM_DAYS_TODAY };

/* The span from first to last (YYYY-MM-DD); last NULL: today, in the time zone of the statistics;
 * first NULL: so many days that end with last. */
CAROM_MUST_CHECK CaromStatus carom_tallies_days(CaromStore *store, const char *first,
						const char *last, int days, CaromTable **out,
						GError **err);

/* A provider a row. */
CAROM_MUST_CHECK CaromStatus carom_tallies_isp(CaromStore *store, const CaromSpan *span,
					       CaromTable **out, GError **err);

/* Why mail came back: a category a row. */
CAROM_MUST_CHECK CaromStatus carom_tallies_categories(CaromStore *store, const CaromSpan *span,
						      CaromTable **out, GError **err);

/* What came in: a kind of report a row. */
CAROM_MUST_CHECK CaromStatus carom_tallies_balance(CaromStore *store, const CaromSpan *span,
						   CaromTable **out, GError **err);

/* Who was newly suppressed: an address a row. */
CAROM_MUST_CHECK CaromStatus carom_tallies_suppressions(CaromStore *store, const CaromSpan *span,
							CaromTable **out, GError **err);

/* How many days old the newest figure of each source is: source, days. */
CAROM_MUST_CHECK CaromStatus carom_tallies_outside_ages(CaromStore *store, CaromTable **out,
							GError **err);

/* What others count, with our own figure beside it: a figure a row. */
CAROM_MUST_CHECK CaromStatus carom_tallies_outside(CaromStore *store, const CaromSpan *span,
						   CaromTable **out, GError **err);

#endif
