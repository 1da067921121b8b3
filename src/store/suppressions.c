/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/suppressions.h"
#include "store/connection_private.h"

CaromStatus
carom_suppressions_list(CaromStore *store, const char *account, const char *stream,
			CaromTable **out, GError **err)
{
	const char *const args[] = { account, stream };

	/* in the order of the CAROM_LISTED_… columns */
	return carom_store_query_local(store,
				       "SELECT address, account, stream, reason, source, "
				       "since, expires_at::date AS expires, provider, "
				       "confidence, author, note, "
				       "carom.stops_transactional(s) AS stops_transactional "
				       "FROM carom.suppressions(NULL, NULL) s "
				       "WHERE ($1::text IS NULL OR account IN ('', $1)) AND "
				       "($2::text IS NULL OR stream = $2 OR "
				       "($1::text IS NOT NULL AND stream = '')) "
				       "ORDER BY address, account, stream",
				       args, 2, out, err);
}

CaromStatus
carom_suppressions_stopping(CaromStore *store, const char *account, const char *stream,
			    CaromTable **out, GError **err)
{
	const char *const args[] = { account, stream };

	/* in the order of the CAROM_LISTED_… columns */
	return carom_store_query_local(
		store,
		"SELECT address, account, stream, reason, source, since, "
		"expires_at::date AS expires, provider, confidence, author, note, "
		"carom.stops_transactional(s) AS stops_transactional "
		"FROM carom.suppressions_stopping($1, coalesce($2, '')) s",
		args, 2, out, err);
}

/* in the order of the CAROM_SUPPRESSION_… columns */
#define COLUMNS                                                                                    \
	"s.address, s.account, s.stream, s.reason, s.source, s.since::date AS since, "             \
	"s.expires_at::date AS expires, s.note "
#define FOUND "SELECT " COLUMNS "FROM "

CaromStatus
carom_suppressions_find(CaromStore *store, const char *address, const char *account,
			const char *stream, CaromTable **out, GError **err)
{
	const char *const args[] = { address, account, stream };

	if (account == NULL && stream == NULL)
		return carom_store_query_local(store, FOUND "carom.suppressions_of($1) s", args, 1,
					       out, err);
	return carom_store_query_local(
		store, FOUND "carom.suppressed($1, coalesce($2, ''), coalesce($3, '')) s", args, 3,
		out, err);
}

/* As the text of an array. Caller's. */
static char *
array_of(const char *const *texts, guint n)
{
	g_autoptr(GString) out = g_string_new("{");

	for (guint i = 0; i < n; i++) {
		g_string_append(out, i > 0 ? ",\"" : "\"");
		for (const char *p = texts[i]; *p; p++) {
			if (*p == '"' || *p == '\\')
				g_string_append_c(out, '\\');
			g_string_append_c(out, *p);
		}
		g_string_append_c(out, '"');
	}
	g_string_append_c(out, '}');
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* One entry for each address: any of them is reason enough. */
#define MANY(function)                                                                             \
	"SELECT " COLUMNS ", q.n FROM unnest($1::text[]) WITH ORDINALITY AS q(address, n) "        \
	"CROSS JOIN LATERAL (SELECT x.* FROM " function " x LIMIT 1) s ORDER BY q.n"

CaromStatus
carom_suppressions_find_many(CaromStore *store, const char *const *addresses, guint n,
			     const char *account, const char *stream, CaromTable **out,
			     GError **err)
{
	g_autofree char *array = array_of(addresses, n);
	const char *const args[] = { array, account, stream };

	if (account == NULL && stream == NULL)
		return carom_store_query_local(store, MANY("carom.suppressions_of(q.address)"),
					       args, 1, out, err);
	return carom_store_query_local(
		store, MANY("carom.suppressed(q.address, coalesce($2, ''), coalesce($3, ''))"),
		args, 3, out, err);
}

CaromStatus
carom_suppressions_add(CaromStore *store, const CaromSuppressionEntry *entry, char **done,
		       GError **err)
{
	const char *const args[] = { entry->address, entry->reason, entry->account,
				     entry->stream,  entry->note,   entry->expires };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query_local(store,
					"SELECT carom.suppress($1, $2, coalesce($3, ''), "
					"coalesce($4, ''), $5, $6::timestamptz)",
					args, 6, &table, err);

	*done = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 0)) : NULL;
	return status != CAROM_OK || *done != NULL ? status
						   : carom_store_no_answer("carom.suppress", err);
}

