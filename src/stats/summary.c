/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/summary.h"
#include "store/tallies.h"

#include <string.h>

#define MORE_THAN_SENT                                                                             \
	"A rate above 100 %: more came back on these days than was counted as sent on them."

static const CaromShown isp[] = {
	{ .name = "provider", .unknown = "(unknown)" },
	{ .name = "sent" },
	{ .name = "hard" },
	{ .name = "soft" },
	{ .name = "block" },
	{ .name = "policy" },
	{ .name = "hard_rate", .decimals = 2, .above = MORE_THAN_SENT },
	{ .name = "complaints", .breaks = TRUE },
	{ .name = "complaint_rate",
	  .heading = "complaint\nrate",
	  .decimals = 3,
	  .above = MORE_THAN_SENT },
	{ .name = "unsubscribes", .heading = "unsub-\nscribes" },
	{ .name = "delays" },
	{ .name = "new_suppressions", .heading = "newly\nsuppressed" },
	{ .name = "unrecognised", .heading = "unrecog-\nnised" },
};

static const CaromShown categories[] = {
	{ .name = "category", .unknown = "(unclassified)" },
	{ .name = "class" },
	{ .name = "failed" },
	{ .name = "delayed" },
	{ .name = "other" },
	{ .name = "new_suppressions", .heading = "newly\nsuppressed" },
	{ .name = "share", .decimals = 1 },
};

static const CaromShown balance[] = {
	{ .name = "kind" },
	{ .name = "reports" },
	{ .name = "events" },
	{ .name = "duplicates" },
	{ .name = "repeats" },
	{ .name = "proven", .breaks = TRUE },
	{ .name = "matched" },
	{ .name = "claimed" },
	{ .name = "guessed" },
	{ .name = "unmatched" },
	{ .name = "sure", .decimals = 1 },
};

/* Each is one question about a span of days. */
static const struct {
	const char *id, *title;
	CaromStatus (*ask)(CaromStore *store, const CaromSpan *span, CaromTable **out,
			   GError **err);
	const CaromShown *shown;
	guint n_shown;
	gboolean nightly; /* stands in the nightly report */
} parts[] = {
	{ "isp", "Per ISP", carom_tallies_isp, isp, G_N_ELEMENTS(isp), TRUE },
	{ "categories", "Why mail came back", carom_tallies_categories, categories,
	  G_N_ELEMENTS(categories), TRUE },
	{ "balance", "What came in", carom_tallies_balance, balance, G_N_ELEMENTS(balance), TRUE },
	{ "suppressions", "Newly suppressed", carom_tallies_suppressions, NULL, 0, FALSE },
};

struct CaromSummary {
	char *title;
	CaromTable *tables[G_N_ELEMENTS(parts)];
	CaromSection sections[G_N_ELEMENTS(parts)];
	CaromDocument document;
};

const char *
carom_summary_names(void)
{
	return "nightly, isp, categories, balance, suppressions";
}

gboolean
carom_summary_exists(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		if (strcmp(parts[i].id, name) == 0)
			return TRUE;
	return strcmp(name, "nightly") == 0;
}

/* "carom: report of 2026-11-27 to 2026-11-28 (Asia/Jakarta)". The caller's. */
static char *
title_of(const CaromTable *days)
{
	const char *first = carom_table_cell(days, 0, CAROM_DAYS_FIRST);
	const char *last = carom_table_cell(days, 0, CAROM_DAYS_LAST);
	gboolean one = strcmp(first, last) == 0;

	return g_strdup_printf("carom: report of %s%s%s (%s)", first, one ? "" : " to ",
			       one ? "" : last, carom_table_cell(days, 0, CAROM_DAYS_TIMEZONE));
}

static gboolean
is_wanted(const CaromSummaryQuestion *question, gsize part, guint so_far)
{
	if (strcmp(question->name, "nightly") != 0)
		return strcmp(question->name, parts[part].id) == 0;
	return parts[part].nightly && !(question->one_table && so_far > 0);
}

CaromStatus
carom_summary_collect(CaromStore *store, const CaromSummaryQuestion *question, CaromSummary **out,
		      GError **err)
{
	g_autoptr(CaromSummary) summary = g_new0(CaromSummary, 1);
	g_autoptr(CaromTable) days = NULL;
	guint n = 0;
	CaromStatus status = carom_tallies_days(store, question->day, question->days, &days, err);

	*out = NULL;
	for (gsize i = 0; status == CAROM_OK && i < G_N_ELEMENTS(parts); i++) {
		const CaromSpan span = { .first = carom_table_cell(days, 0, CAROM_DAYS_FIRST),
					 .last = carom_table_cell(days, 0, CAROM_DAYS_LAST),
					 .account = question->account,
					 .stream = question->stream };

		if (!is_wanted(question, i, n))
			continue;
		status = parts[i].ask(store, &span, &summary->tables[n], err);
		summary->sections[n] = (CaromSection){ .id = parts[i].id,
						       .title = parts[i].title,
						       .table = summary->tables[n],
						       .shown = parts[i].shown,
						       .n_shown = parts[i].n_shown };
		n++;
	}
	if (status != CAROM_OK)
		return status;
	summary->title = title_of(days);
	summary->document = (CaromDocument){ .title = summary->title,
					     .notes = question->notes,
					     .sections = summary->sections,
					     .n_sections = n };
	*out = g_steal_pointer(&summary);
	return CAROM_OK;
}

const CaromDocument *
carom_summary_document(const CaromSummary *summary)
{
	return &summary->document;
}

void
carom_summary_free(CaromSummary *summary)
{
	if (summary == NULL)
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(summary->tables); i++)
		carom_table_free(summary->tables[i]);
	g_free(summary->title);
	g_free(summary);
}
