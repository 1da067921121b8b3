/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/guard.h"
#include "base/log.h"
#include "base/text.h"
#include "serve/counter.h"
#include "serve/follower.h"
#include "serve/periodic.h"
#include "serve/stream_numbers.h"
#include "store/addresses.h"
#include "store/pool.h"
#include "store/suppressions.h"

#define QUESTION_SECONDS 5
#define FOLLOW_SECONDS 1 /* a change is heard of this much later at most */
#define COUNT_SECONDS 5  /* volumes reach the database this much later at most */

struct CaromGuard {
	CaromPool *pool; /* that hits are looked up on */
	CaromStreamNumbers *numbers;
	CaromFollower *follower;
	CaromCounter *counter;
	CaromPeriodic *following, *counting;
};

/* "user_unknown 2026-11-28, account acme, stream news". A row is a suppression, whatever is missing
 * in it. The caller's. */
static char *
reason_of(const CaromTable *table)
{
	const char *reason = carom_table_cell(table, 0, CAROM_SUPPRESSION_REASON);
	const char *since = carom_table_cell(table, 0, CAROM_SUPPRESSION_SINCE);
	const char *account = carom_table_cell(table, 0, CAROM_SUPPRESSION_ACCOUNT);
	const char *stream = carom_table_cell(table, 0, CAROM_SUPPRESSION_STREAM);
	gboolean global = account != NULL && *account == '\0';
	gboolean whole = stream != NULL && *stream == '\0';

	if (reason == NULL || since == NULL || account == NULL || stream == NULL)
		return g_strdup("on the list, without a reason");
	return g_strdup_printf("%s %s, %s%s%s%s", reason, since,
			       global ? "all accounts" : "account ", account,
			       whole ? "" : ", stream ", stream);
}

CaromStatus
carom_guard_suppressed(CaromGuard *guard, const char *address, const char *account,
		       const char *stream, char **reason, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	g_autofree char *text = NULL;
	gboolean fresh, hit = carom_follower_has(guard->follower, address, &fresh);
	CaromStatus status;

	*reason = NULL;
	if (!hit && fresh)
		return CAROM_ABSENT;
	status = carom_suppressions_find(carom_pool_store(guard->pool), address, account, stream,
					 &table, err);
	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0)
		return CAROM_ABSENT;
	text = reason_of(table);
	*reason = carom_text_printable(text, 300);
	return CAROM_OK;
}

CaromStatus
carom_guard_address_id(CaromGuard *guard, const char *address, const char *account, guint64 *id,
		       GError **err)
{
	return carom_addresses_id(carom_pool_store(guard->pool), address, account, id, err);
}

CaromStatus
carom_guard_stream_number(CaromGuard *guard, const CaromConfig *config, const char *account,
			  const char *stream, guint *number, GError **err)
{
	return carom_stream_numbers_get(guard->numbers, config, account, stream, number, err);
}

void
carom_guard_count(CaromGuard *guard, const CaromCounted *what)
{
	carom_counter_add(guard->counter, what);
}

static CaromStatus
follow(gpointer user, GError **err)
{
	return carom_follower_step(user, err);
}

static CaromStatus
count(gpointer user, GError **err)
{
	return carom_counter_step(user, err);
}

static CaromStatus
start_threads(CaromGuard *guard, GError **err)
{
	const CaromPeriodicStep following = {
		.step = follow,
		.user = guard->follower,
		.seconds = FOLLOW_SECONDS,
		.fails = "the suppression list in memory grows old",
		.works = "the suppression list is read again",
	};
	const CaromPeriodicStep counting = {
		.step = count,
		.user = guard->counter,
		.seconds = COUNT_SECONDS,
		.fails = "volumes are written later",
		.works = "volumes are written again",
	};
	CaromStatus status = carom_periodic_start(&following, &guard->following, err);

	return status == CAROM_OK ? carom_periodic_start(&counting, &guard->counting, err) : status;
}

CaromStatus
carom_guard_start(const CaromConfig *config, CaromGuard **out, GError **err)
{
	CaromGuard *guard = g_new0(CaromGuard, 1);
	g_autoptr(GError) away = NULL;
	CaromStatus status;

	guard->pool = carom_pool_new(config->database.conninfo, QUESTION_SECONDS);
	guard->numbers = carom_stream_numbers_new(carom_pool_store(guard->pool));
	guard->follower = carom_follower_new(*config->database.listen_conninfo
						     ? config->database.listen_conninfo
						     : config->database.conninfo,
					     config->outbound.refresh);
	guard->counter = carom_counter_new(carom_pool_store(guard->pool));
	if (carom_follower_step(guard->follower, &away) != CAROM_OK)
		carom_log(CAROM_LOG_WARNING, "starting without the suppression list: %s",
			  away->message);
	status = start_threads(guard, err);
	*out = status == CAROM_OK ? guard : NULL;
	if (status != CAROM_OK)
		carom_guard_stop(guard);
	return status;
}

/* The batch that waits, if any, and then what was counted since. */
static void
write_last_counts(CaromCounter *counter)
{
	guint64 lost;

	for (int i = 0; i < 2 && carom_counter_waiting(counter) > 0; i++)
		if (carom_counter_step(counter, NULL) != CAROM_OK)
			break;
	lost = carom_counter_waiting(counter);
	if (lost > 0)
		carom_log(CAROM_LOG_ERROR,
			  "%" G_GUINT64_FORMAT " recipients mailed are not counted", lost);
}

void
carom_guard_stop(CaromGuard *guard)
{
	if (guard == NULL)
		return;
	carom_follower_hurry(guard->follower);
	carom_periodic_stop(guard->following);
	carom_periodic_stop(guard->counting);
	write_last_counts(guard->counter);
	carom_counter_free(guard->counter);
	carom_follower_free(guard->follower);
	carom_stream_numbers_free(guard->numbers);
	carom_pool_free(guard->pool);
	g_free(guard);
}
