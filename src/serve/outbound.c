/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/outbound.h"
#include "base/address_set.h"
#include "base/log.h"
#include "store/addresses.h"
#include "store/pool.h"
#include "store/suppressions.h"
#include "store/volumes.h"
#include "base/text.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define CONNECT_TIMEOUT 5
#define FLUSH_SECONDS 5 /* volumes reach the database this much later at most */
#define QUESTION_SECONDS 5
#define LIST_SECONDS 60 /* that reading the whole list may take */
#define DAY_BOUND 900   /* seconds; in every time zone a day begins at a multiple of them */

/*
 * Counts on their way into the database. They keep their id, and do not change,
 * until it is known that they are in: handed in twice, they count once.
 */
typedef struct {
	char *id;
	GArray *volumes; /* CaromVolume */
	GPtrArray *keys; /* char **, whose texts the volumes borrow */
	guint64 sent;
} Batch;

struct CaromOutbound {
	char *conninfo;
	int refresh;     /* seconds */
	CaromPool *pool; /* that hits are looked up on */
	pthread_t thread;
	pthread_rwlock_t set_lock;
	CaromAddressSet *set; /* guarded by set_lock */
	time_t set_read;      /* when it was known to be true; guarded by set_lock */
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t wake;
	GHashTable *volumes; /* "time\naccount\nstream\nprovider" -> count; time by DAY_BOUND */
	gboolean stopping;
	/* the thread's alone, and afterwards carom_outbound_stop()'s */
	Batch *batch;  /* NULL: all that left volumes is in the database */
	gboolean late; /* the log was told so */
};

/* TRUE if the set, as it is in memory, holds the address or its domain; *fresh says whether the set
 * can be trusted. */
static gboolean
in_set(CaromOutbound *outbound, const char *address, gboolean *fresh)
{
	const char *at = strrchr(address, '@');
	gboolean hit;

	pthread_rwlock_rdlock(&outbound->set_lock);
	*fresh = outbound->set != NULL && time(NULL) - outbound->set_read <= 2 * outbound->refresh;
	hit = outbound->set != NULL && (carom_address_set_has(outbound->set, address) ||
					(at != NULL && carom_address_set_has(outbound->set, at)));
	pthread_rwlock_unlock(&outbound->set_lock);
	return hit;
}

/* "user_unknown 2026-11-28, account acme, stream news". A row is a suppression, whatever is missing
 * in it. The caller's. */
static char *
reason_of(const CaromTable *table)
{
	const char *reason = carom_table_cell(table, 0, CAROM_SUPPRESSION_REASON);
	const char *since = carom_table_cell(table, 0, CAROM_SUPPRESSION_SINCE);
	const char *account = carom_table_cell(table, 0, CAROM_SUPPRESSION_ACCOUNT);
	const char *stream = carom_table_cell(table, 0, CAROM_SUPPRESSION_STREAM);
	gboolean global = account != NULL && *account == '\0';
	gboolean whole = stream != NULL && *stream == '\0';

	if (reason == NULL || since == NULL || account == NULL || stream == NULL)
		return g_strdup("on the list, without a reason");
	return g_strdup_printf("%s %s, %s%s%s%s", reason, since,
			       global ? "all accounts" : "account ", account,
			       whole ? "" : ", stream ", stream);
}

CaromStatus
carom_outbound_suppressed(CaromOutbound *outbound, const char *address, const char *account,
			  const char *stream, char **reason, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	g_autofree char *text = NULL;
	gboolean fresh, hit = in_set(outbound, address, &fresh);
	CaromStatus status;

	*reason = NULL;
	if (!hit && fresh)
		return CAROM_ABSENT;
	status = carom_suppressions_find(carom_pool_store(outbound->pool), address, account, stream,
					 &table, err);
	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0)
		return CAROM_ABSENT;
	text = reason_of(table);
	*reason = carom_text_printable(text, 300);
	return CAROM_OK;
}

CaromStatus
carom_outbound_address_id(CaromOutbound *outbound, const char *address, const char *account,
			  guint64 *id, GError **err)
{
	return carom_addresses_id(carom_pool_store(outbound->pool), address, account, id, err);
}

