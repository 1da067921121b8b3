/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xtext - RFC 3461 section 4: a byte as "+HH" where it may not stand as it is
 *
 * SMTP parameters (ORCPT, XFORWARD) and typed addresses in reports carry it.
 */
#ifndef CAROM_XTEXT_H
#define CAROM_XTEXT_H

#include <glib.h>

/* text with every "+HH" undone, as the standard has it. Caller's. */
char *carom_xtext_decode(const char *text, gsize len);

/*
 * text with "+HH" undone only for bytes that a sender has to encode: "+2B",
 * "+3D", and what is no letter, digit, dot or at sign. Reports leave the
 * encoding out, and then "list+42@b" means what it says. Caller's.
 */
char *carom_xtext_decode_needed(const char *text);

#endif
