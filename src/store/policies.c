/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/policies.h"
#include "base/json.h"
#include "store/connection_private.h"

static void
member_days(GString *out, const char *name, int days)
{
	if (days > 0)
		carom_json_member_integer(out, name, days);
}

/* As carom.policy_set() takes a row. The caller's. */
static char *
policy_json(const CaromPolicy *policy)
{
	GString *out = g_string_new(NULL);

	carom_json_begin_object(out);
	carom_json_member(out, "category", policy->category);
	carom_json_member(out, "account", policy->account);
	carom_json_member(out, "stream", policy->stream);
	carom_json_member(out, "provider", policy->provider);
	carom_json_member(out, "status", policy->status);
	carom_json_member(out, "reply", policy->reply);
	member_days(out, "after", policy->after);
	member_days(out, "within_days", policy->within_days);
	member_days(out, "expires_days", policy->expires_days);
	carom_json_member(out, "scope", policy->scope);
	carom_json_member(out, "transactional", policy->transactional);
	carom_json_member(out, "note", policy->note);
	carom_json_end_object(out);
	return g_string_free(out, FALSE);
}

/* in the order of the CAROM_POLICY_… columns */
#define ROW                                                                                        \
	"p.category, p.account, p.stream, p.provider, p.status, p.reply, p.after, "                \
	"p.within_days, p.expires_days, p.scope, p.transactional, p.note "

CaromStatus
carom_policies_list(CaromStore *store, const char *category, CaromTable **out, GError **err)
{
	const char *const args[] = { category };

	return carom_store_query(store,
				 "SELECT " ROW "FROM carom.policy p "
				 "WHERE $1::text IS NULL OR p.category = $1 "
				 "ORDER BY p.category, p.account, p.stream, p.provider, p.status, "
				 "p.reply",
				 args, 1, out, err);
}

CaromStatus
carom_policies_set(CaromStore *store, const CaromPolicy *policy, char **done, GError **err)
{
	g_autofree char *json = policy_json(policy);
	const char *const args[] = { json };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, "SELECT carom.policy_set($1::jsonb)", args, 1,
					       &table, err);

	*done = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 0)) : NULL;
	return status != CAROM_OK || *done != NULL ? status
						   : carom_store_no_answer("carom.policy_set", err);
}

CaromStatus
carom_policies_unset(CaromStore *store, const CaromPolicy *policy, GError **err)
{
	g_autofree char *json = policy_json(policy);
	const char *const args[] = { json, policy->note };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, "SELECT carom.policy_unset($1::jsonb, $2)",
					       args, 2, &table, err);

	if (status != CAROM_OK)
		return status;
	return carom_table_flag(table, 0, 0) ? CAROM_OK : CAROM_ABSENT;
}

CaromStatus
carom_policies_streams(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query(store, "SELECT t AS stream FROM carom.transactional_streams() t",
				 NULL, 0, out, err);
}

CaromStatus
carom_policies_set_streams(CaromStore *store, const char *const *streams, guint n, const char *note,
			   char **done, GError **err)
{
	g_autoptr(GString) json = g_string_new(NULL);
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status;

	carom_json_begin_array(json);
	for (guint i = 0; i < n; i++)
		carom_json_string(json, streams[i]);
	carom_json_end_array(json);
	const char *const args[] = { json->str, note };

	status = carom_store_query(store,
				   "SELECT carom.set_transactional_streams(ARRAY(SELECT "
				   "jsonb_array_elements_text($1::jsonb)), $2)",
				   args, 2, &table, err);
	*done = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 0)) : NULL;
	return status != CAROM_OK || *done != NULL
		       ? status
		       : carom_store_no_answer("carom.set_transactional_streams", err);
}

CaromStatus
carom_policies_log(CaromStore *store, CaromTable **out, GError **err)
{
	/* in the order of the CAROM_POLICY_LOG_… columns */
	return carom_store_query_local(
		store,
		"SELECT p.at, p.change, p.author, p.login, p.note AS why, p.added, p.released, "
		"p.changed, (p.was ->> 'after')::int AS was_after, "
		"(p.was ->> 'within_days')::int AS was_within_days, "
		"(p.was ->> 'expires_days')::int AS was_expires_days, "
		"p.was ->> 'scope' AS was_scope, "
		"(p.was ->> 'transactional')::boolean AS was_transactional, "
		"(SELECT string_agg(n, ', ') FROM jsonb_array_elements_text(p.was -> 'now') n) "
		"AS streams, " ROW "FROM carom.policy_log p ORDER BY p.id DESC LIMIT 100",
		NULL, 0, out, err);
}

/* Asks sql, which begins with what is told of carom.policy_try(). */
static CaromStatus
try_policy(CaromStore *store, const CaromPolicyTrial *trial, const char *sql, CaromTable **out,
	   GError **err)
{
	g_autofree char *json = trial->policy ? policy_json(trial->policy) : NULL;
	const char *const args[] = { trial->since, json, trial->apply ? "true" : "false",
				     trial->note };

	return carom_store_query_local(store, sql, args, 4, out, err);
}

#define TRY "FROM carom.policy_try($1::date, $2::jsonb, $3::boolean, $4) t "

CaromStatus
carom_policies_try_counted(CaromStore *store, const CaromPolicyTrial *trial, CaromTable **out,
			   GError **err)
{
	/* in the order of the CAROM_TRIAL_… columns */
	return try_policy(store, trial,
			  "SELECT t.change, coalesce(t.reason, t.reason_now) AS reason, "
			  "t.provider, count(*) AS suppressions, "
			  "array_to_string((array_agg(t.address ORDER BY t.event_day DESC, "
			  "t.address))[:3], ', ') AS samples " TRY
			  "GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3",
			  out, err);
}

CaromStatus
carom_policies_try(CaromStore *store, const CaromPolicyTrial *trial, CaromTable **out, GError **err)
{
	return try_policy(store, trial,
			  "SELECT t.change, t.address, t.account, t.stream, t.reason, t.source, "
			  "t.expires_at, t.reason_now, t.expires_now, t.provider, t.rule, "
			  "t.event_day " TRY "ORDER BY 1, 2, 3, 4",
			  out, err);
}
