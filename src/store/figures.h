/* SPDX-License-Identifier: BSD-2-Clause */
/* figures - figures that others count, as carom.outside keeps them */
#ifndef CAROM_FIGURES_H
#define CAROM_FIGURES_H

#include "store/connection.h"

/* Hands in rows of a source, as carom.set_outside() takes them: the same row again replaces. Tells
 * how many are new, changed, and were the same. All or nothing. */
CAROM_MUST_CHECK CaromStatus carom_figures_set(CaromStore *store, const char *source,
					       const char *rows, guint64 *added, guint64 *changed,
					       guint64 *same, GError **err);

#endif
