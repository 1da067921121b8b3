/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/incident_table.h"
#include "stats/statistics.h"
#include "stats/wording.h"

#include <math.h>
#include <string.h>

#define MOST_BRIEF 2
#define MOST_PLACES 5 /* are named; the others are counted */
#define NORMAL_95 1.959964

/* The columns, in their order. */
enum {
	NUMBER,
	STATE,
	KIND,
	MEASURE,
	ACCOUNT,
	STREAM,
	PROVIDER,
	PLACES,
	SINCE,
	NAMED,
	UNTIL,
	EVENTS,
	MAILS,
	EXPECTED,
	RATE,
	USUAL_RATE,
	SURE,
	CATEGORY,
	HEADLINE,
	WHAT,
	WHERE,
	WHEN,
	FIGURES,
	HOW_SURE,
	CAUSE,
	DO,
	MORE,
	HELD,
	BLOCKLIST,
	N_COLUMNS
};

static const struct {
	const char *name;
	CaromColumnType type;
} columns[N_COLUMNS] = {
	[NUMBER] = { "number", CAROM_COLUMN_COUNT },
	[STATE] = { "state", CAROM_COLUMN_TEXT },
	[KIND] = { "kind", CAROM_COLUMN_TEXT },
	[MEASURE] = { "measure", CAROM_COLUMN_TEXT },
	[ACCOUNT] = { "account", CAROM_COLUMN_TEXT },
	[STREAM] = { "stream", CAROM_COLUMN_TEXT },
	[PROVIDER] = { "provider", CAROM_COLUMN_TEXT },
	[PLACES] = { "places", CAROM_COLUMN_TEXT },
	[SINCE] = { "since", CAROM_COLUMN_DAY },
	[NAMED] = { "named", CAROM_COLUMN_DAY },
	[UNTIL] = { "until", CAROM_COLUMN_DAY },
	[EVENTS] = { "events", CAROM_COLUMN_COUNT },
	[MAILS] = { "mails", CAROM_COLUMN_COUNT },
	[EXPECTED] = { "expected", CAROM_COLUMN_COUNT },
	[RATE] = { "rate", CAROM_COLUMN_RATE },
	[USUAL_RATE] = { "usual_rate", CAROM_COLUMN_RATE },
	[SURE] = { "sure", CAROM_COLUMN_TEXT },
	[CATEGORY] = { "category", CAROM_COLUMN_TEXT },
	[HEADLINE] = { "headline", CAROM_COLUMN_TEXT },
	[WHAT] = { "what", CAROM_COLUMN_TEXT },
	[WHERE] = { "where", CAROM_COLUMN_TEXT },
	[WHEN] = { "when", CAROM_COLUMN_TEXT },
	[FIGURES] = { "figures", CAROM_COLUMN_TEXT },
	[HOW_SURE] = { "how_sure", CAROM_COLUMN_TEXT },
	[CAUSE] = { "cause", CAROM_COLUMN_TEXT },
	[DO] = { "do", CAROM_COLUMN_TEXT },
	[MORE] = { "more", CAROM_COLUMN_TEXT },
	[HELD] = { "held", CAROM_COLUMN_TEXT },
	[BLOCKLIST] = { "blocklist", CAROM_COLUMN_TEXT },
};

static const char *const kind_names[] = {
	[CAROM_INCIDENT_RISE] = "rise",       [CAROM_INCIDENT_FEW] = "few",
	[CAROM_INCIDENT_SILENCE] = "silence", [CAROM_INCIDENT_OVER] = "over",
	[CAROM_INCIDENT_NOTHING] = "nothing", [CAROM_INCIDENT_BLOCKLIST] = "blocklist",
	[CAROM_INCIDENT_BATCH] = "batch",     [CAROM_INCIDENT_UNMATCHED] = "unmatched",
	[CAROM_INCIDENT_HELD] = "held",       [CAROM_INCIDENT_TEMPLATE] = "template",
};

static const CaromWording rises[CAROM_N_MEASURES] = {
	[CAROM_MEASURE_COMPLAINTS] = CAROM_WORDING_COMPLAINTS_RISE,
	[CAROM_MEASURE_HARD] = CAROM_WORDING_HARD_RISE,
	[CAROM_MEASURE_SOFT] = CAROM_WORDING_SOFT_RISE,
	[CAROM_MEASURE_BLOCK] = CAROM_WORDING_BLOCK_RISE,
	[CAROM_MEASURE_POLICY] = CAROM_WORDING_POLICY_RISE,
};

