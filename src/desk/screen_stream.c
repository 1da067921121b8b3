/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream: its campaigns and days, and how each provider takes it. */
#include "config.h"

#include "desk/rates_columns.h"
#include "desk/screen.h"

static CaromStatus
show_one(CaromDeskPage *page, const CaromSpan *span, GError **err)
{
	static const char *const parts[] = { "campaigns", "complaints", "blocks", "days" };
	g_autoptr(CaromTable) providers = NULL;
	g_autofree char *heading = g_strdup_printf("%s%s%s", span->account ? span->account : "",
						   span->account && span->stream ? " / " : "",
						   span->stream ? span->stream : "");
	CaromStatus status =
		carom_rates_columns_ask(page, span, CAROM_RATES_PROVIDERS, &providers, err);

	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, heading);
	carom_desk_paragraph_link(page,
				  carom_desk_link(page, "causes", "account", span->account,
						  "stream", span->stream, NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_CAUSES));
	carom_rates_columns_write(page, CAROM_DESK_WORD_PROVIDERS, providers,
				  CAROM_RATES_PROVIDERS);
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
	return span.stream || span.account
		       ? show_one(page, &span, err)
		       : carom_rates_columns_all(page, &span, CAROM_DESK_WORD_STREAMS,
						 CAROM_RATES_STREAMS, err);
}

const CaromDeskScreen carom_screen_stream = {
	.path = "stream",
	.title = CAROM_DESK_WORD_STREAMS,
	.in_menu = TRUE,
	.show = show,
};
