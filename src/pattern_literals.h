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
 * The alternatives of pattern, as patterns of their own: it matches just where
 * one of them does ("a|b(c|d)" has two). NULL where splitting might change the
 * meaning. Caller's.
 */
GPtrArray *carom_pattern_alternatives(const char *pattern);

/* TRUE if pattern is nothing but text: it matches just where carom_pattern_literals' one literal stands. */
gboolean carom_pattern_is_plain(const char *pattern);

#endif
