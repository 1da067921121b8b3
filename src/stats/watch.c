/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/watch.h"
#include "stats/statistics.h"

#include <math.h>

#define ENOUGH_DAYS 14      /* with mails, of the baseline */
#define ENOUGH_EXPECTED 1.0 /* events; days are pooled until they expect that */
#define MOST_POOLED 7       /* days */
#define ENOUGH_EVENTS 3     /* for an incident of too many */
#define LEAST_DISPERSION 0.05
#define MOST_DISPERSION 2.0
#define LEAST_SCORE -3.0
#define MOST_SCORE 6.0
#define QUIET 1.0 /* a sum below it ends an incident */

/* What is known on the way from day to day. */
typedef struct {
	const CaromWatchDay *days;
	CaromWatchFor what;
	const CaromWatchRules *rules;
	gboolean *left_out; /* days of incidents, which say nothing of what is usual */
	GArray *found;
	double sum;
	guint rise;         /* the first day of the present sum */
	CaromWatchDay pool; /* days that are judged together */
	double pool_expected;
	guint pool_first, pool_n;
	guint64 since_rise; /* events from rise on */
	double evidence;    /* the present sum, where nothing cuts it */
	guint high;         /* the last day that added to the sum */
} Walk;

/* What is usual before one day. */
typedef struct {
	double rate, dispersion;
	guint n_days;
} Usual;

CaromWatchRules
carom_watch_rules(guint n_series)
{
	return (CaromWatchRules){
		.baseline = 42,
		.lag = 7,
		.slack = 0.75,
		.limit = 4.6 + log(MAX(n_series, 10) / 90.0) / 1.5,
		.sudden = pow(10, -5.5),
	};
}

static Usual
usual_before(const Walk *w, guint day)
{
	const guint last = day - w->rules->lag, first = last - MIN(last, w->rules->baseline);
	g_autofree guint64 *counts = g_new(guint64, w->rules->baseline);
	g_autofree double *means = g_new(double, w->rules->baseline);
	guint64 mails = 0, events = 0;
	Usual usual = { 0 };

	for (guint i = first; i < last; i++) {
		if (w->left_out[i] || w->days[i].mails == 0)
			continue;
		mails += w->days[i].mails;
		events += w->days[i].events;
		counts[usual.n_days] = w->days[i].events;
		means[usual.n_days++] = (double) w->days[i].mails;
	}
	usual.rate = ((double) events + 0.5) / ((double) mails + 1);
	for (guint i = 0; i < usual.n_days; i++)
		means[i] *= usual.rate;
	usual.dispersion = carom_statistics_dispersion(counts, means, usual.n_days,
						       LEAST_DISPERSION, MOST_DISPERSION);
	/* the usual rate is itself an estimate */
	usual.dispersion += 1 / ((double) events + 0.5) + usual.dispersion / MAX(usual.n_days, 1);
	return usual;
}

static CaromWatchIncident *
open_incident(const Walk *w)
{
	CaromWatchIncident *last =
		w->found->len ? &g_array_index(w->found, CaromWatchIncident, w->found->len - 1)
			      : NULL;

	return last != NULL && last->open ? last : NULL;
}

static void
begin_incident(Walk *w, guint day, const Usual *usual)
{
	CaromWatchIncident incident = { .since = w->rise,
					.named = day,
					.until = day,
					.open = TRUE,
					.usual = usual->rate,
					.sum = w->evidence };

	for (guint i = w->rise; i <= day; i++)
		w->left_out[i] = TRUE;
	g_array_append_val(w->found, incident);
}

static void
end_incident(Walk *w, CaromWatchIncident *incident, guint last)
{
	incident->open = FALSE;
	incident->until = last;
	w->sum = 0;
}

/* An incident as long as a baseline is what is usual now. */
static void
settle(Walk *w, CaromWatchIncident *incident, guint day)
{
	for (guint i = incident->since; i < day; i++)
		w->left_out[i] = FALSE;
	end_incident(w, incident, day - 1);
}

/* The score of the pooled days: positive for what is watched for. *tail: how unlikely. */
static double
score_of(const Walk *w, const Usual *usual, double *tail)
{
	double upper =
		carom_statistics_nb_tail(w->pool.events, w->pool_expected, usual->dispersion);
	double score = carom_statistics_normal_score(upper);

	*tail = w->what == CAROM_WATCH_TOO_MANY ? upper : 1 - upper;
	return CLAMP(w->what == CAROM_WATCH_TOO_MANY ? score : -score, LEAST_SCORE, MOST_SCORE);
}

