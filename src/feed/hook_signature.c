/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/hook_signature.h"

#include <string.h>

#define PREFIX "whsec_"
#define SECRET_MIN 24
#define SECRET_MAX 64
#define DIGEST 32

/* Appends the signature with one secret. FALSE: that is none. */
static gboolean
append(GString *out, const char *secret, const char *head, const char *body)
{
	const char *text = g_str_has_prefix(secret, PREFIX) ? secret + strlen(PREFIX) : secret;
	gsize len = 0, n = DIGEST;
	guint8 *key = g_base64_decode(text, &len);
	guint8 digest[DIGEST];
	g_autofree char *base64 = NULL;

	if (len >= SECRET_MIN && len <= SECRET_MAX) {
		GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, key, len);

		g_hmac_update(hmac, (const guchar *) head, (gssize) strlen(head));
		g_hmac_update(hmac, (const guchar *) body, (gssize) strlen(body));
		g_hmac_get_digest(hmac, digest, &n);
		g_hmac_unref(hmac);
		base64 = g_base64_encode(digest, n);
		g_string_append_printf(out, "%sv1,%s", out->len > 0 ? " " : "", base64);
	}
	explicit_bzero(key, len);
	g_free(key);
	return base64 != NULL;
}

char *
carom_hook_signature_make(const char *secrets, const char *id, gint64 timestamp, const char *body)
{
	g_autofree char *head = g_strdup_printf("%s.%" G_GINT64_FORMAT ".", id, timestamp);
	g_auto(GStrv) list = g_strsplit(secrets ? secrets : "", " ", -1);
	GString *out = g_string_new(NULL);
	gboolean good = TRUE;

	for (char **secret = list; *secret != NULL && good; secret++)
		good = append(out, *secret, head, body);
	return g_string_free(out, !good || out->len == 0);
}
