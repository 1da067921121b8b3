/* SPDX-License-Identifier: BSD-2-Clause */
/* unknown_texts - what no parser or rule knows, by template, with nobody's address in it */
#ifndef CAROM_UNKNOWN_TEXTS_H
#define CAROM_UNKNOWN_TEXTS_H

#include "store/unclassified.h"

/* Columns of the tables below, most frequent first. */
enum {
	CAROM_UNKNOWN_EVENTS,
	CAROM_UNKNOWN_TEMPLATE,
	CAROM_UNKNOWN_BY, /* providers, or domains that it came from; NULL: none known */
	CAROM_UNKNOWN_FIRST,
	CAROM_UNKNOWN_LAST,
	CAROM_UNKNOWN_SHOW,   /* the command that shows one */
	CAROM_UNKNOWN_RULE,   /* a rule that would cover it; NULL: none can */
	CAROM_UNKNOWN_REPORT, /* number of the report that it shows */
	CAROM_UNKNOWN_COLUMNS
};

/* Replies that no rule knows. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_unknown_texts_replies(CaromStore *store, const CaromSpan *span,
							 CaromTable **out, GError **err);

/* Messages that no parser read, by subject and the domain that they are from. */
CAROM_MUST_CHECK CaromStatus carom_unknown_texts_messages(CaromStore *store, const CaromSpan *span,
							  CaromTable **out, GError **err);

#endif
