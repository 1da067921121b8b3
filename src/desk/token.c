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

/* The time is told in units of so many seconds; a token is good for so many of them. */
static const struct {
	const char *name;
	gint64 seconds, units;
} uses[] = {
	[CAROM_TOKEN_FORM] = { "form", 3600, CAROM_TOKEN_HOURS },
	[CAROM_TOKEN_NOTE] = { "note", 60, CAROM_TOKEN_MINUTES },
};

static char *
token_of(const CaromTokenKey *key, CaromTokenUse use, const char *what, gint64 unit)
{
	g_autofree char *text =
		g_strdup_printf("%s\n%" G_GINT64_FORMAT "\n%s", uses[use].name, unit, what);
	g_autofree char *digest = g_compute_hmac_for_data(
		G_CHECKSUM_SHA256, key->key, sizeof key->key, (const guchar *) text, strlen(text));

	return g_strdup_printf("%" G_GINT64_FORMAT ".%s", unit, digest);
}

char *
carom_token_make(const CaromTokenKey *key, CaromTokenUse use, const char *what, gint64 now)
{
	return token_of(key, use, what, now / uses[use].seconds);
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
carom_token_is_good(const CaromTokenKey *key, CaromTokenUse use, const char *what,
		    const char *token, gint64 now)
{
	const gint64 unit_now = now / uses[use].seconds;
	const gsize digits = token ? strspn(token, "0123456789") : 0;
	g_autofree char *good = NULL;
	gint64 unit;

	if (digits == 0 || digits > 12 || strlen(token) != digits + 1 + DIGEST)
		return FALSE;
	unit = g_ascii_strtoll(token, NULL, 10);
	if (unit > unit_now || unit_now - unit >= uses[use].units)
		return FALSE;
	good = token_of(key, use, what, unit);
	return strlen(good) == strlen(token) && same(good, token, strlen(good));
}
