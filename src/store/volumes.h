/* SPDX-License-Identifier: BSD-2-Clause */
/* volumes - how much was mailed: the denominator of every rate */
#ifndef CAROM_VOLUMES_H
#define CAROM_VOLUMES_H

#include "store/connection.h"

/* So many recipients were mailed in the quarter of an hour that begins at at. */
typedef struct {
	gint64 at; /* Unix time */
	const char *account, *stream, *provider;
	/* of the mail, and where it went out from; "" and NULL: not known */
	const char *feedback_id, *list_id, *ip;
	guint64 sent;
} CaromVolume;

/* Adds n volumes under an id (a UUID): handed in twice under the same id, they count once. */
CAROM_MUST_CHECK CaromStatus carom_volumes_add(CaromStore *store, const char *id,
					       const CaromVolume *volumes, guint n, GError **err);

/* Which volumes; texts NULL: all. Days (YYYY-MM-DD) are both included. */
typedef struct {
	const char *first, *last, *account, *stream, *provider;
} CaromVolumeSpan;

/* How much was mailed: day, account, stream, provider, sent a row. */
CAROM_MUST_CHECK CaromStatus carom_volumes_list(CaromStore *store, const CaromVolumeSpan *span,
						CaromTable **out, GError **err);

/* Says how many were mailed on the first day of (NULL texts: "", unknown), in decimal digits,
 * instead of what was counted. CAROM_MALFORMED: such a day or number cannot be. */
CAROM_MUST_CHECK CaromStatus carom_volumes_set(CaromStore *store, const CaromVolumeSpan *of,
					       const char *sent, GError **err);

#endif
