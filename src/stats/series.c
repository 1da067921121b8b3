/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/series.h"

#include <stdio.h>
#include <string.h>

#define MOST_CARRIED 7 /* days back to the mails that an event is of */

static const char *const measure_names[CAROM_N_MEASURES] = {
	[CAROM_MEASURE_COMPLAINTS] = "complaints",
	[CAROM_MEASURE_HARD] = "hard",
	[CAROM_MEASURE_SOFT] = "soft",
	[CAROM_MEASURE_BLOCK] = "block",
	[CAROM_MEASURE_POLICY] = "policy",
};

const char *
carom_series_measure_name(CaromMeasure measure)
{
	return measure_names[measure];
}

static void
free_series(gpointer data)
{
	CaromSeries *series = data;

	for (int m = 0; m < CAROM_N_MEASURES; m++)
		g_free(series->days[m]);
	g_free(series);
}

static CaromSeries *
new_series(CaromSeriesSet *set, const char *account, const char *stream, const char *provider)
{
	CaromSeries *series = g_new0(CaromSeries, 1);

	series->account = account ? g_string_chunk_insert_const(set->names, account) : NULL;
	series->stream = stream ? g_string_chunk_insert_const(set->names, stream) : NULL;
	series->provider = provider ? g_string_chunk_insert_const(set->names, provider) : NULL;
	for (int m = 0; m < CAROM_N_MEASURES; m++)
		series->days[m] = g_new0(CaromWatchDay, set->n_days);
	return series;
}

/* YYYY-MM-DD; FALSE: it is none. */
static gboolean
parse_day(const char *text, GDate *day)
{
	int y, m, d;

	if (text == NULL || sscanf(text, "%4d-%2d-%2d", &y, &m, &d) != 3 ||
	    !g_date_valid_dmy((GDateDay) d, (GDateMonth) m, (GDateYear) y))
		return FALSE;
	g_date_set_dmy(day, (GDateDay) d, (GDateMonth) m, (GDateYear) y);
	return TRUE;
}

static guint64
count_in(const CaromTable *rows, guint row, int column)
{
	const char *cell = column < 0 ? NULL : carom_table_cell(rows, row, (guint) column);
	gint64 value = cell ? g_ascii_strtoll(cell, NULL, 10) : 0;

	return value > 0 ? (guint64) value : 0;
}

static void
add_row(CaromSeriesSet *set, CaromSeries *series, const CaromTable *rows, guint row)
{
	const int at_day = carom_table_find(rows, "day"), at_sent = carom_table_find(rows, "sent");
	GDate day;
	int n;

	if (!parse_day(carom_table_cell(rows, row, (guint) at_day), &day))
		return;
	n = g_date_days_between(&set->first, &day);
	if (n < 0 || n >= (int) set->n_days)
		return;
	if (carom_table_cell(rows, row, (guint) at_sent) != NULL)
		series->counted = TRUE;
	for (int m = 0; m < CAROM_N_MEASURES; m++) {
		series->days[m][n].mails = count_in(rows, row, at_sent);
		series->days[m][n].events =
			count_in(rows, row, carom_table_find(rows, measure_names[m]));
	}
}

/* Where nobody counts, a day is worth one mail from the first event on. */
static void
count_days(CaromWatchDay *days, guint n, guint begin)
{
	for (guint i = begin; i < n; i++)
		days[i].mails = 1;
}

static guint
first_event(const CaromSeries *series, guint n)
{
	for (guint i = 0; i < n; i++)
		for (int m = 0; m < CAROM_N_MEASURES; m++)
			if (series->days[m][i].events > 0)
				return i;
	return n;
}

/* What comes on a day without mails is of mails sent before. */
static void
carry_back(CaromWatchDay *days, guint n)
{
	guint mailed = n;

	for (guint i = 0; i < n; i++) {
		if (days[i].mails > 0) {
			mailed = i;
		} else if (days[i].events > 0 && mailed < n && i - mailed <= MOST_CARRIED) {
			days[mailed].events += days[i].events;
			days[i].events = 0;
		}
	}
}

static void
finish_series(CaromSeries *series, guint n)
{
	const guint begin = series->counted ? 0 : first_event(series, n);

	for (int m = 0; m < CAROM_N_MEASURES; m++) {
		if (series->counted)
			carry_back(series->days[m], n);
		else
			count_days(series->days[m], n, begin);
	}
}

