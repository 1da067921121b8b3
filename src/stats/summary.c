/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/summary.h"
#include "stats/parts.h"
#include "store/webhooks.h"

#include <math.h>
#include <string.h>

#define MOST_PARTS 16
#define MOST_ROWS 15  /* of a table of the page, for people */
#define CHART_DAYS 42 /* that a chart shows */
#define MOST_CHARTS 12
#define MOST_LINES 16

struct CaromSummary {
	const CaromSummaryQuestion *question;
	CaromThresholds *thresholds;
	CaromFindings *findings; /* NULL: not asked for */
	CaromTable *days;
	CaromSpan span;
	GPtrArray *tables; /* that sections borrow */
	GPtrArray *texts;  /* likewise */
	CaromSection sections[MOST_PARTS];
	guint n_sections;
	char *title;
	const char *notes[MOST_LINES], *small_print[MOST_LINES];
	guint n_notes, n_small_print;
	const CaromTable *incidents, *totals, *balance; /* of tables; NULL: not asked for */
	GPtrArray *charts;                              /* of the incidents */
	CaromDocument document;
};

const char *
carom_summary_names(void)
{
	return "nightly, incidents, providers, streams, complaints, cohorts, bounces, blocks, "
	       "campaigns, ips, days, feeds, isp, categories, balance, outside, suppressions";
}

gboolean
carom_summary_exists(const char *name)
{
	return strcmp(name, "nightly") == 0 || strcmp(name, "incidents") == 0 ||
	       carom_parts_find(name) != NULL;
}

/* Keeps text as long as the summary. */
static const char *
keep(CaromSummary *s, char *text)
{
	g_ptr_array_add(s->texts, text);
	return text;
}

static const char *
said(const CaromSummary *s, CaromWording wording)
{
	return carom_wording(s->question->lang, wording);
}

/* "2026-11-27 to 2026-11-28", kept. */
static const char *
days_text(CaromSummary *s)
{
	const char *today = carom_table_cell(s->days, 0, CAROM_DAYS_TODAY);
	g_autofree char *days =
		strcmp(s->span.first, s->span.last) == 0
			? g_strdup(s->span.last)
			: carom_wording_fill(s->question->lang, CAROM_WORDING_TO, "first",
					     s->span.first, "last", s->span.last, NULL);

	if (strcmp(s->span.last, today) != 0)
		return keep(s, g_steal_pointer(&days));
	return keep(s, g_strdup_printf("%s, %s", days, said(s, CAROM_WORDING_SO_FAR)));
}

/* ---- parts ------------------------------------------------------------------------ */

static CaromSection *
new_section(CaromSummary *s, const char *id, const char *title, CaromTable *table)
{
	CaromSection *section = &s->sections[s->n_sections++];

	g_ptr_array_add(s->tables, table);
	*section = (CaromSection){ .id = id, .title = title, .table = table };
	return section;
}

static void
add_shown(CaromSummary *s, CaromSection *section, const CaromPart *part, gboolean on_page)
{
	CaromShown *shown;
	guint n;

	if (part->n_columns == 0)
		return;
	shown = carom_parts_shown(part, s->question->lang, on_page, &n);
	section->shown = shown;
	section->n_shown = n;
	keep(s, (char *) shown);
}

/* The cell of that column; NULL: it holds nothing. */
static const char *
cell_of(const CaromTable *table, guint row, const char *name)
{
	const int column = carom_table_find(table, name);

	return column < 0 ? NULL : carom_table_cell(table, row, (guint) column);
}

