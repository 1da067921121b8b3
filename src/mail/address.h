/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address - mail addresses as reports write them
 *
 * Reports write addresses in every way there is: "rfc822; <a@b>", xtext,
 * "utf-8; \x{e5}", quoted local parts, route addresses, upper-case domains.
 * One form comes out: local part as received, domain in lower case and as
 * A-labels (RFC 5890), no angle brackets.
 */
#ifndef CAROM_ADDRESS_H
#define CAROM_ADDRESS_H

#include <glib.h>

/* Longest address that is believed: RFC 5321 4.5.3.1 (64 + 1 + 255). */
#define CAROM_ADDRESS_MAX 320

/*
 * The address in text, or NULL where there is none that could be mailed.
 * text is the address alone, with or without <>, comments, a display name, a
 * trailing dot or a source route before it. len may be -1. Caller's.
 */
char *carom_address_parse(const char *text, gssize len);

/*
 * The address in a typed field such as Final-Recipient (RFC 3464 2.1.2):
 * type "rfc822", "utf-8" (RFC 6533 3) or missing; also "rfc/822" and X.400
 * forms that carry an SMTP address. xtext (RFC 3461 4) is undone where the
 * encoded character had to be encoded. Caller's, or NULL.
 */
char *carom_address_parse_typed(const char *field);

/*
 * Finds the first address at or after text that could be mailed and sets
 * *next to the byte behind it. For texts without known form. Caller's, or NULL.
 */
char *carom_address_find(const char *text, gsize len, const char **next);

/* The address with its domain as a person reads it (U-labels), as texts quote it. Caller's; NULL
 * where that is no other spelling. */
char *carom_address_to_unicode(const char *address);

/* The domain part, borrowed from address, or NULL. */
const char *carom_address_domain(const char *address);

/* TRUE if domain is zone, or lies below it: "mail.example.org", not "badexample.org". */
gboolean carom_address_domain_is_within(const char *domain, const char *zone);

/*
 * TRUE for what reporters put in place of an address that they don't tell:
 * "redacted@", "****@", "xxxxx@", a hash in hexadecimal. It tells one person from
 * another at best, and nobody was ever mailed there.
 */
gboolean carom_address_is_masked(const char *address);

#endif
