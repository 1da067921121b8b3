/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alarms - how often the watch is wrong, and how soon it is right
 *
 * Histories are generated as real ones look: ten providers of 60 to 250,000
 * mails a day, three streams with their own weeks, three measures; campaigns
 * that readers like less at all providers at once, and each series' own scatter
 * from day to day, the more the smaller it is. Quiet histories give the false incidents, histories
 * with one trouble at one provider the mornings until it is named. Then the same of the page: each
 * morning its incidents are made of all series, as the report does, and counted when they are first
 * told. Seeds are fixed: the same binary prints the same figures.
 *
 * Usage: alarms [HISTORIES]. Exit status 1: a figure is not as wanted.
 */
#include "config.h"

#include "stats/incidents.h"
#include "stats/watch.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS 90
#define WARM 56 /* days before anything is counted or begins */
#define PROVIDERS 10
#define STREAMS 3
#define MEASURES 3
#define SERIES (PROVIDERS * STREAMS * MEASURES)

static uint64_t state;

static double
uniform(void)
{
	/* xorshift64* (S. Vigna, 2016) */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((double) ((state * UINT64_C(0x2545F4914F6CDD1D)) >> 11) + 0.5) / 9007199254740992.0;
}

static double
gauss(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * G_PI * uniform());
}

static guint64
poisson(double mean)
{
	guint64 k = 0;
	double p = exp(-mean), sum = p, u;

	if (mean > 60)
		return (guint64) MAX(0, mean + sqrt(mean) * gauss() + 0.5);
	u = uniform();
	while (u > sum && k < 1000)
		sum += p *= mean / (double) ++k;
	return k;
}

static const double volumes[PROVIDERS] = { 250000, 100000, 45000, 18000, 7500,
					   3000,   1200,   450,   170,   60 };
static const double weeks[STREAMS][7] = {
	{ 0.6, 1.6, 0.8, 1.7, 0.9, 0.7, 0.7 }, /* newsletters on two days */
	{ 1.1, 1.1, 1.1, 1.1, 1.1, 0.8, 0.7 }, /* receipts */
	{ 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0 }, /* notices */
};
static const double shares[STREAMS] = { 0.6, 0.25, 0.15 };
static const double rates[MEASURES] = { 0.0005, 0.008, 0.003 };

/* A trouble: from day WARM on, the rate of a series of that volume is times what it was, growing by
 * that much a day. */
typedef struct {
	const char *name;
	int measure;
	double mails, times, growth;
	guint horizon; /* mornings that it has to be named in */
	double wanted; /* share of histories, of one */
	guint median;  /* wanted; 0: not asked */
} Trouble;

/* The troubled series: the second provider's notices. */
static int
troubled_series(const Trouble *trouble)
{
	return 1 * STREAMS * MEASURES + 2 * MEASURES + trouble->measure;
}

/* How much the rate of a series moves from day to day: 0.15 at the largest, 0.55 at the smallest.
 */
static double
scatter_of(double mails)
{
	double size =
		log(mails / volumes[PROVIDERS - 1]) / log(volumes[0] / volumes[PROVIDERS - 1]);

	return 0.55 - 0.4 * CLAMP(size, 0, 1);
}

static void
generate(CaromWatchDay days[SERIES][DAYS], const Trouble *trouble)
{
	double campaign[STREAMS][MEASURES][DAYS], own[SERIES];

	for (int s = 0; s < STREAMS; s++)
		for (int m = 0; m < MEASURES; m++)
			for (int d = 0; d < DAYS; d++)
				campaign[s][m][d] = 0.2 * gauss();
	for (int i = 0; i < SERIES; i++)
		own[i] = exp(0.3 * gauss());
	for (int i = 0; i < SERIES; i++) {
		int p = i / (STREAMS * MEASURES), s = i / MEASURES % STREAMS, m = i % MEASURES;
		gboolean troubled = trouble != NULL && i == troubled_series(trouble);
		double usual = troubled ? trouble->mails : volumes[p] * shares[s];
		double scatter = scatter_of(usual);

		for (int d = 0; d < DAYS; d++) {
			double mails = usual * weeks[s][d % 7] * exp(0.1 * gauss());
			double rate =
				rates[m] * (troubled ? 1 : own[i]) *
				exp(campaign[s][m][d] + scatter * gauss() - scatter * scatter / 2);

			if (troubled && d >= WARM)
				rate *= trouble->times * pow(1 + trouble->growth, d - WARM + 1);
			days[i][d].mails = poisson(mails);
			days[i][d].events =
				MIN(days[i][d].mails, poisson((double) days[i][d].mails * rate));
		}
	}
}

