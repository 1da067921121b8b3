/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/maintenance.h"
#include "store/connection_private.h"

CaromStatus
carom_maintenance_prune(CaromStore *store, int days, int months, CaromTable **out, GError **err)
{
	g_autofree char *raw_days = g_strdup_printf("%d", days);
	g_autofree char *event_months = g_strdup_printf("%d", months);
	const char *const args[] = { raw_days, event_months };

	return carom_store_query(store, "SELECT * FROM carom.prune($1::int, $2::int)", args, 2, out,
				 err);
}

CaromStatus
carom_maintenance_make_partitions(CaromStore *store, GError **err)
{
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query(store, "SELECT carom.make_partitions()", NULL, 0, &table, err);
}

CaromStatus
carom_maintenance_set_timezone(CaromStore *store, const char *timezone, GError **err)
{
	const char *const args[] = { timezone };
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query(store, "SELECT carom.set_setting('timezone', $1)", args, 1, &table,
				 err);
}
