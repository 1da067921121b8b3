/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer against a store that is no database: the functions of connection.h and record.h that
 * it calls are defined here, so that the linker takes none of theirs. */
#include "unit.h"

#include "store/connection_private.h"
#include "store/writer.h"

#include <pthread.h>

static struct {
	pthread_mutex_t lock; /* guards all below */
	CaromStatus open_answer, record_answer;
	guint opened, closed, transactions, reports, largest;
	int limit;
	const int *hurrying;
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER };

CaromStatus
carom_store_open(const char *conninfo, int timeout, CaromStore **out, GError **err)
{
	CaromStatus status;

	assert_string_equal(conninfo, "nowhere");
	assert_true(timeout > 0);
	pthread_mutex_lock(&fake.lock);
	fake.opened++;
	status = fake.open_answer;
	pthread_mutex_unlock(&fake.lock);
	*out = status == CAROM_OK ? g_new0(CaromStore, 1) : NULL;
	return status == CAROM_OK ? status : carom_status_fail(err, status, "nobody answers");
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
	pthread_mutex_lock(&fake.lock);
	fake.limit = milliseconds;
	pthread_mutex_unlock(&fake.lock);
}

void
carom_store_hurry_when(CaromStore *store, const int *hurrying)
{
	(void) store;
	pthread_mutex_lock(&fake.lock);
	fake.hurrying = hurrying;
	pthread_mutex_unlock(&fake.lock);
}

/* Records as many events as json is long; "poison" alone fails. */
CaromStatus
carom_store_record_many(CaromStore *store, CaromRecordItem *const *items, guint n, GError **err)
{
	CaromStatus status;

	(void) store;
	g_usleep(500);
	pthread_mutex_lock(&fake.lock);
	status = fake.record_answer;
	fake.transactions++;
	fake.reports += status == CAROM_OK ? n : 0;
	fake.largest = MAX(fake.largest, n);
	pthread_mutex_unlock(&fake.lock);
	if (status != CAROM_OK)
		return carom_status_fail(err, status, "the transaction failed");
	for (guint i = 0; i < n; i++) {
		gboolean poison = strcmp(items[i]->json, "poison") == 0;

		items[i]->recorded.events = (guint) strlen(items[i]->json);
		items[i]->status =
			poison ? carom_status_fail(&items[i]->error, CAROM_MALFORMED, "poison")
			       : CAROM_OK;
	}
	return CAROM_OK;
}

static CaromWriter *
start(CaromStatus open_answer, CaromStatus record_answer)
{
	CaromWriter *writer;
	GError *error = NULL;

	pthread_mutex_lock(&fake.lock);
	fake.open_answer = open_answer;
	fake.record_answer = record_answer;
	fake.opened = fake.closed = fake.transactions = fake.reports = fake.largest = 0;
	fake.limit = 0;
	pthread_mutex_unlock(&fake.lock);
	assert_int_equal(carom_writer_start("nowhere", &writer, &error), CAROM_OK);
	return writer;
}

static void
answer(CaromStatus open_answer, CaromStatus record_answer)
{
	pthread_mutex_lock(&fake.lock);
	fake.open_answer = open_answer;
	fake.record_answer = record_answer;
	pthread_mutex_unlock(&fake.lock);
}

/* While hands are at work; afterwards nobody else writes. */
static guint
opened_so_far(void)
{
	guint opened;

	pthread_mutex_lock(&fake.lock);
	opened = fake.opened;
	pthread_mutex_unlock(&fake.lock);
	return opened;
}

static CaromStatus
record(CaromWriter *writer, const char *json, CaromRecorded *out, GError **err)
{
	return carom_writer_record(writer, json, NULL, 0, out, err);
}

static void
one_report(void **state)
{
	CaromWriter *writer = start(CAROM_OK, CAROM_OK);
	CaromRecorded recorded;
	GError *error = NULL;

	(void) state;
	assert_int_equal(opened_so_far(), 0);
	assert_int_equal(record(writer, "four", &recorded, &error), CAROM_OK);
	assert_int_equal(recorded.events, 4);
	carom_writer_stop(writer);
	assert_true(fake.limit > 0);
	assert_non_null(fake.hurrying);
	assert_int_equal(fake.reports, 1);
	assert_int_equal(fake.opened, fake.closed);
	carom_writer_stop(NULL);
}

