/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/limiter.h"

#include <pthread.h>

#define MOST_KEYS 4096

static const CaromRate of_strangers = { 20, 40 };

struct CaromLimiter {
	pthread_mutex_t lock; /* guards all below */
	CaromRate rate;
	CaromBucket strangers;
	GHashTable *keys; /* digest -> CaromBucket */
};

CaromLimiter *
carom_limiter_new(const CaromRate *rate)
{
	CaromLimiter *limiter = g_new0(CaromLimiter, 1);

	pthread_mutex_init(&limiter->lock, NULL);
	limiter->rate = *rate;
	limiter->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return limiter;
}

void
carom_limiter_free(CaromLimiter *limiter)
{
	if (limiter == NULL)
		return;
	g_hash_table_unref(limiter->keys);
	pthread_mutex_destroy(&limiter->lock);
	g_free(limiter);
}

void
carom_limiter_set(CaromLimiter *limiter, const CaromRate *rate)
{
	pthread_mutex_lock(&limiter->lock);
	limiter->rate = *rate;
	pthread_mutex_unlock(&limiter->lock);
}

gint64
carom_limiter_ask(CaromLimiter *limiter, const char *digest)
{
	const gint64 now = g_get_monotonic_time();
	CaromBucket *bucket;
	gint64 wait;

	pthread_mutex_lock(&limiter->lock);
	bucket = g_hash_table_lookup(limiter->keys, digest);
	wait = bucket ? carom_bucket_take(bucket, &limiter->rate, now)
		      : carom_bucket_take(&limiter->strangers, &of_strangers, now);
	pthread_mutex_unlock(&limiter->lock);
	return wait;
}

/* A full bucket holds nothing that a new one would not. */
static gboolean
is_idle(gpointer digest, gpointer bucket, gpointer now)
{
	(void) digest;
	return carom_bucket_is_full(bucket, *(const gint64 *) now);
}

void
carom_limiter_tell(CaromLimiter *limiter, const char *digest, gboolean known)
{
	gint64 now = g_get_monotonic_time();

	pthread_mutex_lock(&limiter->lock);
	if (!known) {
		g_hash_table_remove(limiter->keys, digest);
	} else if (!g_hash_table_contains(limiter->keys, digest)) {
		if (g_hash_table_size(limiter->keys) >= MOST_KEYS)
			g_hash_table_foreach_remove(limiter->keys, is_idle, &now);
		if (g_hash_table_size(limiter->keys) < MOST_KEYS)
			g_hash_table_insert(limiter->keys, g_strdup(digest),
					    g_new0(CaromBucket, 1));
	}
	pthread_mutex_unlock(&limiter->lock);
}
