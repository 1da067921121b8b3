/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * summary - the report of a span of days, ready to be rendered
 *
 * One part, or "nightly": the page that says first whether all is well, then
 * what needs action, then the figures.
 */
#ifndef CAROM_SUMMARY_H
#define CAROM_SUMMARY_H

#include "base/status.h"
#include "stats/incident_table.h"
#include "stats/render.h"
#include "store/connection.h"

/* What is asked for. All is borrowed. */
typedef struct {
	const char *name;  /* see carom_summary_names() */
	const char *first; /* YYYY-MM-DD; NULL: by days */
	const char *last;  /* the last day; NULL: today */
	int days;          /* how many, ending with that one, where there is no first */
	const char *account, *stream, *provider; /* NULL: all */
	const char *lang;                        /* "en", "id" */
	const char *datadir;                     /* where the thresholds lie */
	const CaromAdviser *adviser;             /* NULL: there is no advice */
	const char *const *notes;                /* what people are told besides; NULL: nothing */
	gboolean one_table; /* of several, only providers: for whoever reads one table */
} CaromSummaryQuestion;

typedef struct CaromSummary CaromSummary;

/* The names that there are, separated by ", ". */
const char *carom_summary_names(void);
gboolean carom_summary_exists(const char *name);

/* Asks the database. *out is the caller's, and borrows the question's strings. */
CAROM_MUST_CHECK CaromStatus carom_summary_collect(CaromStore *store,
						   const CaromSummaryQuestion *question,
						   CaromSummary **out, GError **err);

const CaromDocument *carom_summary_document(const CaromSummary *summary);

/* How many things need action; what was not looked at needs none. */
guint carom_summary_actions(const CaromSummary *summary);

void carom_summary_free(CaromSummary *summary); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromSummary, carom_summary_free)

#endif
