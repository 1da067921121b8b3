/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "stats/statistics.h"
#include "stats/watch.h"

#include <math.h>

static void
near_to(const char *row, double got, double want, double by)
{
	if (fabs(got - want) > by)
		fail_msg("%s: %.9g, not %.9g", row, got, want);
}

/* 81 of 263, 15 of 148, 0 of 20, 1 of 29 are the examples of R. G. Newcombe, Statistics in Medicine
 * 17, 1998, table I. */
static void
wilson_knows_the_examples(void **state)
{
	static const struct {
		guint64 k, n;
		double low, high;
	} rows[] = {
		{ 81, 263, 0.2553, 0.3662 }, { 15, 148, 0.0624, 0.1605 }, { 0, 20, 0, 0.1611 },
		{ 1, 29, 0.0061, 0.1718 },   { 20, 20, 0.8389, 1 },       { 0, 0, 0, 1 },
		{ 30, 20, 0.8389, 1 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromInterval got = carom_statistics_wilson(rows[i].k, rows[i].n, 1.96);
		g_autofree char *row =
			g_strdup_printf("%d of %d", (int) rows[i].k, (int) rows[i].n);

		near_to(row, got.low, rows[i].low, 5e-5);
		near_to(row, got.high, rows[i].high, 5e-5);
	}
}

static void
nb_is_that_of_the_definition(void **state)
{
	static const struct {
		guint64 k;
		double mean, dispersion, equal, more;
	} rows[] = {
		{ 10, 4, 0, 0.0052924766764, 0.0028397661205 },
		{ 0, 3, 0, 0.0497870683679, 0.9502129316321 },
		{ 3, 3, 0.5, 0.13824, 0.33696 },
		{ 30, 7.5, 0.2, 0.000104985846794, 0.000216100145616 },
		{ 2, 50, 0.1, 6.316662797e-07, 0.999999213977451 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		double equal, more;
		g_autofree char *row = g_strdup_printf("%d at %g", (int) rows[i].k, rows[i].mean);

		carom_statistics_nb(rows[i].k, rows[i].mean, rows[i].dispersion, &equal, &more);
		near_to(row, equal, rows[i].equal, rows[i].equal * 1e-6);
		near_to(row, more, rows[i].more, rows[i].more * 1e-6);
	}
}

static void
tails_stay_within_bounds(void **state)
{
	static const double means[] = { 1e-6, 0.5, 7, 1e3, 1e7 }, dispersions[] = { 0, 0.05, 2 };
	static const guint64 counts[] = { 0, 1, 5, 1000, 10000000, G_MAXUINT32 };

	(void) state;
	for (gsize m = 0; m < G_N_ELEMENTS(means); m++)
		for (gsize d = 0; d < G_N_ELEMENTS(dispersions); d++) {
			double last = 2;

			for (gsize c = 0; c < G_N_ELEMENTS(counts); c++) {
				double tail = carom_statistics_nb_tail(counts[c], means[m],
								       dispersions[d]);

				assert_true(tail > 0 && tail <= 1 && tail <= last + 1e-9);
				last = tail;
			}
		}
}

static void
normal_scores_are_those_of_the_tables(void **state)
{
	static const double rows[][2] = {
		{ 0.5, 0 },
		{ 0.05, 1.644853627 },
		{ 0.025, 1.959963985 },
		{ 1e-3, 3.090232306 },
		{ 1e-6, 4.753424309 },
		{ 0.95, -1.644853627 },
		{ 1e-12, 7.034483825 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *row = g_strdup_printf("%g", rows[i][0]);

		near_to(row, carom_statistics_normal_score(rows[i][0]), rows[i][1], 2e-6);
	}
	assert_true(isfinite(carom_statistics_normal_score(0)));
	assert_true(isfinite(carom_statistics_normal_score(1)));
}

static void
dispersion_is_held(void **state)
{
	static const guint64 even[] = { 10, 10, 10, 10 }, wild[] = { 0, 40, 0, 40, 0, 40 };
	static const double ten[] = { 10, 10, 10, 10 };
	static const double twenty[] = { 20, 20, 20, 20, 20, 20 };

	(void) state;
	near_to("even", carom_statistics_dispersion(even, ten, 4, 0.05, 2), 0.05, 1e-12);
	/* (400 - 20) / 400 */
	near_to("wild", carom_statistics_dispersion(wild, twenty, 6, 0.05, 2), 0.95, 1e-12);
	near_to("one day", carom_statistics_dispersion(even, ten, 1, 0.05, 2), 2, 1e-12);
}

#define QUIET_DAYS 60
#define ALL_DAYS 75

/* 20,000 mails a day with about 10 events; from QUIET_DAYS on times as many. */
static void
fill(CaromWatchDay *days, double times)
{
	for (guint i = 0; i < ALL_DAYS; i++) {
		days[i].mails = 20000;
		days[i].events = 8 + i * 7 % 5;
		if (i >= QUIET_DAYS)
			days[i].events = (guint64) ((double) days[i].events * times);
	}
}

static GArray *
watch(double times, CaromWatchFor what)
{
	CaromWatchDay days[ALL_DAYS];
	const CaromWatchRules rules = carom_watch_rules(90);

	fill(days, times);
	return carom_watch_series(days, ALL_DAYS, what, &rules);
}

static void
names_what_changed_and_since_when(void **state)
{
	g_autoptr(GArray) many = watch(3, CAROM_WATCH_TOO_MANY),
			  few = watch(0, CAROM_WATCH_TOO_FEW);
	const CaromWatchIncident *incident;

	(void) state;
	assert_int_equal(many->len, 1);
	incident = &g_array_index(many, CaromWatchIncident, 0);
	assert_true(incident->open);
	assert_int_equal(incident->since, QUIET_DAYS);
	assert_true(incident->named <= QUIET_DAYS + 2);
	assert_int_equal(incident->mails, (ALL_DAYS - QUIET_DAYS) * 20000);
	near_to("expected", incident->expected, 150, 5);
	near_to("usual", incident->usual, 0.0005, 2e-5);
	assert_int_equal(few->len, 1);
	assert_int_equal(g_array_index(few, CaromWatchIncident, 0).since, QUIET_DAYS);
}

static void
leaves_the_usual_alone(void **state)
{
	CaromWatchDay days[ALL_DAYS] = { 0 };
	const CaromWatchRules rules = carom_watch_rules(90);
	g_autoptr(GArray) same = watch(1, CAROM_WATCH_TOO_MANY);
	g_autoptr(GArray) fewer = watch(0.9, CAROM_WATCH_TOO_FEW);
	g_autoptr(GArray) wrong_way = watch(3, CAROM_WATCH_TOO_FEW);
	g_autoptr(GArray) nothing =
		carom_watch_series(days, ALL_DAYS, CAROM_WATCH_TOO_MANY, &rules);
	g_autoptr(GArray) none = carom_watch_series(days, 0, CAROM_WATCH_TOO_MANY, &rules);
	g_autoptr(GArray) young = NULL;

	(void) state;
	fill(days, 1);
	days[10].events = 500; /* too early: nobody knows yet what is usual */
	young = carom_watch_series(days, 20, CAROM_WATCH_TOO_MANY, &rules);
	assert_int_equal(same->len, 0);
	assert_int_equal(fewer->len, 0);
	assert_int_equal(wrong_way->len, 0);
	assert_int_equal(nothing->len, 0);
	assert_int_equal(none->len, 0);
	assert_int_equal(young->len, 0);
}

static void
two_events_are_no_incident(void **state)
{
	CaromWatchDay days[ALL_DAYS];
	const CaromWatchRules rules = carom_watch_rules(90);
	g_autoptr(GArray) two = NULL, nine = NULL;

	(void) state;
	for (guint i = 0; i < ALL_DAYS; i++)
		days[i] = (CaromWatchDay){ .mails = 100 };
	days[QUIET_DAYS].events = 2;
	two = carom_watch_series(days, ALL_DAYS, CAROM_WATCH_TOO_MANY, &rules);
	days[QUIET_DAYS].events = 9;
	nine = carom_watch_series(days, ALL_DAYS, CAROM_WATCH_TOO_MANY, &rules);
	assert_int_equal(two->len, 0);
	assert_int_equal(nine->len, 1);
}

static void
an_incident_ends(void **state)
{
	CaromWatchDay days[ALL_DAYS];
	const CaromWatchRules rules = carom_watch_rules(90);
	g_autoptr(GArray) found = NULL;
	const CaromWatchIncident *incident;

	(void) state;
	fill(days, 1);
	for (guint i = QUIET_DAYS; i < QUIET_DAYS + 3; i++)
		days[i].events *= 4;
	found = carom_watch_series(days, ALL_DAYS, CAROM_WATCH_TOO_MANY, &rules);
	assert_int_equal(found->len, 1);
	incident = &g_array_index(found, CaromWatchIncident, 0);
	assert_false(incident->open);
	assert_int_equal(incident->until, QUIET_DAYS + 2);
}

static void
more_series_raise_the_limit(void **state)
{
	(void) state;
	near_to("90", carom_watch_rules(90).limit, 4.6, 1e-9);
	assert_true(carom_watch_rules(1000).limit > 6);
	assert_true(carom_watch_rules(1).limit >= 3);
}

UNIT_MAIN(cmocka_unit_test(wilson_knows_the_examples),
	  cmocka_unit_test(nb_is_that_of_the_definition),
	  cmocka_unit_test(tails_stay_within_bounds),
	  cmocka_unit_test(normal_scores_are_those_of_the_tables),
	  cmocka_unit_test(dispersion_is_held), cmocka_unit_test(names_what_changed_and_since_when),
	  cmocka_unit_test(leaves_the_usual_alone), cmocka_unit_test(two_events_are_no_incident),
	  cmocka_unit_test(an_incident_ends), cmocka_unit_test(more_series_raise_the_limit))
