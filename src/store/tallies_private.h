/* SPDX-License-Identifier: BSD-2-Clause */
/* What asks the database about a span of days. */
#ifndef CAROM_TALLIES_PRIVATE_H
#define CAROM_TALLIES_PRIVATE_H

#include "store/tallies.h"

/* sql has the span's first and last day, account, stream and provider as $1 to $5. */
CAROM_MUST_CHECK CaromStatus carom_tallies_ask(CaromStore *store, const char *sql,
					       const CaromSpan *span, CaromTable **out,
					       GError **err);

#endif
