/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_budget - how much of messages all sessions of the daemon hold at a time
 *
 * A message is kept whole while it comes in and until it is recorded. Each has
 * its limit; so many at once as there may be connections would still be more
 * than a machine has. What does not fit is put off: the client keeps it.
 */
#ifndef CAROM_MEMORY_BUDGET_H
#define CAROM_MEMORY_BUDGET_H

#include <glib.h>

typedef struct {
	gsize held; /* bytes; atomic */
} CaromMemoryBudget;

/*
 * Lets a session, which has *mine, hold at least wanted bytes. All together may
 * hold four messages of largest bytes, and at least 64 MiB. FALSE: there is no
 * room now, and *mine stays. Any thread.
 */
gboolean carom_memory_budget_take(CaromMemoryBudget *budget, gsize *mine, gsize wanted,
				  gsize largest);

/* The session holds nothing any more. */
void carom_memory_budget_leave(CaromMemoryBudget *budget, gsize *mine);

#endif
