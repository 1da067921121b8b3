/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token - that a form was made here, for this person, not long ago
 *
 * A page of somebody else's can make a browser send a form, with the login that
 * the browser has. It cannot read the form that we gave out, and so not its token:
 * HMAC-SHA256 over the time and the name, by a key that this process makes for
 * itself and never tells. After a restart an open form is asked for once more.
 */
#ifndef CAROM_TOKEN_H
#define CAROM_TOKEN_H

#include "base/status.h"

#define CAROM_TOKEN_HOURS 12 /* that one is good for */

typedef struct {
	guint8 key[32];
} CaromTokenKey;

CAROM_MUST_CHECK CaromStatus carom_token_key_make(CaromTokenKey *out, GError **err);

/* A token for who at now (seconds since 1970). The caller's. */
char *carom_token_make(const CaromTokenKey *key, const char *who, gint64 now);

/* Whether token, which may be NULL, was made for who in the last hours before now. */
gboolean carom_token_is_good(const CaromTokenKey *key, const char *who, const char *token,
			     gint64 now);

#endif
