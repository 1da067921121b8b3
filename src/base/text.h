/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text - strings from afar made safe to keep, to compare and to print
 *
 * Mail is hostile bytes. What leaves these functions is valid UTF-8 without
 * controls, so JSON, Postgres and a terminal can all take it.
 */
#ifndef CAROM_TEXT_H
#define CAROM_TEXT_H

#include <glib.h>
#include <string.h>

/*
 * A clean copy of text: bytes that are no UTF-8 become U+FFFD, runs of white
 * space and controls become one space, marks without a width (bidirectional
 * ones, joiners) go, both ends are trimmed, and what is
 * longer than max bytes is cut between two characters. len may be -1.
 * The result is the caller's.
 */
char *carom_text_clean(const char *text, gssize len, gsize max);

/* The same into a GString, after what is there already. */
void carom_text_clean_append(GString *out, const char *text, gssize len, gsize max);

/* For log lines: as carom_text_clean, and '<', '>' and '=' stay. Caller's. */
char *carom_text_printable(const char *text, gsize max);

/* For a terminal or a page of text: line ends and tabs become blanks; other controls, and the
 * characters that can't be seen but turn or hide what stands beside them, become '?'. Caller's. */
char *carom_text_visible(const char *text);

/* Caseless (ASCII) search of needle in hay; NULL when it isn't there. */
const char *carom_text_find(const char *hay, gsize hay_len, const char *needle);

/*
 * What four bytes in a row a text has, letters in either case. A phrase with
 * four that the text hasn't is told from one that may be there at a glance,
 * without a search: for those who ask one text for hundreds of phrases.
 */
typedef struct {
	guint8 bits[2048];
} CaromGlance;

void carom_text_glance_take(CaromGlance *glance, const char *text, gsize len);

/* FALSE: phrase is not in the text. TRUE: it may be. */
gboolean carom_text_glance_may_hold(const CaromGlance *glance, const char *phrase);

/* The number of bytes at the start of text that are ASCII. */
gsize carom_text_ascii_length(const char *text, gsize len);

/* TRUE if there is nothing but white space in [p, end). */
static inline gboolean
carom_text_is_blank(const char *p, const char *end)
{
	while (p < end && g_ascii_isspace(*p))
		p++;
	return p == end;
}

/* The line end at or behind p, or end. */
static inline const char *
carom_text_line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (gsize) (end - p));

	return nl ? nl : end;
}

/* TRUE if text begins with prefix, ASCII caseless. */
gboolean carom_text_has_prefix(const char *text, const char *prefix);

/* TRUE if text ends in suffix, ASCII caseless. */
gboolean carom_text_has_suffix(const char *text, const char *suffix);

/* TRUE if word is in the NULL-terminated list, ASCII caseless; NULL is in none. */
gboolean carom_text_in_list(char *const *list, const char *word);

/* How many letters to put in, take out or change to make a into b; past 63 letters, b's rest does
 * not count. For "did you mean". */
guint carom_text_distance(const char *a, const char *b);

#endif
