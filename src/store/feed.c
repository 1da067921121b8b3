/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/feed.h"
#include "store/connection_private.h"

/* The one cell that a function answers; NULL where that is SQL NULL. *out is the caller's. */
static CaromStatus
ask_cell(CaromStore *store, const char *sql, const char *const *args, guint n_args, char **out,
	 GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, sql, args, n_args, &table, err);

	*out = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 0)) : NULL;
	return status;
}

CaromStatus
carom_feed_number(CaromStore *store, CaromNumbered *numbered, GError **err)
{
	g_autofree char *answer = NULL;
	CaromStatus status = ask_cell(store, "SELECT carom.feed_number()", NULL, 0, &answer, err);

	*numbered = CAROM_NUMBERED;
	if (status != CAROM_OK)
		return status;
	if (answer == NULL)
		return carom_store_no_answer("carom.feed_number", err);
	if (g_str_equal(answer, "more"))
		*numbered = CAROM_NUMBERED_SOME;
	else if (g_str_equal(answer, "busy"))
		*numbered = CAROM_NUMBERED_BUSY;
	return CAROM_OK;
}

CaromStatus
carom_feed_head(CaromStore *store, char **cursor, GError **err)
{
	CaromStatus status = ask_cell(store, "SELECT carom.feed_head()", NULL, 0, cursor, err);

	return status != CAROM_OK || *cursor != NULL
		       ? status
		       : carom_store_no_answer("carom.feed_head", err);
}

CaromStatus
carom_feed_page(CaromStore *store, const char *after, guint most, const char *what,
		CaromTable **out, GError **err)
{
	g_autofree char *number = g_strdup_printf("%u", most);
	const char *const args[] = { after, number, what };

	/* in the order of the CAROM_FEED_… columns */
	return carom_store_query_local(
		store,
		"SELECT cursor, at, type, item ->> 'address' AS address, item ->> 'account' AS "
		"account, item ->> 'stream' AS stream, coalesce(item ->> 'reason', item ->> "
		"'category', item ->> 'feedback_type') AS why, item::text AS item "
		"FROM carom.feed($1, $2::int, $3)",
		args, 3, out, err);
}

CaromStatus
carom_feed_kept(CaromStore *store, const char *consumer, char **cursor, GError **err)
{
	const char *const args[] = { consumer };
	CaromStatus status = ask_cell(store, "SELECT carom.feed_cursor($1)", args, 1, cursor, err);

	return status == CAROM_OK && *cursor == NULL ? CAROM_ABSENT : status;
}

CaromStatus
carom_feed_keep(CaromStore *store, const char *consumer, const char *cursor, GError **err)
{
	const char *const args[] = { consumer, cursor };
	g_autofree char *nothing = NULL;

	return ask_cell(store, "SELECT carom.feed_keep($1, $2)", args, 2, &nothing, err);
}

CaromStatus
carom_feed_consumers(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query_local(
		store, "SELECT name, behind, changed_at, login FROM carom.feed_consumers()", NULL,
		0, out, err);
}
