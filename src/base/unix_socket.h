/* SPDX-License-Identifier: BSD-2-Clause */
/* unix_socket - sockets in the file system: whether one is in use, and opening one for a group */
#ifndef CAROM_UNIX_SOCKET_H
#define CAROM_UNIX_SOCKET_H

#include "base/status.h"

/* Whether a process listens at path: a socket that is there may be a dead one's. */
gboolean carom_unix_socket_is_served(const char *path);

/*
 * Opens a listening socket at path for its owner and group ("": the process's);
 * what a dead process left there is removed. *fd is the caller's. CAROM_MISUSE:
 * the path is too long or can't be made, or a process listens there.
 */
CAROM_MUST_CHECK CaromStatus carom_unix_socket_listen(const char *path, const char *group, int *fd,
						      GError **err);

/* Lets nobody but its owner and group ("": as it is) connect: who can, could pass a forgery off as
 * our own Postfix's. What can't be done is logged. */
void carom_unix_socket_protect(const char *path, const char *group);

#endif
