/* SPDX-License-Identifier: BSD-2-Clause */
/* tallies - counts and rates over a span of days, as the database adds them up */
#ifndef CAROM_TALLIES_H
#define CAROM_TALLIES_H

#include "store/connection.h"

/* Days as YYYY-MM-DD, both included. account and stream NULL: all. */
typedef struct {
	const char *first, *last, *account, *stream;
} CaromSpan;

/* Columns of carom_tallies_days(), which answers one row. */
enum { CAROM_DAYS_FIRST, CAROM_DAYS_LAST, CAROM_DAYS_TIMEZONE };

/* The span of so many days that ends with day (YYYY-MM-DD; NULL: today) in the time zone of the
 * statistics. */
CAROM_MUST_CHECK CaromStatus carom_tallies_days(CaromStore *store, const char *day, int days,
						CaromTable **out, GError **err);

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

#endif
