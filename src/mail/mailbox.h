/* SPDX-License-Identifier: BSD-2-Clause */
/* mailbox - messages out of files, folders of files, Maildirs, mboxes and standard input */
#ifndef CAROM_MAILBOX_H
#define CAROM_MAILBOX_H

#include "base/status.h"

/* Called for each message. name says where it was read from; data is lent for
 * the call; size is that of the whole message, of which len bytes were read.
 * FALSE stops the walk. */
typedef gboolean (*CaromMailboxFunc)(const char *name, const char *data, gsize len, gsize size,
				     void *user);

/*
 * Walks path: a message file, an mbox, a Maildir, or a folder of these (in
 * name order, hidden files left out); "-" is one message on standard input.
 * An mbox begins with a "From " line of its form; a file of a Maildir is one
 * message always. At most max bytes of a message are read into memory. CAROM_MISUSE: path can't be
 * read, or is an mbox over max, whose first messages were read.
 */
CAROM_MUST_CHECK CaromStatus carom_mailbox_walk(const char *path, gsize max, CaromMailboxFunc func,
						void *user, GError **err);

/*
 * Reads fd to its end into *data (caller's, g_free), at most max bytes of it;
 * *size is what came in all. CAROM_RETRY: read error.
 */
CAROM_MUST_CHECK CaromStatus carom_mailbox_read(int fd, gsize max, char **data, gsize *len,
						gsize *size, GError **err);

#endif
