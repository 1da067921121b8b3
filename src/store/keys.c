/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/keys.h"
#include "store/connection_private.h"

CaromStatus
carom_keys_set(CaromStore *store, const char *id, const char *hex, GError **err)
{
	const char *const args[] = { id, hex };
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query(store, "SELECT carom.set_verp_key($1, $2)", args, 2, &table, err);
}
