/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/streams.h"
#include "store/connection_private.h"

CaromStatus
carom_streams_number(CaromStore *store, const char *account, const char *stream, guint *number,
		     GError **err)
{
	const char *const args[] = { account, stream };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, "SELECT carom.stream_number($1, $2)", args, 2,
					       &table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	*number = cell ? (guint) g_ascii_strtoull(cell, NULL, 10) : 0;
	return status != CAROM_OK || *number != 0
		       ? status
		       : carom_store_no_answer("carom.stream_number", err);
}