void
carom_outbound_count(CaromOutbound *outbound, const char *account, const char *stream,
		     const char *provider)
{
	g_autofree char *key = g_strdup_printf("%" G_GINT64_FORMAT "\n%s\n%s\n%s",
					       (gint64) (time(NULL) / DAY_BOUND), account, stream,
					       provider ? provider : "");
	guint count;

	pthread_mutex_lock(&outbound->lock);
	count = GPOINTER_TO_UINT(g_hash_table_lookup(outbound->volumes, key));
	g_hash_table_insert(outbound->volumes, g_steal_pointer(&key), GUINT_TO_POINTER(count + 1));
	pthread_mutex_unlock(&outbound->lock);
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

/* key is "time\naccount\nstream\nprovider". */
static void
add_volume(Batch *batch, const char *key, guint count)
{
	char **columns = g_strsplit(key, "\n", 4);
	CaromVolume volume = { .at = g_ascii_strtoll(columns[0], NULL, 10) * DAY_BOUND,
			       .account = columns[1],
			       .stream = columns[2],
			       .provider = columns[3],
			       .sent = count };

	g_ptr_array_add(batch->keys, columns);
	g_array_append_val(batch->volumes, volume);
	batch->sent += count;
}

/* What was counted so far as a batch; NULL: nothing. */
static Batch *
seal(CaromOutbound *outbound)
{
	GHashTable *counted;
	GHashTableIter it;
	gpointer key, count;
	Batch *batch;

	pthread_mutex_lock(&outbound->lock);
	counted = outbound->volumes;
	outbound->volumes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	pthread_mutex_unlock(&outbound->lock);
	if (g_hash_table_size(counted) == 0) {
		g_hash_table_unref(counted);
		return NULL;
	}
	batch = g_new0(Batch, 1);
	batch->id = g_uuid_string_random();
	batch->volumes = g_array_new(FALSE, FALSE, sizeof(CaromVolume));
	batch->keys = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev);
	g_hash_table_iter_init(&it, counted);
	while (g_hash_table_iter_next(&it, &key, &count))
		add_volume(batch, key, GPOINTER_TO_UINT(count));
	g_hash_table_unref(counted);
	return batch;
}

/* Adds what was counted to the database. What can't be written stays as it is for the next time. */
static void
flush_volumes(CaromOutbound *outbound)
{
	g_autoptr(GError) error = NULL;
	Batch *batch;

	if (outbound->batch == NULL)
		outbound->batch = seal(outbound);
	if (outbound->batch == NULL)
		return;
	batch = outbound->batch;
	if (carom_volumes_add(carom_pool_store(outbound->pool), batch->id,
			      (const CaromVolume *) (const void *) batch->volumes->data,
			      batch->volumes->len, &error) == CAROM_OK) {
		g_clear_pointer(&outbound->batch, batch_free);
		if (outbound->late)
			carom_log(CAROM_LOG_INFO, "volumes are written again");
		outbound->late = FALSE;
		return;
	}
	if (!outbound->late)
		carom_log(CAROM_LOG_WARNING, "volumes are written later: %s",
			  error ? error->message : "");
	outbound->late = TRUE;
}

/* The batch that waits, if any, and then what was counted since. */
static void
flush_last_volumes(CaromOutbound *outbound)
{
	gboolean had_one = outbound->batch != NULL;

	flush_volumes(outbound);
	if (had_one && outbound->batch == NULL)
		flush_volumes(outbound);
	if (outbound->batch != NULL) {
		Batch *rest = seal(outbound);

		carom_log(CAROM_LOG_ERROR,
			  "%" G_GUINT64_FORMAT " recipients mailed are not counted",
			  outbound->batch->sent + (rest ? rest->sent : 0));
		batch_free(rest);
		g_clear_pointer(&outbound->batch, batch_free);
	}
}

/* Reads the whole list anew. */
static CaromStatus
read_set(CaromOutbound *outbound, CaromStore *store, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromAddressSet *fresh, *old;
	time_t now = time(NULL);
	CaromStatus status = carom_suppressions_addresses(store, &table, err);

	if (status != CAROM_OK)
		return status;
	fresh = carom_address_set_new(table->n_rows);
	for (guint i = 0; i < table->n_rows; i++) {
		const char *address = carom_table_cell(table, i, 0);

		if (address != NULL)
			carom_address_set_add(fresh, address);
	}
	pthread_rwlock_wrlock(&outbound->set_lock);
	old = outbound->set;
	outbound->set = fresh;
	outbound->set_read = now;
	pthread_rwlock_unlock(&outbound->set_lock);
	carom_address_set_free(old);
	return CAROM_OK;
}

