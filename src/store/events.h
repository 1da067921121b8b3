/* SPDX-License-Identifier: BSD-2-Clause */
/* events - what came in about whom */
#ifndef CAROM_EVENTS_H
#define CAROM_EVENTS_H

#include "store/connection.h"

/* What came in about an address, newest first, 100 at most: at, kind, action, account, stream,
 * category, reply, status, rule, confidence, resolved_by, said. */
CAROM_MUST_CHECK CaromStatus carom_events_of_address(CaromStore *store, const char *address,
						     CaromTable **out, GError **err);

#endif