/* What a row is written with. */
typedef struct {
	const CaromFindings *findings;
	const CaromAdviser *adviser;
	const char *lang;
	const CaromIncident *incident;
} Writer;

static const char *
said(const Writer *w, CaromWording wording)
{
	return carom_wording(w->lang, wording);
}

static const char *
advice(const Writer *w, const char *about, const char *key)
{
	return w->adviser != NULL ? w->adviser->advice(about, key, w->adviser->user) : NULL;
}

/* ---- where ---- */

static const char *
provider_name(const Writer *w, const char *provider)
{
	return *provider ? provider : said(w, CAROM_WORDING_UNKNOWN_PROVIDER);
}

/* "account/stream". The caller's. */
static char *
stream_name(const Writer *w)
{
	const CaromIncident *incident = w->incident;

	if (*incident->account == '\0' && *incident->stream == '\0')
		return g_strdup(said(w, CAROM_WORDING_UNKNOWN_STREAM));
	return g_strconcat(incident->account, *incident->stream ? "/" : "", incident->stream, NULL);
}

/* Their names; most: how many at most. The caller's. */
static char *
places_text(const Writer *w, guint most)
{
	const GPtrArray *places = w->incident->places;
	GString *out = g_string_new(NULL);
	g_autofree char *first = NULL, *rest = NULL;

	for (guint i = 0; places != NULL && i < places->len && i < most; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "",
				       provider_name(w, g_ptr_array_index(places, i)));
	if (places == NULL || places->len <= most)
		return g_string_free(out, FALSE);
	first = g_string_free(out, FALSE);
	rest = g_strdup_printf("%u", places->len - most);
	return carom_wording_fill(w->lang, CAROM_WORDING_AND_MORE, "places", first, "n", rest,
				  NULL);
}

/* brief: without what stands beside it. The caller's. */
static char *
where_single(const Writer *w, gboolean brief)
{
	const CaromIncident *incident = w->incident;
	const char *provider = provider_name(w, incident->provider);
	g_autofree char *stream = NULL, *where = NULL;

	if (incident->account == NULL)
		return carom_wording_fill(w->lang,
					  incident->kind == CAROM_INCIDENT_RISE &&
							  incident->places == NULL
						  ? CAROM_WORDING_AT_SMALL
						  : CAROM_WORDING_AT,
					  "provider", provider, NULL);
	stream = stream_name(w);
	where = carom_wording_fill(w->lang, CAROM_WORDING_AT_IN, "provider", provider, "stream",
				   stream, NULL);
	if (brief || incident->watched < 2)
		return g_steal_pointer(&where);
	return carom_wording_fill(w->lang, CAROM_WORDING_ONLY_AT, "where", where, NULL);
}

static char *
where_text(const Writer *w, gboolean brief)
{
	const CaromIncident *incident = w->incident;
	g_autofree char *places = places_text(w, brief ? MOST_BRIEF : MOST_PLACES), *n = NULL,
			*all = NULL, *stream = NULL;

	if (incident->provider == NULL && incident->account == NULL)
		return g_strdup(said(w, CAROM_WORDING_EVERYWHERE));
	if (incident->places == NULL || incident->places->len == 0)
		return where_single(w, brief);
	n = g_strdup_printf("%u", incident->places->len);
	if (incident->provider != NULL)
		return carom_wording_fill(w->lang, CAROM_WORDING_AT_STREAMS, "provider",
					  provider_name(w, incident->provider), "n", n, "places",
					  places, NULL);
	all = g_strdup_printf("%u", incident->watched);
	stream = stream_name(w);
	return carom_wording_fill(w->lang, CAROM_WORDING_IN_PROVIDERS, "stream", stream, "n", n,
				  "all", all, "places", places, NULL);
}

/* ---- what ---- */

