/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/db_settings.h"
#include "store/connection_private.h"

CaromStatus
carom_db_settings_list(CaromStore *store, const char *name, CaromTable **out, GError **err)
{
	const char *const args[] = { name };

	/* in the order of the CAROM_DB_SETTING_… columns */
	return carom_store_query_local(
		store,
		"SELECT name, value, \"default\", unit, lowest, highest, "
		"array_to_string(words, ', ') AS words, changed_by, through, meaning "
		"FROM carom.settings() WHERE $1::text IS NULL OR name = $1",
		args, 1, out, err);
}

CaromStatus
carom_db_settings_log(CaromStore *store, CaromTable **out, GError **err)
{
	/* in the order of the CAROM_DB_SETTING_LOG_… columns */
	return carom_store_query_local(store,
				       "SELECT at, name, was, value, author, login, note "
				       "FROM carom.setting_log ORDER BY id DESC LIMIT 200",
				       NULL, 0, out, err);
}

CaromStatus
carom_db_settings_change(CaromStore *store, const char *name, const char *value, const char *note,
			 char **done, GError **err)
{
	const char *const args[] = { name, value, note };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, "SELECT carom.change_setting($1, $2, $3)",
					       args, 3, &table, err);

	*done = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 0)) : NULL;
	return status != CAROM_OK || *done != NULL
		       ? status
		       : carom_store_no_answer("carom.change_setting", err);
}
