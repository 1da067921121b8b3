/* SPDX-License-Identifier: BSD-2-Clause */
/* rates_columns - the columns of rates that several screens have, and where their cells lead */
#ifndef CAROM_RATES_COLUMNS_H
#define CAROM_RATES_COLUMNS_H

#include "desk/screen.h"

/* To the provider, and to the stream, of a row. The caller's. */
char *carom_rates_columns_provider(const CaromDeskPage *page, const CaromTable *table, guint row);
char *carom_rates_columns_stream(const CaromDeskPage *page, const CaromTable *table, guint row);

#define CAROM_RATES_COLUMNS                                                                        \
	{ .name = "sent", .heading = CAROM_DESK_WORD_SENT },                                       \
		{ .name = "hard_rate", .heading = CAROM_DESK_WORD_HARD },                          \
		{ .name = "block_rate", .heading = CAROM_DESK_WORD_BLOCK },                        \
		{ .name = "soft_rate", .heading = CAROM_DESK_WORD_SOFT },                          \
	{                                                                                          \
		.name = "complaint_rate", .heading = CAROM_DESK_WORD_COMPLAINTS                    \
	}

#endif