static char *
what_text(const Writer *w)
{
	const CaromIncident *incident = w->incident;

	switch (incident->kind) {
	case CAROM_INCIDENT_RISE:
		return g_strdup(said(w, rises[incident->measure]));
	case CAROM_INCIDENT_FEW:
		return g_strdup(said(w, CAROM_WORDING_FEW));
	case CAROM_INCIDENT_SILENCE:
		return g_strdup(said(w, CAROM_WORDING_SILENCE));
	case CAROM_INCIDENT_NOTHING:
		return g_strdup(said(w, CAROM_WORDING_NOTHING_COMES));
	case CAROM_INCIDENT_OVER:
		return g_strdup(said(w, incident->measure == CAROM_MEASURE_COMPLAINTS
						? CAROM_WORDING_OVER
						: CAROM_WORDING_OVER_HARD));
	case CAROM_INCIDENT_BLOCKLIST:
		return carom_wording_fill(w->lang, CAROM_WORDING_BLOCKLIST, "name", incident->text,
					  NULL);
	case CAROM_INCIDENT_BATCH:
		return g_strdup(said(w, CAROM_WORDING_BATCH));
	case CAROM_INCIDENT_UNMATCHED:
		return g_strdup(said(w, CAROM_WORDING_UNMATCHED));
	case CAROM_INCIDENT_HELD:
		return g_strdup(said(w, CAROM_WORDING_HELD));
	case CAROM_INCIDENT_TEMPLATE:
		return g_strdup(said(w, CAROM_WORDING_TEMPLATE));
	}
	return NULL;
}

static char *
when_text(const Writer *w)
{
	const CaromIncident *incident = w->incident;
	g_autofree char *day = carom_series_day(w->findings->set, incident->since),
			*until = carom_series_day(w->findings->set, incident->until),
			*n = g_strdup_printf("%u", incident->until - incident->since + 1);

	if (!incident->open)
		return carom_wording_fill(w->lang, CAROM_WORDING_ENDED, "day", day, "until", until,
					  NULL);
	return carom_wording_fill(w->lang,
				  incident->until == incident->since ? CAROM_WORDING_SINCE_DAY
								     : CAROM_WORDING_SINCE_DAYS,
				  "day", day, "n", n, NULL);
}

static double
rate_of(const CaromIncident *incident)
{
	return incident->mails ? (double) incident->events / (double) incident->mails : 0;
}

static char *
figures_over(const Writer *w, const char *events, const char *mails, const char *rate)
{
	const CaromInterval interval =
		carom_statistics_wilson(w->incident->events, w->incident->mails, NORMAL_95);
	g_autofree char *low = carom_wording_rate(w->lang, interval.low),
			*high = carom_wording_rate(w->lang, interval.high),
			*limit = carom_wording_rate(w->lang, w->incident->limit);

	return carom_wording_fill(w->lang, CAROM_WORDING_FIGURE_OVER, "events", events, "mails",
				  mails, "rate", rate, "low", low, "high", high, "limit", limit,
				  NULL);
}

static char *
figures_text(const Writer *w)
{
	const CaromIncident *incident = w->incident;
	g_autofree char *events = carom_wording_count(w->lang, incident->events),
			*mails = carom_wording_count(w->lang, incident->mails),
			*expected =
				carom_wording_count(w->lang, (guint64) (incident->expected + 0.5)),
			*rate = carom_wording_rate(w->lang, rate_of(incident)),
			*usual = carom_wording_rate(w->lang, incident->usual),
			*share = carom_wording_rate(w->lang, incident->share),
			*since = carom_series_day(w->findings->set, incident->since);

	switch (incident->kind) {
	case CAROM_INCIDENT_OVER:
		return figures_over(w, events, mails, rate);
	case CAROM_INCIDENT_SILENCE:
	case CAROM_INCIDENT_NOTHING:
		return carom_wording_fill(w->lang, CAROM_WORDING_FIGURE_NONE, "expected", expected,
					  NULL);
	case CAROM_INCIDENT_BLOCKLIST:
		return carom_wording_fill(w->lang,
					  incident->ip ? CAROM_WORDING_FIGURE_LISTED
						       : CAROM_WORDING_FIGURE_EVENTS,
					  "events", events, "ip", incident->ip, NULL);
	case CAROM_INCIDENT_HELD:
		return carom_wording_fill(w->lang, CAROM_WORDING_FIGURE_HELD, "events", events,
					  NULL);
	case CAROM_INCIDENT_UNMATCHED:
		return carom_wording_fill(w->lang, CAROM_WORDING_FIGURE_UNMATCHED, "now", share,
					  "before", usual, "since", since, NULL);
	case CAROM_INCIDENT_BATCH:
		return carom_wording_fill(w->lang, CAROM_WORDING_FIGURE_BATCH, "events", events,
					  "first", incident->first_sent, "last",
					  incident->last_sent, NULL);
	case CAROM_INCIDENT_TEMPLATE:
		return carom_wording_fill(w->lang, CAROM_WORDING_FIGURE_TEMPLATE, "events", events,
					  "share", share, "text", incident->text, NULL);
	case CAROM_INCIDENT_RISE:
	case CAROM_INCIDENT_FEW:
		break;
	}
	return carom_wording_fill(w->lang,
				  incident->counted ? CAROM_WORDING_FIGURE_RATES
						    : CAROM_WORDING_FIGURE_COUNTS,
				  "events", events, "mails", mails, "rate", rate, "usual", usual,
				  "expected", expected, NULL);
}

