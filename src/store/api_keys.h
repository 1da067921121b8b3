/* SPDX-License-Identifier: BSD-2-Clause */
/* api_keys - the keys of the HTTP API, as staff manage them */
#ifndef CAROM_API_KEYS_H
#define CAROM_API_KEYS_H

#include "store/connection.h"

typedef struct {
	const char *id, *digest;     /* digest: hexadecimal */
	const char *const *scopes;   /* NULL-terminated, as all lists here */
	const char *const *accounts; /* empty: all */
	const char *const *streams;  /* empty: all */
	const char *expires;         /* YYYY-MM-DD; NULL: never */
	const char *note;            /* NULL: none */
} CaromApiKeysEntry;

/* Takes in a key. CAROM_MALFORMED: it may not be like that. */
CAROM_MUST_CHECK CaromStatus carom_api_keys_add(CaromStore *store, const CaromApiKeysEntry *entry,
						GError **err);

/* All of them, with id, scopes, accounts, streams, state, created_at, expires_at, used_on, author
 * and note. */
CAROM_MUST_CHECK CaromStatus carom_api_keys_list(CaromStore *store, CaromTable **out, GError **err);

/* The key opens nothing from now on. CAROM_ABSENT: there is none of that id that did. */
CAROM_MUST_CHECK CaromStatus carom_api_keys_revoke(CaromStore *store, const char *id, GError **err);

#endif
