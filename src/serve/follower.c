/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/follower.h"
#include "mail/address_normal.h"
#include "base/address_set.h"
#include "base/deadline.h"
#include "base/log.h"
#include "store/suppressions.h"

#include <pthread.h>
#include <string.h>

#define CONNECT_TIMEOUT 5 /* seconds */
#define LIST_SECONDS 60   /* that reading the whole list may take */

struct CaromFollower {
	char *conninfo;
	int refresh;  /* seconds */
	int hurrying; /* atomic */
	/* of who steps */
	CaromStore *store; /* NULL: not connected */
	gboolean told_of_pooler;
	CaromDeadline next_reading;
	pthread_rwlock_t lock; /* guards all below */
	CaromAddressSet *set;  /* NULL: never read */
	CaromDeadline trusted; /* so long */
};

CaromFollower *
carom_follower_new(const char *conninfo, int refresh)
{
	CaromFollower *follower = g_new0(CaromFollower, 1);

	follower->conninfo = g_strdup(conninfo);
	follower->refresh = refresh;
	pthread_rwlock_init(&follower->lock, NULL);
	return follower;
}

void
carom_follower_free(CaromFollower *follower)
{
	if (follower == NULL)
		return;
	carom_store_close(follower->store);
	carom_address_set_free(follower->set);
	pthread_rwlock_destroy(&follower->lock);
	g_free(follower->conninfo);
	g_free(follower);
}

void
carom_follower_hurry(CaromFollower *follower)
{
	__atomic_store_n(&follower->hurrying, 1, __ATOMIC_RELAXED);
}

gboolean
carom_follower_has(CaromFollower *follower, const char *address, gboolean *fresh)
{
	g_autofree char *plain = carom_address_normal(address, -1);
	const char *at;
	gboolean has;

	address = plain ? plain : address;
	at = strrchr(address, '@');
	pthread_rwlock_rdlock(&follower->lock);
	*fresh = follower->set != NULL && !carom_deadline_passed(follower->trusted);
	has = follower->set != NULL && (carom_address_set_has(follower->set, address) ||
					(at != NULL && carom_address_set_has(follower->set, at)));
	pthread_rwlock_unlock(&follower->lock);
	return has;
}

/* A new connection, told of changes from its first moment: what changes while the list is read is
 * heard of afterwards. */
static CaromStatus
connect_store(CaromFollower *follower, GError **err)
{
	CaromStatus status =
		carom_store_open(follower->conninfo, CONNECT_TIMEOUT, &follower->store, err);

	if (status != CAROM_OK)
		return status;
	carom_store_limit(follower->store, LIST_SECONDS * 1000);
	carom_store_hurry_when(follower->store, &follower->hurrying);
	status = carom_suppressions_watch(follower->store, err);
	if (status != CAROM_ABSENT)
		return status;
	if (!follower->told_of_pooler)
		carom_log(CAROM_LOG_WARNING,
			  "no notice comes of changes of the suppression list, for conninfo leads "
			  "through a pooler: the list is read every %d s; set listen-conninfo in "
			  "[database]",
			  follower->refresh);
	follower->told_of_pooler = TRUE;
	return CAROM_OK;
}

/* Reads the whole list anew. */
static CaromStatus
read_list(CaromFollower *follower, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromAddressSet *fresh, *old;
	CaromDeadline trusted = carom_deadline_in_s(2 * (gint64) follower->refresh);
	CaromStatus status = carom_suppressions_addresses(follower->store, &table, err);

	if (status != CAROM_OK)
		return status;
	fresh = carom_address_set_new(table->n_rows);
	for (guint i = 0; i < table->n_rows; i++) {
		const char *address = carom_table_cell(table, i, 0);

		if (address != NULL)
			carom_address_set_add(fresh, address);
	}
	pthread_rwlock_wrlock(&follower->lock);
	old = follower->set;
	follower->set = fresh;
	follower->trusted = trusted;
	pthread_rwlock_unlock(&follower->lock);
	carom_address_set_free(old);
	return CAROM_OK;
}

/* One step of which the connection may not survive. */
static CaromStatus
follow(CaromFollower *follower, GError **err)
{
	gboolean changed = follower->store == NULL;
	CaromStatus status = changed ? connect_store(follower, err)
				     : carom_store_notified(follower->store, &changed, err);

	if (status != CAROM_OK || (!changed && !carom_deadline_passed(follower->next_reading)))
		return status;
	follower->next_reading = carom_deadline_in_s(follower->refresh);
	return read_list(follower, err);
}

CaromStatus
carom_follower_step(CaromFollower *follower, GError **err)
{
	CaromStatus status = follow(follower, err);

	if (status != CAROM_OK)
		g_clear_pointer(&follower->store, carom_store_close);
	return status;
}
