/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/addresses.h"
#include "store/connection_private.h"

CaromStatus
carom_addresses_id(CaromStore *store, const char *address, const char *account, guint64 *id,
		   GError **err)
{
	const char *const args[] = { address, account };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query(store, "SELECT carom.address_id($1, $2)", args, 2, &table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	*id = cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
	return status != CAROM_OK || *id != 0 ? status
					      : carom_store_no_answer("carom.address_id", err);
}

CaromStatus
carom_addresses_known(CaromStore *store, guint64 id, GError **err)
{
	g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, id);
	const char *const args[] = { number };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, "SELECT carom.address_known($1::bigint)",
					       args, 1, &table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	if (status != CAROM_OK)
		return status;
	if (g_strcmp0(cell, "true") == 0)
		return CAROM_OK;
	return g_strcmp0(cell, "false") == 0 ? CAROM_ABSENT
					     : carom_store_no_answer("carom.address_known", err);
}

CaromStatus
carom_addresses_mailed(CaromStore *store, const char *address, CaromTable **out, GError **err)
{
	const char *const args[] = { address };

	/* in the order of the CAROM_MAILED_… columns */
	return carom_store_query_local(
		store,
		"SELECT x.day, x.account, x.stream, x.message_id FROM ("
		"SELECT s.sent_on AS day, s.account, s.stream, s.message_id FROM carom.sent s "
		"WHERE s.address = carom.normalise($1) UNION ALL "
		"SELECT a.created_at::date, a.account, '', NULL FROM carom.address a "
		"WHERE a.address = carom.normalise($1)) x ORDER BY x.day DESC LIMIT 100",
		args, 1, out, err);
}
