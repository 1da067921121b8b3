/* SPDX-License-Identifier: BSD-2-Clause */
/* maintenance - what is old is dropped, and what is to come is made ready */
#ifndef CAROM_MAINTENANCE_H
#define CAROM_MAINTENANCE_H

#include "store/connection.h"

/* Columns of carom_maintenance_prune(). */
enum { CAROM_PRUNED_WHAT, CAROM_PRUNED_COUNT };

/* Drops raw messages older than days, and reports and events older than months, in many short
 * transactions. *out says what went. CAROM_RETRY also where a partition is in use. */
CAROM_MUST_CHECK CaromStatus carom_maintenance_prune(CaromStore *store, int days, int months,
						     CaromTable **out, GError **err);

/* Makes the partitions of the months to come. */
CAROM_MUST_CHECK CaromStatus carom_maintenance_make_partitions(CaromStore *store, GError **err);

/* Days begin and end in this time zone from now on. */
CAROM_MUST_CHECK CaromStatus carom_maintenance_set_timezone(CaromStore *store, const char *zone,
							    GError **err);

#endif
