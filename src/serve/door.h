/* SPDX-License-Identifier: BSD-2-Clause */
/* door - what the daemon's two sockets share: the way a message takes once it is inside */
#ifndef CAROM_DOOR_H
#define CAROM_DOOR_H

#include "intake/intake.h"
#include "base/memory_budget.h"
#include "serve/snapshot.h"
#include "store/writer.h"

typedef struct {
	CaromSnapshots *snapshots;
	CaromWriter *writer;
	CaromMemoryBudget *budget; /* for messages that are coming in */
} CaromDoor;

/* Takes one message for one recipient: reads, records, logs. CAROM_OK only after the commit.
 * *report (NULL: nobody wants it) is what was read, the caller's. Any thread. */
CAROM_MUST_CHECK CaromStatus carom_door_take(const CaromDoor *door, const CaromEnvelope *envelope,
					     const CaromBytes *message, CaromReport **report,
					     GError **err);

/* Whether a process listens at path: a socket that is there may be a dead one's. */
gboolean carom_door_is_served(const char *path);

/* Opens a listening unix socket at path for its owner and group; what a dead daemon left there is
 * removed. The fd, or -1. */
int carom_door_listen(const char *path, const char *group, GError **err);

/* Lets nobody but its owner and group connect: who can, could pass a forgery off as our own
 * Postfix's. */
void carom_door_protect(const char *path, const char *group);

#endif
