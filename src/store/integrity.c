/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/integrity.h"
#include "store/connection_private.h"

CaromStatus
carom_integrity_check(CaromStore *store, const char *since, CaromTable **out, GError **err)
{
	const char *const args[] = { since };

	return carom_store_query(
		store, "SELECT name, expected, found, ok FROM carom.check_integrity($1::date)",
		args, 1, out, err);
}
