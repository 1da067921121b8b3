/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * template - what replies that differ only in names and numbers have in common
 *
 * For people who read what no rule knows: the same sentence about a thousand
 * addresses is one line, and names none of them.
 */
#ifndef CAROM_TEMPLATE_H
#define CAROM_TEMPLATE_H

#include <glib.h>

/*
 * text (UTF-8 on one line) with '*' in the place of each address, host name, URL
 * and id, and '#' in that of each number but reply and status codes. Time linear
 * in len. Caller's.
 */
char *carom_template_of(const char *text, gsize len);

/*
 * A rule of carom-rules(5) that covers a template: head line, pattern and an
 * example, to be named and completed by a person (the category is CATEGORY).
 * NULL: there are no words in it that a rule could look for. Caller's.
 */
char *carom_template_rule(const char *template_text);

#endif
