/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/incidents.h"
#include "stats/statistics.h"

#include <math.h>
#include <string.h>

#define ENOUGH_PROVIDERS 3 /* of a stream: it is the stream */
#define ENOUGH_STREAMS 2   /* at a provider: it is the provider */
#define SMALL 1.0          /* events a day: below it, series of a provider are watched together */
#define CERTAIN 1.5        /* times the limit: hardly one such alarm in a month is chance */
#define BACK_DAYS 3        /* with mails */
#define BACK_RATE 1.15     /* times the usual one */
#define SILENT 0.001       /* chance of hearing nothing, below which it is silence */
#define SILENCE_BASELINE 28
#define SILENCE_LAG 7
#define ENOUGH_HEARD 14 /* days of those with a complaint */

/* What the watch named, before it is put together. */
typedef struct {
	const CaromSeries *series;
	CaromMeasure measure;
	CaromWatchIncident found;
	double limit;
	gboolean taken;
} Finding;

static void
free_incident(gpointer data)
{
	CaromIncident *incident = data;

	if (incident->places != NULL)
		g_ptr_array_unref(incident->places);
	g_free(incident);
}

CaromIncident *
carom_incidents_add(GPtrArray *incidents, CaromIncidentKind kind)
{
	CaromIncident *incident = g_new0(CaromIncident, 1);

	incident->kind = kind;
	incident->open = TRUE;
	g_ptr_array_add(incidents, incident);
	return incident;
}

/* ---- watching ------------------------------------------------------------------- */

static gboolean
is_small(const CaromSeries *series, CaromMeasure measure, guint n_days)
{
	CaromWatchDay total = carom_series_total(series, measure, 0, n_days - 1);

	return (double) total.events < SMALL * n_days;
}

/* The series to watch for a measure: the large ones alone, the small ones of a provider together
 * where there are several. An array of borrowed series. */
static GPtrArray *
series_to_watch(CaromSeriesSet *set, CaromMeasure measure)
{
	GPtrArray *watched = g_ptr_array_new();
	g_autoptr(GHashTable) small = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
							    (GDestroyNotify) g_ptr_array_unref);
	GHashTableIter iter;
	gpointer value;

	for (guint i = 0; i < set->series->len; i++) {
		CaromSeries *series = g_ptr_array_index(set->series, i);
		GPtrArray *same;

		if (!is_small(series, measure, set->n_days)) {
			g_ptr_array_add(watched, series);
			continue;
		}
		same = g_hash_table_lookup(small, series->provider);
		if (same == NULL) {
			same = g_ptr_array_new();
			g_hash_table_insert(small, (gpointer) series->provider, same);
		}
		g_ptr_array_add(same, series);
	}
	g_hash_table_iter_init(&iter, small);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		GPtrArray *same = value;

		g_ptr_array_add(watched, same->len == 1 ? g_ptr_array_index(same, 0)
							: carom_series_join(set, same));
	}
	return watched;
}

static gboolean
has_events(const CaromSeries *series, CaromMeasure measure, guint n_days)
{
	return carom_series_total(series, measure, 0, n_days - 1).events > 0;
}

/* The sum of the scores falls slowly; a rate that is back for some days is over before. */
static void
end_what_is_back(const CaromWatchDay *days, guint last, CaromWatchIncident *found)
{
	guint64 mails = 0, events = 0;
	guint n = 0, d = last + 1;

	if (!found->open)
		return;
	while (d-- > found->named + 1 && n < BACK_DAYS) {
		mails += days[d].mails;
		events += days[d].events;
		n += days[d].mails > 0;
	}
	if (n < BACK_DAYS || (double) events > BACK_RATE * found->usual * (double) mails)
		return;
	found->open = FALSE;
	found->until = d;
}

static void
watch_series(const CaromSeries *series, CaromMeasure measure, guint last, guint since,
	     const CaromWatchRules *rules, GArray *findings)
{
	g_autoptr(GArray) found =
		carom_watch_series(series->days[measure], last + 1, CAROM_WATCH_TOO_MANY, rules);

	for (guint i = 0; i < found->len; i++) {
		Finding finding = { .series = series,
				    .measure = measure,
				    .found = g_array_index(found, CaromWatchIncident, i),
				    .limit = rules->limit };

		end_what_is_back(series->days[measure], last, &finding.found);
		if (finding.found.open || finding.found.named >= since)
			g_array_append_val(findings, finding);
	}
}

