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

/* Every check, one a row. */
CAROM_MUST_CHECK CaromStatus carom_integrity_check(CaromStore *store, CaromTable **out,
						   GError **err);

#endif
