/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "desk/rates_columns.h"
#include "stats/wording.h"

/* To the provider of a row. */
static char *
to_provider(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link(page, "provider", "provider",
			       carom_desk_cell(table, row, "provider"), NULL);
}

/* To the stream of a row. */
static char *
to_stream(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link(page, "stream", "account", carom_desk_cell(table, row, "account"),
			       "stream", carom_desk_cell(table, row, "stream"), NULL);
}

#define RATES                                                                                      \
	{ .name = "sent", .heading = CAROM_DESK_WORD_SENT },                                       \
		{ .name = "hard_rate", .heading = CAROM_DESK_WORD_HARD, .count = "hard" },         \
		{ .name = "block_rate", .heading = CAROM_DESK_WORD_BLOCK, .count = "block" },      \
		{ .name = "soft_rate", .heading = CAROM_DESK_WORD_SOFT, .count = "soft" },         \
	{                                                                                          \
		.name = "complaint_rate", .heading = CAROM_DESK_WORD_COMPLAINTS,                   \
		.count = "complaints"                                                              \
	}

static const CaromDeskColumn of_providers[] = {
	{ .name = "provider", .heading = CAROM_DESK_WORD_PROVIDER, .link = to_provider },
	RATES,
};

static const CaromDeskColumn of_streams[] = {
	{ .name = "stream", .heading = CAROM_DESK_WORD_STREAM, .link = to_stream },
	{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT },
	RATES,
};

static const struct {
	const char *name;
	const CaromDeskColumn *columns;
	gsize n;
} tables[] = {
	[CAROM_RATES_PROVIDERS] = { "provider", of_providers, G_N_ELEMENTS(of_providers) },
	[CAROM_RATES_STREAMS] = { "stream", of_streams, G_N_ELEMENTS(of_streams) },
};

CaromStatus
carom_rates_columns_ask(CaromDeskPage *page, const CaromSpan *span, CaromRatesBy by,
			CaromTable **out, GError **err)
{
	return carom_rates_by(page->store, span, tables[by].name, out, err);
}

void
carom_rates_columns_write(CaromDeskPage *page, CaromDeskWord title, const CaromTable *table,
			  CaromRatesBy by)
{
	carom_desk_table(page, title, table, tables[by].columns, tables[by].n,
			 CAROM_DESK_WORD_NOTHING);
	carom_markup_element(page->markup, "p",
			     carom_wording(page->lang, CAROM_WORDING_TOO_FEW_NOTE), "class", "note",
			     NULL);
}

CaromStatus
carom_rates_columns_all(CaromDeskPage *page, const CaromSpan *span, CaromDeskWord title,
			CaromRatesBy by, GError **err)
{
	g_autoptr(CaromTable) all = NULL;
	CaromStatus status = carom_rates_columns_ask(page, span, by, &all, err);

	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, NULL);
	carom_rates_columns_write(page, title, all, by);
	return CAROM_OK;
}
