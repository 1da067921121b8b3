/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/rates.h"
#include "store/connection_private.h"
#include "store/tallies_private.h"

CaromStatus
carom_rates_series(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_tallies_ask(
		store,
		"SELECT account, stream, provider, day, sent, complaints, hard, soft, block, "
		"policy, delays "
		"FROM carom.report_series($1::date, $2::date, $3, $4, $5)",
		span, out, err);
}

CaromStatus
carom_rates_by(CaromStore *store, const CaromSpan *span, const char *by, CaromTable **out,
	       GError **err)
{
	const char *const args[] = { span->first,   span->last,   by,
				     span->account, span->stream, span->provider };

	return carom_store_query_local(
		store,
		"SELECT nullif(account, '') AS account, nullif(stream, '') AS stream, "
		"nullif(provider, '') AS provider, sent, hard, soft, block, policy, complaints, "
		"unsubscribes, delays, hard_rate, hard_low, hard_high, hard_before, hard_week, "
		"hard_usual, soft_rate, soft_usual, block_rate, block_low, block_high, "
		"block_before, block_week, block_usual, policy_rate, policy_usual, "
		"complaint_rate, complaint_low, complaint_high, complaint_before, complaint_week, "
		"complaint_usual "
		"FROM carom.report_rates($1::date, $2::date, $3, $4, $5, $6)",
		args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_rates_cohorts(CaromStore *store, const CaromSpan *span, const char *by, gboolean as_of_then,
		    CaromTable **out, GError **err)
{
	const char *const args[] = { span->first,
				     span->last,
				     by,
				     span->account,
				     span->stream,
				     span->provider,
				     as_of_then ? span->last : NULL };

	return carom_store_query_local(
		store,
		"SELECT nullif(account, '') AS account, nullif(stream, '') AS stream, "
		"nullif(provider, '') AS provider, sent, hard, soft, block, policy, complaints, "
		"hard_rate, soft_rate, block_rate, policy_rate, complaint_rate, share, expected, "
		"expected_rate, expected_low, expected_high "
		"FROM carom.report_cohorts(least($1::date, $2::date - 6), $2::date, $3, $4, $5, "
		"$6, least($7::date, carom.day() - 1))",
		args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_rates_days(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_tallies_ask(
		store,
		"SELECT d.day, d.sent, d.hard, d.soft, d.block, d.policy, d.complaints, "
		"d.unsubscribes, d.delays, d.hard_rate, d.soft_rate, d.block_rate, d.policy_rate, "
		"d.complaint_rate, c.complaints AS cohort_complaints, c.complaint_rate AS "
		"cohort_rate, c.share, c.expected_rate, c.expected_low, c.expected_high "
		"FROM carom.report_days($1::date, $2::date, $3, $4, $5) d "
		"LEFT JOIN carom.report_cohorts($1::date, $2::date, 'day', $3, $4, $5) c USING "
		"(day) ORDER BY d.day",
		span, out, err);
}

CaromStatus
carom_rates_causes(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_tallies_ask(store,
				 "SELECT account, stream, provider, day, class, category, events "
				 "FROM carom.report_causes($1::date, $2::date, $3, $4, $5)",
				 span, out, err);
}

CaromStatus
carom_rates_blocks(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_tallies_ask(
		store,
		"SELECT nullif(provider, '') AS provider, class, nullif(category, '') AS "
		"category, events, usual, since "
		"FROM carom.report_blocks($1::date, $2::date, $3, $4, $5)",
		span, out, err);
}

CaromStatus
carom_rates_feeds(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	const char *const args[] = { span->last, span->account, span->stream };

	return carom_store_query_local(
		store,
		"SELECT nullif(provider, '') AS provider, last_day, silent_days, days, complaints, "
		"matched_share, matched_before, matched_lately, lately "
		"FROM carom.report_feeds($1::date, $2, $3)",
		args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_rates_blocklists(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	const char *const args[] = { span->first, span->last, span->account, span->stream };

	return carom_store_query_local(
		store,
		"SELECT blocklist, first_day, last_day, events, nullif(provider, '') AS provider, "
		"ip, example FROM carom.report_blocklists($1::date, $2::date, $3, $4)",
		args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_rates_late(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_tallies_ask(store,
				 "SELECT account, stream, provider, day, complaints, late, "
				 "first_sent, last_sent "
				 "FROM carom.report_late($1::date, $2::date, $3, $4, $5)",
				 span, out, err);
}

CaromStatus
carom_rates_templates(CaromStore *store, const char *day, const CaromSpan *span, CaromTable **out,
		      GError **err)
{
	const char *const args[] = { day, span->account, span->stream, span->provider };

	return carom_store_query_local(
		store,
		"SELECT provider, template, category, class, since, events, share, report "
		"FROM carom.report_templates($1::date, $2, $3, $4)",
		args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_rates_held(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query_local(
		store,
		"SELECT id, provider, category, addresses, carom.day(first_at) AS day, example "
		"FROM carom.incidents(true)",
		NULL, 0, out, err);
}

CaromStatus
carom_rates_named(CaromStore *store, const CaromSpan *span, const char *dimension, CaromTable **out,
		  GError **err)
{
	const char *const args[] = { span->first,   span->last,   dimension,
				     span->account, span->stream, span->provider };

	return carom_store_query_local(
		store,
		"SELECT nullif(account, '') AS account, nullif(stream, '') AS stream, "
		"nullif(name, '') AS name, first_day, sent, hard, soft, block, policy, "
		"complaints, unsubscribes, delays, hard_rate, hard_low, hard_high, hard_usual, "
		"block_rate, block_low, block_high, block_usual, soft_rate, policy_rate, "
		"complaint_rate, complaint_low, complaint_high, complaint_usual "
		"FROM carom.report_named($1::date, $2::date, $3, $4, $5, $6)",
		args, G_N_ELEMENTS(args), out, err);
}