CaromStatus
carom_suppressions_remove(CaromStore *store, const char *address, const char *note,
			  const char *account, const char *stream, GError **err)
{
	const char *const args[] = { address, note, account, stream };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT carom.unsuppress($1, $2, coalesce($3, ''), coalesce($4, ''))", args,
		4, &table, err);

	if (status != CAROM_OK)
		return status;
	return carom_table_flag(table, 0, 0) ? CAROM_OK : CAROM_ABSENT;
}

/* The time: a day as its end is the whole day. */
#define TIMES                                                                                      \
	"$1::timestamptz, CASE WHEN length($2) = 10 THEN ($2::date + 1)::timestamptz "             \
	"ELSE $2::timestamptz END"

CaromStatus
carom_suppressions_count_cause(CaromStore *store, const CaromSuppressionCause *cause,
			       CaromTable **out, GError **err)
{
	const char *const args[] = { cause->from,     cause->to,      cause->reason, cause->rule,
				     cause->provider, cause->account, cause->stream, cause->reply };

	/* in the order of the CAROM_CAUSE_… columns */
	return carom_store_query_local(
		store,
		"SELECT c.reason, c.rule, c.provider, c.template AS reply, c.suppressions, c.first, "
		"c.last, c.others, array_to_string(c.samples, ', ') AS samples "
		"FROM carom.count_cause(" TIMES ", $3, $4, $5, $6, $7, $8) c",
		args, 8, out, err);
}

CaromStatus
carom_suppressions_undo(CaromStore *store, const CaromSuppressionCause *cause, const char *note,
			gboolean dry_run, CaromTable **out, GError **err)
{
	const char *const args[] = { cause->from,
				     cause->to,
				     cause->reason,
				     cause->rule,
				     cause->provider,
				     cause->account,
				     cause->stream,
				     cause->reply,
				     note,
				     dry_run ? "true" : "false" };

	return carom_store_query_local(
		store,
		"SELECT u.address, u.account, u.stream, u.reason, u.source, u.changed_at AS since, "
		"u.expires_at::date AS expires, u.provider, u.status, u.rule, u.said_by "
		"FROM carom.unsuppress_cause(coalesce($9, 'shown'), " TIMES
		", $3, $4, $5, $6, session_user, $10::boolean, $7, $8) u",
		args, 10, out, err);
}

CaromStatus
carom_suppressions_alive(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query_local(
		store,
		"SELECT address, account, stream, reason, source, since, expires_at::date AS expires, "
		"seen, sign FROM carom.alive()",
		NULL, 0, out, err);
}

CaromStatus
carom_suppressions_history(CaromStore *store, const char *address, CaromTable **out, GError **err)
{
	const char *const args[] = { address };

	return carom_store_query_local(
		store,
		"SELECT at, change, account, stream, reason, source, rule, confidence, expires, "
		"author, note, login, report FROM carom.story_changes($1)",
		args, 1, out, err);
}

CaromStatus
carom_suppressions_release(CaromStore *store, const char *address, CaromTable **out, GError **err)
{
	const char *const args[] = { address };

	/* in the order of the CAROM_RELEASE_… columns; which policy applies is chosen as
	 * carom._ruled() does */
	return carom_store_query_local(
		store,
		"SELECT s.address, s.account, s.stream, s.reason, s.source, s.since, "
		"s.expires_at::date AS expires, p.after, p.within_days "
		"FROM carom.suppressions_of($1) s LEFT JOIN LATERAL (SELECT r.after, r.within_days "
		"FROM carom.policy r WHERE r.category = s.reason "
		"AND r.account IN ('', s.account) AND r.stream IN ('', s.stream) "
		"AND r.provider IN ('', s.provider) AND r.status IN ('', s.status) AND r.reply = '' "
		"ORDER BY r.account <> '' DESC, r.stream <> '' DESC, r.provider <> '' DESC, "
		"r.status <> '' DESC LIMIT 1) p ON true",
		args, 1, out, err);
}

CaromStatus
carom_suppressions_addresses(CaromStore *store, const char *after, guint most, CaromTable **out,
			     GError **err)
{
	g_autofree char *number = g_strdup_printf("%u", most);
	const char *const args[] = { after, number };

	return carom_store_query(store,
				 "SELECT address FROM carom.suppressed_addresses($1, $2::int)",
				 args, 2, out, err);
}

CaromStatus
carom_suppressions_changes(CaromStore *store, const char *cursor, CaromTable **out, GError **err)
{
	const char *const args[] = { cursor };

	/* in the order of the CAROM_CHANGED_… columns */
	return carom_store_query(store,
				 "SELECT cursor, address, listed FROM carom.list_changes($1)", args,
				 1, out, err);
}

CaromStatus
carom_suppressions_watch(CaromStore *store, GError **err)
{
	return carom_store_listen(store, "carom_suppression", err);
}
