/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool over connections that are none: see test_writer.c. */
#include "unit.h"

#include "store/connection_private.h"
#include "store/pool.h"

#include <pthread.h>

static struct {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	CaromStatus open_answer;
	CaromStatus answers[4]; /* to the questions that come; after them CAROM_OK */
	guint n_answered, opened, closed, under_way, most;
	gboolean gate;     /* questions wait until it is open */
	gulong open_takes; /* microseconds */
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static CaromStatus
ask_fake(CaromStore *store, const CaromStatement *statement, CaromTable **out, GError **err)
{
	CaromStatus status = CAROM_OK;

	(void) store;
	(void) statement;
	pthread_mutex_lock(&fake.lock);
	fake.under_way++;
	fake.most = MAX(fake.most, fake.under_way);
	pthread_cond_broadcast(&fake.changed);
	while (fake.gate)
		pthread_cond_wait(&fake.changed, &fake.lock);
	fake.under_way--;
	if (fake.n_answered < G_N_ELEMENTS(fake.answers))
		status = fake.answers[fake.n_answered];
	fake.n_answered++;
	pthread_mutex_unlock(&fake.lock);
	if (status != CAROM_OK)
		return carom_status_fail(err, status, "no answer");
	*out = carom_table_new(1, 1);
	return CAROM_OK;
}

CaromStatus
carom_store_open(const char *conninfo, int timeout, CaromStore **out, GError **err)
{
	CaromStatus status;
	gulong takes;

	assert_string_equal(conninfo, "nowhere");
	assert_true(timeout > 0);
	pthread_mutex_lock(&fake.lock);
	fake.opened++;
	status = fake.open_answer;
	takes = fake.open_takes;
	pthread_mutex_unlock(&fake.lock);
	g_usleep(takes);
	if (status != CAROM_OK)
		return carom_status_fail(err, status, "nobody answers");
	*out = g_new0(CaromStore, 1);
	(*out)->ask = ask_fake;
	return CAROM_OK;
}

void
carom_store_close(CaromStore *store)
{
	if (store == NULL)
		return;
	pthread_mutex_lock(&fake.lock);
	fake.closed++;
	pthread_mutex_unlock(&fake.lock);
	g_free(store);
}

void
carom_store_limit(CaromStore *store, int milliseconds)
{
	(void) store;
	assert_true(milliseconds > 0);
}

static int
reset(void **state)
{
	(void) state;
	fake.open_answer = CAROM_OK;
	memset(fake.answers, 0, sizeof fake.answers);
	fake.n_answered = fake.opened = fake.closed = fake.under_way = fake.most = 0;
	fake.gate = FALSE;
	fake.open_takes = 0;
	return 0;
}

static CaromStatus
ask(CaromPool *pool, GError **err)
{
	CaromStore *store = carom_pool_store(pool);
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = store->ask(store, NULL, &table, err);

	assert_int_equal(table != NULL, status == CAROM_OK);
	return status;
}

/* What a question comes to, by what the connection answers at first, and then. */
static void
asks_again_where_that_helps(void **state)
{
	static const struct {
		const char *name;
		gboolean was_open;
		CaromStatus first, second, want;
		guint asked, opened;
	} rows[] = {
		{ "a new connection", FALSE, CAROM_OK, CAROM_OK, CAROM_OK, 1, 1 },
		{ "a new one fails", FALSE, CAROM_RETRY, CAROM_OK, CAROM_RETRY, 1, 1 },
		{ "an old one", TRUE, CAROM_OK, CAROM_OK, CAROM_OK, 1, 0 },
		{ "an old one is stale", TRUE, CAROM_RETRY, CAROM_OK, CAROM_OK, 2, 1 },
		{ "twice is enough", TRUE, CAROM_RETRY, CAROM_RETRY, CAROM_RETRY, 2, 1 },
		{ "a wrong question", TRUE, CAROM_MISUSE, CAROM_OK, CAROM_MISUSE, 1, 0 },
		{ "unfit data", TRUE, CAROM_MALFORMED, CAROM_OK, CAROM_MALFORMED, 1, 0 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromPool *pool = carom_pool_new("nowhere", 5);
		GError *error = NULL;

		reset(state);
		/* the one connection that is tried first */
		if (rows[i].was_open)
			row_int(rows[i].name, ask(pool, &error), CAROM_OK);
		reset(state);
		fake.answers[0] = rows[i].first;
		fake.answers[1] = rows[i].second;
		row_int(rows[i].name, ask(pool, &error), rows[i].want);
		row_int(rows[i].name, error != NULL, rows[i].want != CAROM_OK);
		row_int(rows[i].name, fake.n_answered, rows[i].asked);
		row_int(rows[i].name, fake.opened, rows[i].opened);
		g_clear_error(&error);
		carom_pool_free(pool);
	}
	carom_pool_free(NULL);
}

/* For as long as an attempt took in vain nobody makes another. */
static void
a_database_that_is_away(void **state)
{
	CaromPool *pool = carom_pool_new("nowhere", 5);
	GError *error = NULL;

	(void) state;
	fake.open_answer = CAROM_RETRY;
	fake.open_takes = 300 * 1000;
	assert_int_equal(ask(pool, &error), CAROM_RETRY);
	row_error("first", error, "nobody answers");
	assert_int_equal(ask(pool, &error), CAROM_RETRY);
	row_error("next", error, "the database is away");
	assert_int_equal(fake.opened, 1);
	fake.open_answer = CAROM_OK;
	fake.open_takes = 0;
	for (int i = 0; i < 1000 && ask(pool, NULL) != CAROM_OK; i++)
		g_usleep(10 * 1000);
	assert_int_equal(fake.opened, 2);
	carom_pool_free(pool);
	assert_int_equal(fake.closed, 1);
}

static void *
ask_in_thread(void *user)
{
	return GINT_TO_POINTER(ask(user, NULL));
}

/* More ask than there are connections: all get their answer, a few at a time; and who waits too
 * long for a free one is told so. */
static void
more_than_there_are(void **state)
{
	CaromPool *pool = carom_pool_new("nowhere", 60), *hasty = carom_pool_new("nowhere", 1);
	pthread_t threads[12];
	GError *error = NULL;
	guint few;

	fake.gate = TRUE;
	for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_in_thread, pool), 0);
	pthread_mutex_lock(&fake.lock);
	while (fake.under_way < 4)
		pthread_cond_wait(&fake.changed, &fake.lock);
	fake.gate = FALSE;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
	for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
		void *status;

		pthread_join(threads[i], &status);
		assert_int_equal(GPOINTER_TO_INT(status), CAROM_OK);
	}
	few = fake.most;
	assert_true(few >= 4 && few < G_N_ELEMENTS(threads));
	assert_true(fake.opened <= few);
	carom_pool_free(pool);

	reset(state);
	fake.gate = TRUE;
	for (guint i = 0; i < few; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_in_thread, hasty), 0);
	pthread_mutex_lock(&fake.lock);
	while (fake.under_way < few)
		pthread_cond_wait(&fake.changed, &fake.lock);
	pthread_mutex_unlock(&fake.lock);
	assert_int_equal(ask(hasty, &error), CAROM_RETRY);
	row_error("hasty", error, "did not answer others within 1 s");
	pthread_mutex_lock(&fake.lock);
	fake.gate = FALSE;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
	for (guint i = 0; i < few; i++)
		pthread_join(threads[i], NULL);
	carom_pool_free(hasty);
}

UNIT_MAIN(cmocka_unit_test_setup(asks_again_where_that_helps, reset),
	  cmocka_unit_test_setup(a_database_that_is_away, reset),
	  cmocka_unit_test_setup(more_than_there_are, reset))
