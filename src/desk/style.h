/* SPDX-License-Identifier: BSD-2-Clause */
/* style - the one sheet of the page: the report's, and what the page has besides */
#ifndef CAROM_STYLE_H
#define CAROM_STYLE_H

#include <glib.h>

/* Appends it. */
void carom_style_append(GString *out);

#endif
