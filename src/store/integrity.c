/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/integrity.h"
#include "store/connection_private.h"

CaromStatus
carom_integrity_check(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query(store,
				 "SELECT name, expected, found, ok FROM carom.check_integrity()",
				 NULL, 0, out, err);
}
