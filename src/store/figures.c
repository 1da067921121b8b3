/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/figures.h"
#include "store/connection_private.h"

static guint64
number(const CaromTable *table, guint column)
{
	const char *cell = carom_table_cell(table, 0, column);

	return cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
}

CaromStatus
carom_figures_set(CaromStore *store, const char *source, const char *rows, guint64 *added,
		  guint64 *changed, guint64 *same, GError **err)
{
	const char *const args[] = { source, rows };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT added, changed, same FROM carom.set_outside($1, $2::jsonb)", args, 2,
		&table, err);

	if (status != CAROM_OK)
		return status;
	*added = number(table, 0);
	*changed = number(table, 1);
	*same = number(table, 2);
	return CAROM_OK;
}