/* What is expected of all providers of which that can be told, in one sentence; kept. */
static const char *
cohorts_text(CaromSummary *s, const CaromTable *table)
{
	static const char *const names[] = { "sent", "complaints", "expected", "share" };
	double sums[G_N_ELEMENTS(names)] = { 0 };
	const char *lang = s->question->lang;

	for (guint r = 0; r < table->n_rows; r++) {
		double cells[G_N_ELEMENTS(names)];

		if (cell_of(table, r, "expected") == NULL)
			continue;
		for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
			cells[i] = g_ascii_strtod(cell_of(table, r, names[i]), NULL);
		cells[3] *= cells[0];
		for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
			sums[i] += cells[i];
	}
	if (sums[0] == 0)
		return said(s, CAROM_WORDING_NOTE_COHORTS_EARLY);
	g_autofree char *so_far = carom_wording_rate(lang, sums[1] / sums[0]),
			*expected = carom_wording_rate(lang, sums[2] / sums[0]),
			*share = carom_wording_rate(lang, sums[3] / sums[0]);

	return keep(s, carom_wording_fill(lang, CAROM_WORDING_NOTE_COHORTS, "rate", so_far,
					  "expected", expected, "share", share, NULL));
}

/* What is known of none of the rows by name, beside those that have one, kept; NULL: there is no
 * such thing. */
static const char *
unnamed_text(CaromSummary *s, const CaromTable *table)
{
	static const char *const names[] = { "sent", "hard", "block", "complaints" };
	const char *lang = s->question->lang;
	guint64 sums[G_N_ELEMENTS(names)] = { 0 };
	guint unnamed = 0;

	for (guint r = 0; r < table->n_rows; r++) {
		if (cell_of(table, r, "name") != NULL)
			continue;
		unnamed++;
		for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
			const char *cell = cell_of(table, r, names[i]);

			sums[i] += cell != NULL ? g_ascii_strtoull(cell, NULL, 10) : 0;
		}
	}
	if (unnamed == 0 || unnamed == table->n_rows)
		return NULL;
	g_autofree char *sent = carom_wording_count(lang, sums[0]),
			*hard = carom_wording_count(lang, sums[1]),
			*block = carom_wording_count(lang, sums[2]),
			*complaints = carom_wording_count(lang, sums[3]);

	return keep(s, carom_wording_fill(lang, CAROM_WORDING_NOTE_UNNAMED, "sent", sent, "hard",
					  hard, "block", block, "complaints", complaints, NULL));
}

/* What people are told below a table of rates that stands alone, kept. */
static const char *
rates_text(CaromSummary *s, const CaromTable *table)
{
	const char *few = said(s, CAROM_WORDING_TOO_FEW_NOTE);
	const char *unnamed = carom_table_find(table, "name") >= 0 ? unnamed_text(s, table) : NULL;

	return unnamed == NULL ? few : keep(s, g_strconcat(few, " ", unnamed, NULL));
}

static CaromStatus
add_part(CaromSummary *s, CaromStore *store, const CaromPart *part, gboolean on_page, GError **err)
{
	CaromTable *table = NULL;
	CaromSection *section;
	CaromStatus status = (!on_page && part->ask_alone ? part->ask_alone : part->ask)(
		store, &s->span, &table, err);

	if (status != CAROM_OK)
		return status;
	if (part->limits) {
		CaromTable *limited = carom_parts_with_limits(table, s->thresholds);

		carom_table_free(table);
		table = limited;
	}
	section = new_section(s, part->id, said(s, part->title), table);
	section->nothing = said(s, CAROM_WORDING_NOTHING);
	add_shown(s, section, part, on_page);
	if (part->has_rates && !on_page)
		section->note = rates_text(s, table);
	if (strcmp(part->id, "cohorts") == 0)
		section->note = cohorts_text(s, table);
	if (on_page && table->n_rows > MOST_ROWS) {
		g_autofree char *n = g_strdup_printf("%u", table->n_rows - MOST_ROWS);

		section->most = MOST_ROWS;
		section->more =
			keep(s, carom_wording_fill(s->question->lang, CAROM_WORDING_MORE_ROWS, "n",
						   n, "part", part->id, NULL));
	}
	if (strcmp(part->id, "providers") == 0)
		s->totals = table;
	if (strcmp(part->id, "balance") == 0)
		s->balance = table;
	return CAROM_OK;
}

