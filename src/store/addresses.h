/* SPDX-License-Identifier: BSD-2-Clause */
/* addresses - the rows of carom.address, which tokens name */
#ifndef CAROM_ADDRESSES_H
#define CAROM_ADDRESSES_H

#include "store/connection.h"

/* The row of an address for an account ("": none known), made if need be. */
CAROM_MUST_CHECK CaromStatus carom_addresses_id(CaromStore *store, const char *address,
						const char *account, guint64 *id, GError **err);

/* Whether a row has this number, as a token names it: CAROM_OK, or CAROM_ABSENT. Anything else:
 * nobody can say. */
CAROM_MUST_CHECK CaromStatus carom_addresses_known(CaromStore *store, guint64 id, GError **err);

/* Columns of carom_addresses_mailed(). */
enum {
	CAROM_MAILED_ON, /* a day */
	CAROM_MAILED_ACCOUNT,
	CAROM_MAILED_STREAM,
	CAROM_MAILED_MESSAGE_ID, /* NULL: it was signed, and has a number from then on */
};

/* What is known of mail that was sent to address, newest first, 100 at most: what
 * carom.remember_sent() was told, and since when it has a number in return addresses. */
CAROM_MUST_CHECK CaromStatus carom_addresses_mailed(CaromStore *store, const char *address,
						    CaromTable **out, GError **err);

#endif