typedef struct {
	CaromWriter *writer;
	guint number;
	gboolean all_right;
} Giver;

#define GIVERS 16
#define ROUNDS 40

/* Every fifth report is poison; each answer must be one's own. */
static void *
give(void *user)
{
	Giver *giver = user;

	giver->all_right = TRUE;
	for (guint i = 0; i < ROUNDS; i++) {
		g_autofree char *json = (i + giver->number) % 5 == 0
						? g_strdup("poison")
						: g_strnfill(giver->number + 10 + i, 'x');
		gboolean poison = *json == 'p';
		GError *error = NULL;
		CaromRecorded recorded;
		CaromStatus status = record(giver->writer, json, &recorded, &error);

		giver->all_right &= status == (poison ? CAROM_MALFORMED : CAROM_OK) &&
				    recorded.events == strlen(json) && (error != NULL) == poison;
		g_clear_error(&error);
	}
	return NULL;
}

static void
many_reports_share_transactions(void **state)
{
	CaromWriter *writer = start(CAROM_OK, CAROM_OK);
	Giver givers[GIVERS];
	pthread_t threads[GIVERS];

	(void) state;
	for (guint i = 0; i < GIVERS; i++) {
		givers[i] = (Giver){ .writer = writer, .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, give, &givers[i]), 0);
	}
	for (guint i = 0; i < GIVERS; i++)
		pthread_join(threads[i], NULL);
	carom_writer_stop(writer);
	for (guint i = 0; i < GIVERS; i++)
		assert_true(givers[i].all_right);
	assert_int_equal(fake.reports, GIVERS * ROUNDS);
	assert_true(fake.largest > 1);
	assert_true(fake.transactions < GIVERS * ROUNDS / 2);
	assert_true(fake.opened >= 1 && fake.opened <= 2);
	assert_int_equal(fake.opened, fake.closed);
}

/* What failed is told to who gave it, and the connection is used no more. */
static void
a_transaction_that_fails(void **state)
{
	static const CaromStatus statuses[] = { CAROM_RETRY, CAROM_MISUSE, CAROM_MALFORMED };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++) {
		CaromWriter *writer = start(CAROM_OK, statuses[i]);
		const char *name = carom_status_name(statuses[i]);
		CaromRecorded recorded;
		GError *error = NULL;

		row_int(name, record(writer, "x", &recorded, &error), statuses[i]);
		row_error(name, error, "the transaction failed");
		answer(CAROM_OK, CAROM_OK);
		row_int(name, record(writer, "x", &recorded, &error), CAROM_OK);
		carom_writer_stop(writer);
		row_true(name, fake.opened >= 2);
		row_int(name, fake.opened, fake.closed);
		row_int(name, fake.reports, 1);
	}
}

/* While nobody answers nobody waits for it: one tries, the next are put off at once. */
static void
a_database_that_is_away(void **state)
{
	CaromWriter *writer = start(CAROM_RETRY, CAROM_OK);
	CaromRecorded recorded;
	GError *error = NULL;

	(void) state;
	assert_int_equal(record(writer, "x", &recorded, &error), CAROM_RETRY);
	row_error("first", error, "nobody answers");
	for (int i = 0; i < 20; i++) {
		assert_int_equal(record(writer, "x", &recorded, &error), CAROM_RETRY);
		row_error("next", error, "the database is away");
	}
	assert_int_equal(opened_so_far(), 1);
	carom_writer_stop(writer);
	assert_int_equal(fake.reports, 0);
}

static void
an_end_in_a_hurry(void **state)
{
	CaromWriter *writer = start(CAROM_OK, CAROM_OK);
	CaromRecorded recorded;
	GError *error = NULL;

	(void) state;
	carom_writer_hurry(writer);
	assert_int_equal(record(writer, "x", &recorded, &error), CAROM_RETRY);
	row_error("hurry", error, "away");
	assert_int_equal(opened_so_far(), 0);
	carom_writer_stop(writer);
}

UNIT_MAIN(cmocka_unit_test(one_report), cmocka_unit_test(many_reports_share_transactions),
	  cmocka_unit_test(a_transaction_that_fails), cmocka_unit_test(a_database_that_is_away),
	  cmocka_unit_test(an_end_in_a_hurry))