/* ---- incidents --------------------------------------------------------------------- */

/* The days of an incident's own series, for its chart. */
static const CaromSeries *
series_of(CaromSummary *s, const CaromIncident *incident)
{
	return carom_series_sum(s->findings->set, incident->account, incident->stream,
				incident->provider);
}

static gboolean
has_chart(const CaromIncident *incident)
{
	return incident->counted &&
	       (incident->kind == CAROM_INCIDENT_RISE || incident->kind == CAROM_INCIDENT_OVER);
}

static void
free_chart(gpointer data)
{
	CaromChart *chart = data;

	if (chart == NULL)
		return;
	g_free((char *) chart->summary);
	g_free((char *) chart->first);
	g_free((char *) chart->last);
	g_free((double *) chart->values);
	g_free((CaromChartLimit *) chart->limits);
	g_free(chart);
}

static void
add_limits(CaromSummary *s, CaromChart *chart, const CaromIncident *incident)
{
	CaromChartLimit *limits = g_new0(CaromChartLimit, 2);

	limits[0] = incident->kind == CAROM_INCIDENT_OVER
			    ? (CaromChartLimit){ incident->limit, said(s, CAROM_WORDING_LIMIT) }
			    : (CaromChartLimit){ incident->usual, NULL };
	chart->n_limits = 1;
	if (incident->kind == CAROM_INCIDENT_RISE && incident->limit > 0)
		limits[chart->n_limits++] =
			(CaromChartLimit){ incident->limit, said(s, CAROM_WORDING_LIMIT) };
	chart->limits = limits;
}

static CaromChart *
chart_of(CaromSummary *s, const CaromIncident *incident, guint row)
{
	const CaromSeries *series = has_chart(incident) ? series_of(s, incident) : NULL;
	const guint last = s->findings->last, first = last - MIN(last, CHART_DAYS - 1);
	CaromChart *chart;
	double *values;

	if (series == NULL || !series->counted)
		return NULL;
	chart = g_new0(CaromChart, 1);
	values = g_new(double, last - first + 1);
	for (guint d = first; d <= last; d++) {
		const CaromWatchDay *day = &series->days[incident->measure][d];

		values[d - first] = day->mails ? (double) day->events / (double) day->mails : NAN;
	}
	chart->summary = carom_incident_table_headline(s->incidents, row);
	chart->first = carom_series_day(s->findings->set, first);
	chart->last = carom_series_day(s->findings->set, last);
	chart->values = values;
	chart->n = last - first + 1;
	chart->lang = s->question->lang;
	chart->since = incident->since >= first ? (int) (incident->since - first) : -1;
	add_limits(s, chart, incident);
	return chart;
}

static void
add_charts(CaromSummary *s, CaromSection *section)
{
	const GPtrArray *incidents = s->findings->incidents;

	s->charts = g_ptr_array_new_with_free_func(free_chart);
	for (guint i = 0; i < incidents->len; i++)
		g_ptr_array_add(s->charts, i < MOST_CHARTS
						   ? chart_of(s, g_ptr_array_index(incidents, i), i)
						   : NULL);
	section->charts = (const CaromChart *const *) s->charts->pdata;
}

static void
add_incidents(CaromSummary *s, gboolean on_page)
{
	static const struct {
		const char *name;
		CaromWording heading;
	} columns[] = {
		{ "what", CAROM_WORDING_WHAT },
		{ "where", CAROM_WORDING_WHERE },
		{ "when", CAROM_WORDING_SINCE },
		{ "figures", CAROM_WORDING_FIGURES },
		{ "how_sure", CAROM_WORDING_HOW_SURE },
		{ "cause", CAROM_WORDING_CAUSE },
		{ "do", CAROM_WORDING_DO },
		{ "more", CAROM_WORDING_MORE },
	};
	CaromShown *shown = g_new0(CaromShown, G_N_ELEMENTS(columns));
	CaromTable *table =
		carom_incident_table(s->findings, s->question->adviser, s->question->lang);
	CaromSection *section = new_section(
		s, "incidents",
		said(s, on_page ? CAROM_WORDING_INCIDENTS : CAROM_WORDING_INCIDENTS_PART), table);

	for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
		shown[i].name = columns[i].name;
		shown[i].heading = said(s, columns[i].heading);
	}
	s->incidents = table;
	section->shown = shown;
	section->n_shown = G_N_ELEMENTS(columns);
	section->nothing = said(s, CAROM_WORDING_NO_INCIDENT);
	section->blocks = TRUE;
	keep(s, (char *) shown);
	add_charts(s, section);
}

