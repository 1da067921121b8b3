/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/incidents.h"
#include "store/connection_private.h"

CaromStatus
carom_incidents_list(CaromStore *store, guint64 number, gboolean all, CaromTable **out,
		     GError **err)
{
	g_autofree char *one = number ? g_strdup_printf("%" G_GUINT64_FORMAT, number) : NULL;
	const char *const args[] = { one, all || number ? "false" : "true" };

	/* in the order of the CAROM_INCIDENT_… columns */
	return carom_store_query_local(
		store,
		"SELECT id AS incident, state, provider, addresses, first_at, last_at, category, "
		"rule, template, example, closed_at, author, note FROM "
		"carom.incidents($2::boolean) WHERE $1::bigint IS NULL OR id = $1::bigint",
		args, 2, out, err);
}

CaromStatus
carom_incidents_held(CaromStore *store, guint64 number, guint most, CaromTable **out, GError **err)
{
	g_autofree char *one = g_strdup_printf("%" G_GUINT64_FORMAT, number);
	g_autofree char *rows = g_strdup_printf("%u", most);
	const char *const args[] = { one, rows };

	return carom_store_query_local(store,
				       "SELECT address, account, stream, since FROM "
				       "carom.incident_addresses($1::bigint, $2::int)",
				       args, 2, out, err);
}

CaromStatus
carom_incidents_close(CaromStore *store, guint64 number, gboolean dead, const char *note,
		      guint64 *n, GError **err)
{
	g_autofree char *one = g_strdup_printf("%" G_GUINT64_FORMAT, number);
	const char *const args[] = { one, note };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query(store,
				  dead ? "SELECT carom.confirm_incident($1::bigint, $2)"
				       : "SELECT carom.discard_incident($1::bigint, $2)",
				  args, 2, &table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	*n = cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
	return status != CAROM_OK || cell != NULL
		       ? status
		       : carom_store_no_answer("carom.confirm_incident", err);
}
