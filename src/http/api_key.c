/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/api_key.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define PREFIX "carom_"
#define SECRET 43 /* letters of 256 bits in base64url */
#define SCHEME "Bearer "

static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

gboolean
carom_api_key_read(const char *text, CaromApiKey *out)
{
	const gsize at = strlen(PREFIX), whole = at + CAROM_API_KEY_ID + 1 + SECRET;
	g_autofree char *digest = NULL;

	memset(out, 0, sizeof *out);
	if (strlen(text) != whole || strncmp(text, PREFIX, at) != 0 ||
	    strspn(text + at, base32) != CAROM_API_KEY_ID || text[at + CAROM_API_KEY_ID] != '_' ||
	    strspn(text + whole - SECRET, base64url) != SECRET)
		return FALSE;
	digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, (gssize) whole);
	memcpy(out->id, text + at, CAROM_API_KEY_ID);
	g_strlcpy(out->digest, digest, sizeof out->digest);
	return TRUE;
}

gboolean
carom_api_key_authorization(const char *authorization, CaromApiKey *out)
{
	if (authorization == NULL ||
	    g_ascii_strncasecmp(authorization, SCHEME, strlen(SCHEME)) != 0) {
		memset(out, 0, sizeof *out);
		return FALSE;
	}
	authorization += strlen(SCHEME);
	return carom_api_key_read(authorization + strspn(authorization, " "), out);
}

CaromStatus
carom_api_key_make(CaromApiKey *out, char **text, GError **err)
{
	guint8 random[CAROM_API_KEY_ID + SECRET];
	GString *key = g_string_new(PREFIX);

	*text = NULL;
	if (getrandom(random, sizeof random, 0) != (ssize_t) sizeof random) {
		g_string_free(key, TRUE);
		return carom_status_fail(err, CAROM_RETRY, "no random numbers: %s",
					 g_strerror(errno));
	}
	for (guint i = 0; i < CAROM_API_KEY_ID; i++)
		g_string_append_c(key, base32[random[i] & 31]);
	g_string_append_c(key, '_');
	for (guint i = 0; i < SECRET; i++)
		g_string_append_c(key, base64url[random[CAROM_API_KEY_ID + i] & 63]);
	explicit_bzero(random, sizeof random);
	*text = g_string_free(key, FALSE);
	(void) !carom_api_key_read(*text, out);
	return CAROM_OK;
}
