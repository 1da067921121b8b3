/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/api_keys.h"
#include "store/connection_private.h"

/* The members with a line end between them, which none of them has; NULL of none. Caller's. */
static char *
joined(const char *const *list)
{
	return list != NULL && list[0] != NULL ? g_strjoinv("\n", (char **) list) : NULL;
}

CaromStatus
carom_api_keys_add(CaromStore *store, const CaromApiKeysEntry *entry, GError **err)
{
	g_autofree char *scopes = joined(entry->scopes), *accounts = joined(entry->accounts);
	g_autofree char *streams = joined(entry->streams);
	const char *const args[] = { entry->id, entry->digest,  scopes,     accounts,
				     streams,   entry->expires, entry->note };
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query_local(
		store,
		"SELECT carom.api_key_add($1, decode($2, 'hex'), string_to_array($3, E'\\n'), "
		"string_to_array($4, E'\\n'), string_to_array($5, E'\\n'), $6::timestamptz, $7)",
		args, 7, &table, err);
}

CaromStatus
carom_api_keys_list(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query_local(store, "SELECT * FROM carom.api_keys()", NULL, 0, out, err);
}

CaromStatus
carom_api_keys_revoke(CaromStore *store, const char *id, GError **err)
{
	const char *const args[] = { id };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query(store, "SELECT carom.api_key_revoke($1)", args, 1, &table, err);

	if (status != CAROM_OK)
		return status;
	return carom_table_flag(table, 0, 0) ? CAROM_OK : CAROM_ABSENT;
}
