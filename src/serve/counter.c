/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/counter.h"
#include "store/volumes.h"

#include <pthread.h>
#include <time.h>

#define DAY_BOUND 900 /* seconds; in every time zone a day begins at a multiple of them */

/* Counts that left the table. They keep their id, and do not change, until it is known that they
 * are in the database. */
typedef struct {
	char *id;
	GArray *volumes; /* CaromVolume */
	GPtrArray *keys; /* char **, whose texts the volumes borrow */
	guint64 sent;
} Batch;

struct CaromCounter {
	CaromStore *store;
	Batch *batch; /* of who steps; NULL: all that left the table is in the database */
	pthread_mutex_t lock;
	GHashTable *counts; /* a key by key_of() -> count; guarded by lock */
	guint named;        /* of them, those with a campaign; guarded by lock */
};

static GHashTable *
counts_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

CaromCounter *
carom_counter_new(CaromStore *store)
{
	CaromCounter *counter = g_new0(CaromCounter, 1);

	counter->store = store;
	counter->counts = counts_new();
	pthread_mutex_init(&counter->lock, NULL);
	return counter;
}

static const char *
or_nothing(const char *text)
{
	return text ? text : "";
}

/* The time, by DAY_BOUND, and all that a recipient is counted by, a line each. The caller's. */
static char *
key_of(const CaromCounted *what)
{
	return g_strdup_printf(
		"%" G_GINT64_FORMAT "\n%s\n%s\n%s\n%s\n%s\n%s", (gint64) (time(NULL) / DAY_BOUND),
		or_nothing(what->account), or_nothing(what->stream), or_nothing(what->provider),
		or_nothing(what->feedback_id), or_nothing(what->list_id), or_nothing(what->ip));
}

static gboolean
names_campaign(const CaromCounted *what)
{
	return *or_nothing(what->feedback_id) != '\0' || *or_nothing(what->list_id) != '\0';
}

void
carom_counter_add(CaromCounter *counter, const CaromCounted *what)
{
	CaromCounted other = *what;
	g_autofree char *key = key_of(what);
	guint count;

	pthread_mutex_lock(&counter->lock);
	count = GPOINTER_TO_UINT(g_hash_table_lookup(counter->counts, key));
	if (count == 0 && names_campaign(what) && counter->named++ >= CAROM_COUNTER_MOST) {
		other.feedback_id = "(other)";
		other.list_id = NULL;
		g_free(key);
		key = key_of(&other);
		count = GPOINTER_TO_UINT(g_hash_table_lookup(counter->counts, key));
	}
	g_hash_table_insert(counter->counts, g_steal_pointer(&key), GUINT_TO_POINTER(count + 1));
	pthread_mutex_unlock(&counter->lock);
}

static void
batch_free(Batch *batch)
{
	if (batch == NULL)
		return;
	g_free(batch->id);
	g_array_unref(batch->volumes);
	g_ptr_array_unref(batch->keys);
	g_free(batch);
}

/* key is of key_of(). */
static void
batch_add(Batch *batch, const char *key, guint count)
{
	char **columns = g_strsplit(key, "\n", 7);
	CaromVolume volume = { .at = g_ascii_strtoll(columns[0], NULL, 10) * DAY_BOUND,
			       .account = columns[1],
			       .stream = columns[2],
			       .provider = columns[3],
			       .feedback_id = columns[4],
			       .list_id = columns[5],
			       .ip = columns[6],
			       .sent = count };

	g_ptr_array_add(batch->keys, columns);
	g_array_append_val(batch->volumes, volume);
	batch->sent += count;
}

/* All that was counted so far as a batch; NULL: nothing. */
static Batch *
seal(CaromCounter *counter)
{
	GHashTable *counts;
	GHashTableIter it;
	gpointer key, count;
	Batch *batch = NULL;

	pthread_mutex_lock(&counter->lock);
	counts = counter->counts;
	counter->counts = counts_new();
	counter->named = 0;
	pthread_mutex_unlock(&counter->lock);
	if (g_hash_table_size(counts) > 0) {
		batch = g_new0(Batch, 1);
		batch->id = g_uuid_string_random();
		batch->volumes = g_array_new(FALSE, FALSE, sizeof(CaromVolume));
		batch->keys = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev);
		g_hash_table_iter_init(&it, counts);
		while (g_hash_table_iter_next(&it, &key, &count))
			batch_add(batch, key, GPOINTER_TO_UINT(count));
	}
	g_hash_table_unref(counts);
	return batch;
}

CaromStatus
carom_counter_step(CaromCounter *counter, GError **err)
{
	CaromStatus status;
	const Batch *batch;

	if (counter->batch == NULL)
		counter->batch = seal(counter);
	batch = counter->batch;
	if (batch == NULL)
		return CAROM_OK;
	status = carom_volumes_add(counter->store, batch->id,
				   (const CaromVolume *) (const void *) batch->volumes->data,
				   batch->volumes->len, err);
	if (status == CAROM_OK)
		g_clear_pointer(&counter->batch, batch_free);
	return status;
}

guint64
carom_counter_waiting(CaromCounter *counter)
{
	guint64 sent = counter->batch ? counter->batch->sent : 0;
	GHashTableIter it;
	gpointer count;

	pthread_mutex_lock(&counter->lock);
	g_hash_table_iter_init(&it, counter->counts);
	while (g_hash_table_iter_next(&it, NULL, &count))
		sent += GPOINTER_TO_UINT(count);
	pthread_mutex_unlock(&counter->lock);
	return sent;
}

void
carom_counter_free(CaromCounter *counter)
{
	if (counter == NULL)
		return;
	batch_free(counter->batch);
	g_hash_table_unref(counter->counts);
	pthread_mutex_destroy(&counter->lock);
	g_free(counter);
}
