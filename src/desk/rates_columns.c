/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "desk/rates_columns.h"

char *
carom_rates_columns_provider(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link(page, "provider", "provider",
			       carom_desk_cell(table, row, "provider"), NULL);
}

char *
carom_rates_columns_stream(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link(page, "stream", "account", carom_desk_cell(table, row, "account"),
			       "stream", carom_desk_cell(table, row, "stream"), NULL);
}
