/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/findings.h"
#include "stats/late.h"
#include "stats/statistics.h"

#include <string.h>

#define LIMIT_DAYS 7       /* that a provider's limit is held against */
#define WHOLE_DAY 0.8      /* of the usual mails: a day that is not over may be judged */
#define BASELINE_BEFORE 28 /* days before an incident that say why mail usually came back */
#define ENOUGH_DAYS 21     /* with mails: a baseline and the week after it */
#define NORMAL_95 1.959964
#define FALLEN 0.5 /* of the share of complaints that found their address */
#define ENOUGH_FOUND 0.5
#define NEW_DAYS 7   /* that a blocklist is news */
#define STILL_DAYS 2 /* since it was named last, and may be so still */

static const CaromMeasure limited[] = { CAROM_MEASURE_COMPLAINTS, CAROM_MEASURE_HARD };

void
carom_findings_free(CaromFindings *findings)
{
	if (findings == NULL)
		return;
	if (findings->incidents != NULL)
		g_ptr_array_unref(findings->incidents);
	carom_series_free(findings->set);
	carom_table_free(findings->rows);
	carom_table_free(findings->causes);
	carom_table_free(findings->feeds);
	carom_table_free(findings->held);
	carom_table_free(findings->blocklists);
	carom_table_free(findings->late);
	carom_table_free(findings->templates);
	g_free(findings);
}

guint
carom_findings_actions(const CaromFindings *findings, guint *watch)
{
	guint n = 0;

	*watch = 0;
	for (guint i = 0; i < findings->incidents->len; i++) {
		const CaromIncident *incident = g_ptr_array_index(findings->incidents, i);

		if (carom_incidents_is_action(incident))
			n++;
		else if (incident->open)
			(*watch)++;
	}
	return n;
}

/* The day before or after by so many. The caller's. */
static char *
day_plus(const char *day, int days)
{
	g_autoptr(GDateTime) begin =
		g_date_time_new_utc(atoi(day), atoi(day + 5), atoi(day + 8), 0, 0, 0);
	g_autoptr(GDateTime) end = begin ? g_date_time_add_days(begin, days) : NULL;

	return end ? g_date_time_format(end, "%Y-%m-%d") : g_strdup(day);
}

/* All that was sent on a day. */
static guint64
mails_on(const CaromSeriesSet *set, guint day)
{
	guint64 mails = 0;

	for (guint i = 0; i < set->series->len; i++) {
		const CaromSeries *series = g_ptr_array_index(set->series, i);

		mails += series->counted ? series->days[0][day].mails : 0;
	}
	return mails;
}

/* A day that is not over is judged where most of the usual mail has gone out. */
static gboolean
is_whole(const CaromSeriesSet *set, guint day)
{
	guint64 usual = 0;
	guint weeks = 0;

	for (guint back = 7; back <= 28 && back <= day; back += 7) {
		usual += mails_on(set, day - back);
		weeks++;
	}
	return weeks > 0 && usual > 0 &&
	       (double) mails_on(set, day) >= WHOLE_DAY * (double) usual / weeks;
}

static gboolean
is_too_young(const CaromSeriesSet *set, guint last)
{
	guint days = 0;

	for (guint d = 0; d <= last; d++) {
		gboolean any = FALSE;

		for (guint i = 0; i < set->series->len && !any; i++) {
			const CaromSeries *series = g_ptr_array_index(set->series, i);

			any = series->days[0][d].mails > 0;
		}
		days += any;
	}
	return days < ENOUGH_DAYS;
}

/* An incident of more complaints there says it already; it only learns the limit. */
static gboolean
is_told(GPtrArray *incidents, const char *provider, CaromMeasure measure, double limit)
{
	for (guint i = 0; i < incidents->len; i++) {
		CaromIncident *incident = g_ptr_array_index(incidents, i);

		if (incident->kind != CAROM_INCIDENT_RISE || incident->measure != measure ||
		    !incident->open || g_strcmp0(incident->provider, provider) != 0)
			continue;
		incident->limit = limit;
		return TRUE;
	}
	return FALSE;
}

static void
hold_against_limit(CaromFindings *findings, const CaromSeries *sum, CaromMeasure measure,
		   const CaromThreshold *threshold)
{
	const guint last = findings->last, first = last - MIN(last, LIMIT_DAYS - 1);
	const CaromWatchDay total = carom_series_total(sum, measure, first, last);
	CaromIncident *incident;

	if (!sum->counted ||
	    carom_thresholds_judge(threshold, total.events, total.mails) != CAROM_THRESHOLD_OVER)
		return;
	if (is_told(findings->incidents, sum->provider, measure, threshold->limit))
		return;
	incident = carom_incidents_add(findings->incidents, CAROM_INCIDENT_OVER);
	incident->measure = measure;
	incident->provider = sum->provider;
	incident->counted = TRUE;
	incident->since = first;
	incident->named = incident->until = last;
	incident->mails = total.mails;
	incident->events = total.events;
	incident->limit = threshold->limit;
	incident->expected = threshold->limit * (double) total.mails;
	incident->usual = threshold->limit;
	incident->text = threshold->of;
	incident->certainty = 2;
}

