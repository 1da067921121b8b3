/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/writer.h"
#include "base/deadline.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#define MAX_BATCH 256
#define MAX_BATCH_BYTES (16 * 1024 * 1024)
#define CONNECT_TIMEOUT 10 /* seconds */
#define ANSWER_SECONDS 30  /* that a transaction may take */
#define RETRY_AFTER 2      /* seconds between two attempts to reach a database that is away */
#define HELP_AFTER 30      /* seconds between two attempts to have a second connection */
#define MAX_GATHER 5000    /* microseconds */

/* Connections: while one transaction is made safe on disk, or waits for it, the next is under way.
 * More would only make the batches smaller, for in the end they want the same rows. */
#define HANDS 2

typedef struct Item {
	CaromRecordItem item;
	sem_t done; /* posted once, with the answer */
	struct Item *next;
} Item;

/* One thread and its connection. */
typedef struct {
	CaromWriter *writer;
	pthread_t thread;
	CaromStore *store; /* NULL while there is no connection */
	guint failures;    /* the writer's, when this connection was made or last used */
} Hand;

struct CaromWriter {
	char *conninfo;
	Hand hands[HANDS];
	guint n_hands;        /* that were started */
	int hurrying;         /* atomic */
	pthread_mutex_t turn; /* of the hand that takes the next batch; before the lock */
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t work;  /* as many wait as are wanted, or it is time to stop */
	Item *first, **last;
	guint n_waiting;        /* how many that are */
	guint wanted;           /* signal work at so many */
	guint expected;         /* as many as were answered last, and those that came meanwhile */
	gint64 duration;        /* of a transaction, in microseconds, the last weighing most */
	guint failures;         /* of connections, in any hand */
	CaromDeadline retry_at; /* no connection is tried before */
	gboolean reachable;     /* the last batch was recorded */
	pthread_cond_t reached; /* that changed, or it is time to stop */
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

/* A connection that is older than a failure of any hand's is given up: it would only fail the next
 * batch too. */
static void
drop_stale(Hand *hand)
{
	CaromWriter *writer = hand->writer;
	gboolean stale;

	pthread_mutex_lock(&writer->lock);
	stale = hand->failures != writer->failures;
	hand->failures = writer->failures;
	pthread_mutex_unlock(&writer->lock);
	if (stale)
		g_clear_pointer(&hand->store, carom_store_close);
}

/* The last failure to make a connection is fresh. */
static gboolean
is_away(CaromWriter *writer)
{
	gboolean away;

	pthread_mutex_lock(&writer->lock);
	away = !carom_deadline_passed(writer->retry_at);
	pthread_mutex_unlock(&writer->lock);
	return away;
}

static CaromStatus
open_store(Hand *hand, GError **err)
{
	CaromWriter *writer = hand->writer;
	CaromStatus status = carom_store_open(writer->conninfo, CONNECT_TIMEOUT, &hand->store, err);

	if (status != CAROM_OK)
		return status;
	carom_store_limit(hand->store, ANSWER_SECONDS * 1000);
	carom_store_hurry_when(hand->store, &writer->hurrying);
	return CAROM_OK;
}

/* The connection, made anew if need be; CAROM_RETRY at once while nobody reaches the database, so
 * that nobody queues behind a timeout. */
static CaromStatus
connect_store(Hand *hand, GError **err)
{
	CaromWriter *writer = hand->writer;
	CaromStatus status;

	drop_stale(hand);
	if (hand->store != NULL)
		return CAROM_OK;
	if (is_away(writer) || __atomic_load_n(&writer->hurrying, __ATOMIC_RELAXED))
		return carom_status_fail(err, CAROM_RETRY, "the database is away");
	status = open_store(hand, err);
	if (status != CAROM_OK) {
		pthread_mutex_lock(&writer->lock);
		writer->retry_at = carom_deadline_in_s(RETRY_AFTER);
		pthread_mutex_unlock(&writer->lock);
	}
	return status;
}

/* Records a batch; FALSE: none of it. What is left of the database the next batches find out, with
 * new connections. */
static gboolean
record_batch(Hand *hand, Item *batch[], guint n)
{
	CaromWriter *writer = hand->writer;
	g_autoptr(GError) error = NULL;
	CaromRecordItem *items[MAX_BATCH];
	CaromStatus status = connect_store(hand, &error);

	for (guint i = 0; i < n; i++)
		items[i] = &batch[i]->item;
	if (status == CAROM_OK)
		status = carom_store_record_many(hand->store, items, n, &error);
	if (status == CAROM_OK)
		return TRUE;
	carom_log(CAROM_LOG_WARNING, "%u report(s) put off: %s", n,
		  error ? error->message : carom_status_name(status));
	pthread_mutex_lock(&writer->lock);
	writer->failures += hand->store != NULL;
	writer->reachable = FALSE;
	pthread_mutex_unlock(&writer->lock);
	fail_all(batch, n, status == CAROM_MALFORMED && n > 1 ? CAROM_RETRY : status, error);
	return FALSE;
}

/* Waits until the database is reached, after pause seconds. FALSE: it is time to stop. */
static gboolean
wait_reachable(CaromWriter *writer, int pause)
{
	CaromDeadline until = carom_deadline_in_s(pause);
	gboolean stopping;

	pthread_mutex_lock(&writer->lock);
	while (!writer->stopping && carom_deadline_wait(until, &writer->reached, &writer->lock))
		;
	while (!writer->stopping && !writer->reachable)
		pthread_cond_wait(&writer->reached, &writer->lock);
	stopping = writer->stopping;
	pthread_mutex_unlock(&writer->lock);
	return !stopping;
}

/*
 * The first hand takes what comes, and puts it off while the database is away.
 * The others only help: they take something once they have a connection, so
 * that one too many for the database costs nobody an answer. FALSE: it is time
 * to stop.
 */
static gboolean
is_ready(Hand *hand)
{
	CaromWriter *writer = hand->writer;

	if (hand == writer->hands)
		return TRUE;
	drop_stale(hand);
	for (int pause = 0; hand->store == NULL; pause = HELP_AFTER) {
		g_autoptr(GError) error = NULL;

		if (!wait_reachable(writer, pause))
			return FALSE;
		drop_stale(hand);
		if (open_store(hand, &error) != CAROM_OK)
			carom_log(CAROM_LOG_WARNING, "no second connection: %s", error->message);
	}
	return TRUE;
}

/*
 * Waits for work. Who was answered last comes back a moment later, mostly, and
 * a transaction costs nearly the same for four reports as for eight: so those
 * that wait do so a little longer, until all expected are there, or for half
 * the time that a transaction takes of late. Whoever comes alone never waits.
 * The lock is held.
 */
static void
gather(CaromWriter *writer)
{
	CaromDeadline until;
	guint expected;

	writer->wanted = 1;
	while (writer->n_waiting == 0 && !writer->stopping)
		pthread_cond_wait(&writer->work, &writer->lock);
	expected = writer->expected;
	if (writer->n_waiting >= expected || writer->stopping)
		return;
	until = carom_deadline_in_us(MIN(writer->duration / 2, MAX_GATHER));
	writer->wanted = expected;
	while (writer->n_waiting < expected && !writer->stopping)
		if (!carom_deadline_wait(until, &writer->work, &writer->lock))
			break;
}

/* The next batch; 0 when it is time to stop. One hand gathers at a time. */
static guint
next_batch(CaromWriter *writer, Item *batch[MAX_BATCH])
{
	guint n;

	pthread_mutex_lock(&writer->turn);
	pthread_mutex_lock(&writer->lock);
	gather(writer);
	n = take_batch(writer, batch);
	writer->wanted = G_MAXUINT;
	pthread_mutex_unlock(&writer->lock);
	pthread_mutex_unlock(&writer->turn);
	return n;
}

static void *
hand_main(void *user)
{
	Hand *hand = user;
	CaromWriter *writer = hand->writer;
	Item *batch[MAX_BATCH];
	guint n;

	while (is_ready(hand) && (n = next_batch(writer, batch)) > 0) {
		gint64 start = g_get_monotonic_time();
		gboolean committed = record_batch(hand, batch, n);

		pthread_mutex_lock(&writer->lock);
		if (committed && !writer->reachable) {
			writer->reachable = TRUE;
			pthread_cond_broadcast(&writer->reached);
		}
		writer->transactions += committed;
		writer->reports += committed ? n : 0;
		writer->duration += (g_get_monotonic_time() - start - writer->duration) / 4;
		writer->expected = MIN(n + writer->n_waiting, MAX_BATCH);
		pthread_mutex_unlock(&writer->lock);
		/* an item is its caller's again, and gone, as soon as it is posted */
		for (guint i = 0; i < n; i++)
			sem_post(&batch[i]->done);
	}
	return NULL;
}

CaromStatus
carom_writer_start(const char *conninfo, CaromWriter **out, GError **err)
{
	CaromWriter *writer = g_new0(CaromWriter, 1);
	int code = 0;

	*out = NULL;
	writer->conninfo = g_strdup(conninfo);
	writer->last = &writer->first;
	pthread_mutex_init(&writer->turn, NULL);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->work, NULL);
	pthread_cond_init(&writer->reached, NULL);
	while (writer->n_hands < HANDS && code == 0) {
		Hand *hand = &writer->hands[writer->n_hands];

		hand->writer = writer;
		code = pthread_create(&hand->thread, NULL, hand_main, hand);
		writer->n_hands += code == 0;
	}
	if (code != 0) {
		carom_writer_stop(writer);
		return carom_status_fail(err, CAROM_RETRY, "starting the writer: %s",
					 g_strerror(code));
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
		return carom_status_fail(err, CAROM_RETRY, "carom is shutting down");
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
carom_writer_hurry(CaromWriter *writer)
{
	__atomic_store_n(&writer->hurrying, 1, __ATOMIC_RELAXED);
}

void
carom_writer_stop(CaromWriter *writer)
{
	if (writer == NULL)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stopping = TRUE;
	pthread_cond_broadcast(&writer->work);
	pthread_cond_broadcast(&writer->reached);
	pthread_mutex_unlock(&writer->lock);
	for (guint i = 0; i < writer->n_hands; i++) {
		pthread_join(writer->hands[i].thread, NULL);
		carom_store_close(writer->hands[i].store);
	}
	carom_log(CAROM_LOG_INFO,
		  "took %" G_GUINT64_FORMAT " reports in %" G_GUINT64_FORMAT " transactions",
		  writer->reports, writer->transactions);
	pthread_mutex_destroy(&writer->turn);
	pthread_mutex_destroy(&writer->lock);
	pthread_cond_destroy(&writer->work);
	pthread_cond_destroy(&writer->reached);
	g_free(writer->conninfo);
	g_free(writer);
}
