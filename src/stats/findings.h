/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * findings - what needs action: the incidents of the days up to one, with their causes
 *
 * A few questions to the database, the cost of which does not grow with the events.
 */
#ifndef CAROM_FINDINGS_H
#define CAROM_FINDINGS_H

#include "stats/incidents.h"
#include "stats/thresholds.h"
#include "store/rates.h"

#define CAROM_FINDINGS_DAYS 112 /* that the watch looks at: what is usual, and what came of it */

typedef struct {
	CaromSeriesSet *set;
	GPtrArray *incidents; /* CaromIncident */
	CaromTable *rows, *causes, *feeds, *held, *blocklists, *late, *templates;
	guint last;         /* the last day that was watched */
	gboolean today;     /* the day after it is left out: it is not over */
	gboolean too_young; /* too few days for anything to be unusual */
} CaromFindings;

/*
 * span: the days of the report; what ended before its first day is no finding of it. today: the
 * day that it is, YYYY-MM-DD. *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_findings_collect(CaromStore *store, const CaromSpan *span,
						    const char *today,
						    const CaromThresholds *thresholds,
						    CaromFindings **out, GError **err);
void carom_findings_free(CaromFindings *findings); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromFindings, carom_findings_free)

/* How many of them need action; *watch: how many others last, which may be chance. */
guint carom_findings_actions(const CaromFindings *findings, guint *watch);

#endif