/* What, where, how much and since when, in one sentence. The caller's. */
static char *
headline_text(const Writer *w)
{
	const CaromIncident *incident = w->incident;
	const gboolean rated =
		incident->counted && incident->mails > 0 && incident->kind == CAROM_INCIDENT_RISE;
	g_autofree char *what = what_text(w), *where = where_text(w, TRUE),
			*rate = carom_wording_rate(w->lang, rate_of(incident)),
			*usual = carom_wording_rate(w->lang, incident->usual),
			*since = carom_series_day(w->findings->set, incident->since);

	return carom_wording_fill(
		w->lang, rated ? CAROM_WORDING_HEADLINE_RATE : CAROM_WORDING_HEADLINE, "what", what,
		"where", where, "rate", rate, "usual", usual, "since", since, NULL);
}

/* ---- why, and what to do ---- */

static const char *
cause_wording(const Writer *w)
{
	switch (w->incident->kind) {
	case CAROM_INCIDENT_FEW:
		return said(w, CAROM_WORDING_CAUSE_FEW);
	case CAROM_INCIDENT_SILENCE:
		return said(w, CAROM_WORDING_CAUSE_SILENCE);
	case CAROM_INCIDENT_NOTHING:
		return said(w, CAROM_WORDING_CAUSE_NOTHING);
	case CAROM_INCIDENT_UNMATCHED:
		return said(w, CAROM_WORDING_CAUSE_UNMATCHED);
	case CAROM_INCIDENT_BATCH:
		return said(w, CAROM_WORDING_CAUSE_BATCH);
	case CAROM_INCIDENT_OVER:
		return said(w, CAROM_WORDING_CAUSE_OVER_PLAIN);
	case CAROM_INCIDENT_HELD:
		return said(w, CAROM_WORDING_CAUSE_HELD);
	case CAROM_INCIDENT_RISE:
	case CAROM_INCIDENT_BLOCKLIST:
	case CAROM_INCIDENT_TEMPLATE:
		break;
	}
	return w->incident->measure == CAROM_MEASURE_COMPLAINTS
		       ? said(w, CAROM_WORDING_CAUSE_COMPLAINTS)
		       : NULL;
}

static char *
cause_text(const Writer *w)
{
	const CaromIncident *incident = w->incident;
	const char *title;
	g_autofree char *share = NULL;

	if (incident->kind == CAROM_INCIDENT_OVER && incident->text != NULL)
		return carom_wording_fill(w->lang, CAROM_WORDING_CAUSE_OVER, "of", incident->text,
					  NULL);
	if (incident->category == NULL || incident->kind == CAROM_INCIDENT_HELD)
		return g_strdup(cause_wording(w));
	title = advice(w, incident->category, "title");
	if (incident->kind == CAROM_INCIDENT_TEMPLATE)
		return carom_wording_fill(w->lang, CAROM_WORDING_CAUSE_TEMPLATE, "title",
					  title ? title : incident->category, NULL);
	share = carom_wording_rate(w->lang, incident->share);
	return carom_wording_fill(w->lang, CAROM_WORDING_CAUSE_SHARE, "title",
				  title ? title : incident->category, "share", share, NULL);
}

