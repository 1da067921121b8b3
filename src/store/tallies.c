/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/tallies.h"
#include "store/connection_private.h"
#include "store/tallies_private.h"

CaromStatus
carom_tallies_ask(CaromStore *store, const char *sql, const CaromSpan *span, CaromTable **out,
		  GError **err)
{
	const char *const args[] = { span->first, span->last, span->account, span->stream,
				     span->provider };

	return carom_store_query_local(store, sql, args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_tallies_days(CaromStore *store, const char *first, const char *last, int days,
		   CaromTable **out, GError **err)
{
	g_autofree char *n = g_strdup_printf("%d", days);
	const char *const args[] = { first, last, n };
	CaromStatus status = carom_store_query_local(
		store,
		"SELECT coalesce($1::date, coalesce($2::date, carom.day()) - ($3::int - 1)), "
		"coalesce($2::date, carom.day()), carom.setting('timezone'), carom.day()",
		args, G_N_ELEMENTS(args), out, err);

	if (status == CAROM_OK && carom_table_cell(*out, 0, CAROM_DAYS_TIMEZONE) == NULL)
		return carom_status_fail(err, CAROM_MISUSE,
					 "database: carom.setting has no timezone any more");
	return status;
}

CaromStatus
carom_tallies_isp(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_tallies_ask(
		store,
		"SELECT nullif(provider, '') AS provider, sent, hard, soft, block, policy, "
		"hard_rate, complaints, complaint_rate, unsubscribes, delays, new_suppressions, "
		"unrecognised "
		"FROM carom.report_isp($1::date, $2::date, $3, $4) "
		"WHERE bounced + complaints + not_spam + unsubscribes + delays + "
		"new_suppressions + unrecognised + coalesce(sent, 0) > 0 "
		"AND ($5::text IS NULL OR provider = $5)",
		span, out, err);
}

CaromStatus
carom_tallies_categories(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_tallies_ask(
		store,
		"SELECT nullif(category, '') AS category, nullif(class, '') AS class, failed, "
		"delayed, other, new_suppressions, share "
		"FROM carom.report_category($1::date, $2::date, $3, $4, $5)",
		span, out, err);
}

CaromStatus
carom_tallies_balance(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	const char *const args[] = { span->first, span->last, span->account, span->stream };

	return carom_store_query_local(
		store,
		"SELECT kind, reports, events, duplicates, repeats, proven, matched, claimed, "
		"guessed, unmatched, matched_share AS sure "
		"FROM carom.report_balance($1::date, $2::date, $3, $4)",
		args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_tallies_suppressions(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_tallies_ask(
		store,
		"SELECT at, address, account, stream, reason, source, provider, confidence, "
		"rule "
		"FROM carom.report_suppressions($1::date, $2::date, $3, $4) "
		"WHERE $5::text IS NULL OR provider = $5",
		span, out, err);
}

CaromStatus
carom_tallies_outside_ages(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query_local(store,
				       "SELECT source, days_old FROM carom.report_outside_ages()",
				       NULL, 0, out, err);
}

CaromStatus
carom_tallies_outside(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	/* a number is a rate or a count, by its metric's name */
	return carom_tallies_ask(
		store,
		"SELECT day, source, nullif(provider, '') AS provider, nullif(subject, '') AS "
		"subject, metric, word, CASE WHEN NOT r THEN round(value)::bigint END AS count, "
		"CASE WHEN NOT r THEN round(ours)::bigint END AS our_count, "
		"CASE WHEN r THEN round(value, 6) END AS rate, CASE WHEN r THEN ours END AS "
		"our_rate FROM carom.report_outside($1::date, $2::date, $3, $4), "
		"LATERAL (SELECT metric ~ '(rate|ratio)$' AS r) x "
		"WHERE $5::text IS NULL OR provider = $5",
		span, out, err);
}
