/* SPDX-License-Identifier: BSD-2-Clause */
/* blocklists - which blocklists name us */
#ifndef CAROM_BLOCKLISTS_H
#define CAROM_BLOCKLISTS_H

#include "store/connection.h"

/* Columns of carom_blocklists_list(). */
enum {
	CAROM_BLOCKLIST_NAME,
	CAROM_BLOCKLIST_FIRST, /* a day */
	CAROM_BLOCKLIST_LAST,
	CAROM_BLOCKLIST_EVENTS,
	CAROM_BLOCKLIST_PROVIDERS /* at whose servers it showed */
};

/* Those that named us on the day since (YYYY-MM-DD; NULL: ever) or after it, a list a row. */
CAROM_MUST_CHECK CaromStatus carom_blocklists_list(CaromStore *store, const char *since,
						   CaromTable **out, GError **err);

#endif
