/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "stats/incidents.h"

#define DAYS 112
#define LAST (DAYS - 1)
#define MAILS 20000

/* Events of a series on a day; before: days before the last. */
typedef guint (*Events)(guint before);

/* Who sends where, and what came back of one measure. */
typedef struct {
	const char *stream, *provider;
	CaromMeasure measure;
	Events events;
	guint mails; /* 0: MAILS */
} Line;

static guint
usual(guint before)
{
	return 18 + before * 7 % 5; /* about 20 a day, 0.1 % */
}

static guint
tripled(guint before)
{
	return usual(before) * (before < 4 ? 3 : 1);
}

static guint
was_tripled(guint before)
{
	return usual(before) * (before >= 6 && before < 12 ? 3 : 1);
}

static guint
rare(guint before)
{
	return before % 9 == 0;
}

static guint
rare_then_many(guint before)
{
	return before < 2 ? 25 : rare(before);
}

static guint
silent_today(guint before)
{
	return before == 0 ? 0 : usual(before);
}

static guint
none(guint before)
{
	(void) before;
	return 0;
}

static CaromSeriesSet *
set_of(const Line *lines, guint n)
{
	static const char *const names[] = {
		"account",    "stream", "provider", "day",   "sent",
		"complaints", "hard",   "soft",     "block", "policy"
	};
	CaromTable *table = carom_table_new(G_N_ELEMENTS(names), n * DAYS);
	CaromSeriesSet *set;

	for (guint c = 0; c < G_N_ELEMENTS(names); c++)
		carom_table_set_column(table, c, names[c], CAROM_COLUMN_COUNT);
	for (guint i = 0; i < n; i++)
		for (guint d = 0; d < DAYS; d++) {
			g_autoptr(GDateTime) first = g_date_time_new_utc(2026, 3, 1, 0, 0, 0);
			g_autoptr(GDateTime) day = g_date_time_add_days(first, (int) d);
			const guint row = i * DAYS + d,
				    mails = lines[i].mails ? lines[i].mails : MAILS;

			carom_table_set_cell(table, row, 0, g_strdup("acme"));
			carom_table_set_cell(table, row, 1, g_strdup(lines[i].stream));
			carom_table_set_cell(table, row, 2, g_strdup(lines[i].provider));
			carom_table_set_cell(table, row, 3, g_date_time_format(day, "%Y-%m-%d"));
			carom_table_set_cell(table, row, 4, g_strdup_printf("%u", mails));
			carom_table_set_cell(table, row, 5 + lines[i].measure,
					     g_strdup_printf("%u", lines[i].events(LAST - d)));
		}
	set = carom_series_read(table, "2026-06-20", DAYS);
	carom_table_free(table);
	return set;
}

/* The one incident that lines have; NULL if there is none. The set's. */
static const CaromIncident *
only_incident(const char *row, CaromSeriesSet **set, GPtrArray **incidents, const Line *lines,
	      guint n)
{
	*set = set_of(lines, n);
	*incidents = carom_incidents_find(*set, LAST, LAST);
	if ((*incidents)->len > 1)
		fail_msg("row \"%s\": %u incidents", row, (*incidents)->len);
	return (*incidents)->len ? g_ptr_array_index(*incidents, 0) : NULL;
}

static const Line at_one[] = { { "news", "pa", CAROM_MEASURE_HARD, tripled, 0 },
			       { "news", "pb", CAROM_MEASURE_HARD, usual, 0 },
			       { "bills", "pa", CAROM_MEASURE_HARD, usual, 0 } };
static const Line at_provider[] = { { "news", "pa", CAROM_MEASURE_HARD, tripled, 0 },
				    { "news", "pb", CAROM_MEASURE_HARD, usual, 0 },
				    { "bills", "pa", CAROM_MEASURE_HARD, tripled, 0 } };