static char *
do_text(const Writer *w)
{
	const CaromIncident *incident = w->incident;
	const char *text = NULL;

	switch (incident->kind) {
	case CAROM_INCIDENT_FEW:
		return g_strdup(said(w, CAROM_WORDING_DO_FEW));
	case CAROM_INCIDENT_SILENCE:
		return g_strdup(said(w, CAROM_WORDING_DO_SILENCE));
	case CAROM_INCIDENT_NOTHING:
		return g_strdup(said(w, CAROM_WORDING_DO_NOTHING));
	case CAROM_INCIDENT_UNMATCHED:
		return g_strdup(said(w, CAROM_WORDING_DO_UNMATCHED));
	case CAROM_INCIDENT_BATCH:
		return g_strdup(said(w, CAROM_WORDING_DO_BATCH));
	case CAROM_INCIDENT_BLOCKLIST:
		text = advice(w, incident->text, "removal");
		return carom_wording_fill(w->lang, CAROM_WORDING_DO_BLOCKLIST, "url",
					  text ? text : incident->text, NULL);
	case CAROM_INCIDENT_HELD:
		return carom_wording_fill(w->lang, CAROM_WORDING_DO_HELD, "id", incident->text,
					  NULL);
	case CAROM_INCIDENT_TEMPLATE:
		text = incident->category ? advice(w, incident->category, "do") : NULL;
		return g_strdup(text ? text : said(w, CAROM_WORDING_DO_UNKNOWN));
	case CAROM_INCIDENT_RISE:
	case CAROM_INCIDENT_OVER:
		break;
	}
	if (incident->measure == CAROM_MEASURE_COMPLAINTS)
		return g_strdup(said(w, CAROM_WORDING_DO_COMPLAINTS));
	if (incident->kind == CAROM_INCIDENT_OVER)
		return g_strdup(said(w, CAROM_WORDING_DO_OVER_HARD));
	if (incident->category != NULL)
		text = advice(w, incident->category, "do");
	return g_strdup(text ? text : said(w, CAROM_WORDING_DO_UNKNOWN));
}

/* An argument of a shell's command line. */
static void
append_option(GString *out, const char *option, const char *value)
{
	g_autofree char *quoted = NULL;

	if (value == NULL)
		return;
	if (*value == '\0' || strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					    "0123456789._-+@/:") < strlen(value))
		quoted = g_shell_quote(value);
	g_string_append_printf(out, " %s %s", option, quoted ? quoted : value);
}

/* The part of the report that shows more of it. */
static const char *
part_of(const CaromIncident *incident)
{
	switch (incident->kind) {
	case CAROM_INCIDENT_SILENCE:
	case CAROM_INCIDENT_UNMATCHED:
		return "feeds";
	case CAROM_INCIDENT_BLOCKLIST:
		return "blocks";
	case CAROM_INCIDENT_TEMPLATE:
	case CAROM_INCIDENT_RISE:
	case CAROM_INCIDENT_FEW:
	case CAROM_INCIDENT_OVER:
	case CAROM_INCIDENT_NOTHING:
	case CAROM_INCIDENT_BATCH:
	case CAROM_INCIDENT_HELD:
		break;
	}
	return incident->measure == CAROM_MEASURE_BLOCK || incident->measure == CAROM_MEASURE_POLICY
		       ? "blocks"
		       : "days";
}

static char *
more_text(const Writer *w)
{
	const CaromIncident *incident = w->incident;
	g_autofree char *since = carom_series_day(w->findings->set, incident->since);
	GString *out = g_string_new("carom report ");

	if (incident->kind == CAROM_INCIDENT_HELD) {
		g_string_printf(out, "carom incident show %s", incident->text);
		return g_string_free(out, FALSE);
	}
	if (incident->kind == CAROM_INCIDENT_TEMPLATE) {
		g_string_printf(out, "carom explain --report %s", incident->report);
		return g_string_free(out, FALSE);
	}
	if (incident->kind == CAROM_INCIDENT_BATCH) {
		g_string_append_printf(out, "cohorts --since %s --until %s", incident->first_sent,
				       incident->last_sent);
		append_option(out, "-p", incident->provider);
		return g_string_free(out, FALSE);
	}
	g_string_append(out, part_of(incident));
	append_option(out, "--since", since);
	append_option(out, "-p", incident->provider);
	append_option(out, "-a", incident->account);
	append_option(out, "-s", incident->stream);
	return g_string_free(out, FALSE);
}

static const char *
sure_word(const CaromIncident *incident)
{
	return carom_incidents_is_certain(incident) ? "certain" : "likely";
}

static const char *
how_sure_text(const Writer *w)
{
	if (w->incident->kind == CAROM_INCIDENT_OVER)
		return said(w, CAROM_WORDING_SURE_OVER);
	return said(w, strcmp(sure_word(w->incident), "likely") == 0 ? CAROM_WORDING_LIKELY
								     : CAROM_WORDING_CERTAIN);
}

/* ---- rows ---- */

