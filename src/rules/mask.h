/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mask - what a reply quotes, made mute
 *
 * An address is nobody's vocabulary: "<virus@full.example>: User unknown" is
 * about no virus and no full mailbox. The letters of what a reply quotes
 * become 'x', so that rules still see that an address or a host name stands
 * there, and where it ends, and read no word in it.
 */
#ifndef CAROM_MASK_H
#define CAROM_MASK_H

#include <glib.h>

typedef enum {
	/* whatever has an at sign, and single words in quotes or angle brackets (the local part of
	 * an address; commands and header names stay) */
	CAROM_MASK_ADDRESSES,
	/* host names, IPv6 numbers, URLs behind their scheme, long ids */
	CAROM_MASK_HOSTS
} CaromMask;

/*
 * A copy of text (UTF-8 on one line) of the same length in bytes, with what the
 * mask says made mute. NULL if there is nothing of it. Takes time linear in
 * len. Caller's.
 */
char *carom_mask(const char *text, gsize len, CaromMask mask);

#endif
