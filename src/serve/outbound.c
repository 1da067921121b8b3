/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/outbound.h"
#include "base/address_set.h"
#include "base/log.h"
#include "store/pool.h"
#include "base/text.h"

#include <jansson.h>
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
	char *json; /* what carom.add_volumes() takes */
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

CaromStatus
carom_outbound_suppressed(CaromOutbound *outbound, const char *address, const char *account,
			  const char *stream, char **reason, GError **err)
{
	const char *const args[] = { address, account, stream };
	g_autoptr(CaromTable) table = NULL;
	gboolean fresh, hit = in_set(outbound, address, &fresh);
	const char *cell;
	CaromStatus status;

	*reason = NULL;
	if (!hit && fresh)
		return CAROM_ABSENT;
	status = carom_pool_ask(
		outbound->pool,
		"SELECT s.reason || ' ' || to_char(s.since, 'YYYY-MM-DD') || CASE WHEN "
		"s.account = '' THEN ', all accounts' ELSE ', account ' || s.account END "
		"|| CASE WHEN s.stream = '' THEN '' ELSE ', stream ' || s.stream END FROM "
		"carom.suppressed($1, $2, $3) s",
		args, 3, &table, err);
	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0)
		return CAROM_ABSENT;
	cell = carom_table_cell(table, 0, 0);
	/* a row is a suppression, whatever is missing in it */
	*reason = carom_text_printable(cell ? cell : "on the list, without a reason", 300);
	return CAROM_OK;
}

CaromStatus
carom_outbound_address_id(CaromOutbound *outbound, const char *address, const char *account,
			  guint64 *id, GError **err)
{
	const char *const args[] = { address, account };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_pool_ask(outbound->pool, "SELECT carom.address_id($1, $2)", args,
					    2, &table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	*id = cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
	return status != CAROM_OK || *id != 0
		       ? status
		       : carom_status_fail(
				 err, CAROM_MISUSE,
				 "database: carom.address_id answered nothing; is its schema of "
				 "this version of carom?");
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
	free(batch->json);
	g_free(batch);
}

/* One row for carom.add_volumes(). */
static json_t *
volume_to_json(const char *key, guint count)
{
	g_auto(GStrv) parts = g_strsplit(key, "\n", 4);
	gint64 bound = g_ascii_strtoll(parts[0], NULL, 10) * DAY_BOUND;
	g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(bound);
	g_autofree char *text = g_date_time_format(at, "%Y-%m-%dT%H:%M:%SZ");

	return json_pack("{s:s, s:s, s:s, s:s, s:I}", "at", text, "account", parts[1], "stream",
			 parts[2], "provider", parts[3], "sent", (json_int_t) count);
}

/* What was counted so far as a batch; NULL: nothing. */
static Batch *
seal(CaromOutbound *outbound)
{
	GHashTable *counted;
	GHashTableIter it;
	gpointer key, count;
	Batch *batch;
	json_t *rows;

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
	rows = json_array();
	g_hash_table_iter_init(&it, counted);
	while (g_hash_table_iter_next(&it, &key, &count)) {
		json_array_append_new(rows, volume_to_json(key, GPOINTER_TO_UINT(count)));
		batch->sent += GPOINTER_TO_UINT(count);
	}
	batch->json = json_dumps(rows, JSON_COMPACT);
	json_decref(rows);
	g_hash_table_unref(counted);
	return batch;
}

/* Adds what was counted to the database. What can't be written stays as it is for the next time. */
static void
flush_volumes(CaromOutbound *outbound)
{
	g_autoptr(CaromTable) table = NULL;
	g_autoptr(GError) error = NULL;

	if (outbound->batch == NULL)
		outbound->batch = seal(outbound);
	if (outbound->batch == NULL)
		return;
	const char *const args[] = { outbound->batch->id, outbound->batch->json };

	if (carom_pool_ask(outbound->pool, "SELECT carom.add_volumes($1::uuid, $2::jsonb)", args, 2,
			   &table, &error) == CAROM_OK) {
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
	CaromStatus status = carom_store_query(
		store, "SELECT address FROM carom.suppressed_addresses()", NULL, 0, &table, err);

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
				status = carom_store_listen(store, "carom_suppression", &error);
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
