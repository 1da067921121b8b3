/* SPDX-License-Identifier: BSD-2-Clause */
/* rates - counts and rates of a span of days, and the series behind them. Events are read by sample
 * at most. */
#ifndef CAROM_RATES_H
#define CAROM_RATES_H

#include "store/tallies.h"

/* Day by day, a row each: account, stream, provider, day, sent (NULL: nobody counted), complaints,
 * hard, soft, block, policy, delays. */
CAROM_MUST_CHECK CaromStatus carom_rates_series(CaromStore *store, const CaromSpan *span,
						CaromTable **out, GError **err);

/* Counts, rates and their intervals by "provider", "stream" or "series" (account, stream and
 * provider), beside those of the days before. */
CAROM_MUST_CHECK CaromStatus carom_rates_by(CaromStore *store, const CaromSpan *span,
					    const char *by, CaromTable **out, GError **err);

/* What came back of the mail that was sent on these days, of seven at least, as "provider" or
 * "series", and the complaints that are still expected of it. as_of_then: as it was known at the
 * end of the last day; otherwise as it is known now. */
CAROM_MUST_CHECK CaromStatus carom_rates_cohorts(CaromStore *store, const CaromSpan *span,
						 const char *by, gboolean as_of_then,
						 CaromTable **out, GError **err);

/* Counts and rates of each day: a day a row. Beside the complaints that came on it, those about the
 * mail that was sent on it. */
CAROM_MUST_CHECK CaromStatus carom_rates_days(CaromStore *store, const CaromSpan *span,
					      CaromTable **out, GError **err);

/* Why mail came back, a row each: account, stream, provider, day, class, category, events. */
CAROM_MUST_CHECK CaromStatus carom_rates_causes(CaromStore *store, const CaromSpan *span,
						CaromTable **out, GError **err);

/* Who refuses us, and why: a provider and a category a row. */
CAROM_MUST_CHECK CaromStatus carom_rates_blocks(CaromStore *store, const CaromSpan *span,
						CaromTable **out, GError **err);

/* Which provider's complaints were last heard of when, up to the last day of span. */
CAROM_MUST_CHECK CaromStatus carom_rates_feeds(CaromStore *store, const CaromSpan *span,
					       CaromTable **out, GError **err);

/* Which blocklists were named on these days, a row each: blocklist, first_day, last_day, events,
 * provider, ip, example. The provider of the span is not looked at. */
CAROM_MUST_CHECK CaromStatus carom_rates_blocklists(CaromStore *store, const CaromSpan *span,
						    CaromTable **out, GError **err);

/* Complaints about mail of a week before or older, by the day on which they came, a row each:
 * account, stream, provider, day, complaints, late, first_sent, last_sent. */
CAROM_MUST_CHECK CaromStatus carom_rates_late(CaromStore *store, const CaromSpan *span,
					      CaromTable **out, GError **err);

/* Kinds of replies that were not seen before a week ago, and much is refused with on a day:
 * provider, template, category, class, since, events, share, report. */
CAROM_MUST_CHECK CaromStatus carom_rates_templates(CaromStore *store, const char *day,
						   const CaromSpan *span, CaromTable **out,
						   GError **err);

/* The incidents of the brake that wait for a person, newest first: id, provider, category,
 * addresses, day, example. */
CAROM_MUST_CHECK CaromStatus carom_rates_held(CaromStore *store, CaromTable **out, GError **err);

/* Rates by dimension: "campaign" (of account and stream), or "ip", the address that mail went out
 * from; name NULL: none was told. */
CAROM_MUST_CHECK CaromStatus carom_rates_named(CaromStore *store, const CaromSpan *span,
					       const char *dimension, CaromTable **out,
					       GError **err);

#endif