/* Waits at most a second. FALSE: it is time to stop. */
static gboolean
sleep_a_second(CaromOutbound *outbound)
{
	struct timespec until;
	gboolean go_on;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 1;
	pthread_mutex_lock(&outbound->lock);
	if (!outbound->stopping)
		pthread_cond_timedwait(&outbound->wake, &outbound->lock, &until);
	go_on = !outbound->stopping;
	pthread_mutex_unlock(&outbound->lock);
	return go_on;
}

/* Follows the list: reads it when the database says that it changed, and every refresh seconds
 * whatever it says. */
static void *
follow_main(void *user)
{
	CaromOutbound *outbound = user;
	CaromStore *store = NULL;
	time_t read_at = time(NULL), flushed = read_at;
	gboolean told = FALSE; /* of this outage */

	do {
		g_autoptr(GError) error = NULL;
		CaromStatus status = CAROM_OK;
		gboolean changed = FALSE;

		if (store == NULL) {
			status = carom_store_open(outbound->conninfo, CONNECT_TIMEOUT, &store,
						  &error);
			if (status == CAROM_OK) {
				carom_store_limit(store, LIST_SECONDS * 1000);
				status = carom_suppressions_watch(store, &error);
			}
			changed = TRUE;
		} else {
			status = carom_store_notified(store, &changed, &error);
		}
		if (status == CAROM_OK && (changed || time(NULL) - read_at >= outbound->refresh)) {
			status = read_set(outbound, store, &error);
			read_at = time(NULL);
		}
		if (status != CAROM_OK) {
			if (!told)
				carom_log(CAROM_LOG_WARNING,
					  "the suppression list in memory grows old: %s",
					  error ? error->message : "");
			g_clear_pointer(&store, carom_store_close);
		} else if (told) {
			carom_log(CAROM_LOG_INFO, "the suppression list is read again");
		}
		told = status != CAROM_OK;
		if (time(NULL) - flushed >= FLUSH_SECONDS) {
			flush_volumes(outbound);
			flushed = time(NULL);
		}
	} while (sleep_a_second(outbound));
	carom_store_close(store);
	return NULL;
}

CaromStatus
carom_outbound_start(const CaromConfig *config, CaromOutbound **out, GError **err)
{
	CaromOutbound *outbound = g_new0(CaromOutbound, 1);
	g_autoptr(CaromStore) store = NULL;
	CaromStatus status;

	outbound->conninfo = g_strdup(config->database.conninfo);
	outbound->refresh = config->outbound.refresh;
	outbound->pool = carom_pool_new(outbound->conninfo, QUESTION_SECONDS);
	pthread_rwlock_init(&outbound->set_lock, NULL);
	pthread_mutex_init(&outbound->lock, NULL);
	pthread_cond_init(&outbound->wake, NULL);
	outbound->volumes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	status = carom_store_open(outbound->conninfo, CONNECT_TIMEOUT, &store, err);
	if (status == CAROM_OK)
		status = read_set(outbound, store, err);
	pthread_create(&outbound->thread, NULL, follow_main, outbound);
	*out = outbound;
	return status;
}

void
carom_outbound_stop(CaromOutbound *outbound)
{
	if (outbound == NULL)
		return;
	pthread_mutex_lock(&outbound->lock);
	outbound->stopping = TRUE;
	pthread_cond_signal(&outbound->wake);
	pthread_mutex_unlock(&outbound->lock);
	pthread_join(outbound->thread, NULL);
	flush_last_volumes(outbound);
	carom_pool_free(outbound->pool);
	carom_address_set_free(outbound->set);
	pthread_rwlock_destroy(&outbound->set_lock);
	pthread_mutex_destroy(&outbound->lock);
	pthread_cond_destroy(&outbound->wake);
	g_hash_table_unref(outbound->volumes);
	g_free(outbound->conninfo);
	g_free(outbound);
}