static GArray *
watch_all(CaromSeriesSet *set, guint since, guint last)
{
	GArray *findings = g_array_new(FALSE, TRUE, sizeof(Finding));
	GPtrArray *watched[CAROM_N_MEASURES];
	guint n = 0;

	for (int m = 0; m < CAROM_N_MEASURES; m++) {
		watched[m] = series_to_watch(set, (CaromMeasure) m);
		for (guint i = 0; i < watched[m]->len; i++)
			n += has_events(g_ptr_array_index(watched[m], i), (CaromMeasure) m,
					set->n_days);
	}
	for (int m = 0; m < CAROM_N_MEASURES; m++) {
		const CaromWatchRules rules = carom_watch_rules(n);

		for (guint i = 0; i < watched[m]->len; i++)
			watch_series(g_ptr_array_index(watched[m], i), (CaromMeasure) m, last,
				     since, &rules, findings);
		g_ptr_array_unref(watched[m]);
	}
	return findings;
}

/* ---- putting together ------------------------------------------------------------- */

/* "account/stream" of a series. */
static const char *
stream_name(CaromSeriesSet *set, const CaromSeries *series)
{
	g_autofree char *name = g_strdup_printf("%s%s%s", series->account,
						*series->stream ? "/" : "", series->stream);

	return g_string_chunk_insert_const(set->names, name);
}

static gboolean
is_of(const Finding *finding, CaromMeasure measure, const CaromSeries *like, gboolean by_provider)
{
	if (finding->taken || finding->measure != measure)
		return FALSE;
	if (by_provider)
		return strcmp(finding->series->provider, like->provider) == 0;
	return like->account != NULL && finding->series->account != NULL &&
	       strcmp(finding->series->account, like->account) == 0 &&
	       strcmp(finding->series->stream, like->stream) == 0;
}

static guint
count_like(const GArray *findings, const Finding *like, gboolean by_provider)
{
	guint n = 0;

	for (guint i = 0; i < findings->len; i++)
		n += is_of(&g_array_index(findings, Finding, i), like->measure, like->series,
			   by_provider);
	return n;
}

static void
add_finding(CaromIncident *incident, const Finding *finding)
{
	const CaromWatchIncident *found = &finding->found;

	incident->since = incident->mails == 0 ? found->since : MIN(incident->since, found->since);
	incident->named = incident->mails == 0 ? found->named : MIN(incident->named, found->named);
	incident->until = MAX(incident->until, found->until);
	incident->open |= found->open;
	incident->counted |= finding->series->counted;
	incident->mails += found->mails;
	incident->events += found->events;
	incident->expected += found->expected;
	incident->certainty = MAX(incident->certainty, found->sum / finding->limit);
	if (found->sudden)
		incident->certainty = MAX(incident->certainty, 2);
	incident->usual = incident->mails ? incident->expected / (double) incident->mails : 0;
}

static guint
count_watched(const CaromSeriesSet *set, const CaromSeries *like, gboolean by_provider)
{
	guint n = 0;

	for (guint i = 0; i < set->series->len; i++)
		n += by_provider ? carom_series_is(g_ptr_array_index(set->series, i), NULL, NULL,
						   like->provider)
				 : carom_series_is(g_ptr_array_index(set->series, i), like->account,
						   like->stream, NULL);
	return n;
}

/* Makes one incident of all findings like this one. */
static void
join(CaromSeriesSet *set, GArray *findings, const Finding *like, gboolean by_provider,
     GPtrArray *incidents)
{
	CaromIncident *incident = carom_incidents_add(incidents, CAROM_INCIDENT_RISE);
	const CaromSeries *series = like->series;
	const CaromMeasure measure = like->measure;

	incident->open = FALSE;
	incident->measure = measure;
	incident->places = g_ptr_array_new();
	incident->watched = count_watched(set, series, by_provider);
	incident->provider = by_provider ? series->provider : NULL;
	incident->account = by_provider ? NULL : series->account;
	incident->stream = by_provider ? NULL : series->stream;
	for (guint i = 0; i < findings->len; i++) {
		Finding *finding = &g_array_index(findings, Finding, i);

		if (!is_of(finding, measure, series, by_provider))
			continue;
		finding->taken = TRUE;
		add_finding(incident, finding);
		if (!by_provider)
			g_ptr_array_add(incident->places, (gpointer) finding->series->provider);
		else if (finding->series->account != NULL)
			g_ptr_array_add(incident->places,
					(gpointer) stream_name(set, finding->series));
	}
}

