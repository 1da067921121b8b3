/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/webhooks.h"
#include "store/connection_private.h"

#define TAKEN_ROWS 500 /* of the feed, for each webhook at a time */

/* The members with a line end between them, which none of them has; NULL of none. Caller's. */
static char *
joined(const char *const *list)
{
	return list != NULL && list[0] != NULL ? g_strjoinv("\n", (char **) list) : NULL;
}

CaromStatus
carom_webhooks_add(CaromStore *store, const CaromWebhookEntry *entry, char **id, char **secret,
		   GError **err)
{
	g_autofree char *kinds = joined(entry->kinds);
	const char *const args[] = { entry->url,    kinds,       entry->account,
				     entry->stream, entry->note, entry->after };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store,
		"SELECT id, secret FROM carom.webhook_add($1, string_to_array($2, E'\\n'), $3, $4, "
		"$5, after => $6)",
		args, 6, &table, err);

	*id = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 0)) : NULL;
	*secret = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 1)) : NULL;
	return status != CAROM_OK || *secret != NULL
		       ? status
		       : carom_store_no_answer("carom.webhook_add", err);
}

CaromStatus
carom_webhooks_list(CaromStore *store, const char *id, CaromTable **out, GError **err)
{
	const char *const args[] = { id };

	/* in the order of the CAROM_WEBHOOK_… columns */
	return carom_store_query_local(
		store,
		"SELECT id, state, url, kinds, account, stream, behind, waiting, dead, "
		"failing_since, delivered_at, why, secrets, created_at, author, note "
		"FROM carom.webhooks() WHERE $1::text IS NULL OR id = $1",
		args, 1, out, err);
}

CaromStatus
carom_webhooks_deliveries(CaromStore *store, const char *id, const char *state, guint most,
			  CaromTable **out, GError **err)
{
	g_autofree char *rows = g_strdup_printf("%u", most);
	const char *const args[] = { id, state, rows };

	/* in the order of the CAROM_DELIVERY_… columns */
	return carom_store_query_local(
		store,
		"SELECT created_at, message, type, state, attempts, status, error, answer, took, "
		"tried_at, next_at, address FROM carom.webhook_deliveries($1, $2, $3::int)",
		args, 3, out, err);
}

/* The one flag that a function answers: whether there is such a webhook. */
static CaromStatus
ask_flag(CaromStore *store, const char *sql, const char *id, GError **err)
{
	const char *const args[] = { id };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, sql, args, 1, &table, err);

	if (status != CAROM_OK)
		return status;
	return carom_table_flag(table, 0, 0) ? CAROM_OK : CAROM_ABSENT;
}

/* The one cell that a function answers; CAROM_ABSENT where that is SQL NULL. *out is the caller's.
 */
static CaromStatus
ask_cell(CaromStore *store, const char *sql, const char *const *args, guint n_args, char **out,
	 GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, sql, args, n_args, &table, err);

	*out = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 0)) : NULL;
	return status == CAROM_OK && *out == NULL ? CAROM_ABSENT : status;
}

CaromStatus
carom_webhooks_pause(CaromStore *store, const char *id, GError **err)
{
	return ask_flag(store, "SELECT carom.webhook_pause($1)", id, err);
}

CaromStatus
carom_webhooks_resume(CaromStore *store, const char *id, GError **err)
{
	return ask_flag(store, "SELECT carom.webhook_resume($1)", id, err);
}

CaromStatus
carom_webhooks_remove(CaromStore *store, const char *id, GError **err)
{
	return ask_flag(store, "SELECT carom.webhook_remove($1)", id, err);
}

CaromStatus
carom_webhooks_rotate(CaromStore *store, const char *id, int hours, char **secret, GError **err)
{
	g_autofree char *keep = g_strdup_printf("%d", hours);
	const char *const args[] = { id, keep };

	return ask_cell(store, "SELECT carom.webhook_rotate($1, $2::int)", args, 2, secret, err);
}

CaromStatus
carom_webhooks_test(CaromStore *store, const char *id, char **message, GError **err)
{
	const char *const args[] = { id };

	return ask_cell(store, "SELECT carom.webhook_test($1)", args, 1, message, err);
}

CaromStatus
carom_webhooks_replay(CaromStore *store, const char *id, const CaromWebhookReplay *replay,
		      guint64 *n, GError **err)
{
	const char *const args[] = { id, replay->after, replay->since,
				     replay->dead ? "true" : "false" };
	g_autoptr(CaromTable) table = NULL;
	const char *cell;
	/* a time without a zone is one of the reports */
	CaromStatus status = carom_store_query_local(
		store, "SELECT carom.webhook_replay($1, $2, $3::timestamptz, $4::boolean)", args, 4,
		&table, err);

	*n = 0;
	if (status != CAROM_OK)
		return status;
	cell = carom_table_cell(table, 0, 0);
	*n = cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
	return cell ? CAROM_OK : CAROM_ABSENT;
}

/* ---- what the sender does ---- */

CaromStatus
carom_webhooks_take(CaromStore *store, gboolean *more, GError **err)
{
	g_autofree char *rows = g_strdup_printf("%d", TAKEN_ROWS);
	const char *const args[] = { rows };
	g_autofree char *read = NULL;
	CaromStatus status =
		ask_cell(store, "SELECT carom.webhook_take($1::int)", args, 1, &read, err);

	*more = status == CAROM_OK && g_ascii_strtoll(read, NULL, 10) >= TAKEN_ROWS;
	return status == CAROM_ABSENT ? carom_store_no_answer("carom.webhook_take", err) : status;
}

CaromStatus
carom_webhooks_claim(CaromStore *store, int seconds, CaromTable **out, GError **err)
{
	g_autofree char *lease = g_strdup_printf("%d", seconds);
	const char *const args[] = { lease };

	/* in the order of the CAROM_CLAIM_… columns */
	return carom_store_query(store,
				 "SELECT delivery, attempt, webhook, message, url, body, secrets "
				 "FROM carom.webhook_claim($1::int)",
				 args, 1, out, err);
}

CaromStatus
carom_webhooks_tell(CaromStore *store, const CaromWebhookTold *told, char **disabled, GError **err)
{
	g_autofree char *wait = g_strdup_printf("%" G_GINT64_FORMAT, told->wait);
	g_autofree char *rest = g_strdup_printf("%" G_GINT64_FORMAT, told->rest);
	g_autofree char *http = told->status ? g_strdup_printf("%ld", told->status) : NULL;
	g_autofree char *took = g_strdup_printf("%" G_GINT64_FORMAT, told->took);
	g_autofree char *days = g_strdup_printf("%d", told->days);
	const char *const args[] = { told->delivery, told->attempt, told->outcome, wait, rest,
				     http,           told->error,   told->answer,  took, days };
	CaromStatus status = ask_cell(
		store,
		"SELECT carom.webhook_told($1::bigint, $2::int, $3, $4::int, $5::int, $6::int, $7, "
		"$8, $9::int, $10::int)",
		args, 10, disabled, err);

	return status == CAROM_ABSENT ? CAROM_OK : status;
}
