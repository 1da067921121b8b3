/* SPDX-License-Identifier: BSD-2-Clause */
/* list_address - what staff name on a list: an address, or a whole domain */
#ifndef CAROM_LIST_ADDRESS_H
#define CAROM_LIST_ADDRESS_H

#include "base/status.h"

/* TRUE for the name of an address that was forgotten: "#" and 50 hexadecimal digits. */
gboolean carom_list_address_is_forgotten(const char *text);

typedef enum {
	CAROM_LIST_ADDRESS_ONE,   /* an address and nothing else: may it be mailed? */
	CAROM_LIST_ADDRESS_ENTRY, /* an address, or @domain for a whole one, as it stands on a list
				   */
	CAROM_LIST_ADDRESS_NEW    /* the same, where it is about to be put there */
} CaromListAddressUse;

/*
 * Reads what staff wrote into the spelling that lists are kept in. An empty
 * variable in a script, or half an address, must never read as "may be mailed":
 * CAROM_MALFORMED says what is wrong with it. A domain that many people share,
 * such as @com or @co.uk, is refused where it is new. The name of a forgotten
 * address is an entry, and no address. *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_list_address_read(const char *text, CaromListAddressUse use,
						     char **out, GError **err);

#endif
