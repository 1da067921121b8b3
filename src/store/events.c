/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/events.h"
#include "store/connection_private.h"

CaromStatus
carom_events_of_address(CaromStore *store, const char *address, CaromTable **out, GError **err)
{
	const char *const args[] = { address };

	return carom_store_query(
		store,
		"SELECT to_char(at, 'YYYY-MM-DD HH24:MI') AS at, kind, action, account, stream, "
		"category, reply, status, rule, confidence, resolved_by, "
		"left(diagnostic, 120) AS said "
		"FROM carom.event WHERE address = carom.normalise($1) "
		"ORDER BY event.at DESC LIMIT 100",
		args, 1, out, err);
}
