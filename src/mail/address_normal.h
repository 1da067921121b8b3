/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_normal - the one spelling under which an address is kept and asked for
 *
 * A mailbox has many spellings that Postfix takes for the same: quotes and
 * backslashes that nothing needs, comments, a source route, a bang path, a dot
 * that ends the domain, a domain as U-labels. All of them have one normal
 * spelling, and carom.normalise() in sql/functions gives the same one: a test
 * compares the two. An entry of the suppression list, a whole domain on it and
 * the question whether somebody may be mailed all go through here.
 */
#ifndef CAROM_ADDRESS_NORMAL_H
#define CAROM_ADDRESS_NORMAL_H

#include <glib.h>

/* Longer texts are no address, in octets. */
#define CAROM_ADDRESS_NORMAL_MAX 1000

/*
 * The normal spelling of text: ASCII letters in lower case, the domain as
 * A-labels (RFC 5890), the local part in quotes only where RFC 5321 4.1.2 wants
 * them. "@example.org", a whole domain, and "@.example.org", all that lies below
 * it, stay so. NULL where text is none of these.
 * len may be -1; the result is the caller's.
 */
char *carom_address_normal(const char *text, gssize len);

#endif
