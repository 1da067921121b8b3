/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/parts.h"

#include <string.h>

#define W(name) CAROM_WORDING_##name

static const CaromPartColumn providers[] = {
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "sent", .heading = W(SENT) },
	{ .name = "hard_rate", .heading = W(HARD), .decimals = 2, .count = "hard" },
	{ .name = "hard_usual", .heading = W(USUAL), .decimals = 2 },
	{ .name = "hard_before", .heading = W(BEFORE), .decimals = 2, .only_alone = TRUE },
	{ .name = "hard_week", .heading = W(WEEK), .decimals = 2, .only_alone = TRUE },
	{ .name = "block_rate", .heading = W(BLOCK), .decimals = 2, .count = "block" },
	{ .name = "block_usual", .heading = W(USUAL), .decimals = 2 },
	{ .name = "block_before", .heading = W(BEFORE), .decimals = 2, .only_alone = TRUE },
	{ .name = "block_week", .heading = W(WEEK), .decimals = 2, .only_alone = TRUE },
	{ .name = "complaint_rate", .heading = W(COMPL), .decimals = 3, .count = "complaints" },
	{ .name = "complaint_usual", .heading = W(USUAL), .decimals = 3 },
	{ .name = "complaint_before", .heading = W(BEFORE), .decimals = 3, .only_alone = TRUE },
	{ .name = "complaint_week", .heading = W(WEEK), .decimals = 3, .only_alone = TRUE },
	{ .name = "soft_rate",
	  .heading = W(SOFT),
	  .decimals = 2,
	  .count = "soft",
	  .only_alone = TRUE },
	{ .name = "soft_usual", .heading = W(USUAL), .decimals = 2, .only_alone = TRUE },
	{ .name = "policy_rate",
	  .heading = W(POLICY),
	  .decimals = 2,
	  .count = "policy",
	  .only_alone = TRUE },
	{ .name = "policy_usual", .heading = W(USUAL), .decimals = 2, .only_alone = TRUE },
};

static const CaromPartColumn streams[] = {
	{ .name = "account", .heading = W(ACCOUNT) },
	{ .name = "stream", .heading = W(STREAM) },
	{ .name = "sent", .heading = W(SENT) },
	{ .name = "hard_rate", .heading = W(HARD), .decimals = 2, .count = "hard" },
	{ .name = "hard_usual", .heading = W(USUAL), .decimals = 2 },
	{ .name = "block_rate", .heading = W(BLOCK), .decimals = 2, .count = "block" },
	{ .name = "block_usual", .heading = W(USUAL), .decimals = 2 },
	{ .name = "complaint_rate", .heading = W(COMPL), .decimals = 3, .count = "complaints" },
	{ .name = "complaint_usual", .heading = W(USUAL), .decimals = 3 },
};

static const CaromPartColumn bounces[] = {
	{ .name = "account", .heading = W(ACCOUNT) },
	{ .name = "stream", .heading = W(STREAM) },
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "sent", .heading = W(SENT) },
	{ .name = "hard_rate", .heading = W(HARD), .decimals = 2, .count = "hard" },
	{ .name = "soft_rate", .heading = W(SOFT), .decimals = 2, .count = "soft" },
	{ .name = "block_rate", .heading = W(BLOCK), .decimals = 2, .count = "block" },
	{ .name = "policy_rate", .heading = W(POLICY), .decimals = 2, .count = "policy" },
};

static const CaromPartColumn cohorts[] = {
	{ .name = "account", .heading = W(ACCOUNT) },
	{ .name = "stream", .heading = W(STREAM) },
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "sent", .heading = W(SENT) },
	{ .name = "hard_rate", .heading = W(HARD), .decimals = 2, .count = "hard" },
	{ .name = "block_rate", .heading = W(BLOCK), .decimals = 2, .count = "block" },
	{ .name = "complaint_rate",
	  .heading = W(COMPL_SO_FAR),
	  .decimals = 3,
	  .count = "complaints" },
	{ .name = "share", .heading = W(SHARE_IN), .decimals = 0, .only_on_page = TRUE },
	{ .name = "expected_rate", .heading = W(EXPECTED), .decimals = 3 },
	{ .name = "expected_low", .heading = W(FROM), .decimals = 3, .only_on_page = TRUE },
	{ .name = "expected_high", .heading = W(UP_TO), .decimals = 3, .only_on_page = TRUE },
};

