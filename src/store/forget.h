/* SPDX-License-Identifier: BSD-2-Clause */
/* forget - a person is forgotten, and what the outbound daemon still knows of them */
#ifndef CAROM_STORE_FORGET_H
#define CAROM_STORE_FORGET_H

#include "store/connection.h"

/* Columns of carom_forget(). */
enum {
	CAROM_FORGOT_WHAT, /* entries, changes, events, reports, messages, mentions, sent, numbers
			    */
	CAROM_FORGOT_ROWS  /* a count */
};

typedef struct {
	const char *address;
	const char *note; /* NULL: none */
	gboolean refuse;  /* put it on everybody's list first */
	gboolean dry_run; /* only count */
} CaromForget;

/* Forgets an address in one transaction. *out: how many rows of what. */
CAROM_MUST_CHECK CaromStatus carom_forget(CaromStore *store, const CaromForget *what,
					  CaromTable **out, GError **err);

/* The key that makes of an address what the names of forgotten ones have in digits 3 to 18: the
 * first 8 octets of HMAC-SHA-256. CAROM_OK: *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_forget_filter(CaromStore *store, GBytes **out, GError **err);

#endif
