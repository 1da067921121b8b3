/* SPDX-License-Identifier: BSD-2-Clause */
/* A provider: its days, our streams there, what it says, and what it counts itself. */
#include "config.h"

#include "desk/rates_columns.h"
#include "desk/screen.h"

static CaromStatus
show_one(CaromDeskPage *page, const CaromSpan *span, GError **err)
{
	static const char *const parts[] = { "blocks", "ips", "outside", "days" };
	g_autoptr(CaromTable) streams = NULL;
	CaromStatus status =
		carom_rates_columns_ask(page, span, CAROM_RATES_STREAMS, &streams, err);

	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, span->provider);
	carom_desk_paragraph_link(page,
				  carom_desk_link(page, "causes", "provider", span->provider, NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_CAUSES));
	carom_rates_columns_write(page, CAROM_DESK_WORD_STREAMS_THERE, streams,
				  CAROM_RATES_STREAMS);
	for (gsize i = 0; status == CAROM_OK && i < G_N_ELEMENTS(parts); i++)
		status = carom_desk_part(page, parts[i], span, err);
	carom_desk_paragraph_link(page, carom_desk_link(page, "provider", NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_PROVIDERS));
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
	return span.provider ? show_one(page, &span, err)
			     : carom_rates_columns_all(page, &span, CAROM_DESK_WORD_PROVIDERS,
						       CAROM_RATES_PROVIDERS, err);
}

const CaromDeskScreen carom_screen_provider = {
	.path = "provider",
	.title = CAROM_DESK_WORD_PROVIDERS,
	.in_menu = TRUE,
	.show = show,
};
