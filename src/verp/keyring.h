/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keyring - the keys that sign our return addresses
 *
 * A file that carom alone may read: one key a line, "ID SECRET [NOTE]", ID
 * being one base32 digit and SECRET 64 hex digits (256 bits). All of them
 * verify, the last one signs: a new key is a new line, an old one goes when
 * what it signed has expired. Not changed once loaded; any thread may use it.
 */
#ifndef CAROM_KEYRING_H
#define CAROM_KEYRING_H

#include "base/status.h"

#define CAROM_KEY_BYTES 32
#define CAROM_BASE32 "abcdefghijklmnopqrstuvwxyz234567" /* RFC 4648 section 6, in lower case */

typedef struct CaromKeyring CaromKeyring;

/* CAROM_MISUSE: malformed, empty, or readable by others than its owner and group. *out is the
 * caller's. */
CAROM_MUST_CHECK CaromStatus carom_keyring_load(const char *file, CaromKeyring **out, GError **err);

/* The same of an open file, or of a pipe; name is for messages. */
CAROM_MUST_CHECK CaromStatus carom_keyring_read(int fd, const char *name, CaromKeyring **out,
						GError **err);

/*
 * Adds a new random key to file, which is made with mode 0600 if absent. *id is
 * set to its id. CAROM_MISUSE, and nothing is written: file is there and is no
 * keys file, or others may read it.
 */
CAROM_MUST_CHECK CaromStatus carom_keyring_new_key(const char *file, char *id, GError **err);

/* The id of the key that signs. */
char carom_keyring_writer(const CaromKeyring *ring);

/* The secret of the index-th key, in the file's order, as hex digits; FALSE behind the last. The
 * caller wipes hex. */
gboolean carom_keyring_secret(const CaromKeyring *ring, guint index, char *id,
			      char hex[2 * CAROM_KEY_BYTES + 1]);

/* HMAC-SHA-256 (RFC 2104) over text under key id into mac; FALSE if there is no such key. */
gboolean carom_keyring_mac(const CaromKeyring *ring, char id, const char *text, gsize len,
			   guint8 mac[32]);

/* A ring without a key: nothing signed holds, and nothing unsigned is believed. The caller's. */
CaromKeyring *carom_keyring_new(void);

void carom_keyring_free(CaromKeyring *ring); /* NULL is fine; wipes the secrets */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromKeyring, carom_keyring_free)

#endif
