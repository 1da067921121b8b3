/* SPDX-License-Identifier: BSD-2-Clause */
/* mailboxes - providers that put several addresses into one mailbox, as far as they are turned on
 */
#ifndef CAROM_STORE_MAILBOXES_H
#define CAROM_STORE_MAILBOXES_H

#include "store/connection.h"

/* provider, on, domains, dots, tags: for people. */
CAROM_MUST_CHECK CaromStatus carom_mailboxes_list(CaromStore *store, CaromTable **out,
						  GError **err);

/* Turns on those of providers (n strings) and no other. *done (the caller's): changed, kept. */
CAROM_MUST_CHECK CaromStatus carom_mailboxes_set(CaromStore *store, const char *const *providers,
						 guint n, const char *note, char **done,
						 GError **err);

/* One step of many: looks at most entries of the list after an address. *last (the caller's): the
 * last of them; NULL: that was all. */
CAROM_MUST_CHECK CaromStatus carom_mailboxes_fill(CaromStore *store, const char *after, guint most,
						  char **last, GError **err);

/* Other words whenever the list is to be read whole. *state is the caller's; "": none is on. */
CAROM_MUST_CHECK CaromStatus carom_mailboxes_state(CaromStore *store, char **state, GError **err);

/* Columns of carom_mailboxes_rules(). */
enum {
	CAROM_MAILBOX_RULE_DOMAIN,
	CAROM_MAILBOX_RULE_MAILBOX_DOMAIN,
	CAROM_MAILBOX_RULE_DOTS, /* a flag: they say nothing */
	CAROM_MAILBOX_RULE_TAGS
};

/* Those of the providers that are on. */
CAROM_MUST_CHECK CaromStatus carom_mailboxes_rules(CaromStore *store, CaromTable **out,
						   GError **err);

/* Columns of carom_mailboxes_suppressed(). */
enum {
	CAROM_MAILBOX_ADDRESS, /* an entry of the list */
	CAROM_MAILBOX_MARK     /* its mailbox, with a space before it, or a forgotten one's name */
};

/* The entries under another spelling than their mailbox's: the first most after one. */
CAROM_MUST_CHECK CaromStatus carom_mailboxes_suppressed(CaromStore *store, const char *after,
							guint most, CaromTable **out, GError **err);

#endif