static const CaromPartColumn complaints[] = {
	{ .name = "account", .heading = W(ACCOUNT) },
	{ .name = "stream", .heading = W(STREAM) },
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "sent", .heading = W(SENT), .only_alone = TRUE },
	{ .name = "complaints", .heading = W(COMPL) },
	{ .name = "complaint_rate", .heading = W(RATE), .decimals = 3, .count = "complaints" },
	{ .name = "complaint_low", .heading = W(FROM), .decimals = 3 },
	{ .name = "complaint_high", .heading = W(UP_TO), .decimals = 3 },
	{ .name = "complaint_usual", .heading = W(USUAL), .decimals = 3 },
	{ .name = "limit", .heading = W(LIMIT), .decimals = 1 },
	{ .name = "of_limit", .heading = W(OF_LIMIT), .decimals = 0 },
	{ .name = "state", .heading = W(STATE) },
};

static const CaromPartColumn blocks[] = {
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "category", .heading = W(CATEGORY) },
	{ .name = "class", .heading = W(CLASS) },
	{ .name = "events", .heading = W(EVENTS) },
	{ .name = "usual", .heading = W(USUALLY) },
	{ .name = "since", .heading = W(SINCE) },
};

static const CaromPartColumn feeds[] = {
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "last_day", .heading = W(LAST_HEARD) },
	{ .name = "silent_days", .heading = W(SILENT_DAYS) },
	{ .name = "complaints", .heading = W(IN_35_DAYS) },
	{ .name = "matched_share", .heading = W(MATCHED), .decimals = 0 },
	{ .name = "matched_before", .heading = W(MATCHED_BEFORE), .decimals = 0 },
};

static const CaromPartColumn campaigns[] = {
	{ .name = "account", .heading = W(ACCOUNT) },
	{ .name = "stream", .heading = W(STREAM) },
	{ .name = "name", .heading = W(CAMPAIGN) },
	{ .name = "sent", .heading = W(SENT) },
	{ .name = "hard_rate", .heading = W(HARD), .decimals = 2, .count = "hard" },
	{ .name = "block_rate", .heading = W(BLOCK), .decimals = 2, .count = "block" },
	{ .name = "complaint_rate", .heading = W(COMPL), .decimals = 3, .count = "complaints" },
	{ .name = "complaint_low", .heading = W(FROM), .decimals = 3 },
	{ .name = "complaint_high", .heading = W(UP_TO), .decimals = 3 },
};

static const CaromPartColumn ips[] = {
	{ .name = "name", .heading = W(SENDING_IP) },
	{ .name = "sent", .heading = W(SENT) },
	{ .name = "hard_rate", .heading = W(HARD), .decimals = 2, .count = "hard" },
	{ .name = "hard_usual", .heading = W(USUAL), .decimals = 2 },
	{ .name = "block_rate", .heading = W(BLOCK), .decimals = 2, .count = "block" },
	{ .name = "block_low", .heading = W(FROM), .decimals = 2 },
	{ .name = "block_high", .heading = W(UP_TO), .decimals = 2 },
	{ .name = "block_usual", .heading = W(USUAL), .decimals = 2 },
	{ .name = "complaint_rate", .heading = W(COMPL), .decimals = 3, .count = "complaints" },
	{ .name = "complaint_usual", .heading = W(USUAL), .decimals = 3 },
};

static const CaromPartColumn days[] = {
	{ .name = "day", .heading = W(DAY) },
	{ .name = "sent", .heading = W(SENT) },
	{ .name = "hard_rate", .heading = W(HARD), .decimals = 2, .count = "hard" },
	{ .name = "soft_rate", .heading = W(SOFT), .decimals = 2, .count = "soft" },
	{ .name = "block_rate", .heading = W(BLOCK), .decimals = 2, .count = "block" },
	{ .name = "policy_rate", .heading = W(POLICY), .decimals = 2, .count = "policy" },
	{ .name = "complaint_rate", .heading = W(COMPL), .decimals = 3, .count = "complaints" },
	{ .name = "cohort_rate",
	  .heading = W(SENT_THEN),
	  .decimals = 3,
	  .count = "cohort_complaints" },
	{ .name = "expected_rate", .heading = W(EXPECTED), .decimals = 3 },
};