/* ---- verdict and small print ---------------------------------------------------------- */

static guint64
sum_of(const CaromTable *table, const char *name)
{
	const int column = carom_table_find(table, name);
	guint64 sum = 0;

	for (guint r = 0; column >= 0 && r < table->n_rows; r++) {
		const char *cell = carom_table_cell(table, r, (guint) column);

		sum += cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
	}
	return sum;
}

/* "0.81 %", or the count where nobody can say a rate. The caller's. */
static char *
rate_text(const CaromSummary *s, guint64 events, guint64 mails)
{
	return mails >= 200 && events >= 3
		       ? carom_wording_rate(s->question->lang, (double) events / (double) mails)
		       : carom_wording_count(s->question->lang, events);
}

/* The usual rate of all series together, of the 28 days before the report. The caller's. */
static char *
usual_text(const CaromSummary *s, CaromMeasure measure)
{
	const CaromSeriesSet *set = s->findings->set;
	guint last = 0;
	CaromWatchDay all = { 0 };

	for (guint d = 0; d < set->n_days; d++) {
		g_autofree char *day = carom_series_day(set, d);

		if (strcmp(day, s->span.first) < 0)
			last = d;
	}
	for (guint i = 0; i < set->series->len; i++) {
		const CaromSeries *series = g_ptr_array_index(set->series, i);
		CaromWatchDay total =
			carom_series_total(series, measure, last - MIN(last, 27), last);

		all.events += series->counted ? total.events : 0;
		all.mails += series->counted ? total.mails : 0;
	}
	return all.mails >= 200 ? carom_wording_rate(s->question->lang,
						     (double) all.events / (double) all.mails)
				: g_strdup("-");
}

static const char *
totals_text(CaromSummary *s)
{
	const guint64 sent = sum_of(s->totals, "sent"), hard = sum_of(s->totals, "hard"),
		      block = sum_of(s->totals, "block"),
		      complaints = sum_of(s->totals, "complaints");
	g_autofree char *n = carom_wording_count(s->question->lang, sent),
			*h = rate_text(s, hard, sent), *b = rate_text(s, block, sent),
			*c = rate_text(s, complaints, sent),
			*hu = usual_text(s, CAROM_MEASURE_HARD),
			*bu = usual_text(s, CAROM_MEASURE_BLOCK),
			*cu = usual_text(s, CAROM_MEASURE_COMPLAINTS);

	return keep(s, carom_wording_fill(
			       s->question->lang,
			       sent > 0 ? CAROM_WORDING_TOTALS : CAROM_WORDING_TOTALS_UNCOUNTED,
			       "sent", n, "hard", h, "hard_usual", hu, "block", b, "block_usual",
			       bu, "complaints", c, "complaints_usual", cu, NULL));
}

static void
add_note(CaromSummary *s, const char *note)
{
	if (s->n_notes < MOST_LINES - 1)
		s->notes[s->n_notes++] = note;
}

static void
add_small_print(CaromSummary *s, const char *line)
{
	if (s->n_small_print < MOST_LINES - 1)
		s->small_print[s->n_small_print++] = line;
}