static int
by_number(const void *a, const void *b)
{
	return *(const int *) a - *(const int *) b;
}

static gboolean
quiet(int histories, CaromWatchFor what, const char *name)
{
	static CaromWatchDay days[SERIES][DAYS];
	const CaromWatchRules rules = carom_watch_rules(SERIES);
	guint incidents = 0;
	double weekly;

	for (int h = 0; h < histories; h++) {
		state = UINT64_C(88172645463325252) + (uint64_t) h * 7919;
		generate(days, NULL);
		for (int i = 0; i < SERIES; i++) {
			g_autoptr(GArray) found = carom_watch_series(days[i], DAYS, what, &rules);

			for (guint f = 0; f < found->len; f++)
				incidents +=
					g_array_index(found, CaromWatchIncident, f).named >= WARM;
		}
	}
	weekly = incidents / (histories * (DAYS - WARM) / 7.0);
	printf("%-34s %5.2f a week over %d series (at most 1)\n", name, weekly, SERIES);
	return weekly <= 1;
}

static gboolean
power(int histories, const Trouble *trouble)
{
	static CaromWatchDay days[SERIES][DAYS];
	const CaromWatchRules rules = carom_watch_rules(SERIES);
	g_autofree int *mornings = g_new(int, histories);
	int seen = 0;

	for (int h = 0; h < histories; h++) {
		g_autoptr(GArray) found = NULL;

		state = UINT64_C(1181783497276652981) + (uint64_t) h * 104729;
		generate(days, trouble);
		found = carom_watch_series(days[troubled_series(trouble)], DAYS,
					   CAROM_WATCH_TOO_MANY, &rules);
		mornings[h] = 999;
		for (guint f = 0; f < found->len; f++) {
			const CaromWatchIncident *i = &g_array_index(found, CaromWatchIncident, f);

			/* what was already open on that day has named it too, but is not to count
			 */
			if (i->named >= WARM && mornings[h] == 999)
				mornings[h] = (int) i->named - WARM + 1;
		}
		seen += mornings[h] <= (int) trouble->horizon;
	}
	qsort(mornings, (size_t) histories, sizeof *mornings, by_number);
	printf("%-34s %5.1f %% by morning %-2u (wanted %.0f %%), median morning %d", trouble->name,
	       100.0 * seen / histories, trouble->horizon, 100 * trouble->wanted,
	       mornings[histories / 2]);
	if (trouble->median > 0)
		printf(" (wanted %u)", trouble->median);
	putchar('\n');
	return seen >= trouble->wanted * histories &&
	       (trouble->median == 0 || mornings[histories / 2] <= (int) trouble->median);
}

/* ---- the page ------------------------------------------------------------------------ */

static const CaromMeasure measures[MEASURES] = { CAROM_MEASURE_COMPLAINTS, CAROM_MEASURE_HARD,
						 CAROM_MEASURE_BLOCK };
/* What ails one provider, all of its streams, from day WARM on. */
typedef struct {
	const char *name;
	double times[MEASURES];
	int provider; /* -1: all */
	CaromIncidentKind kind;
	CaromMeasure measure; /* of CAROM_INCIDENT_RISE */
	guint morning;        /* that has to tell it */
} Ailment;

