/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_batch - what lines of a log count, on its way into the database
 *
 * A line is known by its text, not by the file that it stands in: handed in
 * again, from wherever, it counts once.
 */
#ifndef CAROM_LOG_BATCH_H
#define CAROM_LOG_BATCH_H

#include "store/deliveries.h"

typedef struct CaromLogBatch CaromLogBatch;

/* What a line tells of so many recipients. NULL and "": not known. All is borrowed. */
typedef struct {
	const char *scope; /* "acme/newsletter" */
	const char *provider, *outcome, *category, *class;
	gboolean told;
	guint recipients;
} CaromLogCount;

CaromLogBatch *carom_log_batch_new(void);

/* Adds what a line of text counts, logged at time (Unix). part: there may be several counts of one
 * line, each with another number. */
void carom_log_batch_add(CaromLogBatch *batch, gint64 time, const char *text, gsize len, guint part,
			 const CaromLogCount *count);

/* TRUE: it is large enough to be handed in. */
gboolean carom_log_batch_is_full(const CaromLogBatch *batch);

/* Hands in what there is and, if that worked, begins anew. Adds to *sum. */
CAROM_MUST_CHECK CaromStatus carom_log_batch_flush(CaromLogBatch *batch, CaromStore *store,
						   CaromDeliveryCount *sum, GError **err);

void carom_log_batch_free(CaromLogBatch *batch); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromLogBatch, carom_log_batch_free)

#endif