/* Three lines: whether, what first, how much in all. */
static void
write_verdict(CaromSummary *s)
{
	guint watch, n = carom_findings_actions(s->findings, &watch);
	g_autofree char *count = g_strdup_printf("%u", n > 0 ? n : watch);

	if (n + watch == 0)
		add_note(s, said(s, CAROM_WORDING_ALL_WELL));
	else if (n == 1)
		add_note(s, said(s, CAROM_WORDING_ONE_ACTION));
	else
		add_note(s, keep(s, carom_wording_fill(s->question->lang,
						       n > 0 ? CAROM_WORDING_ACTIONS
							     : CAROM_WORDING_WATCH,
						       "n", count, NULL)));
	if (n + watch > 0)
		add_note(s, keep(s, carom_incident_table_headline(s->incidents, 0)));
	else
		add_note(s, said(s, s->findings->too_young ? CAROM_WORDING_NEW_BASELINE
							   : CAROM_WORDING_NOTHING_UNUSUAL));
	add_note(s, totals_text(s));
}

/* Who is told nothing any more, since its server failed for days or wanted no more. */
static CaromStatus
tell_webhooks(CaromSummary *s, CaromStore *store, GError **err)
{
	CaromTable *hooks;
	CaromStatus status = carom_webhooks_list(store, NULL, &hooks, err);

	if (status != CAROM_OK)
		return status;
	g_ptr_array_add(s->tables, hooks);
	for (guint r = 0; r < hooks->n_rows; r++) {
		if (g_strcmp0(carom_table_cell(hooks, r, CAROM_WEBHOOK_STATE), "disabled") != 0)
			continue;
		add_note(s, keep(s, carom_wording_fill(
					    s->question->lang, CAROM_WORDING_WEBHOOK_DISABLED, "id",
					    carom_table_cell(hooks, r, CAROM_WEBHOOK_ID), "url",
					    carom_table_cell(hooks, r, CAROM_WEBHOOK_URL), "why",
					    carom_table_cell(hooks, r, CAROM_WEBHOOK_WHY), NULL)));
	}
	return CAROM_OK;
}

static CaromTable *
verdict_table(const CaromSummary *s)
{
	static const char *const levels[] = { "well", "watch", "action" };
	guint watch, n = carom_findings_actions(s->findings, &watch);
	CaromTable *table = carom_table_new(6, 1);
	static const struct {
		const char *name;
		CaromColumnType type;
	} columns[] = {
		{ "level", CAROM_COLUMN_TEXT }, { "actions", CAROM_COLUMN_COUNT },
		{ "first", CAROM_COLUMN_DAY },  { "last", CAROM_COLUMN_DAY },
		{ "sent", CAROM_COLUMN_COUNT }, { "watch", CAROM_COLUMN_COUNT },
	};
	const guint64 sent = sum_of(s->totals, "sent");

	for (guint c = 0; c < G_N_ELEMENTS(columns); c++)
		carom_table_set_column(table, c, columns[c].name, columns[c].type);
	carom_table_set_cell(table, 0, 0, g_strdup(levels[n > 0 ? 2 : watch > 0]));
	carom_table_set_cell(table, 0, 1, g_strdup_printf("%u", n));
	carom_table_set_cell(table, 0, 5, g_strdup_printf("%u", watch));
	carom_table_set_cell(table, 0, 2, g_strdup(s->span.first));
	carom_table_set_cell(table, 0, 3, g_strdup(s->span.last));
	if (sent > 0)
		carom_table_set_cell(table, 0, 4, g_strdup_printf("%" G_GUINT64_FORMAT, sent));
	return table;
}

static guint64
balance_cell(const CaromSummary *s, const char *kind, const char *name)
{
	const int column = carom_table_find(s->balance, name);

	for (guint r = 0; column >= 0 && r < s->balance->n_rows; r++) {
		const char *cell = carom_table_cell(s->balance, r, (guint) column);

		if (g_strcmp0(carom_table_cell(s->balance, r, 0), kind) == 0)
			return cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
	}
	return 0;
}