static const CaromPartColumn isp[] = {
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "sent", .heading = W(SENT) },
	{ .name = "hard", .heading = W(HARD) },
	{ .name = "soft", .heading = W(SOFT) },
	{ .name = "block", .heading = W(BLOCK) },
	{ .name = "policy", .heading = W(POLICY) },
	{ .name = "hard_rate", .heading = W(HARD_RATE), .decimals = 2, .above = W(MORE_THAN_SENT) },
	{ .name = "complaints", .heading = W(COMPLAINT), .breaks = TRUE },
	{ .name = "complaint_rate",
	  .heading = W(COMPLAINT_RATE),
	  .decimals = 3,
	  .above = W(MORE_THAN_SENT) },
	{ .name = "unsubscribes", .heading = W(UNSUBSCRIBES) },
	{ .name = "delays", .heading = W(DELAYS) },
	{ .name = "new_suppressions", .heading = W(NEW_SUPPRESSIONS) },
	{ .name = "unrecognised", .heading = W(UNRECOGNISED) },
};

static const CaromPartColumn categories[] = {
	{ .name = "category", .heading = W(CATEGORY) },
	{ .name = "class", .heading = W(CLASS) },
	{ .name = "failed", .heading = W(FAILED) },
	{ .name = "delayed", .heading = W(DELAYED) },
	{ .name = "other", .heading = W(OTHER) },
	{ .name = "new_suppressions", .heading = W(NEW_SUPPRESSIONS) },
	{ .name = "share", .heading = W(SHARE), .decimals = 1 },
};

static const CaromPartColumn balance[] = {
	{ .name = "kind", .heading = W(KIND) },
	{ .name = "reports", .heading = W(REPORTS) },
	{ .name = "events", .heading = W(OUTCOMES) },
	{ .name = "duplicates", .heading = W(DUPLICATES) },
	{ .name = "repeats", .heading = W(REPEATS) },
	{ .name = "proven", .heading = W(PROVEN), .breaks = TRUE },
	{ .name = "matched", .heading = W(MATCHED_SURE) },
	{ .name = "claimed", .heading = W(CLAIMED) },
	{ .name = "guessed", .heading = W(GUESSED) },
	{ .name = "unmatched", .heading = W(UNMATCHED_AT_ALL) },
	{ .name = "sure", .heading = W(SURE), .decimals = 1 },
};

static const CaromPartColumn outside[] = {
	{ .name = "day", .heading = W(DAY) },
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "subject", .heading = W(SUBJECT) },
	{ .name = "metric", .heading = W(METRIC) },
	{ .name = "word", .heading = W(WORD) },
	{ .name = "count", .heading = W(COUNT) },
	{ .name = "our_count", .heading = W(OUR_COUNT) },
	{ .name = "rate", .heading = W(RATE), .decimals = 3 },
	{ .name = "our_rate", .heading = W(OUR_RATE), .decimals = 3 },
};

static const CaromPartColumn suppressions[] = {
	{ .name = "at", .heading = W(AT_TIME) },
	{ .name = "address", .heading = W(ADDRESS) },
	{ .name = "account", .heading = W(ACCOUNT) },
	{ .name = "stream", .heading = W(STREAM) },
	{ .name = "reason", .heading = W(REASON) },
	{ .name = "source", .heading = W(SOURCE) },
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "confidence", .heading = W(CONFIDENCE) },
	{ .name = "rule", .heading = W(RULE) },
};

/* Words in cells that are for people, too. */
static const struct {
	const char *column, *value;
	CaromWording said;
} words[] = {
	{ "state", "safe", W(STATE_SAFE) },
	{ "state", "above", W(STATE_ABOVE) },
	{ "state", "over", W(STATE_OVER) },
	{ "class", "block", W(CLASS_BLOCK) },
	{ "kind", "delay", W(KIND_DELAY) },
	{ "kind", "delivery", W(KIND_DELIVERY) },
	{ "kind", "complaint", W(KIND_COMPLAINT) },
	{ "kind", "unsubscribe", W(KIND_UNSUBSCRIBE) },
	{ "kind", "auto_reply", W(KIND_AUTO_REPLY) },
	{ "kind", "auth_report", W(KIND_AUTH_REPORT) },
	{ "kind", "unrecognised", W(KIND_UNRECOGNISED) },
	{ "kind", "received", W(KIND_RECEIVED) },
};

