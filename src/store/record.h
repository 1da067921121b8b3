/* SPDX-License-Identifier: BSD-2-Clause */
/* record - what came in, written down once for ever */
#ifndef CAROM_RECORD_H
#define CAROM_RECORD_H

#include "store/connection.h"

typedef struct {
	gboolean duplicate; /* it was recorded before: nothing changed */
	guint events;
	guint suppressed; /* addresses newly suppressed */
} CaromRecorded;

/*
 * Records one report (the JSON contract) in one transaction of a connection;
 * raw (may be NULL) is kept beside it. CAROM_OK only after the commit. The same
 * report again is CAROM_OK, for Postfix delivers again after a crash.
 */
CAROM_MUST_CHECK CaromStatus carom_store_record(CaromStore *store, const char *json,
						const char *raw, gsize raw_len, CaromRecorded *out,
						GError **err);

/* One of several reports that are recorded together. */
typedef struct {
	const char *json;
	const char *raw; /* NULL: not kept */
	gsize raw_len;
	CaromStatus status; /* answer: as carom_store_record() alone would give it */
	CaromRecorded recorded;
	GError *error; /* the caller's, where status is neither CAROM_OK nor CAROM_ABSENT */
} CaromRecordItem;

/*
 * Records n reports in one transaction. CAROM_OK: committed, and each item has
 * an answer of its own (a poison report fails alone). Anything else: none was recorded.
 */
CAROM_MUST_CHECK CaromStatus carom_store_record_many(CaromStore *store,
						     CaromRecordItem *const *items, guint n,
						     GError **err);

#endif
