/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream_numbers - the number by which a signed return address names account and stream
 *
 * Those of [streams] in carom.conf have the number that stands there; all others
 * get one from the database, once, and are remembered.
 */
#ifndef CAROM_STREAM_NUMBERS_H
#define CAROM_STREAM_NUMBERS_H

#include "config/settings.h"
#include "store/connection.h"

typedef struct CaromStreamNumbers CaromStreamNumbers; /* any thread */

/* store is borrowed; it bears questions of many threads. */
CaromStreamNumbers *carom_stream_numbers_new(CaromStore *store);

/* The number of account and stream; 0 where account is "", for nobody's mail has none.
 * CAROM_RETRY: the database would have to be asked and is away. */
CAROM_MUST_CHECK CaromStatus carom_stream_numbers_get(CaromStreamNumbers *numbers,
						      const CaromConfig *config,
						      const char *account, const char *stream,
						      guint *number, GError **err);

void carom_stream_numbers_free(CaromStreamNumbers *numbers); /* NULL is fine */

#endif