static void
single(const CaromSeriesSet *set, Finding *finding, GPtrArray *incidents)
{
	CaromIncident *incident = carom_incidents_add(incidents, CAROM_INCIDENT_RISE);

	finding->taken = TRUE;
	incident->open = FALSE;
	incident->measure = finding->measure;
	incident->account = finding->series->account;
	incident->stream = finding->series->stream;
	incident->provider = finding->series->provider;
	if (incident->account != NULL)
		incident->watched = count_watched(set, finding->series, FALSE);
	add_finding(incident, finding);
}

/* The largest groups first, until what is left stands alone. */
static void
group(CaromSeriesSet *set, GArray *findings, GPtrArray *incidents)
{
	for (;;) {
		const Finding *best = NULL;
		gboolean by_provider = FALSE;
		guint most = 0;

		for (guint i = 0; i < findings->len; i++) {
			const Finding *finding = &g_array_index(findings, Finding, i);
			guint streams, providers;

			if (finding->taken)
				continue;
			streams = count_like(findings, finding, TRUE);
			providers = count_like(findings, finding, FALSE);
			if (streams >= ENOUGH_STREAMS && streams > most) {
				best = finding, by_provider = TRUE;
				most = streams;
			}
			if (providers >= ENOUGH_PROVIDERS && providers > most) {
				best = finding, by_provider = FALSE;
				most = providers;
			}
		}
		if (best == NULL)
			break;
		join(set, findings, best, by_provider, incidents);
	}
	for (guint i = 0; i < findings->len; i++)
		if (!g_array_index(findings, Finding, i).taken)
			single(set, &g_array_index(findings, Finding, i), incidents);
}

/* ---- too little --------------------------------------------------------------------- */

static GPtrArray *
names_of(const CaromSeriesSet *set)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < set->series->len; i++) {
		const CaromSeries *series = g_ptr_array_index(set->series, i);

		if (!g_ptr_array_find(names, series->provider, NULL))
			g_ptr_array_add(names, (gpointer) series->provider);
	}
	return names;
}

/* All that bounced, whatever for. The caller frees it. */
static CaromWatchDay *
all_bounces(const CaromSeries *series, guint n_days)
{
	CaromWatchDay *days = g_new0(CaromWatchDay, n_days);

	for (guint d = 0; d < n_days; d++) {
		days[d].mails = series->days[CAROM_MEASURE_HARD][d].mails;
		for (int m = CAROM_MEASURE_HARD; m < CAROM_N_MEASURES; m++)
			days[d].events += series->days[m][d].events;
	}
	return days;
}

/* Mail that vanishes does not bounce. */
static void
find_few(CaromSeriesSet *set, const GPtrArray *providers, guint since, guint last,
	 GPtrArray *incidents)
{
	const CaromWatchRules rules = carom_watch_rules(providers->len);

	for (guint i = 0; i < providers->len; i++) {
		const CaromSeries *sum =
			carom_series_sum(set, NULL, NULL, g_ptr_array_index(providers, i));
		g_autofree CaromWatchDay *days = all_bounces(sum, set->n_days);
		g_autoptr(GArray) found =
			carom_watch_series(days, last + 1, CAROM_WATCH_TOO_FEW, &rules);

		for (guint k = 0; k < found->len; k++) {
			Finding finding = { .series = sum,
					    .found = g_array_index(found, CaromWatchIncident, k),
					    .limit = rules.limit };
			CaromIncident *incident;

			if (!finding.found.open && finding.found.named < since)
				continue;
			incident = carom_incidents_add(incidents, CAROM_INCIDENT_FEW);
			incident->provider = sum->provider;
			incident->open = FALSE;
			add_finding(incident, &finding);
		}
	}
}

/* The days before, as counts and as what they expect at their rate. FALSE: too few were heard. */
static gboolean
heard_before(const CaromWatchDay *days, guint silent_from, double *rate, double *dispersion,
	     guint64 *least)
{
	guint64 counts[SILENCE_BASELINE];
	double means[SILENCE_BASELINE];
	guint64 mails = 0, events = 0;
	guint n = 0, heard = 0;

	*least = G_MAXUINT64;
	for (guint i = 0; i < SILENCE_BASELINE && i < silent_from; i++) {
		const CaromWatchDay *day = &days[silent_from - 1 - i];

		if (day->mails == 0)
			continue;
		counts[n] = day->events;
		means[n++] = (double) day->mails;
		mails += day->mails;
		events += day->events;
		heard += day->events > 0;
		*least = MIN(*least, day->events);
	}
	if (heard < ENOUGH_HEARD)
		return FALSE;
	*rate = (double) events / (double) mails;
	for (guint i = 0; i < n; i++)
		means[i] *= *rate;
	*dispersion = carom_statistics_dispersion(counts, means, n, 0.05, 2);
	return TRUE;
}

