/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "desk/token.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define DIGEST 64 /* hexadecimal digits */

CaromStatus
carom_token_key_make(CaromTokenKey *out, GError **err)
{
	if (getrandom(out->key, sizeof out->key, 0) != (ssize_t) sizeof out->key)
		return carom_status_fail(err, CAROM_RETRY, "no random numbers: %s",
					 g_strerror(errno));
	return CAROM_OK;
}

static char *
token_of(const CaromTokenKey *key, const char *who, gint64 hour)
{
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "\n%s", hour, who);
	g_autofree char *digest = g_compute_hmac_for_data(
		G_CHECKSUM_SHA256, key->key, sizeof key->key, (const guchar *) text, strlen(text));

	return g_strdup_printf("%" G_GINT64_FORMAT ".%s", hour, digest);
}

char *
carom_token_make(const CaromTokenKey *key, const char *who, gint64 now)
{
	return token_of(key, who, now / 3600);
}

/* In a time that does not tell where they differ. */
static gboolean
same(const char *a, const char *b, gsize len)
{
	guchar differs = 0;

	for (gsize i = 0; i < len; i++)
		differs |= (guchar) (a[i] ^ b[i]);
	return differs == 0;
}

gboolean
carom_token_is_good(const CaromTokenKey *key, const char *who, const char *token, gint64 now)
{
	const gsize digits = token ? strspn(token, "0123456789") : 0;
	g_autofree char *good = NULL;
	gint64 hour;

	if (digits == 0 || digits > 12 || strlen(token) != digits + 1 + DIGEST)
		return FALSE;
	hour = g_ascii_strtoll(token, NULL, 10);
	if (hour > now / 3600 || now / 3600 - hour >= CAROM_TOKEN_HOURS)
		return FALSE;
	good = token_of(key, who, hour);
	return strlen(good) == strlen(token) && same(good, token, strlen(good));
}