static const char *
say(const char *column, const char *value, const char *lang)
{
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(words[i].column, column) == 0 && strcmp(words[i].value, value) == 0)
			return carom_wording(lang, words[i].said);
	return value;
}

static CaromStatus
ask_providers(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_rates_by(store, span, "provider", out, err);
}

static CaromStatus
ask_streams(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_rates_by(store, span, "stream", out, err);
}

static CaromStatus
ask_series(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_rates_by(store, span, "series", out, err);
}

static CaromStatus
ask_cohorts(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_rates_cohorts(store, span, "provider", TRUE, out, err);
}

static CaromStatus
ask_cohorts_alone(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_rates_cohorts(store, span, "series", FALSE, out, err);
}

static CaromStatus
ask_campaigns(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_rates_named(store, span, "campaign", out, err);
}

static CaromStatus
ask_ips(CaromStore *store, const CaromSpan *span, CaromTable **out, GError **err)
{
	return carom_rates_named(store, span, "ip", out, err);
}

#define COLUMNS(of) .columns = of, .n_columns = G_N_ELEMENTS(of)

/* In the order of the page. */
static const CaromPart parts[] = {
	{ .id = "providers",
	  .title = W(PROVIDERS),
	  .ask = ask_providers,
	  COLUMNS(providers),
	  .on_page = TRUE,
	  .has_rates = TRUE },
	{ .id = "streams",
	  .title = W(STREAMS),
	  .ask = ask_streams,
	  COLUMNS(streams),
	  .on_page = TRUE,
	  .has_rates = TRUE },
	{ .id = "complaints",
	  .title = W(COMPLAINTS),
	  .ask = ask_providers,
	  .ask_alone = ask_series,
	  COLUMNS(complaints),
	  .on_page = TRUE,
	  .has_rates = TRUE,
	  .limits = TRUE },
	{ .id = "cohorts",
	  .title = W(COHORTS),
	  .ask = ask_cohorts,
	  .ask_alone = ask_cohorts_alone,
	  COLUMNS(cohorts),
	  .on_page = TRUE,
	  .has_rates = TRUE },
	{ .id = "blocks",
	  .title = W(BLOCKS),
	  .ask = carom_rates_blocks,
	  COLUMNS(blocks),
	  .on_page = TRUE },
	{ .id = "categories",
	  .title = W(CATEGORIES),
	  .ask = carom_tallies_categories,
	  COLUMNS(categories),
	  .on_page = TRUE },
	{ .id = "feeds",
	  .title = W(FEEDS),
	  .ask = carom_rates_feeds,
	  COLUMNS(feeds),
	  .on_page = TRUE },
	{ .id = "balance",
	  .title = W(BALANCE),
	  .ask = carom_tallies_balance,
	  COLUMNS(balance),
	  .on_page = TRUE },
	{ .id = "bounces",
	  .title = W(BOUNCES),
	  .ask = ask_series,
	  COLUMNS(bounces),
	  .has_rates = TRUE },
	{ .id = "campaigns",
	  .title = W(CAMPAIGNS),
	  .ask = ask_campaigns,
	  COLUMNS(campaigns),
	  .has_rates = TRUE },
	{ .id = "ips", .title = W(SENDING_IPS), .ask = ask_ips, COLUMNS(ips), .has_rates = TRUE },
	{ .id = "days",
	  .title = W(DAYS),
	  .ask = carom_rates_days,
	  COLUMNS(days),
	  .has_rates = TRUE },
	{ .id = "isp", .title = W(ISP), .ask = carom_tallies_isp, COLUMNS(isp) },
	{ .id = "outside", .title = W(OUTSIDE), .ask = carom_tallies_outside, COLUMNS(outside) },
	{ .id = "suppressions",
	  .title = W(SUPPRESSIONS),
	  .ask = carom_tallies_suppressions,
	  COLUMNS(suppressions) },
};

const CaromPart *
carom_parts(gsize *n)
{
	*n = G_N_ELEMENTS(parts);
	return parts;
}

const CaromPart *
carom_parts_find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		if (strcmp(parts[i].id, name) == 0)
			return &parts[i];
	return NULL;
}

