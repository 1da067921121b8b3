/* SPDX-License-Identifier: BSD-2-Clause */
/* integrity - whether the tallies equal the events */
#ifndef CAROM_INTEGRITY_H
#define CAROM_INTEGRITY_H

#include "store/connection.h"

/* Columns of carom_integrity_check(). */
enum {
	CAROM_INTEGRITY_NAME,
	CAROM_INTEGRITY_EXPECTED,
	CAROM_INTEGRITY_FOUND,
	CAROM_INTEGRITY_OK /* a flag */
};

/* Every check, one a row, of what is of the day since ("2026-11-20") or later; NULL: of everything.
 * CAROM_MALFORMED: that is no day. */
CAROM_MUST_CHECK CaromStatus carom_integrity_check(CaromStore *store, const char *since,
						   CaromTable **out, GError **err);

#endif
