/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/blocklists.h"
#include "store/connection_private.h"

CaromStatus
carom_blocklists_list(CaromStore *store, const char *since, CaromTable **out, GError **err)
{
	const char *const args[] = { since };

	/* in the order of the CAROM_BLOCKLIST_… columns */
	return carom_store_query(
		store,
		"SELECT blocklist, first_day, last_day, events, "
		"array_to_string(array_remove(providers, ''), ', ') AS providers "
		"FROM carom.blocklists WHERE $1::date IS NULL OR last_day >= $1::date "
		"ORDER BY last_day DESC, blocklist",
		args, 1, out, err);
}
