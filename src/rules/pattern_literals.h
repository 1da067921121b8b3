/* SPDX-License-Identifier: BSD-2-Clause */
/* pattern_literals - the strings one of which every match of a pattern must contain */
#ifndef CAROM_PATTERN_LITERALS_H
#define CAROM_PATTERN_LITERALS_H

#include <glib.h>

/*
 * Literals in lower case (as carom_literals_fold makes it), each at least min
 * bytes, such that no text without any of them matches the PCRE2 pattern
 * (caseless). NULL where there is no such set; that is never wrong, only slow.
 * Caller's.
 */
GPtrArray *carom_pattern_literals(const char *pattern, gsize min);

/*
 * The end of the alternative that begins at p, a '|' or the end of the
 * pattern: a pattern matches just where one of its alternatives does, each a
 * pattern of its own. NULL where parting might change the meaning. *plain: it
 * is nothing but text, and matches just where that text stands.
 */
const char *carom_pattern_literals_part_end(const char *p, gboolean *plain);

#endif
