/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html - an HTML page as the text that a person reads
 *
 * For reports that come as a page alone. No parser of HTML: tags are dropped,
 * a few of them end a line or hide what they hold. Linear in the page's length.
 */
#ifndef CAROM_HTML_H
#define CAROM_HTML_H

#include <glib.h>

/*
 * The page as plain text: tags dropped, block elements end lines, the
 * commonest entities resolved, script and style left out. What stands in angle
 * brackets and is an address, no tag, stays. Caller's GString.
 */
GString *carom_html_to_text(const char *html, gsize len);

#endif
