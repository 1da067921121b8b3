/*
 * excerpt - finding one's way in the text that mail servers write for people
 *
 * Shared by the parsers: where the copy of the returned message begins, and
 * what a text says about one recipient.
 */
#ifndef CAROM_EXCERPT_H
#define CAROM_EXCERPT_H

#include "fields.h"

#include <glib.h>

/*
 * Where the copy of the returned message begins in a text that carries it
 * inline, or len if it carries none. *header (may be NULL) is set to the first
 * byte of the copy's own header, or to NULL if only a marker line was found.
 */
gsize carom_excerpt_copy(const char *text, gsize len, const char **header);

/* The header of that inline copy; NULL if there is none. Caller's. */
CaromFields *carom_excerpt_copy_fields(const char *text, gsize len);

/*
 * What text says about recipient: the lines from its mention to the next empty
 * line or the next address line. Returns the first byte and sets *out_len;
 * NULL if it isn't mentioned.
 */
const char *carom_excerpt_about(const char *text, gsize len, const char *recipient, gsize *out_len);

#endif
