/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * api_key - keys of the API: "carom_ID_SECRET"
 *
 * ID has 8 letters and is no secret, SECRET is 256 random bits. What is kept and
 * compared is the SHA-256 of the whole key.
 */
#ifndef CAROM_API_KEY_H
#define CAROM_API_KEY_H

#include "base/status.h"

#define CAROM_API_KEY_ID 8

typedef struct {
	char id[CAROM_API_KEY_ID + 1];
	char digest[64 + 1]; /* hexadecimal */
} CaromApiKey;

/* Reads a key. FALSE: text has not the form of one. */
gboolean carom_api_key_read(const char *text, CaromApiKey *out);

/* Reads the key of an Authorization field, "Bearer KEY" (RFC 6750 2.1). FALSE: there is none in
 * it; authorization may be NULL. */
gboolean carom_api_key_authorization(const char *authorization, CaromApiKey *out);

/* Makes one. *text is the caller's: show it once, and forget it. */
CAROM_MUST_CHECK CaromStatus carom_api_key_make(CaromApiKey *out, char **text, GError **err);

#endif
