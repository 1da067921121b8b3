/* SPDX-License-Identifier: BSD-2-Clause */
/* hook_signature - how a server sees that a delivery is ours (Standard Webhooks 1.0.0) */
#ifndef CAROM_HOOK_SIGNATURE_H
#define CAROM_HOOK_SIGNATURE_H

#include <glib.h>

/*
 * What webhook-signature says: for each secret "v1," and the HMAC-SHA256 of
 * "id.timestamp.body" in base64, with blanks between. secrets: in base64, with or
 * without "whsec_", with blanks between. id has no full stop. Caller's; NULL where
 * there is no secret, or one is no base64 of 24 to 64 octets.
 */
char *carom_hook_signature_make(const char *secrets, const char *id, gint64 timestamp,
				const char *body);

#endif