/* A set with the series of a history, "p0" to "p9" in the streams "s0" to "s2". */
static CaromSeriesSet *
set_of(CaromWatchDay days[SERIES][DAYS])
{
	static const char *const names[] = { "account", "stream", "provider", "day", "sent" };
	g_autoptr(CaromTable) rows = carom_table_new(G_N_ELEMENTS(names), PROVIDERS * STREAMS);
	CaromSeriesSet *set;

	for (guint c = 0; c < G_N_ELEMENTS(names); c++)
		carom_table_set_column(rows, c, names[c], CAROM_COLUMN_TEXT);
	for (guint r = 0; r < rows->n_rows; r++) {
		carom_table_set_cell(rows, r, 0, g_strdup("a"));
		carom_table_set_cell(rows, r, 1, g_strdup_printf("s%u", r % STREAMS));
		carom_table_set_cell(rows, r, 2, g_strdup_printf("p%u", r / STREAMS));
		carom_table_set_cell(rows, r, 3, g_strdup("2026-06-30"));
		carom_table_set_cell(rows, r, 4, g_strdup("1"));
	}
	set = carom_series_read(rows, "2026-06-30", DAYS);
	for (guint r = 0; r < set->series->len; r++) {
		CaromSeries *series = g_ptr_array_index(set->series, r);

		for (int m = 0; m < MEASURES; m++)
			memcpy(series->days[measures[m]], days[r * MEASURES + (guint) m],
			       sizeof days[0]);
		for (int d = 0; d < DAYS; d++)
			series->days[CAROM_MEASURE_SOFT][d].mails =
				series->days[CAROM_MEASURE_POLICY][d].mails =
					days[r * MEASURES][d].mails;
	}
	return set;
}

static void
ail(CaromWatchDay days[SERIES][DAYS], const Ailment *ailment)
{
	for (int i = 0; i < SERIES; i++) {
		const double times = ailment->times[i % MEASURES];

		if (ailment->provider >= 0 && i / (STREAMS * MEASURES) != ailment->provider)
			continue;
		for (int d = WARM; d < DAYS; d++)
			days[i][d].events =
				MIN(days[i][d].mails,
				    times == 0 ? 0 : poisson((double) days[i][d].events * times));
	}
}

/* Whether the page of that day is the first one that tells of it. */
static gboolean
is_new(const CaromIncident *incident, guint day)
{
	/* silence is named anew each morning */
	return incident->kind == CAROM_INCIDENT_SILENCE || incident->kind == CAROM_INCIDENT_NOTHING
		       ? incident->since == day
		       : incident->named == day;
}

static gboolean
quiet_page(int histories)
{
	static CaromWatchDay days[SERIES][DAYS];
	guint all = 0, actions = 0;
	double weeks = histories * (DAYS - WARM) / 7.0;

	for (int h = 0; h < histories; h++) {
		g_autoptr(CaromSeriesSet) set = NULL;

		state = UINT64_C(5577006791947779410) + (uint64_t) h * 15485863;
		generate(days, NULL);
		set = set_of(days);
		for (guint d = WARM; d < DAYS; d++) {
			g_autoptr(GPtrArray) incidents = carom_incidents_find(set, d, d);

			for (guint i = 0; i < incidents->len; i++) {
				const CaromIncident *incident = g_ptr_array_index(incidents, i);

				all += is_new(incident, d);
				actions +=
					is_new(incident, d) && carom_incidents_is_action(incident);
			}
		}
	}
	printf("%-34s %5.2f a week (at most 1), of which need action %.2f\n",
	       "page: false incidents of all kinds", all / weeks, actions / weeks);
	return all / weeks <= 1;
}

/* Whether the page of day says that this needs action. */
static gboolean
is_told(CaromSeriesSet *set, guint day, const Ailment *ailment, const char *provider)
{
	g_autoptr(GPtrArray) incidents = carom_incidents_find(set, day, day);

	for (guint i = 0; i < incidents->len; i++) {
		const CaromIncident *incident = g_ptr_array_index(incidents, i);

		if (incident->kind == ailment->kind && carom_incidents_is_action(incident) &&
		    g_strcmp0(incident->provider, provider) == 0 &&
		    (incident->kind != CAROM_INCIDENT_RISE ||
		     incident->measure == ailment->measure))
			return TRUE;
	}
	return FALSE;
}

