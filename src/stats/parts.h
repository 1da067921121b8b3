/* SPDX-License-Identifier: BSD-2-Clause */
/* parts - the tables of the report: what each asks, and how people see it */
#ifndef CAROM_PARTS_H
#define CAROM_PARTS_H

#include "stats/render.h"
#include "stats/thresholds.h"
#include "stats/wording.h"
#include "store/rates.h"

/* A column as people see it, in words of their language. */
typedef struct {
	const char *name;
	CaromWording heading;
	guint decimals;
	const char *count;  /* see CaromShown */
	CaromWording above; /* 0: none */
	gboolean breaks;
	gboolean only_alone;   /* not on the page, where there is less room */
	gboolean only_on_page; /* not alone, where there are more columns before it */
} CaromPartColumn;

typedef struct {
	const char *id; /* its name, for people and programs */
	CaromWording title;
	CaromStatus (*ask)(CaromStore *store, const CaromSpan *span, CaromTable **out,
			   GError **err);
	/* what it asks where it stands alone; NULL: the same */
	CaromStatus (*ask_alone)(CaromStore *store, const CaromSpan *span, CaromTable **out,
				 GError **err);
	const CaromPartColumn *columns;
	guint n_columns;    /* 0: all of the table, by their names */
	gboolean on_page;   /* stands in the nightly page */
	gboolean has_rates; /* people are told which numbers are counts */
	gboolean limits;    /* gets the providers' limits */
} CaromPart;

/* All of them; *n. */
const CaromPart *carom_parts(gsize *n);

/* The part of that name; NULL: there is none. */
const CaromPart *carom_parts_find(const char *name);

/* Its columns in that language, *n of them. The caller frees the array. */
CaromShown *carom_parts_shown(const CaromPart *part, const char *lang, gboolean on_page, guint *n);

/* A table of rates with the columns aim, limit, state and of_limit (the rate as a share of the
 * limit): of complaints, by provider. The caller's.
 */
CaromTable *carom_parts_with_limits(const CaromTable *table, const CaromThresholds *thresholds);

#endif