/* The chance that such days have no event at all; 1 where nobody can say. */
static double
chance_of_silence(const CaromWatchDay *days, guint first, guint last, double *expected)
{
	double rate, dispersion, chance = 1;
	guint64 least;

	*expected = 0;
	if (!heard_before(days, first, &rate, &dispersion, &least))
		return 1;
	for (guint d = first; d <= last; d++) {
		double mean = (double) days[d].mails * rate, equal, more;

		if (mean <= 0)
			continue;
		*expected += mean;
		carom_statistics_nb(0, mean, dispersion, &equal, &more);
		/* a feed that never was near nothing is not there by chance */
		if (least >= 5 && mean >= 5)
			equal = MIN(equal, SILENT / 2);
		chance *= equal;
	}
	return chance;
}

/* Adds an incident if days end in a silence that chance does not explain. */
static void
find_silence(const CaromSeries *sum, const CaromWatchDay *days, guint last, CaromIncidentKind kind,
	     GPtrArray *incidents)
{
	CaromIncident *incident;
	guint first = last + 1;
	double expected;

	while (first > 0 && days[first - 1].events == 0)
		first--;
	while (first <= last && days[first].mails == 0)
		first++;
	if (first > last || chance_of_silence(days, first, last, &expected) >= SILENT)
		return;
	incident = carom_incidents_add(incidents, kind);
	incident->provider = sum->provider;
	incident->since = first;
	incident->named = last;
	incident->until = last;
	incident->counted = sum->counted;
	incident->expected = expected;
	incident->certainty = 2;
	for (guint d = first; d <= last; d++)
		incident->mails += days[d].mails;
}

static void
find_silences(CaromSeriesSet *set, const GPtrArray *providers, guint last, GPtrArray *incidents)
{
	const CaromSeries *all = carom_series_sum(set, NULL, NULL, NULL);
	g_autofree CaromWatchDay *bounces = NULL;
	const guint before = incidents->len;

	if (all == NULL)
		return;
	bounces = all_bounces(all, set->n_days);
	for (guint d = 0; d < set->n_days; d++)
		bounces[d].events += all->days[CAROM_MEASURE_COMPLAINTS][d].events;
	find_silence(all, bounces, last, CAROM_INCIDENT_NOTHING, incidents);
	if (incidents->len > before)
		return; /* then it is not the feeds */
	for (guint i = 0; i < providers->len; i++) {
		const CaromSeries *sum =
			carom_series_sum(set, NULL, NULL, g_ptr_array_index(providers, i));

		find_silence(sum, sum->days[CAROM_MEASURE_COMPLAINTS], last, CAROM_INCIDENT_SILENCE,
			     incidents);
	}
}

/* ---- all of it ------------------------------------------------------------------------ */

static int
rank_of(const CaromIncident *incident)
{
	static const int ranks[] = {
		[CAROM_INCIDENT_HELD] = 0,      [CAROM_INCIDENT_NOTHING] = 1,
		[CAROM_INCIDENT_BLOCKLIST] = 2, [CAROM_INCIDENT_RISE] = 3,
		[CAROM_INCIDENT_OVER] = 4,      [CAROM_INCIDENT_SILENCE] = 5,
		[CAROM_INCIDENT_FEW] = 6,       [CAROM_INCIDENT_UNMATCHED] = 7,
		[CAROM_INCIDENT_BATCH] = 9,     [CAROM_INCIDENT_TEMPLATE] = 8,
	};

	return ranks[incident->kind];
}

/* Events beyond what is usual: how many people it is about. */
static double
excess_of(const CaromIncident *incident)
{
	/* a complaint weighs as much as ten bounces: providers see it so */
	const double weight = incident->measure == CAROM_MEASURE_COMPLAINTS ? 10 : 1;

	return fabs((double) incident->events - incident->expected) * weight;
}

gboolean
carom_incidents_is_certain(const CaromIncident *incident)
{
	return incident->open &&
	       (incident->kind != CAROM_INCIDENT_RISE || incident->certainty >= CERTAIN);
}

