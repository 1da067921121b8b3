/* SPDX-License-Identifier: BSD-2-Clause */
/* address_set - a set of addresses as 64-bit hashes: says "surely not" or "perhaps" (wrong once in
 * 10^13 for a million addresses) */
#ifndef CAROM_ADDRESS_SET_H
#define CAROM_ADDRESS_SET_H

#include <glib.h>

typedef struct CaromAddressSet
	CaromAddressSet; /* not changed while read; then any thread may read it */

/* Room for about n addresses; it grows if there are more. */
CaromAddressSet *carom_address_set_new(gsize n);

/* Upper and lower case of ASCII are the same address, as in carom.normalise(). */
void carom_address_set_add(CaromAddressSet *set, const char *address);
/* Takes the address out. Whatever has the same hash goes with it, see above how likely that is. */
void carom_address_set_remove(CaromAddressSet *set, const char *address);
gboolean carom_address_set_has(const CaromAddressSet *set, const char *address);

void carom_address_set_free(CaromAddressSet *set); /* NULL is fine */

#endif