static void
find_over(CaromFindings *findings, const CaromThresholds *thresholds)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < findings->set->series->len; i++) {
		const CaromSeries *series = g_ptr_array_index(findings->set->series, i);
		const CaromSeries *sum;

		if (!g_hash_table_add(seen, (gpointer) series->provider))
			continue;
		sum = carom_series_sum(findings->set, NULL, NULL, series->provider);
		for (gsize m = 0; m < G_N_ELEMENTS(limited); m++) {
			const CaromThreshold *threshold =
				carom_thresholds_find(thresholds, series->provider, limited[m]);

			if (threshold != NULL)
				hold_against_limit(findings, sum, limited[m], threshold);
		}
	}
}

/* Complaints that still come, but whose address is no longer found. */
static void
find_unmatched(CaromFindings *findings)
{
	const CaromTable *feeds = findings->feeds;

	for (guint r = 0; r < feeds->n_rows; r++) {
		const char *before = carom_table_cell(feeds, r, 6),
			   *now = carom_table_cell(feeds, r, 7),
			   *since = carom_table_cell(feeds, r, 8);
		CaromIncident *incident;

		if (now == NULL || before == NULL || g_ascii_strtod(before, NULL) < ENOUGH_FOUND ||
		    g_ascii_strtod(now, NULL) > FALLEN * g_ascii_strtod(before, NULL))
			continue;
		incident = carom_incidents_add(findings->incidents, CAROM_INCIDENT_UNMATCHED);
		incident->provider =
			carom_table_cell(feeds, r, 0) ? carom_table_cell(feeds, r, 0) : "";
		incident->since = carom_series_index(findings->set, since);
		incident->named = incident->until = findings->last;
		incident->usual = g_ascii_strtod(before, NULL);
		incident->share = g_ascii_strtod(now, NULL);
		incident->certainty = 2;
	}
}

static guint64
count_at(const CaromTable *table, guint row, guint column)
{
	const char *cell = carom_table_cell(table, row, column);

	return cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
}

/* The brake's, which wait for a person. */
static void
add_held(CaromFindings *findings, const char *provider)
{
	const CaromTable *held = findings->held;

	for (guint r = 0; r < held->n_rows; r++) {
		const char *at = carom_table_cell(held, r, 1);
		CaromIncident *incident;

		if (provider != NULL && g_strcmp0(at, provider) != 0)
			continue;
		incident = carom_incidents_add(findings->incidents, CAROM_INCIDENT_HELD);
		incident->text = carom_table_cell(held, r, 0);
		incident->provider = at ? at : "";
		incident->category = carom_table_cell(held, r, 2);
		incident->measure = CAROM_MEASURE_HARD;
		incident->events = count_at(held, r, 3);
		incident->since = carom_series_index(findings->set, carom_table_cell(held, r, 4));
		incident->named = incident->since;
		incident->until = MAX(incident->since, findings->last);
		incident->certainty = 2;
	}
}

/* Those that were not named in the four weeks before. */
static void
find_blocklists(CaromFindings *findings, const char *provider)
{
	const CaromTable *lists = findings->blocklists;

	for (guint r = 0; r < lists->n_rows; r++) {
		const guint since = carom_series_index(findings->set,
						       carom_table_cell(lists, r, 1)),
			    until = carom_series_index(findings->set,
						       carom_table_cell(lists, r, 2));
		const char *at = carom_table_cell(lists, r, 4);
		CaromIncident *incident;

		if (since + NEW_DAYS <= findings->last || until + STILL_DAYS <= findings->last ||
		    (provider != NULL && g_strcmp0(at, provider) != 0))
			continue;
		incident = carom_incidents_add(findings->incidents, CAROM_INCIDENT_BLOCKLIST);
		incident->measure = CAROM_MEASURE_BLOCK;
		incident->text = carom_table_cell(lists, r, 0);
		incident->provider = at ? at : "";
		incident->ip = carom_table_cell(lists, r, 5);
		incident->events = count_at(lists, r, 3);
		incident->since = incident->named = since;
		incident->until = MAX(since, until);
		incident->certainty = 2;
	}
}

/* Old complaints that came at once on a day of the report. */
static void
add_batches(CaromFindings *findings, const GArray *batches, guint since)
{
	for (guint i = 0; i < batches->len; i++) {
		const CaromLateBatch *batch = &g_array_index(batches, CaromLateBatch, i);
		CaromIncident *incident;

		if (batch->day < since || batch->day > findings->last)
			continue;
		incident = carom_incidents_add(findings->incidents, CAROM_INCIDENT_BATCH);
		incident->measure = CAROM_MEASURE_COMPLAINTS;
		incident->provider = batch->provider;
		incident->first_sent = batch->first_sent;
		incident->last_sent = batch->last_sent;
		incident->events = batch->events;
		incident->since = incident->named = incident->until = batch->day;
		incident->certainty = 2;
	}
}

