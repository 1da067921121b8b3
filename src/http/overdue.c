/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/overdue.h"
#include "base/deadline.h"

#include <sys/socket.h>

#define LOOK_MS 500

struct CaromOverdueEntry {
	int fd;
	CaromDeadline end;
};

struct CaromOverdue {
	int seconds;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below, and what the entries say */
	pthread_cond_t changed;
	gboolean ended;
	GPtrArray *entries;
};

/* What is read and written there fails from now on; who owns the connection then closes it. */
static void
end_those(CaromOverdue *overdue)
{
	for (guint i = 0; i < overdue->entries->len; i++) {
		CaromOverdueEntry *entry = overdue->entries->pdata[i];

		if (!carom_deadline_passed(entry->end))
			continue;
		shutdown(entry->fd, SHUT_RDWR);
		entry->end = CAROM_DEADLINE_NEVER;
	}
}

static void *
overdue_main(void *user)
{
	CaromOverdue *overdue = user;

	pthread_mutex_lock(&overdue->lock);
	while (!overdue->ended) {
		(void) carom_deadline_wait(carom_deadline_in_ms(LOOK_MS), &overdue->changed,
					   &overdue->lock);
		end_those(overdue);
	}
	pthread_mutex_unlock(&overdue->lock);
	return NULL;
}

CaromStatus
carom_overdue_start(int seconds, CaromOverdue **out, GError **err)
{
	CaromOverdue *overdue = g_new0(CaromOverdue, 1);
	int code;

	*out = NULL;
	overdue->seconds = seconds;
	overdue->entries = g_ptr_array_new_with_free_func(g_free);
	pthread_mutex_init(&overdue->lock, NULL);
	pthread_cond_init(&overdue->changed, NULL);
	code = pthread_create(&overdue->thread, NULL, overdue_main, overdue);
	if (code == 0) {
		*out = overdue;
		return CAROM_OK;
	}
	g_ptr_array_unref(overdue->entries);
	g_free(overdue);
	return carom_status_fail(err, CAROM_RETRY, "starting a thread: %s", g_strerror(code));
}

void
carom_overdue_stop(CaromOverdue *overdue)
{
	if (overdue == NULL)
		return;
	pthread_mutex_lock(&overdue->lock);
	overdue->ended = TRUE;
	pthread_cond_signal(&overdue->changed);
	pthread_mutex_unlock(&overdue->lock);
	pthread_join(overdue->thread, NULL);
	g_ptr_array_unref(overdue->entries);
	pthread_mutex_destroy(&overdue->lock);
	pthread_cond_destroy(&overdue->changed);
	g_free(overdue);
}

CaromOverdueEntry *
carom_overdue_add(CaromOverdue *overdue, int fd)
{
	CaromOverdueEntry *entry = g_new0(CaromOverdueEntry, 1);

	entry->fd = fd;
	entry->end = carom_deadline_in_s(overdue->seconds);
	pthread_mutex_lock(&overdue->lock);
	g_ptr_array_add(overdue->entries, entry);
	pthread_mutex_unlock(&overdue->lock);
	return entry;
}

static void
set_end(CaromOverdue *overdue, CaromOverdueEntry *entry, CaromDeadline end)
{
	pthread_mutex_lock(&overdue->lock);
	entry->end = end;
	pthread_mutex_unlock(&overdue->lock);
}

void
carom_overdue_pause(CaromOverdue *overdue, CaromOverdueEntry *entry)
{
	set_end(overdue, entry, CAROM_DEADLINE_NEVER);
}

void
carom_overdue_resume(CaromOverdue *overdue, CaromOverdueEntry *entry)
{
	set_end(overdue, entry, carom_deadline_in_s(overdue->seconds));
}

void
carom_overdue_remove(CaromOverdue *overdue, CaromOverdueEntry *entry)
{
	pthread_mutex_lock(&overdue->lock);
	g_ptr_array_remove_fast(overdue->entries, entry);
	pthread_mutex_unlock(&overdue->lock);
}
