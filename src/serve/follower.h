/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * follower - the suppression list in memory, as fresh as the database lets it be
 *
 * The whole list is held as 64-bit hashes (16 to 32 MB for a million), so that
 * the usual answer, "nobody suppressed it", costs no query. It is read whole at
 * first, once a day, and where the feed no longer has what follows what we know;
 * otherwise what changed is read, when the database says that something did,
 * and every refresh seconds whatever it says.
 * How old it is, the monotonic clock tells: whoever sets the time of day makes
 * no old list look new.
 */
#ifndef CAROM_FOLLOWER_H
#define CAROM_FOLLOWER_H

#include "base/status.h"

typedef struct CaromFollower CaromFollower;

/* Knows nothing at first. refresh: seconds after which changes are asked for unasked. */
CaromFollower *carom_follower_new(const char *conninfo, int refresh);

/*
 * Connects if need be, asks whether the list has changed, and reads the changes
 * if it has or if it is time. CAROM_OK: the list in memory is followed. Anything else: the
 * connection is given up, the list stays as it was, the next step tries anew. One
 * thread at a time.
 */
CAROM_MUST_CHECK CaromStatus carom_follower_step(CaromFollower *follower, GError **err);

/* Whether the list has address or its domain. Perhaps, for hashes may collide; not, is certain if
 * *fresh: the database was asked within twice the refresh time. Any thread. */
gboolean carom_follower_has(CaromFollower *follower, const char *address, gboolean *fresh);

/* The step under way, and all that follow, wait for no answer of the database. Any thread. */
void carom_follower_hurry(CaromFollower *follower);

/* No step may be under way. NULL is fine. */
void carom_follower_free(CaromFollower *follower);

#endif
