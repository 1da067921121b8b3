/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/late.h"
#include "stats/statistics.h"

#include <string.h>

#define BASELINE 28    /* days before, that say how many late ones are usual */
#define ENOUGH_DAYS 14 /* of them that were counted at all */
#define ENOUGH_LATE 20 /* complaints */
#define MOSTLY 0.5     /* of the day's complaints are late: a bad week has new ones besides */
#define UNLIKELY 1e-6  /* chance of so many */
#define LEAST_DISPERSION 0.05
#define MOST_DISPERSION 2.0

/* Columns of the rows. */
enum { ACCOUNT, STREAM, PROVIDER, DAY, COMPLAINTS, LATE, FIRST_SENT, LAST_SENT };

/* One provider, day by day. */
typedef struct {
	guint64 *late, *complaints;
	gboolean *batch;
} Days;

static void
free_days(gpointer data)
{
	Days *days = data;

	g_free(days->late);
	g_free(days->complaints);
	g_free(days->batch);
	g_free(days);
}

static guint64
count_at(const CaromTable *rows, guint row, guint column)
{
	return g_ascii_strtoull(carom_table_cell(rows, row, column), NULL, 10);
}

/* The providers' days, by name. */
static GHashTable *
by_provider(const CaromSeriesSet *set, const CaromTable *rows)
{
	GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_days);

	for (guint r = 0; r < rows->n_rows; r++) {
		const char *provider = carom_table_cell(rows, r, PROVIDER);
		const guint day = carom_series_index(set, carom_table_cell(rows, r, DAY));
		Days *days = g_hash_table_lookup(all, provider);

		if (days == NULL) {
			days = g_new0(Days, 1);
			days->late = g_new0(guint64, set->n_days);
			days->complaints = g_new0(guint64, set->n_days);
			days->batch = g_new0(gboolean, set->n_days);
			g_hash_table_insert(all, (gpointer) provider, days);
		}
		days->late[day] += count_at(rows, r, LATE);
		days->complaints[day] += count_at(rows, r, COMPLAINTS);
	}
	return all;
}

/* How many late ones a day usually has; FALSE: nobody can say. counted: the days of the set on
 * which anything was sent or came. */
static gboolean
usual_before(const Days *days, const gboolean *counted, guint day, double *usual,
	     double *dispersion)
{
	guint64 counts[BASELINE], sum = 0;
	double means[BASELINE];
	guint n = 0;

	for (guint d = day - MIN(day, BASELINE); d < day; d++) {
		if (!counted[d] || days->batch[d])
			continue;
		counts[n++] = days->late[d];
		sum += days->late[d];
	}
	if (n < ENOUGH_DAYS)
		return FALSE;
	*usual = ((double) sum + 0.5) / n;
	for (guint i = 0; i < n; i++)
		means[i] = *usual;
	*dispersion =
		carom_statistics_dispersion(counts, means, n, LEAST_DISPERSION, MOST_DISPERSION);
	return TRUE;
}

static gboolean
is_batch(const Days *days, const gboolean *counted, guint day, double *usual)
{
	double dispersion;

	return days->late[day] >= ENOUGH_LATE &&
	       (double) days->late[day] >= MOSTLY * (double) days->complaints[day] &&
	       usual_before(days, counted, day, usual, &dispersion) &&
	       carom_statistics_nb_tail(days->late[day], *usual, dispersion) < UNLIKELY;
}

/* The days on which the set has anything. */
static gboolean *
counted_days(const CaromSeriesSet *set)
{
	gboolean *counted = g_new0(gboolean, set->n_days);

	for (guint i = 0; i < set->series->len; i++) {
		const CaromSeries *series = g_ptr_array_index(set->series, i);

		for (guint d = 0; d < set->n_days; d++)
			counted[d] |= series->days[CAROM_MEASURE_COMPLAINTS][d].mails > 0;
	}
	return counted;
}

/* Of what a row counted, as much as is more than usual. */
static void
take_out(CaromSeriesSet *set, const CaromTable *rows, guint row, double surplus)
{
	const guint day = carom_series_index(set, carom_table_cell(rows, row, DAY));
	const guint64 more = (guint64) ((double) count_at(rows, row, LATE) * surplus + 0.5);

	for (guint i = 0; i < set->series->len; i++) {
		CaromSeries *series = g_ptr_array_index(set->series, i);
		guint64 *events = &series->days[CAROM_MEASURE_COMPLAINTS][day].events;

		if (carom_series_is(series, carom_table_cell(rows, row, ACCOUNT),
				    carom_table_cell(rows, row, STREAM),
				    carom_table_cell(rows, row, PROVIDER)))
			*events -= MIN(*events, more);
	}
}

/* The batch of a day, with what its rows say. */
static CaromLateBatch
tell(CaromSeriesSet *set, const CaromTable *rows, const char *provider, guint day, const Days *days,
     double usual)
{
	const double late = (double) days->late[day], surplus = MAX(late - usual, 0);
	CaromLateBatch batch = { .provider = provider, .day = day };

	batch.events = (guint64) (surplus + 0.5);
	for (guint r = 0; r < rows->n_rows; r++) {
		if (strcmp(carom_table_cell(rows, r, PROVIDER), provider) != 0 ||
		    carom_series_index(set, carom_table_cell(rows, r, DAY)) != day)
			continue;
		batch.first_sent = carom_table_cell(rows, r, FIRST_SENT);
		batch.last_sent = carom_table_cell(rows, r, LAST_SENT);
		take_out(set, rows, r, surplus / late);
	}
	return batch;
}

GArray *
carom_late_take_out(CaromSeriesSet *set, const CaromTable *rows)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(CaromLateBatch));
	g_autoptr(GHashTable) all = by_provider(set, rows);
	g_autofree gboolean *counted = counted_days(set);
	GHashTableIter iter;
	gpointer provider, value;

	for (guint day = 0; day < set->n_days; day++) {
		g_hash_table_iter_init(&iter, all);
		while (g_hash_table_iter_next(&iter, &provider, &value)) {
			Days *days = value;
			CaromLateBatch batch;
			double usual;

			if (!is_batch(days, counted, day, &usual))
				continue;
			days->batch[day] = TRUE;
			batch = tell(set, rows, provider, day, days, usual);
			g_array_append_val(found, batch);
		}
	}
	return found;
}
