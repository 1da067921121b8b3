/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks that go together, against a carom_ask() that is no database: it answers when the test lets
 * it. checks.c is a part of this file, so that the test sees who waits. */
#include "unit.h"

#include "http/checks.c"

#define MOST_MS 20000 /* that anything here may take */

static struct {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	guint may_end; /* so many questions more; G_MAXUINT: all */
	guint begun, under_way, most_under_way;
	GPtrArray *asked;        /* the addresses of each question, in their order */
	CaromStatus status;      /* of all from now on */
	int http;                /* likewise */
	gboolean keeps_one_back; /* one result fewer than there are addresses */
} fake = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static const CaromHttp http; /* which the fake does not look at */

static gboolean
has_poison(const json_t *addresses)
{
	for (gsize i = 0; i < json_array_size(addresses); i++)
		if (strcmp(json_string_value(json_array_get(addresses, i)), "poison") == 0)
			return TRUE;
	return FALSE;
}

/* {"results":[…]}, one an address, which says whose the question was. Caller's. */
static char *
results_for(const CaromApiKey *key, const char *const *values, gboolean keeps_one_back)
{
	json_t *addresses = json_loads(values[0], 0, NULL);
	const gsize n = json_array_size(addresses) - (keeps_one_back ? 1 : 0);
	GString *text = g_string_new("{\"results\":[");

	for (gsize i = 0; i < n; i++)
		g_string_append_printf(text, "%s{\"address\":\"%s\",\"of\":\"%s %s %s\"}",
				       i > 0 ? "," : "",
				       json_string_value(json_array_get(addresses, i)), key->id,
				       values[1] ? values[1] : "-", values[2] ? values[2] : "-");
	json_decref(addresses);
	g_string_append(text, "]}");
	return g_string_free(text, FALSE);
}

/* Notes the question, and waits until it may end. The lock is held. */
static void
take_part(const char *addresses)
{
	fake.begun++;
	fake.under_way++;
	fake.most_under_way = MAX(fake.most_under_way, fake.under_way);
	g_ptr_array_add(fake.asked, g_strdup(addresses));
	pthread_cond_broadcast(&fake.changed);
	while (fake.may_end == 0)
		pthread_cond_wait(&fake.changed, &fake.lock);
	if (fake.may_end != G_MAXUINT)
		fake.may_end--;
	fake.under_way--;
}

CaromStatus
carom_ask(const CaromHttp *asked, const CaromApiKey *key, CaromApiFunction function,
	  const char *const *values, guint n, CaromApiAnswer *answer, GError **err)
{
	json_t *addresses = json_loads(values[0], 0, NULL);
	const gboolean is_wrong = addresses == NULL || has_poison(addresses);
	gboolean keeps_one_back;
	CaromStatus status;

	json_decref(addresses);
	assert_ptr_equal(asked, &http);
	assert_int_equal(function, CAROM_API_CHECK);
	assert_int_equal(n, 3);
	pthread_mutex_lock(&fake.lock);
	take_part(values[0]);
	status = fake.status;
	answer->status = fake.http;
	keeps_one_back = fake.keeps_one_back;
	pthread_mutex_unlock(&fake.lock);
	if (status != CAROM_OK)
		return carom_status_fail(err, status, "nobody answers");
	if (is_wrong)
		return carom_status_fail(err, CAROM_MALFORMED, "poison is no address");
	answer->answer = answer->status == 200 ? results_for(key, values, keeps_one_back)
					       : g_strdup("no such key");
	return CAROM_OK;
}

/* ---- who asks ---------------------------------------------------------------------------- */

typedef struct {
	const char *key, *addresses, *account, *stream;
	/* what came of it */
	CaromStatus status;
	CaromApiAnswer answer;
	GError *error;
	CaromChecks *checks;
	pthread_t thread;
} Question;

static void *
ask_main(void *user)
{
	Question *q = user;
	CaromApiKey key = { 0 };

	g_strlcpy(key.id, q->key, sizeof key.id);
	g_strlcpy(key.digest, q->key, sizeof key.digest);
	q->status = carom_checks_ask(q->checks, &http, &key, q->addresses, q->account, q->stream,
				     &q->answer, &q->error);
	return NULL;
}

static void
begin(CaromChecks *checks, Question *questions, guint n)
{
	for (guint i = 0; i < n; i++) {
		questions[i].checks = checks;
		assert_int_equal(
			pthread_create(&questions[i].thread, NULL, ask_main, &questions[i]), 0);
	}
}

static void
end(Question *questions, guint n)
{
	for (guint i = 0; i < n; i++)
		pthread_join(questions[i].thread, NULL);
}

static void
clear(Question *questions, guint n)
{
	for (guint i = 0; i < n; i++) {
		carom_api_answer_clear(&questions[i].answer);
		g_clear_error(&questions[i].error);
	}
}

