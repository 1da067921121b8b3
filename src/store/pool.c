/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/pool.h"
#include "base/deadline.h"
#include "store/connection_private.h"

#include <string.h>

#define CONNECTIONS 4
#define MIN_CONNECT 2 /* seconds; libpq takes less for that */

typedef struct {
	gboolean taken;    /* guarded by the pool's lock */
	CaromStore *store; /* NULL: to be opened; of who took it */
} Connection;

struct CaromPool {
	CaromStore store; /* first: the one is the other */
	char *conninfo;
	int seconds;
	pthread_mutex_t lock;
	pthread_cond_t given_back;
	Connection connections[CONNECTIONS];
	gint64 retry_at; /* atomic; monotonic time */
};

static CaromStatus ask_pool(CaromStore *store, const CaromStatement *statement, CaromTable **out,
			    GError **err);

CaromPool *
carom_pool_new(const char *conninfo, int seconds)
{
	CaromPool *pool = g_new0(CaromPool, 1);

	pool->store.ask = ask_pool;
	pool->conninfo = g_strdup(conninfo);
	pool->seconds = seconds;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->given_back, NULL);
	return pool;
}

CaromStore *
carom_pool_store(CaromPool *pool)
{
	return &pool->store;
}

CaromStatus
carom_pool_connect(CaromPool *pool, CaromStore **out, GError **err)
{
	return carom_store_open(pool->conninfo, MAX(MIN_CONNECT, pool->seconds), out, err);
}

void
carom_pool_free(CaromPool *pool)
{
	if (pool == NULL)
		return;
	for (guint i = 0; i < CONNECTIONS; i++)
		carom_store_close(pool->connections[i].store);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->given_back);
	g_free(pool->conninfo);
	g_free(pool);
}

/* A connection that nobody uses, an open one if there is one. NULL: none. The lock is held. */
static Connection *
find_free(CaromPool *pool)
{
	Connection *found = NULL;

	for (guint i = 0; i < CONNECTIONS; i++) {
		Connection *c = &pool->connections[i];

		if (!c->taken && (found == NULL || (found->store == NULL && c->store != NULL)))
			found = c;
	}
	return found;
}

/* NULL: none came free in time. */
static Connection *
take_connection(CaromPool *pool, CaromDeadline end)
{
	Connection *c;

	pthread_mutex_lock(&pool->lock);
	while ((c = find_free(pool)) == NULL)
		if (!carom_deadline_wait(end, &pool->given_back, &pool->lock))
			break;
	if (c != NULL)
		c->taken = TRUE;
	pthread_mutex_unlock(&pool->lock);
	return c;
}

static void
give_back(CaromPool *pool, Connection *c)
{
	pthread_mutex_lock(&pool->lock);
	c->taken = FALSE;
	pthread_cond_signal(&pool->given_back);
	pthread_mutex_unlock(&pool->lock);
}

/*
 * A connection, made if need be. After an attempt that failed nobody tries for
 * as long as that took: hardly at all if the server refused, so that it is
 * found the moment it is back, and longer where many would wait for a host
 * that does not answer.
 */
static CaromStatus
use_connection(CaromPool *pool, Connection *c, CaromDeadline end, GError **err)
{
	gint64 begin = g_get_monotonic_time();
	CaromStatus status;

	if (c->store != NULL)
		return CAROM_OK;
	if (begin < __atomic_load_n(&pool->retry_at, __ATOMIC_RELAXED))
		return carom_status_fail(err, CAROM_RETRY, "the database is away");
	status = carom_store_open(pool->conninfo,
				  MAX(MIN_CONNECT, carom_deadline_left_ms(end) / 1000), &c->store,
				  err);
	if (status == CAROM_RETRY)
		__atomic_store_n(&pool->retry_at, 2 * g_get_monotonic_time() - begin,
				 __ATOMIC_RELAXED);
	return status;
}

/* One attempt. On CAROM_RETRY the connection is closed. */
static CaromStatus
ask_once(CaromPool *pool, Connection *c, CaromDeadline end, const CaromStatement *statement,
	 CaromTable **out, GError **err)
{
	CaromStatus status = use_connection(pool, c, end, err);

	if (status == CAROM_OK) {
		carom_store_limit(c->store, MAX(1, carom_deadline_left_ms(end)));
		status = c->store->ask(c->store, statement, out, err);
	}
	if (status == CAROM_RETRY)
		g_clear_pointer(&c->store, carom_store_close);
	return status;
}

static CaromStatus
ask_pool(CaromStore *store, const CaromStatement *statement, CaromTable **out, GError **err)
{
	CaromPool *pool = (CaromPool *) store;
	CaromDeadline end = carom_deadline_in_s(pool->seconds);
	Connection *c = take_connection(pool, end);
	g_autoptr(GError) stale = NULL;
	gboolean was_open;
	CaromStatus status;

	if (c == NULL)
		return carom_status_fail(err, CAROM_RETRY,
					 "the database did not answer others within %d s",
					 pool->seconds);
	was_open = c->store != NULL;
	status = ask_once(pool, c, end, statement, out, &stale);
	if (status == CAROM_RETRY && was_open && carom_deadline_left_ms(end) > 0) {
		g_clear_error(&stale);
		status = ask_once(pool, c, end, statement, out, &stale);
	}
	give_back(pool, c);
	if (stale != NULL)
		g_propagate_error(err, g_steal_pointer(&stale));
	return status;
}
