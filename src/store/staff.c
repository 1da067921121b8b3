/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/staff.h"
#include "store/connection_private.h"

CaromStatus
carom_staff_add(CaromStore *store, const char *name, const char *role, const char *note,
		GError **err)
{
	const char *const args[] = { name, role, note };
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query(store, "SELECT carom.staff_add($1, $2, $3)", args, 3, &table, err);
}

CaromStatus
carom_staff_remove(CaromStore *store, const char *name, GError **err)
{
	const char *const args[] = { name };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query(store, "SELECT carom.staff_remove($1)", args, 1, &table, err);

	if (status != CAROM_OK)
		return status;
	return carom_table_flag(table, 0, 0) ? CAROM_OK : CAROM_ABSENT;
}

CaromStatus
carom_staff_list(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query_local(store, "SELECT * FROM carom.staff_list()", NULL, 0, out,
				       err);
}