/* Until so many questions have begun. */
static void
await_begun(guint n)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += MOST_MS / 1000;
	pthread_mutex_lock(&fake.lock);
	while (fake.begun < n)
		if (pthread_cond_timedwait(&fake.changed, &fake.lock, &until) != 0)
			fail_msg("%u questions have begun, not %u", fake.begun, n);
	pthread_mutex_unlock(&fake.lock);
}

/* Until so many wait for one that is under way. */
static void
await_waiting(CaromChecks *checks, guint n)
{
	guint waiting = G_MAXUINT;

	for (int i = 0; i < MOST_MS && waiting != n; i++) {
		pthread_mutex_lock(&checks->lock);
		waiting = checks->waiting.length;
		pthread_mutex_unlock(&checks->lock);
		if (waiting != n)
			g_usleep(1000);
	}
	if (waiting != n)
		fail_msg("%u wait, not %u", waiting, n);
}

static void
let_end(guint n)
{
	pthread_mutex_lock(&fake.lock);
	fake.may_end = n;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
}

/* From now on all that end are answered so. */
static void
answer_with(CaromStatus status, int http_status)
{
	pthread_mutex_lock(&fake.lock);
	fake.status = status;
	fake.http = http_status;
	pthread_mutex_unlock(&fake.lock);
}

static void
assert_asked(guint n, const char *addresses)
{
	assert_int_equal(fake.asked->len > n, TRUE);
	assert_string_equal(g_ptr_array_index(fake.asked, n), addresses);
}

/* What the question is to be told, with all its addresses in their order. */
static void
assert_answered(const Question *q)
{
	CaromApiKey key = { 0 };
	const char *const values[] = { q->addresses, q->account, q->stream };
	g_autofree char *expected = NULL;

	g_strlcpy(key.id, q->key, sizeof key.id);
	expected = results_for(&key, values, FALSE);
	assert_null(q->error);
	assert_int_equal(q->status, CAROM_OK);
	assert_int_equal(q->answer.status, 200);
	assert_string_equal(q->answer.answer, expected);
}

static int
begin_test(void **state)
{
	fake.may_end = 0;
	fake.begun = fake.under_way = fake.most_under_way = 0;
	fake.asked = g_ptr_array_new_with_free_func(g_free);
	fake.status = CAROM_OK;
	fake.http = 200;
	fake.keeps_one_back = FALSE;
	*state = carom_checks_new();
	return 0;
}

static int
end_test(void **state)
{
	g_ptr_array_unref(fake.asked);
	carom_checks_free(*state);
	return 0;
}

/* ---- tests --------------------------------------------------------------------------------- */

static void
one_waits_for_nobody(void **state)
{
	Question q = { .key = "k1",
		       .addresses = "[\"a@x.test\",\"b@x.test\"]",
		       .account = "acme",
		       .stream = NULL };

	let_end(G_MAXUINT);
	begin(*state, &q, 1);
	end(&q, 1);
	assert_answered(&q);
	assert_int_equal(fake.begun, 1);
	assert_asked(0, q.addresses);
	clear(&q, 1);
}

static void
those_who_wait_go_together(void **state)
{
	Question first = {
		.key = "k1", .addresses = "[\"a@x.test\"]", .account = "acme", .stream = "news"
	};
	Question others[] = {
		{ .key = "k1", .addresses = "[\"b@x.test\"]", .account = "acme", .stream = "news" },
		{ .key = "k1",
		  .addresses = "[\"c@x.test\",\"d@x.test\"]",
		  .account = "acme",
		  .stream = "news" },
		{ .key = "k1", .addresses = "[\"e@x.test\"]", .account = "acme", .stream = "news" }
	};

	begin(*state, &first, 1);
	await_begun(1);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		begin(*state, &others[i], 1);
		await_waiting(*state, i + 1);
	}
	let_end(G_MAXUINT);
	end(&first, 1);
	end(others, G_N_ELEMENTS(others));
	assert_answered(&first);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		assert_answered(&others[i]);
	assert_int_equal(fake.begun, 2);
	assert_asked(1, "[\"b@x.test\",\"c@x.test\",\"d@x.test\",\"e@x.test\"]");
	clear(&first, 1);
	clear(others, G_N_ELEMENTS(others));
}

