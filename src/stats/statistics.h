/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * statistics - how sure a count is, and how odd
 *
 * Pure functions of numbers: no day, no name, no database. doc/statistics.md
 * says what the report does with them, and why.
 */
#ifndef CAROM_STATISTICS_H
#define CAROM_STATISTICS_H

#include <glib.h>

/* Between low and high lies the true rate, with the confidence that was asked for. */
typedef struct {
	double low, high; /* of one: 0.003 is 0.3 % */
} CaromInterval;

/*
 * The score interval for k events among n (E. B. Wilson, 1927). z: how many
 * standard deviations wide on each side; 1.96 for 95 %. It stays sound for a
 * few events, and for none. n of 0: nothing is known, 0 to 1. k over n counts as n.
 */
CaromInterval carom_statistics_wilson(guint64 k, guint64 n, double z);

/*
 * The chances of a count in a negative binomial distribution with this mean and
 * variance mean + dispersion * mean * mean (dispersion 0: Poisson). *equal is
 * that of k itself, *more that of more than k. mean > 0, dispersion >= 0.
 */
void carom_statistics_nb(guint64 k, double mean, double dispersion, double *equal, double *more);

/*
 * How odd k is: the upper tail, of which k itself counts half (mid-p). Near 0:
 * far too many; near 1: far too few; never beyond 1e-300 from either.
 */
double carom_statistics_nb_tail(guint64 k, double mean, double dispersion);

/*
 * The normal score of an upper tail: 1.645 for 0.05 (M. J. Wichura, AS 241,
 * 1988, seven digits). 0 < tail < 1; what lies outside is drawn in.
 */
double carom_statistics_normal_score(double tail);

/* One step of a one-sided CUSUM (E. S. Page, 1954): max(0, sum + score - slack). */
double carom_statistics_cusum(double sum, double score, double slack);

/*
 * The dispersion of counts about their expected values, by moments, held
 * between low and high: real rates scatter more than chance alone would have it.
 * With fewer than two days that expect anything: high, the careful side.
 */
double carom_statistics_dispersion(const guint64 *counts, const double *means, guint n, double low,
				   double high);

#endif
