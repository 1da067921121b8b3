/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generic_text - whom a text of unknown form reports on, and what it says why
 *
 * The text is taken as lines with marks (phrases.h). Every address in it is
 * weighed by what stands before it, what its line and the lines around it say,
 * and by what the returned message knows. Only generic.c uses this.
 */
#ifndef CAROM_GENERIC_TEXT_H
#define CAROM_GENERIC_TEXT_H

#include "mail/fields.h"

#include <glib.h>

typedef struct CaromGenericText CaromGenericText;

/* What the reader knows about the addresses beforehand. Everything borrowed. */
typedef struct {
	GPtrArray *senders;    /* of const char *: whom the report went to; nearly never the failed
				  recipient */
	GPtrArray *recipients; /* of const char *: To and Cc of the returned message */
	const char *reporter;  /* the report's own sender, or NULL */
} CaromGenericKnown;

/* Reads text, of which the first len bytes are no copy of the message. text is borrowed. */
CaromGenericText *carom_generic_text_read(const char *text, gsize len,
					  const CaromGenericKnown *known);
void carom_generic_text_free(CaromGenericText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromGenericText, carom_generic_text_free)

/* All kinds of phrases in it, or-ed; see phrases.h. */
guint carom_generic_text_kinds(const CaromGenericText *text);

/* The recipients that it reports on, best mark first; *best is the weight of the best, 0 if there
 * is none. Borrowed. */
const GPtrArray *carom_generic_text_recipients(const CaromGenericText *text, int *best);

/* TRUE if it names more addresses than are looked at, so that recipients may be missing. */
gboolean carom_generic_text_is_cut(const CaromGenericText *text);

/* What it says about recipient (NULL = about any), on one line; "" if nothing. Caller's. */
char *carom_generic_text_reason(const CaromGenericText *text, const char *recipient);

#endif
