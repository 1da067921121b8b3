/*
 * room - how much of messages all sessions of the daemon hold at a time
 *
 * A message is kept whole while it comes in and until it is recorded. Each has
 * its limit; so many at once as there may be connections would still be more
 * than a machine has. What finds no room is put off: the client keeps it.
 */
#ifndef CAROM_ROOM_H
#define CAROM_ROOM_H

#include <glib.h>

typedef struct {
	gsize held; /* bytes; atomic */
} CaromRoom;

/*
 * Lets a session, which has *mine, hold at least wanted bytes. All together may
 * hold four messages of largest bytes, and at least 64 MiB. FALSE: there is no
 * room now, and *mine stays. Any thread.
 */
gboolean carom_room_take(CaromRoom *room, gsize *mine, gsize wanted, gsize largest);

/* The session holds nothing any more. */
void carom_room_leave(CaromRoom *room, gsize *mine);

#endif
