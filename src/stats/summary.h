/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * summary - the numbers of a span of days, ready to be rendered
 *
 * "nightly" is several of them, one after another.
 */
#ifndef CAROM_SUMMARY_H
#define CAROM_SUMMARY_H

#include "base/status.h"
#include "stats/render.h"
#include "store/connection.h"

/* What is asked for. All is borrowed. */
typedef struct {
	const char *name;             /* see carom_summary_names() */
	const char *day;              /* the last one, YYYY-MM-DD; NULL: today */
	int days;                     /* how many, ending with that one */
	const char *account, *stream; /* NULL: all */
	const char *const *notes;     /* what people are told above the numbers; NULL: nothing */
	gboolean one_table;           /* of several, only the first: for whoever reads one table */
} CaromSummaryQuestion;

typedef struct CaromSummary CaromSummary;

/* The names that there are, separated by ", ". */
const char *carom_summary_names(void);
gboolean carom_summary_exists(const char *name);

/* Asks the database. *out is the caller's, and borrows the question's notes. */
CAROM_MUST_CHECK CaromStatus carom_summary_collect(CaromStore *store,
						   const CaromSummaryQuestion *question,
						   CaromSummary **out, GError **err);

const CaromDocument *carom_summary_document(const CaromSummary *summary);
void carom_summary_free(CaromSummary *summary); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromSummary, carom_summary_free)

#endif
