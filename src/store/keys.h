/* SPDX-License-Identifier: BSD-2-Clause */
/* keys - the secrets with which carom.verp() signs in SQL */
#ifndef CAROM_KEYS_H
#define CAROM_KEYS_H

#include "store/connection.h"

/* Gives the database a key: its id, and its secret as hexadecimal digits. The last one given
 * signs. */
CAROM_MUST_CHECK CaromStatus carom_keys_set(CaromStore *store, const char *id, const char *hex,
					    GError **err);

#endif
