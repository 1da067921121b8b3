/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * canonical - what all spellings of one mailbox have in common
 *
 * Some providers put several addresses into one mailbox: dots in the local part say
 * nothing, nor what follows a "+", and two domains are one. carom._canonical() in
 * sql/functions gives the same: a test compares the two.
 */
#ifndef CAROM_CANONICAL_H
#define CAROM_CANONICAL_H

#include <glib.h>

typedef struct CaromCanonical CaromCanonical; /* not changed while read; then any thread may read */

/* What holds for the addresses of one domain. */
typedef struct {
	const char *domain;         /* in its normal spelling */
	const char *mailbox_domain; /* the same for domains whose mailboxes are one */
	gboolean ignores_dots;
	const char
		*tags; /* characters (ASCII) from whose first on the local part says nothing; "" */
} CaromCanonicalRule;

CaromCanonical *carom_canonical_new(void); /* without rules */
void carom_canonical_add(CaromCanonical *canonical, const CaromCanonicalRule *rule);
gboolean carom_canonical_is_empty(const CaromCanonical *canonical); /* NULL is */

/* The mailbox of an address in its normal spelling (address_normal.h); NULL where no rule is about
 * its domain. The caller's. */
char *carom_canonical_of(const CaromCanonical *canonical, const char *address);

void carom_canonical_free(CaromCanonical *canonical); /* NULL is fine */

#endif
