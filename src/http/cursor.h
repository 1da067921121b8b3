/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cursor - where the next page begins, as a word that clients hand back
 *
 * It says where, and not what may be seen there: a made-up one moves the
 * beginning of a page and opens nothing. So it is encoded and not signed.
 */
#ifndef CAROM_CURSOR_H
#define CAROM_CURSOR_H

#include <glib.h>

#define CAROM_CURSOR_PARTS 8
#define CAROM_CURSOR_MAX 4096 /* octets of the word */

/* The word for these texts, of the letters of base64url (RFC 4648 5). The caller's. */
char *carom_cursor_write(const char *const *parts, guint n);

/* The same for an array of JSON, as the database gives it; NULL: it is none, or NULL. */
char *carom_cursor_of(const char *next);

/* The texts again, NULL-terminated, the caller's; NULL: no word of carom_cursor_write()'s. */
char **carom_cursor_read(const char *word);

#endif