/* Another key, account or stream is another question, and three of them are under way at a time. */
static void
others_ask_for_themselves(void **state)
{
	Question all[] = {
		{ .key = "k1", .addresses = "[\"a@x.test\"]", .account = "acme", .stream = "news" },
		{ .key = "k1",
		  .addresses = "[\"a@x.test\"]",
		  .account = "other",
		  .stream = "news" },
		{ .key = "k1", .addresses = "[\"a@x.test\"]", .account = "acme", .stream = NULL },
		{ .key = "k2", .addresses = "[\"a@x.test\"]", .account = "acme", .stream = "news" },
		{ .key = "k2", .addresses = "[\"a@x.test\"]", .account = "acme", .stream = NULL }
	};
	const guint n = G_N_ELEMENTS(all);

	begin(*state, all, MOST_QUESTIONS);
	await_begun(MOST_QUESTIONS);
	begin(*state, all + MOST_QUESTIONS, n - MOST_QUESTIONS);
	await_waiting(*state, n - MOST_QUESTIONS);
	assert_int_equal(fake.begun, MOST_QUESTIONS);
	let_end(G_MAXUINT);
	end(all, n);
	for (guint i = 0; i < n; i++)
		assert_answered(&all[i]);
	assert_int_equal(fake.begun, n);
	assert_int_equal(fake.most_under_way, MOST_QUESTIONS);
	clear(all, n);
}

/* Where two end at the same moment, two of those who wait begin. */
static void
no_place_stays_free(void **state)
{
	Question all[] = { { .key = "k1", .addresses = "[\"a@x.test\"]" },
			   { .key = "k2", .addresses = "[\"a@x.test\"]" },
			   { .key = "k3", .addresses = "[\"a@x.test\"]" },
			   { .key = "k4", .addresses = "[\"a@x.test\"]" },
			   { .key = "k5", .addresses = "[\"a@x.test\"]" },
			   { .key = "k6", .addresses = "[\"a@x.test\"]" } };
	const guint n = G_N_ELEMENTS(all);

	begin(*state, all, MOST_QUESTIONS);
	await_begun(MOST_QUESTIONS);
	begin(*state, all + MOST_QUESTIONS, n - MOST_QUESTIONS);
	await_waiting(*state, n - MOST_QUESTIONS);
	let_end(MOST_QUESTIONS);
	await_begun(n);
	let_end(G_MAXUINT);
	end(all, n);
	for (guint i = 0; i < n; i++)
		assert_answered(&all[i]);
	clear(all, n);
}

static void
a_question_has_an_end(void **state)
{
	Question all[1 + MOST_TOGETHER + 5];
	const guint n = G_N_ELEMENTS(all);

	for (guint i = 0; i < n; i++)
		all[i] = (Question){ .key = "k1", .addresses = "[\"a@x.test\"]" };
	begin(*state, all, 1);
	await_begun(1);
	begin(*state, all + 1, n - 1);
	await_waiting(*state, n - 1);
	let_end(1);
	await_begun(2);
	await_waiting(*state, n - 1 - MOST_TOGETHER);
	let_end(G_MAXUINT);
	end(all, n);
	for (guint i = 0; i < n; i++)
		assert_answered(&all[i]);
	assert_int_equal(fake.begun, 3);
	clear(all, n);
}

static void
many_addresses_go_alone(void **state)
{
	g_autoptr(GString) many = g_string_new("[\"a@x.test\"");
	Question all[] = { { .key = "k1", .addresses = "[\"b@x.test\"]" }, { .key = "k1" } };

	while (many->len <= MOST_OCTETS)
		g_string_append(many, ",\"a@x.test\"");
	g_string_append_c(many, ']');
	all[1].addresses = many->str;
	begin(*state, all, 1);
	await_begun(1);
	begin(*state, all + 1, 1);
	await_begun(2);
	await_waiting(*state, 0);
	let_end(G_MAXUINT);
	end(all, 2);
	assert_answered(&all[0]);
	assert_answered(&all[1]);
	clear(all, 2);
}

/* Three who wait for a fourth; then all of them are answered with that. */
static void
ask_four(CaromChecks *checks, Question *all, CaromStatus status, int http_status)
{
	begin(checks, all, 1);
	await_begun(1);
	begin(checks, all + 1, 3);
	await_waiting(checks, 3);
	let_end(1);
	await_begun(2);
	answer_with(status, http_status);
	let_end(G_MAXUINT);
	end(all, 4);
}

/* The database goes away under those who wait: nobody is left waiting, and it is asked once for
 * all. */
static void
an_outage_reaches_all(void **state)
{
	Question all[4];

	for (guint i = 0; i < 4; i++)
		all[i] = (Question){ .key = "k1", .addresses = "[\"a@x.test\"]" };
	ask_four(*state, all, CAROM_RETRY, 0);
	for (guint i = 1; i < 4; i++) {
		assert_int_equal(all[i].status, CAROM_RETRY);
		assert_null(all[i].answer.answer);
		row_error("waits", all[i].error, "nobody answers");
	}
	assert_int_equal(fake.begun, 2);
	clear(all, 4);
}

