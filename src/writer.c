#include "config.h"

#include "writer.h"
#include "log.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

#define MAX_BATCH 256
#define MAX_BATCH_BYTES (16 * 1024 * 1024)
#define CONNECT_TIMEOUT 10 /* seconds */
#define RETRY_AFTER 2      /* seconds between two attempts to reach a database that is away */
#define MAX_GATHER 5000    /* microseconds */

typedef struct Item {
	CaromRecordItem item;
	sem_t done; /* posted once, with the answer */
	struct Item *next;
} Item;

struct CaromWriter {
	char *conninfo;
	CaromStore *store; /* the thread's alone; NULL while there is no connection */
	time_t retry_at;   /* the thread's alone */
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t work;  /* as many wait as the thread wants, or it is time to stop */
	Item *first, **last;
	guint n_waiting; /* how many that are */
	guint wanted;    /* wake the thread at so many */
	gboolean stopping;
	guint64 transactions, reports;
};

/* Takes the oldest items, as many as one transaction holds. The lock is held. */
static guint
take_batch(CaromWriter *writer, Item *batch[MAX_BATCH])
{
	gsize bytes = 0;
	guint n = 0;

	while (writer->first != NULL && n < MAX_BATCH) {
		gsize size = strlen(writer->first->item.json) + writer->first->item.raw_len;

		if (n > 0 && bytes + size > MAX_BATCH_BYTES)
			break;
		bytes += size;
		batch[n++] = writer->first;
		writer->first = writer->first->next;
		writer->n_waiting--;
		if (writer->first == NULL)
			writer->last = &writer->first;
	}
	return n;
}

static void
fail_all(Item *batch[], guint n, CaromStatus status, const GError *error)
{
	for (guint i = 0; i < n; i++) {
		batch[i]->item.status = status;
		g_clear_error(&batch[i]->item.error);
		batch[i]->item.error = error ? g_error_copy(error) : NULL;
	}
}

/* The connection, made anew if need be; CAROM_RETRY at once while the last failure is fresh, so
 * that nobody queues behind a timeout. */
static CaromStatus
connect_store(CaromWriter *writer, GError **err)
{
	CaromStatus status;

	if (writer->store != NULL)
		return CAROM_OK;
	if (time(NULL) < writer->retry_at)
		return carom_fail(err, CAROM_RETRY, "the database is away");
	status = carom_store_open(writer->conninfo, CONNECT_TIMEOUT, &writer->store, err);
	if (status != CAROM_OK)
		writer->retry_at = time(NULL) + RETRY_AFTER;
	return status;
}

/* Records a batch; FALSE: none of it. After a failure of the whole the connection is given up: the
 * next batch finds out what is left of it. */
static gboolean
record_batch(CaromWriter *writer, Item *batch[], guint n)
{
	g_autoptr(GError) error = NULL;
	CaromRecordItem *items[MAX_BATCH];
	CaromStatus status = connect_store(writer, &error);

	for (guint i = 0; i < n; i++)
		items[i] = &batch[i]->item;
	if (status == CAROM_OK)
		status = carom_store_record_many(writer->store, items, n, &error);
	if (status == CAROM_OK)
		return TRUE;
	carom_log(CAROM_LOG_WARNING, "%u report(s) put off: %s", n,
		  error ? error->message : carom_status_name(status));
	g_clear_pointer(&writer->store, carom_store_close);
	fail_all(batch, n, status == CAROM_MALFORMED && n > 1 ? CAROM_RETRY : status, error);
	return FALSE;
}

/*
 * Waits for work. Who was answered last comes back a moment later, mostly, and
 * a transaction costs nearly the same for four reports as for eight: so those
 * that wait do so a little longer, until all expected are there, or for half
 * the time that a transaction takes of late. Whoever comes alone never waits.
 * The lock is held.
 */
static void
gather(CaromWriter *writer, guint expected, gint64 duration)
{
	struct timespec until;

	writer->wanted = 1;
	while (writer->n_waiting == 0 && !writer->stopping)
		pthread_cond_wait(&writer->work, &writer->lock);
	if (writer->n_waiting >= expected || writer->stopping)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += MIN(duration / 2, MAX_GATHER) * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	writer->wanted = expected;
	while (writer->n_waiting < expected && !writer->stopping)
		if (pthread_cond_timedwait(&writer->work, &writer->lock, &until) == ETIMEDOUT)
			break;
}

static void *
writer_main(void *user)
{
	CaromWriter *writer = user;
	Item *batch[MAX_BATCH];
	guint expected = 0;  /* as many as were answered last, and those that came meanwhile */
	gint64 duration = 0; /* of a transaction, in microseconds, the last weighing most */

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		gboolean committed;
		gint64 start;
		guint n;

		gather(writer, expected, duration);
		if (writer->first == NULL)
			break;
		n = take_batch(writer, batch);
		writer->wanted = G_MAXUINT;
		pthread_mutex_unlock(&writer->lock);
		start = g_get_monotonic_time();
		committed = record_batch(writer, batch, n);
		duration += (g_get_monotonic_time() - start - duration) / 4;
		pthread_mutex_lock(&writer->lock);
		writer->transactions += committed;
		writer->reports += committed ? n : 0;
		expected = MIN(n + writer->n_waiting, MAX_BATCH);
		/* an item is its caller's again, and gone, as soon as it is posted */
		for (guint i = 0; i < n; i++)
			sem_post(&batch[i]->done);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

CaromStatus
carom_writer_start(const char *conninfo, CaromWriter **out, GError **err)
{
	CaromWriter *writer = g_new0(CaromWriter, 1);
	pthread_condattr_t monotonic;
	int code;

	*out = NULL;
	writer->conninfo = g_strdup(conninfo);
	writer->last = &writer->first;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	code = pthread_create(&writer->thread, NULL, writer_main, writer);
	if (code != 0) {
		g_free(writer->conninfo);
		g_free(writer);
		return carom_fail(err, CAROM_RETRY, "starting the writer: %s", g_strerror(code));
	}
	*out = writer;
	return CAROM_OK;
}

CaromStatus
carom_writer_record(CaromWriter *writer, const char *json, const char *raw, gsize raw_len,
		    CaromRecorded *out, GError **err)
{
	Item item = {
		.item = { .json = json, .raw = raw, .raw_len = raw_len, .status = CAROM_RETRY }
	};

	pthread_mutex_lock(&writer->lock);
	if (writer->stopping) {
		pthread_mutex_unlock(&writer->lock);
		return carom_fail(err, CAROM_RETRY, "carom is shutting down");
	}
	sem_init(&item.done, 0, 0);
	*writer->last = &item;
	writer->last = &item.next;
	if (++writer->n_waiting >= writer->wanted)
		pthread_cond_signal(&writer->work);
	pthread_mutex_unlock(&writer->lock);
	while (sem_wait(&item.done) < 0 && errno == EINTR)
		;
	sem_destroy(&item.done);
	*out = item.item.recorded;
	if (item.item.error != NULL)
		g_propagate_error(err, item.item.error);
	return item.item.status;
}

void
carom_writer_stop(CaromWriter *writer)
{
	if (writer == NULL)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stopping = TRUE;
	pthread_cond_signal(&writer->work);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	carom_log(CAROM_LOG_INFO,
		  "took %" G_GUINT64_FORMAT " reports in %" G_GUINT64_FORMAT " transactions",
		  writer->reports, writer->transactions);
	carom_store_close(writer->store);
	pthread_mutex_destroy(&writer->lock);
	pthread_cond_destroy(&writer->work);
	g_free(writer->conninfo);
	g_free(writer);
}