static char *
count_cell(guint64 count)
{
	return g_strdup_printf("%" G_GUINT64_FORMAT, count);
}

static char *
rate_cell(double rate)
{
	char digits[G_ASCII_DTOSTR_BUF_SIZE];

	return g_strdup(g_ascii_formatd(digits, sizeof digits, "%.6f", rate));
}

static void
fill_facts(const Writer *w, CaromTable *table, guint row)
{
	const CaromIncident *incident = w->incident;
	const CaromSeriesSet *set = w->findings->set;
	const gboolean counted = incident->counted && incident->mails > 0;

	carom_table_set_cell(table, row, NUMBER, count_cell(row + 1));
	carom_table_set_cell(table, row, STATE, g_strdup(incident->open ? "open" : "over"));
	carom_table_set_cell(table, row, KIND, g_strdup(kind_names[incident->kind]));
	if (incident->kind == CAROM_INCIDENT_RISE || incident->kind == CAROM_INCIDENT_OVER)
		carom_table_set_cell(table, row, MEASURE,
				     g_strdup(carom_series_measure_name(incident->measure)));
	carom_table_set_cell(table, row, ACCOUNT, g_strdup(incident->account));
	carom_table_set_cell(table, row, STREAM, g_strdup(incident->stream));
	carom_table_set_cell(table, row, PROVIDER, g_strdup(incident->provider));
	carom_table_set_cell(table, row, PLACES, places_text(w, G_MAXUINT));
	carom_table_set_cell(table, row, SINCE, carom_series_day(set, incident->since));
	carom_table_set_cell(table, row, NAMED, carom_series_day(set, incident->named));
	carom_table_set_cell(table, row, UNTIL, carom_series_day(set, incident->until));
	carom_table_set_cell(table, row, EVENTS, count_cell(incident->events));
	carom_table_set_cell(table, row, EXPECTED,
			     count_cell((guint64) (incident->expected + 0.5)));
	carom_table_set_cell(table, row, SURE, g_strdup(sure_word(incident)));
	carom_table_set_cell(table, row, CATEGORY, g_strdup(incident->category));
	if (incident->kind == CAROM_INCIDENT_HELD)
		carom_table_set_cell(table, row, HELD, g_strdup(incident->text));
	if (incident->kind == CAROM_INCIDENT_BLOCKLIST)
		carom_table_set_cell(table, row, BLOCKLIST, g_strdup(incident->text));
	if (!counted)
		return;
	carom_table_set_cell(table, row, MAILS, count_cell(incident->mails));
	carom_table_set_cell(table, row, RATE, rate_cell(rate_of(incident)));
	carom_table_set_cell(table, row, USUAL_RATE, rate_cell(incident->usual));
}

static void
fill_sentences(const Writer *w, CaromTable *table, guint row)
{
	carom_table_set_cell(table, row, WHAT, what_text(w));
	carom_table_set_cell(table, row, WHERE, where_text(w, FALSE));
	carom_table_set_cell(table, row, HEADLINE, headline_text(w));
	carom_table_set_cell(table, row, WHEN, when_text(w));
	carom_table_set_cell(table, row, FIGURES, figures_text(w));
	carom_table_set_cell(table, row, HOW_SURE, g_strdup(how_sure_text(w)));
	carom_table_set_cell(table, row, CAUSE, cause_text(w));
	/* what may be chance is to be looked at, no more */
	if (carom_incidents_is_certain(w->incident))
		carom_table_set_cell(table, row, DO, do_text(w));
	carom_table_set_cell(table, row, MORE, more_text(w));
}

CaromTable *
carom_incident_table(const CaromFindings *findings, const CaromAdviser *adviser, const char *lang)
{
	CaromTable *table = carom_table_new(N_COLUMNS, findings->incidents->len);

	for (guint c = 0; c < N_COLUMNS; c++)
		carom_table_set_column(table, c, columns[c].name, columns[c].type);
	for (guint r = 0; r < table->n_rows; r++) {
		const Writer w = { .findings = findings,
				   .adviser = adviser,
				   .lang = lang,
				   .incident = g_ptr_array_index(findings->incidents, r) };

		fill_facts(&w, table, r);
		fill_sentences(&w, table, r);
	}
	return table;
}

char *
carom_incident_table_headline(const CaromTable *table, guint row)
{
	return g_strdup(carom_table_cell(table, row, HEADLINE));
}