static void
a_refusal_reaches_all(void **state)
{
	Question all[4];

	for (guint i = 0; i < 4; i++)
		all[i] = (Question){ .key = "k1", .addresses = "[\"a@x.test\"]" };
	ask_four(*state, all, CAROM_OK, 401);
	for (guint i = 1; i < 4; i++) {
		assert_int_equal(all[i].status, CAROM_OK);
		assert_int_equal(all[i].answer.status, 401);
		assert_string_equal(all[i].answer.answer, "no such key");
	}
	assert_int_equal(fake.begun, 2);
	clear(all, 4);
}

/* What is wrong with one is not told to the others. */
static void
poison_is_for_its_own(void **state)
{
	Question all[] = { { .key = "k1", .addresses = "[\"a@x.test\"]" },
			   { .key = "k1", .addresses = "[\"b@x.test\"]" },
			   { .key = "k1", .addresses = "[\"c@x.test\",\"poison\"]" },
			   { .key = "k1", .addresses = "[\"d@x.test\"]" } };

	ask_four(*state, all, CAROM_OK, 200);
	assert_answered(&all[1]);
	assert_answered(&all[3]);
	assert_int_equal(all[2].status, CAROM_MALFORMED);
	assert_null(all[2].answer.answer);
	row_error("poison", all[2].error, "poison is no address");
	assert_int_equal(fake.begun, 1 + 1 + 3);
	clear(all, 4);
}

/* Nobody is told what belongs to another: they ask again, each alone. */
static void
too_few_results_are_no_answer(void **state)
{
	Question all[4];

	for (guint i = 0; i < 4; i++)
		all[i] = (Question){ .key = "k1", .addresses = "[\"a@x.test\",\"b@x.test\"]" };
	fake.keeps_one_back = TRUE;
	ask_four(*state, all, CAROM_OK, 200);
	for (guint i = 1; i < 4; i++) {
		assert_int_equal(all[i].status, CAROM_OK);
		assert_string_equal(all[i].answer.answer,
				    "{\"results\":[{\"address\":\"a@x.test\",\"of\":\"k1 - -\"}]}");
	}
	assert_int_equal(fake.begun, 1 + 1 + 3);
	clear(all, 4);
}

/* ---- many threads ---------------------------------------------------------------------------- */

#define THREADS 16
#define TIMES 300

typedef struct {
	CaromChecks *checks;
	guint number;
	guint wrong; /* answers that are not this one's */
	pthread_t thread;
} Worker;

static void *
work_main(void *user)
{
	Worker *worker = user;

	for (guint i = 0; i < TIMES; i++) {
		g_autofree char *key = g_strdup_printf("k%u", (worker->number + i) % 5);
		g_autofree char *addresses =
			g_strdup_printf("[\"%u.%u@x.test\",\"%s\"]", worker->number, i,
					i % 50 == 7 ? "poison" : "b@x.test");
		Question q = { .key = key, .addresses = addresses, .checks = worker->checks };

		ask_main(&q);
		if (i % 50 == 7) {
			worker->wrong += q.status != CAROM_MALFORMED || q.error == NULL;
		} else {
			g_autofree char *own = g_strdup_printf(
				"{\"results\":[{\"address\":\"%u.%u@x.test\",\"of\":\"%s - -\"},"
				"{\"address\":\"b@x.test\",\"of\":\"%s - -\"}]}",
				worker->number, i, key, key);

			worker->wrong += g_strcmp0(q.answer.answer, own) != 0;
		}
		clear(&q, 1);
	}
	return NULL;
}

static void
everybody_gets_his_own(void **state)
{
	Worker workers[THREADS];

	let_end(G_MAXUINT);
	for (guint i = 0; i < THREADS; i++) {
		workers[i] = (Worker){ .checks = *state, .number = i };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work_main, &workers[i]),
				 0);
	}
	for (guint i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	for (guint i = 0; i < THREADS; i++)
		assert_int_equal(workers[i].wrong, 0);
	assert_int_equal(fake.under_way, 0);
	assert_in_range(fake.most_under_way, 1, MOST_QUESTIONS);
	await_waiting(*state, 0);
}

#define CHECKS_TEST(test) cmocka_unit_test_setup_teardown(test, begin_test, end_test)

UNIT_MAIN(CHECKS_TEST(one_waits_for_nobody), CHECKS_TEST(those_who_wait_go_together),
	  CHECKS_TEST(others_ask_for_themselves), CHECKS_TEST(no_place_stays_free),
	  CHECKS_TEST(a_question_has_an_end), CHECKS_TEST(many_addresses_go_alone),
	  CHECKS_TEST(an_outage_reaches_all), CHECKS_TEST(a_refusal_reaches_all),
	  CHECKS_TEST(poison_is_for_its_own), CHECKS_TEST(too_few_results_are_no_answer),
	  CHECKS_TEST(everybody_gets_his_own))
