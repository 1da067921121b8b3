/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/pool.h"
#include "store/connection_private.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS 4
#define MIN_CONNECT 2 /* seconds; libpq takes less for that */

typedef struct {
	pthread_mutex_t lock; /* held while it is used */
	CaromStore *store;    /* NULL: to be opened */
} Connection;

struct CaromPool {
	CaromStore store; /* first: the one is the other */
	char *conninfo;
	int seconds;
	Connection connections[CONNECTIONS];
	guint next;      /* atomic; which connection is tried first */
	gint64 retry_at; /* atomic; monotonic time */
};

static CaromStatus query_pool(CaromStore *store, const char *sql, const char *const *args,
			      guint n_args, CaromTable **out, GError **err);

CaromPool *
carom_pool_new(const char *conninfo, int seconds)
{
	CaromPool *pool = g_new0(CaromPool, 1);

	pool->store.query = query_pool;
	pool->conninfo = g_strdup(conninfo);
	pool->seconds = seconds;
	for (guint i = 0; i < CONNECTIONS; i++)
		pthread_mutex_init(&pool->connections[i].lock, NULL);
	return pool;
}

CaromStore *
carom_pool_store(CaromPool *pool)
{
	return &pool->store;
}

void
carom_pool_free(CaromPool *pool)
{
	if (pool == NULL)
		return;
	for (guint i = 0; i < CONNECTIONS; i++) {
		carom_store_close(pool->connections[i].store);
		pthread_mutex_destroy(&pool->connections[i].lock);
	}
	g_free(pool->conninfo);
	g_free(pool);
}

/* A connection that nobody uses, locked; NULL if none came free in time. */
static Connection *
take_connection(CaromPool *pool)
{
	guint first = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED) % CONNECTIONS;
	struct timespec until;

	for (guint i = 0; i < CONNECTIONS; i++) {
		Connection *c = &pool->connections[(first + i) % CONNECTIONS];

		if (pthread_mutex_trylock(&c->lock) == 0)
			return c;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += pool->seconds;
	return pthread_mutex_timedlock(&pool->connections[first].lock, &until) == 0
		       ? &pool->connections[first]
		       : NULL;
}

/* Milliseconds until then; 0 if that is over. */
static int
left_until(gint64 end)
{
	return (int) MAX(0, (end - g_get_monotonic_time()) / 1000);
}

/* A server that hangs is left to itself; one that merely works too long is told to stop. */
static CaromStatus
open_connection(const CaromPool *pool, Connection *c, gint64 end, GError **err)
{
	g_autofree char *limit = g_strdup_printf("%ds", pool->seconds);
	const char *const args[] = { limit };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_open(
		pool->conninfo, MAX(MIN_CONNECT, left_until(end) / 1000), &c->store, err);

	if (status != CAROM_OK)
		return status;
	carom_store_limit(c->store, MAX(1, left_until(end)));
	return carom_store_query(c->store, "SELECT set_config('statement_timeout', $1, false)",
				 args, 1, &table, err);
}

/*
 * A connection, made if need be. After an attempt that failed nobody tries for
 * as long as that took: hardly at all if the server refused, so that it is
 * found the moment it is back, and longer where many would wait for a host
 * that does not answer.
 */
static CaromStatus
use_connection(CaromPool *pool, Connection *c, gint64 end, GError **err)
{
	gint64 begin = g_get_monotonic_time();
	CaromStatus status;

	if (c->store != NULL)
		return CAROM_OK;
	if (begin < __atomic_load_n(&pool->retry_at, __ATOMIC_RELAXED))
		return carom_status_fail(err, CAROM_RETRY, "the database is away");
	status = open_connection(pool, c, end, err);
	if (status == CAROM_RETRY)
		__atomic_store_n(&pool->retry_at, 2 * g_get_monotonic_time() - begin,
				 __ATOMIC_RELAXED);
	return status;
}

/* One attempt. On CAROM_RETRY the connection is closed. */
static CaromStatus
ask_once(CaromPool *pool, Connection *c, gint64 end, const char *sql, const char *const *args,
	 guint n_args, CaromTable **out, GError **err)
{
	CaromStatus status = use_connection(pool, c, end, err);

	if (status == CAROM_OK) {
		carom_store_limit(c->store, MAX(1, left_until(end)));
		status = carom_store_query(c->store, sql, args, n_args, out, err);
	}
	if (status == CAROM_RETRY)
		g_clear_pointer(&c->store, carom_store_close);
	return status;
}

static CaromStatus
query_pool(CaromStore *store, const char *sql, const char *const *args, guint n_args,
	   CaromTable **out, GError **err)
{
	CaromPool *pool = (CaromPool *) store;
	gint64 end = g_get_monotonic_time() + pool->seconds * G_USEC_PER_SEC;
	Connection *c = take_connection(pool);
	g_autoptr(GError) stale = NULL;
	gboolean was_open;
	CaromStatus status;

	*out = NULL;
	if (c == NULL)
		return carom_status_fail(err, CAROM_RETRY,
					 "the database did not answer others within %d s",
					 pool->seconds);
	was_open = c->store != NULL;
	status = ask_once(pool, c, end, sql, args, n_args, out, &stale);
	if (status == CAROM_RETRY && was_open && left_until(end) > 0) {
		g_clear_error(&stale);
		status = ask_once(pool, c, end, sql, args, n_args, out, &stale);
	}
	pthread_mutex_unlock(&c->lock);
	if (stale != NULL)
		g_propagate_error(err, g_steal_pointer(&stale));
	return status;
}
