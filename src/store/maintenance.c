/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/maintenance.h"
#include "store/connection_private.h"

#define BUSY_TRIES 10 /* for a partition that somebody uses */
#define BUSY_PAUSE (G_USEC_PER_SEC / 2)

/* Rows of a table that a step removes. Whoever records meanwhile waits until the disk has what was
 * written before, so a step is as long as nobody notices, and after it others have their turn. */
enum { FEWEST_ROWS = 500, FIRST_ROWS = 1000, MOST_ROWS = 5000 };
#define STEP_WANTED (G_USEC_PER_SEC / 10)
#define LONGEST_REST (G_USEC_PER_SEC / 5)

static gint64
count_in(const CaromTable *table, guint row)
{
	const char *cell = carom_table_cell(table, row, CAROM_PRUNED_COUNT);

	return cell ? g_ascii_strtoll(cell, NULL, 10) : 0;
}

/* Adds what one step removed to what the steps before did. */
static void
add_step(CaromTable *total, const CaromTable *step)
{
	for (guint r = 0; r < total->n_rows && r < step->n_rows; r++) {
		char **cell = &total->cells[r * total->n_columns + CAROM_PRUNED_COUNT];
		gint64 sum = count_in(total, r) + count_in(step, r);

		g_free(*cell);
		*cell = g_strdup_printf("%" G_GINT64_FORMAT, sum);
	}
}

/* What a step did: removed something, found a partition in use, or neither. */
static void
look_at_step(const CaromTable *step, gboolean *removed, gboolean *busy)
{
	*removed = *busy = FALSE;
	for (guint r = 0; r < step->n_rows; r++) {
		gboolean in_use = g_strcmp0(carom_table_cell(step, r, CAROM_PRUNED_WHAT),
					    "partitions in use") == 0;

		if (count_in(step, r) > 0)
			*(in_use ? busy : removed) = TRUE;
	}
}

/* Asks sql, which forgets some of what is old, until there is nothing more. *n: rows that went. */
static CaromStatus
prune_steps(CaromStore *store, const char *sql, gint64 *n, GError **err)
{
	gint64 removed;

	*n = 0;
	do {
		g_autoptr(CaromTable) table = NULL;
		CaromStatus status = carom_store_query(store, sql, NULL, 0, &table, err);
		const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

		if (status != CAROM_OK)
			return status;
		removed = cell ? g_ascii_strtoll(cell, NULL, 10) : 0;
		*n += removed;
	} while (removed > 0);
	return CAROM_OK;
}

/* The rows of table, and one more. Takes table; the result is the caller's. */
static CaromTable *
with_row(CaromTable *table, const char *what, gint64 n)
{
	CaromTable *more = carom_table_new(table->n_columns, table->n_rows + 1);

	for (guint c = 0; c < table->n_columns; c++) {
		carom_table_set_column(more, c, table->names[c], table->types[c]);
		for (guint r = 0; r < table->n_rows; r++)
			carom_table_set_cell(more, r, c, g_strdup(carom_table_cell(table, r, c)));
	}
	carom_table_set_cell(more, table->n_rows, CAROM_PRUNED_WHAT, g_strdup(what));
	carom_table_set_cell(more, table->n_rows, CAROM_PRUNED_COUNT,
			     g_strdup_printf("%" G_GINT64_FORMAT, n));
	carom_table_free(table);
	return more;
}

/* Rests after a step that began at start, and says how many rows the next one takes. */
static int
rest(gint64 start, int rows)
{
	gint64 took = g_get_monotonic_time() - start;

	g_usleep((gulong) MIN(took, LONGEST_REST));
	if (took > STEP_WANTED)
		return MAX(rows / 2, FEWEST_ROWS);
	return took < STEP_WANTED / 2 ? MIN(rows * 2, MOST_ROWS) : rows;
}

/* One step, a statement by itself: its end is the end of its transaction. */
static CaromStatus
prune_step(CaromStore *store, int days, int months, int rows, CaromTable **out, GError **err)
{
	g_autofree char *raw_days = g_strdup_printf("%d", days);
	g_autofree char *event_months = g_strdup_printf("%d", months);
	g_autofree char *most = g_strdup_printf("%d", rows);
	const char *const args[] = { raw_days, event_months, most };

	return carom_store_query(store,
				 "SELECT what, removed FROM carom.prune($1::int, $2::int, $3::int)",
				 args, 3, out, err);
}

CaromStatus
carom_maintenance_prune(CaromStore *store, int days, int months, CaromTable **out, GError **err)
{
	g_autoptr(CaromTable) total = NULL;
	guint tries = 0;
	int rows = FIRST_ROWS;
	gint64 told, sent;
	CaromStatus asked = prune_steps(store, "SELECT carom.prune_feed()", &told, err);

	*out = NULL;
	if (asked == CAROM_OK)
		asked = prune_steps(store, "SELECT carom.prune_webhooks()", &sent, err);
	if (asked != CAROM_OK)
		return asked;
	for (;;) {
		g_autoptr(CaromTable) step = NULL;
		gboolean removed, busy;
		gint64 start = g_get_monotonic_time();
		CaromStatus status = prune_step(store, days, months, rows, &step, err);

		if (status != CAROM_OK)
			return status;
		look_at_step(step, &removed, &busy);
		if (total == NULL)
			total = g_steal_pointer(&step);
		else
			add_step(total, step);
		if (!removed && !busy)
			break;
		if (removed) {
			rows = rest(start, rows);
			continue;
		}
		if (++tries == BUSY_TRIES)
			return carom_status_fail(
				err, CAROM_RETRY,
				"an old partition of carom.event is in use, so it stays until the "
				"next prune; all else is done");
		g_usleep(BUSY_PAUSE);
	}
	*out = with_row(with_row(g_steal_pointer(&total), "entries of the feed", told),
			"deliveries of webhooks", sent);
	return CAROM_OK;
}

CaromStatus
carom_maintenance_make_partitions(CaromStore *store, GError **err)
{
	for (;;) {
		g_autoptr(CaromTable) table = NULL;
		/* one a transaction, since nobody records while it is attached */
		CaromStatus status = carom_store_query(store, "SELECT carom.make_partitions(3, 1)",
						       NULL, 0, &table, err);

		if (status != CAROM_OK || g_strcmp0(carom_table_cell(table, 0, 0), "0") == 0)
			return status;
	}
}

CaromStatus
carom_maintenance_set_timezone(CaromStore *store, const char *zone, GError **err)
{
	const char *const args[] = { zone };
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query(store, "SELECT carom.set_setting('timezone', $1)", args, 1, &table,
				 err);
}
