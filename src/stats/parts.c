/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/parts.h"

#include <string.h>

#define MORE_THAN_SENT                                                                             \
	"A rate above 100 %: more came back on these days than was counted as sent on them."
#define W(name) CAROM_WORDING_##name
#define PLAIN CAROM_N_WORDINGS

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
	{ .name = "sent", .heading = PLAIN },
	{ .name = "hard", .heading = PLAIN },
	{ .name = "soft", .heading = PLAIN },
	{ .name = "block", .heading = PLAIN },
	{ .name = "policy", .heading = PLAIN },
	{ .name = "hard_rate", .heading = PLAIN, .decimals = 2, .above = MORE_THAN_SENT },
	{ .name = "complaints", .heading = PLAIN, .breaks = TRUE },
	{ .name = "complaint_rate", .heading = PLAIN, .decimals = 3, .above = MORE_THAN_SENT },
	{ .name = "unsubscribes", .heading = PLAIN },
	{ .name = "delays", .heading = PLAIN },
	{ .name = "new_suppressions", .heading = PLAIN },
	{ .name = "unrecognised", .heading = PLAIN },
};

static const CaromPartColumn categories[] = {
	{ .name = "category", .heading = W(CATEGORY) },
	{ .name = "class", .heading = W(CLASS) },
	{ .name = "failed", .heading = PLAIN },
	{ .name = "delayed", .heading = PLAIN },
	{ .name = "other", .heading = PLAIN },
	{ .name = "new_suppressions", .heading = PLAIN },
	{ .name = "share", .heading = PLAIN, .decimals = 1 },
};

static const CaromPartColumn balance[] = {
	{ .name = "kind", .heading = PLAIN },
	{ .name = "reports", .heading = PLAIN },
	{ .name = "events", .heading = PLAIN },
	{ .name = "duplicates", .heading = PLAIN },
	{ .name = "repeats", .heading = PLAIN },
	{ .name = "proven", .heading = PLAIN, .breaks = TRUE },
	{ .name = "matched", .heading = PLAIN },
	{ .name = "claimed", .heading = PLAIN },
	{ .name = "guessed", .heading = PLAIN },
	{ .name = "unmatched", .heading = PLAIN },
	{ .name = "sure", .heading = PLAIN, .decimals = 1 },
};

static const CaromPartColumn outside[] = {
	{ .name = "day", .heading = W(DAY) },
	{ .name = "provider", .heading = W(PROVIDER) },
	{ .name = "subject", .heading = PLAIN },
	{ .name = "metric", .heading = PLAIN },
	{ .name = "word", .heading = PLAIN },
	{ .name = "count", .heading = PLAIN },
	{ .name = "our_count", .heading = PLAIN },
	{ .name = "rate", .heading = W(RATE), .decimals = 3 },
	{ .name = "our_rate", .heading = PLAIN, .decimals = 3 },
};

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
	  .title = PLAIN,
	  .plain_title = "Why mail came back",
	  .ask = carom_tallies_categories,
	  COLUMNS(categories),
	  .on_page = TRUE },
	{ .id = "feeds",
	  .title = W(FEEDS),
	  .ask = carom_rates_feeds,
	  COLUMNS(feeds),
	  .on_page = TRUE },
	{ .id = "balance",
	  .title = PLAIN,
	  .plain_title = "What came in",
	  .ask = carom_tallies_balance,
	  COLUMNS(balance),
	  .on_page = TRUE },
	{ .id = "bounces",
	  .title = W(BOUNCES),
	  .ask = ask_series,
	  COLUMNS(bounces),
	  .has_rates = TRUE },
	{ .id = "days",
	  .title = W(DAYS),
	  .ask = carom_rates_days,
	  COLUMNS(days),
	  .has_rates = TRUE },
	{ .id = "isp",
	  .title = PLAIN,
	  .plain_title = "Per ISP",
	  .ask = carom_tallies_isp,
	  COLUMNS(isp) },
	{ .id = "outside",
	  .title = PLAIN,
	  .plain_title = "What others count",
	  .ask = carom_tallies_outside,
	  COLUMNS(outside) },
	{ .id = "suppressions",
	  .title = PLAIN,
	  .plain_title = "Newly suppressed",
	  .ask = carom_tallies_suppressions },
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
		return "(unclassified)";
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
			.heading = column->heading < CAROM_N_WORDINGS
					   ? carom_wording(lang, column->heading)
					   : NULL,
			.unknown = unknown_of(column, lang),
			.decimals = column->decimals,
			.above = column->above,
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
	CaromTable *out = carom_table_new(at + 3, table->n_rows);
	const int provider = carom_table_find(table, "provider");

	copy_table(table, out);
	carom_table_set_column(out, at, "aim", CAROM_COLUMN_RATE);
	carom_table_set_column(out, at + 1, "limit", CAROM_COLUMN_RATE);
	carom_table_set_column(out, at + 2, "state", CAROM_COLUMN_TEXT);
	for (guint r = 0; r < table->n_rows; r++) {
		const CaromThreshold *threshold = carom_thresholds_find(
			thresholds, carom_table_cell(table, r, (guint) provider),
			CAROM_MEASURE_COMPLAINTS);

		if (threshold == NULL)
			continue;
		carom_table_set_cell(out, r, at, fraction(threshold->aim));
		carom_table_set_cell(out, r, at + 1, fraction(threshold->limit));
		carom_table_set_cell(out, r, at + 2,
				     g_strdup(carom_thresholds_state_name(carom_thresholds_judge(
					     threshold, count_of(table, r, "complaints"),
					     count_of(table, r, "sent")))));
	}
	return out;
}
