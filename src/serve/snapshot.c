/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/snapshot.h"
#include "config/config_change.h"

#include <pthread.h>

struct CaromSnapshots {
	char *file;
	CaromSnapshot *current; /* guarded by lock */
	pthread_mutex_t lock;
};

static CaromStatus
load(const char *file, CaromSnapshot **out, GError **err)
{
	CaromSnapshot *snapshot = g_new0(CaromSnapshot, 1);
	CaromConfig *config;
	CaromStatus status = carom_config_load(file, TRUE, &config, err);

	snapshot->references = 1;
	if (status == CAROM_OK)
		status = carom_known_load(config, &snapshot->known, err);
	if (status == CAROM_OK)
		*out = snapshot;
	else
		carom_snapshot_unref(snapshot);
	return status;
}

CaromStatus
carom_snapshots_open(const char *file, CaromSnapshots **out, GError **err)
{
	CaromSnapshots *snapshots = g_new0(CaromSnapshots, 1);
	CaromStatus status;

	pthread_mutex_init(&snapshots->lock, NULL);
	snapshots->file = g_strdup(file);
	status = load(file, &snapshots->current, err);
	if (status == CAROM_OK)
		*out = snapshots;
	else
		carom_snapshots_close(snapshots);
	return status;
}

CaromStatus
carom_snapshots_reload(CaromSnapshots *snapshots, GError **err)
{
	CaromSnapshot *fresh = NULL, *old;
	g_autofree char *problem = NULL;
	CaromStatus status = load(snapshots->file, &fresh, err);

	if (status != CAROM_OK)
		return status;
	/* this thread alone sets current */
	problem = carom_config_change_problem(snapshots->current->known->config,
					      fresh->known->config);
	if (problem != NULL) {
		carom_snapshot_unref(fresh);
		return carom_status_fail(err, CAROM_MISUSE, "%s", problem);
	}
	pthread_mutex_lock(&snapshots->lock);
	old = snapshots->current;
	snapshots->current = fresh;
	pthread_mutex_unlock(&snapshots->lock);
	carom_snapshot_unref(old);
	return CAROM_OK;
}

CaromSnapshot *
carom_snapshots_get(CaromSnapshots *snapshots)
{
	CaromSnapshot *snapshot;

	pthread_mutex_lock(&snapshots->lock);
	snapshot = snapshots->current;
	__atomic_add_fetch(&snapshot->references, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&snapshots->lock);
	return snapshot;
}

void
carom_snapshot_unref(CaromSnapshot *snapshot)
{
	if (snapshot == NULL || __atomic_sub_fetch(&snapshot->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	carom_known_free(snapshot->known);
	g_free(snapshot);
}

void
carom_snapshots_close(CaromSnapshots *snapshots)
{
	if (snapshots == NULL)
		return;
	carom_snapshot_unref(snapshots->current);
	pthread_mutex_destroy(&snapshots->lock);
	g_free(snapshots->file);
	g_free(snapshots);
}
