/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chart - a rate over days as a picture that needs no script
 *
 * Inline SVG, drawn in the colours that the page's style sheet gives its classes
 * (line, band, limit, since, axis), so that it follows light and dark. It has the
 * role of an image and says in words what it shows.
 */
#ifndef CAROM_CHART_H
#define CAROM_CHART_H

#include "base/markup.h"

typedef struct {
	double value;      /* of one */
	const char *label; /* NULL: the figures beside the picture say it */
} CaromChartLimit;

typedef struct {
	const char *summary;           /* what the picture shows, in words */
	const char *first, *last;      /* labels of the first and the last day */
	const double *values;          /* a day each, of one; NAN where nothing is known */
	const double *low, *high;      /* the interval of each; NULL: not drawn */
	guint n;                       /* days */
	const CaromChartLimit *limits; /* lines across; n_limits of them */
	guint n_limits;
	const char *lang; /* of the numbers; NULL: "en" */
	int since;        /* the day on which a trouble began; -1: none */
} CaromChart;

/* Writes the picture. Nothing but its frame where no value is known. */
void carom_chart_write(CaromMarkup *markup, const CaromChart *chart);

/* "0.31 %": a rate as people read it, with as many digits as it takes. The caller's. */
char *carom_chart_percent(double rate);

#endif