gboolean
carom_incidents_is_action(const CaromIncident *incident)
{
	/* mail of weeks ago can't be helped; a reply that hurts few is a matter of the rules */
	if (incident->kind == CAROM_INCIDENT_BATCH)
		return FALSE;
	if (incident->kind == CAROM_INCIDENT_TEMPLATE && incident->measure != CAROM_MEASURE_BLOCK &&
	    incident->measure != CAROM_MEASURE_POLICY)
		return FALSE;
	return carom_incidents_is_certain(incident);
}

static int
compare_urgency(gconstpointer a, gconstpointer b)
{
	const CaromIncident *x = *(CaromIncident *const *) a, *y = *(CaromIncident *const *) b;

	if (x->open != y->open)
		return x->open ? -1 : 1;
	if (carom_incidents_is_action(x) != carom_incidents_is_action(y))
		return carom_incidents_is_action(x) ? -1 : 1;
	if (rank_of(x) != rank_of(y))
		return rank_of(x) - rank_of(y);
	return (excess_of(x) < excess_of(y)) - (excess_of(x) > excess_of(y));
}

void
carom_incidents_sort(GPtrArray *incidents)
{
	g_ptr_array_sort(incidents, compare_urgency);
}

GPtrArray *
carom_incidents_find(CaromSeriesSet *set, guint since, guint last)
{
	GPtrArray *incidents = g_ptr_array_new_with_free_func(free_incident);
	g_autoptr(GPtrArray) providers = names_of(set);
	g_autoptr(GArray) findings = watch_all(set, since, last);

	group(set, findings, incidents);
	find_few(set, providers, since, last, incidents);
	find_silences(set, providers, last, incidents);
	carom_incidents_sort(incidents);
	return incidents;
}

/* ---- causes ----------------------------------------------------------------------------- */

/* A category's events during an incident, and in the 28 days before. */
typedef struct {
	double during, before;
} Growth;

static gboolean
row_fits(const CaromTable *causes, guint row, const CaromIncident *incident)
{
	const CaromSeries of = { .account = carom_table_cell(causes, row, 0),
				 .stream = carom_table_cell(causes, row, 1),
				 .provider = carom_table_cell(causes, row, 2) };

	return carom_series_is(&of, incident->account, incident->stream, incident->provider) &&
	       g_strcmp0(carom_table_cell(causes, row, 4),
			 carom_series_measure_name(incident->measure)) == 0;
}

static void
explain(CaromIncident *incident, const CaromSeriesSet *set, const CaromTable *causes)
{
	g_autoptr(GHashTable) grown = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	g_autofree char *since = carom_series_day(set, incident->since),
			*until = carom_series_day(set, incident->until),
			*begin = carom_series_day(set, incident->since - MIN(incident->since, 28));
	const double days = incident->until - incident->since + 1;
	double most = 0, all = 0;
	GHashTableIter iter;
	gpointer key, value;

	for (guint r = 0; r < causes->n_rows; r++) {
		const char *day = carom_table_cell(causes, r, 3),
			   *category = carom_table_cell(causes, r, 5);
		double events = g_ascii_strtod(carom_table_cell(causes, r, 6), NULL);
		Growth *growth;

		if (!row_fits(causes, r, incident) || strcmp(day, begin) < 0 ||
		    strcmp(day, until) > 0)
			continue;
		growth = g_hash_table_lookup(grown, category);
		if (growth == NULL) {
			growth = g_new0(Growth, 1);
			g_hash_table_insert(grown, (gpointer) category, growth);
		}
		*(strcmp(day, since) < 0 ? &growth->before : &growth->during) += events;
	}
	g_hash_table_iter_init(&iter, grown);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		const Growth *growth = value;
		double more = MAX(0, growth->during - growth->before / 28 * days);

		all += more;
		if (more > most || (more == most && incident->category != NULL && more > 0 &&
				    strcmp(key, incident->category) < 0)) {
			most = more;
			incident->category = key;
		}
	}
	incident->share = all > 0 ? most / all : 0;
}

void
carom_incidents_explain(GPtrArray *incidents, const CaromSeriesSet *set, const CaromTable *causes)
{
	for (guint i = 0; i < incidents->len; i++) {
		CaromIncident *incident = g_ptr_array_index(incidents, i);

		if (incident->kind == CAROM_INCIDENT_RISE && incident->category == NULL &&
		    incident->measure != CAROM_MEASURE_COMPLAINTS)
			explain(incident, set, causes);
	}
}
