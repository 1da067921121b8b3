/* SPDX-License-Identifier: BSD-2-Clause */
/* streams - the rows of carom.stream, which signed return addresses name by number */
#ifndef CAROM_STREAMS_H
#define CAROM_STREAMS_H

#include "store/connection.h"

/* The number of an account and one of its streams ("": none), given to them if they have none. It
 * never changes. */
CAROM_MUST_CHECK CaromStatus carom_streams_number(CaromStore *store, const char *account,
						  const char *stream, guint *number, GError **err);

#endif
