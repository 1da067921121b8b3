/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token - that a form, or a note in a URL, was made here, for this person, not long ago
 *
 * A page of somebody else's can make a browser send a form, with the login that
 * the browser has. It cannot read the form that we gave out, and so not its token:
 * HMAC-SHA256 over the time and the name, by a key that this process makes for
 * itself and never tells. After a restart an open form is asked for once more.
 */
#ifndef CAROM_TOKEN_H
#define CAROM_TOKEN_H

#include "base/status.h"

/* What one is for: none is good for another. */
typedef enum {
	CAROM_TOKEN_FORM, /* that a form was made here: for CAROM_TOKEN_HOURS */
	CAROM_TOKEN_NOTE  /* that what a URL says was done here: for CAROM_TOKEN_MINUTES */
} CaromTokenUse;

#define CAROM_TOKEN_HOURS 12
#define CAROM_TOKEN_MINUTES 10

typedef struct {
	guint8 key[32];
} CaromTokenKey;

CAROM_MUST_CHECK CaromStatus carom_token_key_make(CaromTokenKey *out, GError **err);

/* A token for what (who it is for, and all else that it holds for) at now (seconds since 1970). The
 * caller's. */
char *carom_token_make(const CaromTokenKey *key, CaromTokenUse use, const char *what, gint64 now);

/* Whether token, which may be NULL, was made for that use of what not too long before now. */
gboolean carom_token_is_good(const CaromTokenKey *key, CaromTokenUse use, const char *what,
			     const char *token, gint64 now);

#endif