/* How old the figures of others are: a link to them dies, and nobody tells. */
static CaromStatus
write_ages(CaromSummary *s, CaromStore *store, GError **err)
{
	const char *lang = s->question->lang;
	g_autoptr(CaromTable) ages = NULL;
	g_autoptr(GString) list = g_string_new(NULL);
	CaromStatus status = carom_tallies_outside_ages(store, &ages, err);

	if (status != CAROM_OK || ages->n_rows == 0)
		return status;
	for (guint r = 0; r < ages->n_rows; r++) {
		g_autofree char *age = carom_wording_fill(lang, CAROM_WORDING_DAYS_OLD, "source",
							  carom_table_cell(ages, r, 0), "n",
							  carom_table_cell(ages, r, 1), NULL);

		g_string_append_printf(list, "%s%s", r > 0 ? ", " : "", age);
	}
	add_small_print(s, keep(s, carom_wording_fill(lang, CAROM_WORDING_NOTE_OUTSIDE, "ages",
						      list->str, NULL)));
	return CAROM_OK;
}

static void
write_small_print(CaromSummary *s)
{
	const char *lang = s->question->lang;
	const guint64 received = balance_cell(s, "received", "reports"),
		      unknown = balance_cell(s, "unrecognised", "reports"),
		      events = balance_cell(s, "received", "events"),
		      sure = balance_cell(s, "received", "proven") +
			     balance_cell(s, "received", "matched") +
			     balance_cell(s, "received", "claimed");
	g_autofree char *r = carom_wording_count(lang, received),
			*k = carom_wording_count(lang, received - MIN(received, unknown)),
			*u = carom_wording_count(lang, unknown),
			*d = carom_wording_count(lang, balance_cell(s, "received", "duplicates")),
			*e = carom_wording_count(lang, events), *p = rate_text(s, sure, events),
			*n = g_strdup_printf("%u", s->findings->set->series->len),
			*days = g_strdup_printf("%d", CAROM_FINDINGS_DAYS);

	add_small_print(s, said(s, CAROM_WORDING_SMALL_PRINT));
	add_small_print(s, keep(s, carom_wording_fill(lang, CAROM_WORDING_NOTE_RECEIVED, "received",
						      r, "recognised", k, "unrecognised", u,
						      "duplicates", d, NULL)));
	if (events > 0)
		add_small_print(s, keep(s, carom_wording_fill(lang, CAROM_WORDING_NOTE_SURE, "sure",
							      p, "events", e, NULL)));
	add_small_print(s, said(s, CAROM_WORDING_TOO_FEW_NOTE));
	add_small_print(s, said(s, CAROM_WORDING_NOTE_DENOMINATOR));
	add_small_print(s, keep(s, carom_wording_fill(lang, CAROM_WORDING_NOTE_WATCHED, "n", n,
						      "days", days, NULL)));
	if (s->findings->today)
		add_small_print(s, said(s, CAROM_WORDING_NOTE_TODAY));
}

/* ---- all of it ------------------------------------------------------------------------- */

static CaromStatus
ask_span(CaromSummary *s, CaromStore *store, GError **err)
{
	const CaromSummaryQuestion *question = s->question;
	CaromStatus status = carom_tallies_days(store, question->first, question->last,
						question->days, &s->days, err);

	if (status != CAROM_OK)
		return status;
	s->span = (CaromSpan){ .first = carom_table_cell(s->days, 0, CAROM_DAYS_FIRST),
			       .last = carom_table_cell(s->days, 0, CAROM_DAYS_LAST),
			       .account = question->account,
			       .stream = question->stream,
			       .provider = question->provider };
	s->title =
		carom_wording_fill(question->lang, CAROM_WORDING_TITLE, "days", days_text(s),
				   "zone", carom_table_cell(s->days, 0, CAROM_DAYS_TIMEZONE), NULL);
	return CAROM_OK;
}