static CaromMeasure
measure_of(const char *class)
{
	for (int m = 0; m < CAROM_N_MEASURES; m++)
		if (g_strcmp0(class, carom_series_measure_name((CaromMeasure) m)) == 0)
			return (CaromMeasure) m;
	return CAROM_MEASURE_SOFT;
}

/* Replies of a kind that was never seen, with which a provider suddenly refuses much. */
static CaromStatus
find_templates(CaromStore *store, const CaromSpan *span, CaromFindings *findings, GError **err)
{
	g_autofree char *day = carom_series_day(findings->set, findings->last);
	CaromStatus status = carom_rates_templates(store, day, span, &findings->templates, err);
	const CaromTable *found = findings->templates;

	if (status != CAROM_OK)
		return status;
	for (guint r = 0; r < found->n_rows; r++) {
		CaromIncident *incident =
			carom_incidents_add(findings->incidents, CAROM_INCIDENT_TEMPLATE);

		incident->provider = carom_table_cell(found, r, 0);
		incident->text = carom_table_cell(found, r, 1);
		incident->category = carom_table_cell(found, r, 2);
		incident->measure = measure_of(carom_table_cell(found, r, 3));
		incident->since = incident->named =
			carom_series_index(findings->set, carom_table_cell(found, r, 4));
		incident->until = findings->last;
		incident->events = count_at(found, r, 5);
		incident->share = g_ascii_strtod(carom_table_cell(found, r, 6), NULL);
		incident->report = carom_table_cell(found, r, 7);
		incident->certainty = 2;
	}
	return CAROM_OK;
}

/* What is known beside the numbers. */
static CaromStatus
ask_besides(CaromStore *store, const CaromSpan *span, CaromFindings *findings, GError **err)
{
	g_autofree char *week = day_plus(span->last, 1 - NEW_DAYS);
	CaromSpan lately = *span;
	CaromStatus status = carom_rates_held(store, &findings->held, err);

	lately.first = week;
	if (status == CAROM_OK)
		status = carom_rates_blocklists(store, &lately, &findings->blocklists, err);
	if (status == CAROM_OK)
		status = carom_rates_feeds(store, span, &findings->feeds, err);
	return status;
}

/* Why mail came back since the earliest of the incidents began, and before. */
static CaromStatus
ask_causes(CaromStore *store, const CaromSpan *span, CaromFindings *findings, GError **err)
{
	guint earliest = findings->last;
	g_autofree char *first = NULL;
	CaromSpan since = *span;
	CaromStatus status;

	for (guint i = 0; i < findings->incidents->len; i++) {
		const CaromIncident *incident = g_ptr_array_index(findings->incidents, i);

		earliest = MIN(earliest, incident->since);
	}
	first = carom_series_day(findings->set, earliest - MIN(earliest, BASELINE_BEFORE));
	since.first = first;
	status = carom_rates_causes(store, &since, &findings->causes, err);
	if (status == CAROM_OK)
		carom_incidents_explain(findings->incidents, findings->set, findings->causes);
	return status;
}

CaromStatus
carom_findings_collect(CaromStore *store, const CaromSpan *span, const char *today,
		       const CaromThresholds *thresholds, CaromFindings **out, GError **err)
{
	g_autoptr(CaromFindings) findings = g_new0(CaromFindings, 1);
	g_autofree char *first = day_plus(span->last, 1 - CAROM_FINDINGS_DAYS), *begin = NULL;
	g_autoptr(GArray) batches = NULL;
	CaromSpan watched = *span;
	CaromStatus status;
	guint since = 0;

	*out = NULL;
	watched.first = first;
	status = carom_rates_series(store, &watched, &findings->rows, err);
	if (status == CAROM_OK)
		status = carom_rates_late(store, &watched, &findings->late, err);
	if (status == CAROM_OK)
		status = ask_besides(store, span, findings, err);
	if (status != CAROM_OK)
		return status;
	findings->set = carom_series_read(findings->rows, span->last, CAROM_FINDINGS_DAYS);
	batches = carom_late_take_out(findings->set, findings->late);
	findings->last = CAROM_FINDINGS_DAYS - 1;
	if (strcmp(span->last, today) >= 0 && !is_whole(findings->set, findings->last)) {
		findings->last--;
		findings->today = TRUE;
	}
	findings->too_young = is_too_young(findings->set, findings->last);
	while (since < findings->last) {
		g_free(begin);
		begin = carom_series_day(findings->set, since);
		if (strcmp(begin, span->first) >= 0)
			break;
		since++;
	}
	findings->incidents = carom_incidents_find(findings->set, since, findings->last);
	find_over(findings, thresholds);
	find_unmatched(findings);
	find_blocklists(findings, span->provider);
	add_batches(findings, batches, since);
	status = find_templates(store, span, findings, err);
	if (status != CAROM_OK)
		return status;
	if (strcmp(span->last, today) >= 0 || findings->last == CAROM_FINDINGS_DAYS - 1)
		add_held(findings, span->provider);
	carom_incidents_sort(findings->incidents);
	if (findings->incidents->len > 0)
		status = ask_causes(store, span, findings, err);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&findings);
	return status;
}
