/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/statistics.h"

#include <math.h>

#define SMALLEST 1e-300
#define ENOUGH_TERMS 100000 /* of a tail; the terms have long vanished by then */

CaromInterval
carom_statistics_wilson(guint64 k, guint64 n, double z)
{
	const double size = (double) n, p = n > 0 ? (double) MIN(k, n) / size : 0, zz = z * z;
	double middle, half;

	if (n == 0)
		return (CaromInterval){ 0, 1 };
	middle = (p + zz / (2 * size)) / (1 + zz / size);
	half = z * sqrt(p * (1 - p) / size + zz / (4 * size * size)) / (1 + zz / size);
	return (CaromInterval){ MAX(0, middle - half), MIN(1, middle + half) };
}

/* The logarithm of the chance of k. */
static double
log_chance(double k, double mean, double dispersion)
{
	double size;

	if (dispersion < 1e-9)
		return k * log(mean) - mean - lgamma(k + 1);
	size = 1 / dispersion;
	return lgamma(k + size) - lgamma(size) - lgamma(k + 1) - size * log1p(mean * dispersion) +
	       k * (log(mean) - log(mean + size));
}

/* What the chance of k + 1 is to that of k. */
static double
next_ratio(double k, double mean, double dispersion)
{
	return mean * (1 + k * dispersion) / ((k + 1) * (1 + mean * dispersion));
}

void
carom_statistics_nb(guint64 k, double mean, double dispersion, double *equal, double *more)
{
	const double count = (double) k;
	double term = exp(log_chance(count, mean, dispersion)), sum = 0;

	*equal = term;
	if (count >= mean) {
		/* the upper tail falls from here: its terms are its sum */
		for (guint i = 0; i < ENOUGH_TERMS && term > SMALLEST; i++) {
			term *= next_ratio(count + i, mean, dispersion);
			sum += term;
			if (term < sum * 1e-12)
				break;
		}
		*more = sum;
		return;
	}
	/* the terms from k downwards are what the tail lacks of one */
	for (guint i = 0; i <= k && i < ENOUGH_TERMS; i++) {
		sum += term;
		if (term < sum * 1e-12)
			break;
		term /= i < k ? next_ratio(count - i - 1, mean, dispersion) : 1;
	}
	*more = MAX(0, 1 - sum);
}

double
carom_statistics_nb_tail(guint64 k, double mean, double dispersion)
{
	double equal, more;

	carom_statistics_nb(k, mean, dispersion, &equal, &more);
	return CLAMP(more + equal / 2, SMALLEST, 1);
}

/* P(r) / Q(r), of the same degree; coefficients from the constant on. */
static double
rational(const double *p, const double *q, guint n, double r)
{
	double above = p[n - 1], below = q[n - 1];

	for (guint i = n - 1; i-- > 0;) {
		above = above * r + p[i];
		below = below * r + q[i];
	}
	return above / below;
}

/* AS 241, PPND7: the deviate that a share p of the normal distribution lies below. */
double
carom_statistics_normal_score(double tail)
{
	static const double a[] = { 3.3871327179, 50.434271938, 159.29113202, 59.109374720 };
	static const double b[] = { 1, 17.895169469, 78.757757664, 67.187563600 };
	static const double c[] = { 1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103 };
	static const double d[] = { 1, 0.73700164250, 0.12021132975, 0 };
	static const double e[] = { 6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997 };
	static const double f[] = { 1, 0.24197894225, 0.012258202635, 0 };
	const double p = CLAMP(tail, SMALLEST, 1 - 1e-15), q = 0.5 - p;
	double r, score;

	if (fabs(q) <= 0.425)
		return q * rational(a, b, G_N_ELEMENTS(a), 0.180625 - q * q);
	r = sqrt(-log(q > 0 ? p : 1 - p));
	score = r <= 5 ? rational(c, d, G_N_ELEMENTS(c), r - 1.6)
		       : rational(e, f, G_N_ELEMENTS(e), r - 5);
	return q > 0 ? score : -score;
}

double
carom_statistics_cusum(double sum, double score, double slack)
{
	return MAX(0, sum + score - slack);
}

double
carom_statistics_dispersion(const guint64 *counts, const double *means, guint n, double low,
			    double high)
{
	double excess = 0, square = 0;
	guint days = 0;

	for (guint i = 0; i < n; i++) {
		const double off = (double) counts[i] - means[i];

		if (means[i] <= 0)
			continue;
		excess += off * off - means[i];
		square += means[i] * means[i];
		days++;
	}
	return days < 2 || square <= 0 ? high : CLAMP(excess / square, low, high);
}