static CaromStatus
ask_findings(CaromSummary *s, CaromStore *store, GError **err)
{
	return carom_findings_collect(store, &s->span,
				      carom_table_cell(s->days, 0, CAROM_DAYS_TODAY), s->thresholds,
				      &s->findings, err);
}

static CaromStatus
collect_page(CaromSummary *s, CaromStore *store, GError **err)
{
	CaromStatus status = ask_findings(s, store, err);
	const CaromPart *parts;
	CaromSection *verdict;
	gsize n;

	if (status != CAROM_OK)
		return status;
	/* the verdict stands first, and is made last */
	verdict = &s->sections[s->n_sections++];
	add_incidents(s, TRUE);
	parts = carom_parts(&n);
	for (gsize i = 0; status == CAROM_OK && i < n; i++)
		if (parts[i].on_page)
			status = add_part(s, store, &parts[i], TRUE, err);
	if (status != CAROM_OK)
		return status;
	*verdict = (CaromSection){ .id = "verdict", .table = verdict_table(s), .quiet = TRUE };
	g_ptr_array_add(s->tables, (gpointer) verdict->table);
	write_verdict(s);
	write_small_print(s);
	status = write_ages(s, store, err);
	return status == CAROM_OK ? tell_webhooks(s, store, err) : status;
}

static CaromStatus
collect(CaromSummary *s, CaromStore *store, GError **err)
{
	const char *name = s->question->one_table ? "isp" : s->question->name;
	CaromStatus status;

	if (strcmp(s->question->name, "nightly") != 0)
		name = s->question->name;
	if (strcmp(name, "nightly") == 0)
		return collect_page(s, store, err);
	if (strcmp(name, "incidents") != 0)
		return add_part(s, store, carom_parts_find(name), FALSE, err);
	status = ask_findings(s, store, err);
	if (status == CAROM_OK)
		add_incidents(s, FALSE);
	return status;
}

CaromStatus
carom_summary_collect(CaromStore *store, const CaromSummaryQuestion *question, CaromSummary **out,
		      GError **err)
{
	g_autoptr(CaromSummary) s = g_new0(CaromSummary, 1);
	CaromStatus status;

	*out = NULL;
	s->question = question;
	s->tables = g_ptr_array_new_with_free_func((GDestroyNotify) carom_table_free);
	s->texts = g_ptr_array_new_with_free_func(g_free);
	status = carom_thresholds_load(question->datadir, &s->thresholds, err);
	if (status == CAROM_OK)
		status = ask_span(s, store, err);
	if (status == CAROM_OK)
		status = collect(s, store, err);
	if (status != CAROM_OK)
		return status;
	for (guint i = 0; question->notes != NULL && question->notes[i] != NULL; i++)
		add_note(s, question->notes[i]);
	s->document = (CaromDocument){ .title = s->title,
				       .notes = s->n_notes ? s->notes : NULL,
				       .small_print = s->n_small_print ? s->small_print : NULL,
				       .lang = question->lang,
				       .verdict = s->incidents != NULL && s->totals != NULL,
				       .alarm = carom_summary_actions(s) > 0,
				       .sections = s->sections,
				       .n_sections = s->n_sections };
	s->question = NULL;
	*out = g_steal_pointer(&s);
	return CAROM_OK;
}

const CaromDocument *
carom_summary_document(const CaromSummary *summary)
{
	return &summary->document;
}

guint
carom_summary_actions(const CaromSummary *summary)
{
	guint watch;

	return summary->findings ? carom_findings_actions(summary->findings, &watch) : 0;
}

void
carom_summary_free(CaromSummary *summary)
{
	if (summary == NULL)
		return;
	if (summary->charts != NULL)
		g_ptr_array_unref(summary->charts);
	carom_findings_free(summary->findings);
	carom_thresholds_free(summary->thresholds);
	carom_table_free(summary->days);
	g_ptr_array_unref(summary->tables);
	g_ptr_array_unref(summary->texts);
	g_free(summary->title);
	g_free(summary);
}
