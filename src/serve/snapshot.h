/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snapshot - configuration and knowledge as they are at one moment
 *
 * A reload makes a new snapshot; who still works with the old one keeps it
 * until done. So SIGHUP loses no message and none is read half by old rules
 * and half by new ones.
 */
#ifndef CAROM_SNAPSHOT_H
#define CAROM_SNAPSHOT_H

#include "intake/known.h"

typedef struct {
	CaromKnown *known;
	int references; /* atomic */
} CaromSnapshot;

typedef struct CaromSnapshots CaromSnapshots; /* any thread */

/* Loads the first one from file (NULL: the default file). *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_snapshots_open(const char *file, CaromSnapshots **out,
						  GError **err);

/* Loads anew; one thread does it. On failure the old one stays in force, and so it does if the new
 * one would believe more than it (config_change.h): CAROM_MISUSE. */
CAROM_MUST_CHECK CaromStatus carom_snapshots_reload(CaromSnapshots *snapshots, GError **err);

/* The one in force; give it back with carom_snapshot_unref(). */
CaromSnapshot *carom_snapshots_get(CaromSnapshots *snapshots);
void carom_snapshot_unref(CaromSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromSnapshot, carom_snapshot_unref)

void carom_snapshots_close(CaromSnapshots *snapshots); /* NULL is fine */

#endif
