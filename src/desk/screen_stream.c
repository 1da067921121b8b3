/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream: its days, and how each provider takes it. */
#include "config.h"

#include "desk/rates_columns.h"
#include "desk/screen.h"

static CaromStatus
show_all(CaromDeskPage *page, const CaromSpan *span, GError **err)
{
	static const CaromDeskColumn columns[] = {
		{ "stream", CAROM_DESK_WORD_STREAM, CAROM_DESK_PLAIN, carom_rates_columns_stream },
		{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT },
		CAROM_RATES_COLUMNS,
	};
	g_autoptr(CaromTable) all = NULL;
	CaromStatus status = carom_rates_by(page->store, span, "stream", &all, err);

	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, NULL);
	carom_desk_table(page, CAROM_DESK_WORD_STREAMS, all, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NOTHING);
	return CAROM_OK;
}

static CaromStatus
show_one(CaromDeskPage *page, const CaromSpan *span, GError **err)
{
	static const CaromDeskColumn columns[] = {
		{ "provider", CAROM_DESK_WORD_PROVIDER, CAROM_DESK_PLAIN,
		  carom_rates_columns_provider },
		CAROM_RATES_COLUMNS,
	};
	static const char *const parts[] = { "complaints", "blocks", "days" };
	g_autoptr(CaromTable) providers = NULL;
	g_autofree char *heading = g_strdup_printf("%s%s%s", span->account ? span->account : "",
						   span->account && span->stream ? " / " : "",
						   span->stream ? span->stream : "");
	CaromStatus status = carom_rates_by(page->store, span, "provider", &providers, err);

	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, heading);
	carom_desk_paragraph_link(page,
				  carom_desk_link(page, "causes", "account", span->account,
						  "stream", span->stream, NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_CAUSES));
	carom_desk_table(page, CAROM_DESK_WORD_PROVIDERS, providers, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NOTHING);
	for (gsize i = 0; status == CAROM_OK && i < G_N_ELEMENTS(parts); i++)
		status = carom_desk_part(page, parts[i], span, err);
	carom_desk_paragraph_link(page, carom_desk_link(page, "stream", NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_STREAMS));
	return status;
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	g_autoptr(CaromTable) days = NULL;
	CaromSpan span;
	CaromStatus status = carom_desk_span(page, 28, &days, &span, err);

	if (status != CAROM_OK)
		return status;
	return span.stream || span.account ? show_one(page, &span, err)
					   : show_all(page, &span, err);
}

const CaromDeskScreen carom_screen_stream = {
	.path = "stream",
	.title = CAROM_DESK_WORD_STREAMS,
	.in_menu = TRUE,
	.show = show,
};
