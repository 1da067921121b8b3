/* SPDX-License-Identifier: BSD-2-Clause */
/* volumes - how much was mailed: the denominator of every rate */
#ifndef CAROM_VOLUMES_H
#define CAROM_VOLUMES_H

#include "store/connection.h"

/* So many recipients were mailed in the quarter of an hour that begins at at. */
typedef struct {
	gint64 at; /* Unix time */
	const char *account, *stream, *provider;
	guint64 sent;
} CaromVolume;

/* Adds n volumes under an id (a UUID): handed in twice under the same id, they count once. */
CAROM_MUST_CHECK CaromStatus carom_volumes_add(CaromStore *store, const char *id,
					       const CaromVolume *volumes, guint n, GError **err);

#endif