/* The word where there is no value; NULL: "-". */
static const char *
unknown_of(const CaromPartColumn *column, const char *lang)
{
	if (strcmp(column->name, "provider") == 0)
		return carom_wording(lang, CAROM_WORDING_UNKNOWN_PROVIDER);
	if (strcmp(column->name, "category") == 0)
		return carom_wording(lang, CAROM_WORDING_UNCLASSIFIED);
	if (strcmp(column->name, "name") == 0)
		return carom_wording(lang, CAROM_WORDING_UNNAMED);
	return NULL;
}

/* The word on a page, where a terminal has no room for one; NULL: there is none. */
static const char *
unknown_on_page(const CaromPartColumn *column, const char *lang)
{
	if (strcmp(column->name, "of_limit") == 0)
		return carom_wording(lang, CAROM_WORDING_TOO_FEW);
	if (strcmp(column->name, "state") == 0)
		return carom_wording(lang, CAROM_WORDING_STATE_UNSURE);
	return NULL;
}

CaromShown *
carom_parts_shown(const CaromPart *part, const char *lang, gboolean on_page, guint *n)
{
	CaromShown *shown = g_new0(CaromShown, part->n_columns + 1);

	*n = 0;
	for (guint i = 0; i < part->n_columns; i++) {
		const CaromPartColumn *column = &part->columns[i];

		if (on_page ? column->only_alone : column->only_on_page)
			continue;
		shown[(*n)++] = (CaromShown){
			.name = column->name,
			.heading = carom_wording(lang, column->heading),
			.unknown = unknown_of(column, lang),
			.unknown_page = unknown_on_page(column, lang),
			.decimals = column->decimals,
			.above = column->above ? carom_wording(lang, column->above) : NULL,
			.say = say,
			.lang = lang,
			.breaks = column->breaks,
			.count = column->count,
		};
	}
	return shown;
}

static void
copy_table(const CaromTable *from, CaromTable *to)
{
	for (guint c = 0; c < from->n_columns; c++) {
		carom_table_set_column(to, c, from->names[c], from->types[c]);
		for (guint r = 0; r < from->n_rows; r++)
			carom_table_set_cell(to, r, c, g_strdup(carom_table_cell(from, r, c)));
	}
}

static guint64
count_of(const CaromTable *table, guint row, const char *name)
{
	const int column = carom_table_find(table, name);
	const char *cell = column < 0 ? NULL : carom_table_cell(table, row, (guint) column);

	return cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
}

static char *
fraction(double value)
{
	char digits[G_ASCII_DTOSTR_BUF_SIZE];

	return g_strdup(g_ascii_formatd(digits, sizeof digits, "%.6f", value));
}

CaromTable *
carom_parts_with_limits(const CaromTable *table, const CaromThresholds *thresholds)
{
	const guint at = table->n_columns;
	CaromTable *out = carom_table_new(at + 4, table->n_rows);
	const int provider = carom_table_find(table, "provider"),
		  rate = carom_table_find(table, "complaint_rate");

	copy_table(table, out);
	carom_table_set_column(out, at, "aim", CAROM_COLUMN_RATE);
	carom_table_set_column(out, at + 1, "limit", CAROM_COLUMN_RATE);
	carom_table_set_column(out, at + 2, "state", CAROM_COLUMN_TEXT);
	carom_table_set_column(out, at + 3, "of_limit", CAROM_COLUMN_RATE);
	for (guint r = 0; r < table->n_rows; r++) {
		const CaromThreshold *threshold = carom_thresholds_find(
			thresholds, carom_table_cell(table, r, (guint) provider),
			CAROM_MEASURE_COMPLAINTS);

		if (threshold == NULL)
			continue;
		if (rate >= 0 && carom_table_cell(table, r, (guint) rate) != NULL)
			carom_table_set_cell(
				out, r, at + 3,
				fraction(g_ascii_strtod(carom_table_cell(table, r, (guint) rate),
							NULL) /
					 threshold->limit));
		carom_table_set_cell(out, r, at, fraction(threshold->aim));
		carom_table_set_cell(out, r, at + 1, fraction(threshold->limit));
		carom_table_set_cell(out, r, at + 2,
				     g_strdup(carom_thresholds_state_name(carom_thresholds_judge(
					     threshold, count_of(table, r, "complaints"),
					     count_of(table, r, "sent")))));
	}
	return out;
}
