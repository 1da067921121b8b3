/* SPDX-License-Identifier: BSD-2-Clause */
/* unclassified - what no parser and no rule knows, as it was said */
#ifndef CAROM_UNCLASSIFIED_H
#define CAROM_UNCLASSIFIED_H

#include "store/tallies.h"

/* Columns of both answers, most frequent first. */
enum {
	CAROM_UNCLASSIFIED_SAID,   /* the diagnostic; the subject */
	CAROM_UNCLASSIFIED_BY,     /* the provider; the sender. "": not known */
	CAROM_UNCLASSIFIED_EVENTS, /* how many */
	CAROM_UNCLASSIFIED_FIRST,  /* days */
	CAROM_UNCLASSIFIED_LAST,
	CAROM_UNCLASSIFIED_REPORT /* the number of one of them */
};

/* What servers said that no rule knows. */
CAROM_MUST_CHECK CaromStatus carom_unclassified_replies(CaromStore *store, const CaromSpan *span,
							CaromTable **out, GError **err);

/* Messages that no parser read; whose they are is not known, so account and stream of span are not
 * asked for. */
CAROM_MUST_CHECK CaromStatus carom_unclassified_messages(CaromStore *store, const CaromSpan *span,
							 CaromTable **out, GError **err);

#endif
