/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * markup - HTML and SVG that cannot be broken by what stands in it
 *
 * Elements are opened and closed, attributes and text are given as they are and
 * escaped here: there is no way to paste a string. Names of elements and
 * attributes are the program's own constants. One writer serves one thread.
 */
#ifndef CAROM_MARKUP_H
#define CAROM_MARKUP_H

#include <glib.h>

typedef struct CaromMarkup CaromMarkup;

/* A page that begins with its document type and opens <html lang="...">. language: BCP 47. */
CaromMarkup *carom_markup_page(const char *language);

/* A fragment, such as one table. */
CaromMarkup *carom_markup_fragment(void);

/*
 * Opens an element. After its name come pairs of attribute and value, and NULL.
 * An attribute whose value is NULL is left out; one whose value is "" has none.
 * A value of href, src, action or formaction that is neither relative nor https,
 * http or mailto is left out: it could be a script.
 */
void carom_markup_open(CaromMarkup *markup, const char *name, ...) G_GNUC_NULL_TERMINATED;

/* Opens and closes an element that holds this text (NULL: nothing). Attributes as above. */
void carom_markup_element(CaromMarkup *markup, const char *name, const char *text,
			  ...) G_GNUC_NULL_TERMINATED;

/* Closes the element that was opened last. */
void carom_markup_close(CaromMarkup *markup);

/* Text in the element that is open. Bytes that are no UTF-8, and controls, show as U+FFFD. */
void carom_markup_text(CaromMarkup *markup, const char *text);

/* A style sheet: a constant of the program, which goes in as it is. */
void carom_markup_style(CaromMarkup *markup, const char *constant);

/* Closes what is open and hands over the text, the caller's. The writer is gone. */
char *carom_markup_finish(CaromMarkup *markup);

void carom_markup_free(CaromMarkup *markup); /* without its text; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromMarkup, carom_markup_free)

#endif