static void
judge(Walk *w, guint day, const Usual *usual)
{
	CaromWatchIncident *incident = open_incident(w);
	double tail, score = score_of(w, usual, &tail);
	const gboolean sudden = tail < w->rules->sudden;

	/* what is sudden began on its day, whatever little there was before */
	if (w->sum <= 0 || (incident == NULL && sudden && w->sum < QUIET)) {
		w->rise = w->pool_first;
		w->since_rise = 0;
		w->evidence = 0;
	}
	w->sum = carom_statistics_cusum(w->sum, score, w->rules->slack);
	w->evidence += score - w->rules->slack;
	w->since_rise += w->pool.events;
	if (score > w->rules->slack)
		w->high = day;
	if (incident != NULL && w->sum < QUIET) {
		end_incident(w, incident, MAX(w->high, incident->since));
	} else if (incident != NULL) {
		incident->sum = MAX(incident->sum, w->evidence);
		incident->sudden |= sudden;
		incident->until = day;
		for (guint i = w->pool_first; i <= day; i++)
			w->left_out[i] = TRUE;
	} else if ((w->sum > w->rules->limit || sudden) &&
		   (w->what == CAROM_WATCH_TOO_FEW || w->since_rise >= ENOUGH_EVENTS)) {
		begin_incident(w, day, usual);
		open_incident(w)->sudden = sudden;
	}
	/* what is beyond the limit would only delay the end */
	w->sum = MIN(w->sum, w->rules->limit);
}

/* Days that expect less than one event, and have so many that nobody waits for more days. */
static gboolean
is_burst(const Walk *w, const Usual *usual)
{
	return w->what == CAROM_WATCH_TOO_MANY && w->pool.events >= ENOUGH_EVENTS &&
	       carom_statistics_nb_tail(w->pool.events, w->pool_expected, usual->dispersion) <
		       w->rules->sudden;
}

static void
take_day(Walk *w, guint day)
{
	CaromWatchIncident *incident = open_incident(w);
	Usual usual;

	if (incident != NULL && day - incident->since > w->rules->baseline)
		settle(w, incident, day);
	usual = usual_before(w, day);
	if (usual.n_days < ENOUGH_DAYS || w->days[day].mails == 0)
		return;
	if (w->pool_n == 0)
		w->pool_first = day;
	w->pool.mails += w->days[day].mails;
	w->pool.events += w->days[day].events;
	w->pool_expected += (double) w->days[day].mails * usual.rate;
	w->pool_n++;
	/* what expects nothing and has nothing is not waited for longer than a week */
	if (w->pool_expected < ENOUGH_EXPECTED && w->pool_n < MOST_POOLED && !is_burst(w, &usual))
		return;
	if (w->pool_expected >= ENOUGH_EXPECTED || w->what == CAROM_WATCH_TOO_MANY)
		judge(w, day, &usual);
	w->pool = (CaromWatchDay){ 0 };
	w->pool_expected = 0;
	w->pool_n = 0;
}

/* What the days of an incident had, and would usually have had. */
static void
add_up(const Walk *w, CaromWatchIncident *incident)
{
	for (guint i = incident->since; i <= incident->until; i++) {
		incident->mails += w->days[i].mails;
		incident->events += w->days[i].events;
	}
	incident->expected = (double) incident->mails * incident->usual;
}

GArray *
carom_watch_series(const CaromWatchDay *days, guint n, CaromWatchFor what,
		   const CaromWatchRules *rules)
{
	g_autofree gboolean *left_out = g_new0(gboolean, n + 1);
	Walk w = { .days = days,
		   .what = what,
		   .rules = rules,
		   .left_out = left_out,
		   .found = g_array_new(FALSE, TRUE, sizeof(CaromWatchIncident)) };

	for (guint day = rules->lag + ENOUGH_DAYS; day < n; day++)
		take_day(&w, day);
	for (guint i = 0; i < w.found->len; i++)
		add_up(&w, &g_array_index(w.found, CaromWatchIncident, i));
	return w.found;
}