static const Line in_stream[] = { { "news", "pa", CAROM_MEASURE_BLOCK, tripled, 0 },
				  { "news", "pb", CAROM_MEASURE_BLOCK, tripled, 0 },
				  { "news", "pc", CAROM_MEASURE_BLOCK, tripled, 0 },
				  { "bills", "pa", CAROM_MEASURE_BLOCK, usual, 0 } };
static const Line small[] = { { "news", "pa", CAROM_MEASURE_SOFT, rare, 300 },
			      { "bills", "pa", CAROM_MEASURE_SOFT, rare_then_many, 300 },
			      { "news", "pb", CAROM_MEASURE_SOFT, usual, 0 } };
static const Line quiet[] = { { "news", "pa", CAROM_MEASURE_HARD, usual, 0 },
			      { "news", "pb", CAROM_MEASURE_HARD, was_tripled, 0 } };

static void
what_belongs_together_is_one(void **state)
{
	static const struct {
		const char *name;
		const Line *lines;
		guint n;
		const char *stream, *provider;
		guint places;
	} rows[] = {
		{ "one series", at_one, G_N_ELEMENTS(at_one), "news", "pa", 0 },
		{ "streams at a provider", at_provider, G_N_ELEMENTS(at_provider), NULL, "pa", 2 },
		{ "providers of a stream", in_stream, G_N_ELEMENTS(in_stream), "news", NULL, 3 },
		{ "small streams together", small, G_N_ELEMENTS(small), NULL, "pa", 0 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromSeriesSet) set = NULL;
		g_autoptr(GPtrArray) incidents = NULL;
		const CaromIncident *found =
			only_incident(rows[i].name, &set, &incidents, rows[i].lines, rows[i].n);

		row_true(rows[i].name,
			 found != NULL && found->open && found->kind == CAROM_INCIDENT_RISE);
		row_true(rows[i].name, g_strcmp0(found->stream, rows[i].stream) == 0 &&
					       g_strcmp0(found->provider, rows[i].provider) == 0);
		row_true(rows[i].name, (found->account == NULL) == (found->stream == NULL));
		row_true(rows[i].name, (found->places ? found->places->len : 0) == rows[i].places);
		row_true(rows[i].name, found->since >= LAST - 4 && found->until == LAST);
		row_true(rows[i].name, carom_incidents_is_action(found));
	}
}

static void
what_is_back_is_over(void **state)
{
	g_autoptr(CaromSeriesSet) set = set_of(quiet, G_N_ELEMENTS(quiet));
	g_autoptr(GPtrArray) now = carom_incidents_find(set, LAST, LAST);
	g_autoptr(GPtrArray) of_weeks = carom_incidents_find(set, LAST - 14, LAST);

	(void) state;
	assert_int_equal(now->len, 0);
	assert_int_equal(of_weeks->len, 1);
	assert_false(((CaromIncident *) g_ptr_array_index(of_weeks, 0))->open);
}

static void
silence_is_heard(void **state)
{
	static const Line feed[] = { { "news", "pa", CAROM_MEASURE_COMPLAINTS, silent_today, 0 },
				     { "news", "pb", CAROM_MEASURE_HARD, usual, 0 } };
	static const Line all[] = { { "news", "pa", CAROM_MEASURE_COMPLAINTS, silent_today, 0 },
				    { "news", "pb", CAROM_MEASURE_COMPLAINTS, silent_today, 0 } };
	static const Line never[] = { { "news", "pa", CAROM_MEASURE_COMPLAINTS, none, 0 },
				      { "news", "pb", CAROM_MEASURE_HARD, usual, 0 } };
	static const struct {
		const char *name;
		const Line *lines;
		gboolean found;
		CaromIncidentKind kind;
		const char *provider;
	} rows[] = {
		{ "a feed", feed, TRUE, CAROM_INCIDENT_SILENCE, "pa" },
		{ "everything", all, TRUE, CAROM_INCIDENT_NOTHING, NULL },
		{ "one that never spoke", never, FALSE, CAROM_INCIDENT_RISE, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromSeriesSet) set = NULL;
		g_autoptr(GPtrArray) incidents = NULL;
		const CaromIncident *found =
			only_incident(rows[i].name, &set, &incidents, rows[i].lines, 2);

		row_true(rows[i].name, (found != NULL) == rows[i].found);
		if (found == NULL)
			continue;
		row_true(rows[i].name, found->kind == rows[i].kind && found->since == LAST);
		row_true(rows[i].name, g_strcmp0(found->provider, rows[i].provider) == 0);
	}
}