static gboolean
ailing_page(int histories, const Ailment *ailment)
{
	static CaromWatchDay days[SERIES][DAYS];
	g_autofree char *provider =
		ailment->provider < 0 ? NULL : g_strdup_printf("p%d", ailment->provider);
	int seen = 0;

	for (int h = 0; h < histories; h++) {
		g_autoptr(CaromSeriesSet) set = NULL;

		state = UINT64_C(8674665223082153551) + (uint64_t) h * 32452843;
		generate(days, NULL);
		ail(days, ailment);
		set = set_of(days);
		seen += is_told(set, WARM - 1 + ailment->morning, ailment, provider);
	}
	printf("%-34s %5.1f %% on morning %u (wanted 95 %%)\n", ailment->name,
	       100.0 * seen / histories, ailment->morning);
	return seen >= 0.95 * histories;
}

int
main(int argc, char **argv)
{
	static const Trouble troubles[] = {
		{ "complaints x 3, 100,000 a day", 0, 100000, 3, 0, 5, 0.95, 3 },
		{ "complaints x 3, 15,000 a day", 0, 15000, 3, 0, 5, 0.95, 3 },
		{ "complaints x 3, 6,000 a day", 0, 6000, 3, 0, 30, 0.95, 0 },
		{ "complaints x 1.6, 100,000 a day", 0, 100000, 1.6, 0, 30, 0.90, 8 },
		{ "hard x 2, 1,000 a day", 1, 1000, 2, 0, 30, 0.90, 0 },
		{ "blocks x 4, 2,500 a day", 2, 2500, 4, 0, 6, 0.95, 0 },
		{ "complaints + 4 % a day, 100,000", 0, 100000, 1, 0.04, 21, 0.95, 0 },
	};
	static const Ailment ailments[] = {
		{ "page: an outage, 45,000 a day",
		  { 1, 1, 25 },
		  2,
		  CAROM_INCIDENT_RISE,
		  CAROM_MEASURE_BLOCK,
		  1 },
		{ "page: an outage, 3,000 a day",
		  { 1, 1, 25 },
		  5,
		  CAROM_INCIDENT_RISE,
		  CAROM_MEASURE_BLOCK,
		  1 },
		{ "page: a silent feed, 100,000 a day",
		  { 0, 1, 1 },
		  1,
		  CAROM_INCIDENT_SILENCE,
		  0,
		  1 },
		{ "page: a silent feed, 45,000 a day",
		  { 0, 1, 1 },
		  2,
		  CAROM_INCIDENT_SILENCE,
		  0,
		  1 },
		{ "page: a silent feed, 18,000 a day",
		  { 0, 1, 1 },
		  3,
		  CAROM_INCIDENT_SILENCE,
		  0,
		  3 },
		{ "page: a tenth of bounces, 100,000",
		  { 1, 0.1, 0.1 },
		  1,
		  CAROM_INCIDENT_FEW,
		  0,
		  1 },
		{ "page: nothing comes at all", { 0, 0, 0 }, -1, CAROM_INCIDENT_NOTHING, 0, 1 },
	};
	int histories = argc > 1 ? atoi(argv[1]) : 400;
	gboolean good;

	if (histories < 1) {
		fprintf(stderr, "usage: alarms [HISTORIES]\n");
		return 64;
	}
	good = quiet(histories, CAROM_WATCH_TOO_MANY, "false incidents, too many");
	good &= quiet(histories, CAROM_WATCH_TOO_FEW, "false incidents, too few");
	for (gsize i = 0; i < G_N_ELEMENTS(troubles); i++)
		good &= power(histories, &troubles[i]);
	good &= quiet_page(MAX(histories / 4, 1));
	for (gsize i = 0; i < G_N_ELEMENTS(ailments); i++)
		good &= ailing_page(histories, &ailments[i]);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