CaromSeriesSet *
carom_series_read(const CaromTable *rows, const char *last, guint n_days)
{
	const int account = carom_table_find(rows, "account"),
		  stream = carom_table_find(rows, "stream"),
		  provider = carom_table_find(rows, "provider");
	CaromSeriesSet *set = g_new0(CaromSeriesSet, 1);
	CaromSeries *series = NULL;

	set->n_days = n_days;
	set->series = g_ptr_array_new_with_free_func(free_series);
	set->sums = g_ptr_array_new_with_free_func(free_series);
	set->names = g_string_chunk_new(4096);
	if (!parse_day(last, &set->first))
		g_date_set_dmy(&set->first, 1, G_DATE_JANUARY, 2000);
	g_date_subtract_days(&set->first, n_days - 1);
	for (guint r = 0; r < rows->n_rows; r++) {
		const char *a = carom_table_cell(rows, r, (guint) account),
			   *s = carom_table_cell(rows, r, (guint) stream),
			   *p = carom_table_cell(rows, r, (guint) provider);

		/* the rows of a series stand together */
		if (series == NULL || !carom_series_is(series, a, s, p)) {
			series = new_series(set, a, s, p);
			g_ptr_array_add(set->series, series);
		}
		add_row(set, series, rows, r);
	}
	for (guint i = 0; i < set->series->len; i++)
		finish_series(g_ptr_array_index(set->series, i), n_days);
	return set;
}

void
carom_series_free(CaromSeriesSet *set)
{
	if (set == NULL)
		return;
	g_ptr_array_unref(set->series);
	g_ptr_array_unref(set->sums);
	g_string_chunk_free(set->names);
	g_free(set);
}

char *
carom_series_day(const CaromSeriesSet *set, guint day)
{
	GDate date = set->first;

	g_date_add_days(&date, day);
	return g_strdup_printf("%04d-%02d-%02d", g_date_get_year(&date), g_date_get_month(&date),
			       g_date_get_day(&date));
}

guint
carom_series_index(const CaromSeriesSet *set, const char *text)
{
	GDate day;

	if (!parse_day(text, &day))
		return 0;
	return (guint) CLAMP(g_date_days_between(&set->first, &day), 0, (int) set->n_days - 1);
}

gboolean
carom_series_is(const CaromSeries *series, const char *account, const char *stream,
		const char *provider)
{
	return (account == NULL || g_strcmp0(series->account, account) == 0) &&
	       (stream == NULL || g_strcmp0(series->stream, stream) == 0) &&
	       (provider == NULL || g_strcmp0(series->provider, provider) == 0);
}

static void
add_series(CaromSeries *sum, const CaromSeries *series, guint n_days)
{
	for (int m = 0; m < CAROM_N_MEASURES; m++)
		for (guint d = 0; d < n_days; d++) {
			sum->days[m][d].mails += series->days[m][d].mails;
			sum->days[m][d].events += series->days[m][d].events;
		}
}

/* The name that all have; NULL: they have several. */
static const char *
common(const char *so_far, const char *name)
{
	return g_strcmp0(so_far, name) == 0 ? so_far : NULL;
}

CaromSeries *
carom_series_join(CaromSeriesSet *set, const GPtrArray *parts)
{
	const CaromSeries *first = g_ptr_array_index(parts, 0);
	CaromSeries *sum = new_series(set, first->account, first->stream, first->provider);

	g_ptr_array_add(set->sums, sum);
	for (guint i = 0; i < parts->len; i++) {
		const CaromSeries *series = g_ptr_array_index(parts, i);

		sum->counted |= series->counted;
		sum->account = common(sum->account, series->account);
		sum->stream = common(sum->stream, series->stream);
		sum->provider = common(sum->provider, series->provider);
	}
	/* several streams are nobody's stream */
	if (sum->account == NULL || sum->stream == NULL)
		sum->account = sum->stream = NULL;
	/* a day's "one mail" is not to be added to mails */
	for (guint i = 0; i < parts->len; i++) {
		const CaromSeries *series = g_ptr_array_index(parts, i);

		if (series->counted == sum->counted)
			add_series(sum, series, set->n_days);
	}
	return sum;
}

CaromSeries *
carom_series_sum(CaromSeriesSet *set, const char *account, const char *stream, const char *provider)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new();
	CaromSeries *sum;

	for (guint i = 0; i < set->series->len; i++)
		if (carom_series_is(g_ptr_array_index(set->series, i), account, stream, provider))
			g_ptr_array_add(found, g_ptr_array_index(set->series, i));
	if (found->len == 0)
		return NULL;
	sum = carom_series_join(set, found);
	if (account == NULL || stream == NULL)
		sum->account = sum->stream = NULL;
	sum->provider = provider ? sum->provider : NULL;
	return sum;
}

CaromWatchDay
carom_series_total(const CaromSeries *series, CaromMeasure measure, guint first, guint last)
{
	CaromWatchDay total = { 0 };

	for (guint i = first; i <= last; i++) {
		total.mails += series->days[measure][i].mails;
		total.events += series->days[measure][i].events;
	}
	return total;
}