static void
the_cause_is_what_grew(void **state)
{
	static const char *const rows[][3] = { { "2026-06-01", "mailbox_full", "500" },
					       { "2026-06-19", "mailbox_full", "20" },
					       { "2026-06-19", "content_spam", "40" },
					       { "2026-06-19", "dnsbl_listed", "10" } };
	g_autoptr(CaromTable) causes = carom_table_new(7, G_N_ELEMENTS(rows));
	g_autoptr(CaromSeriesSet) set = set_of(at_one, G_N_ELEMENTS(at_one));
	g_autoptr(GPtrArray) incidents = carom_incidents_find(set, LAST, LAST);
	const CaromIncident *found = g_ptr_array_index(incidents, 0);

	(void) state;
	for (guint r = 0; r < G_N_ELEMENTS(rows); r++) {
		carom_table_set_cell(causes, r, 0, g_strdup("acme"));
		carom_table_set_cell(causes, r, 1, g_strdup("news"));
		carom_table_set_cell(causes, r, 2, g_strdup("pa"));
		carom_table_set_cell(causes, r, 3, g_strdup(rows[r][0]));
		carom_table_set_cell(causes, r, 4, g_strdup("hard"));
		carom_table_set_cell(causes, r, 5, g_strdup(rows[r][1]));
		carom_table_set_cell(causes, r, 6, g_strdup(rows[r][2]));
	}
	carom_incidents_explain(incidents, set, causes);
	assert_string_equal(found->category, "content_spam");
	assert_true(found->share > 0.79 && found->share < 0.81);
}

static void
events_without_mails_are_of_the_day_before(void **state)
{
	g_autoptr(CaromTable) table = carom_table_new(10, 3);
	static const char *const names[] = {
		"account",    "stream", "provider", "day",   "sent",
		"complaints", "hard",   "soft",     "block", "policy"
	};
	static const char *const cells[3][3] = { { "2026-06-18", "100", "1" },
						 { "2026-06-19", NULL, "5" },
						 { "2026-06-20", "50", "2" } };
	g_autoptr(CaromSeriesSet) set = NULL;
	const CaromSeries *series;

	(void) state;
	for (guint c = 0; c < G_N_ELEMENTS(names); c++)
		carom_table_set_column(table, c, names[c], CAROM_COLUMN_COUNT);
	for (guint r = 0; r < 3; r++) {
		for (guint c = 0; c < 3; c++)
			carom_table_set_cell(table, r, c, g_strdup(""));
		carom_table_set_cell(table, r, 3, g_strdup(cells[r][0]));
		carom_table_set_cell(table, r, 4, g_strdup(cells[r][1]));
		carom_table_set_cell(table, r, 6, g_strdup(cells[r][2]));
	}
	set = carom_series_read(table, "2026-06-20", 7);
	series = g_ptr_array_index(set->series, 0);
	assert_true(series->counted);
	assert_int_equal(series->days[CAROM_MEASURE_HARD][4].events, 6);
	assert_int_equal(series->days[CAROM_MEASURE_HARD][5].events, 0);
	assert_int_equal(series->days[CAROM_MEASURE_HARD][6].events, 2);
	assert_int_equal(carom_series_total(series, CAROM_MEASURE_HARD, 0, 6).mails, 150);
}

UNIT_MAIN(cmocka_unit_test(what_belongs_together_is_one), cmocka_unit_test(what_is_back_is_over),
	  cmocka_unit_test(silence_is_heard), cmocka_unit_test(the_cause_is_what_grew),
	  cmocka_unit_test(events_without_mails_are_of_the_day_before))
