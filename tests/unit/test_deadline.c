/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/deadline.h"

#include <poll.h>

static void
lengths(void **state)
{
	static const struct {
		const char *name;
		gint64 seconds;
		gboolean passed;
		int at_least, at_most; /* milliseconds left */
	} rows[] = {
		{ "none", 0, TRUE, 0, 0 },
		{ "negative", -1, TRUE, 0, 0 },
		{ "the least there is", G_MININT64, TRUE, 0, 0 },
		{ "a minute", 60, FALSE, 50 * 1000, 60 * 1000 },
		{ "longer than poll takes", 40 * 24 * 3600, FALSE, G_MAXINT, G_MAXINT },
		{ "longer than the clock has", G_MAXINT64 / 2, FALSE, -1, -1 },
		{ "the most there is", G_MAXINT64, FALSE, -1, -1 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromDeadline d = carom_deadline_in_s(rows[i].seconds);
		int left = carom_deadline_left_ms(d);

		row_int(rows[i].name, carom_deadline_passed(d), rows[i].passed);
		row_true(rows[i].name, left >= rows[i].at_least && left <= rows[i].at_most);
	}
}

/* Whoever polls for what is left finds it passed: it is rounded up. */
static void
poll_until_passed(void **state)
{
	(void) state;
	for (int us = 1; us < 5000; us += 777) {
		CaromDeadline d = carom_deadline_in_us(us);

		while (!carom_deadline_passed(d)) {
			int left = carom_deadline_left_ms(d);

			assert_true(left > 0 || carom_deadline_passed(d));
			assert_true(poll(NULL, 0, left) == 0);
		}
		assert_int_equal(carom_deadline_left_ms(d), 0);
	}
}

static void
ends(void **state)
{
	CaromDeadline soon = carom_deadline_in_s(1), late = carom_deadline_in_s(2), zeroed = { 0 };

	(void) state;
	assert_int_equal(carom_deadline_left_ms(CAROM_DEADLINE_NEVER), -1);
	assert_false(carom_deadline_passed(CAROM_DEADLINE_NEVER));
	assert_true(carom_deadline_passed(CAROM_DEADLINE_PASSED));
	assert_true(carom_deadline_passed(zeroed));
	assert_true(carom_deadline_earlier(soon, late).at == soon.at);
	assert_true(carom_deadline_earlier(late, soon).at == soon.at);
	assert_true(carom_deadline_earlier(CAROM_DEADLINE_NEVER, late).at == late.at);
}

typedef struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	gboolean done;
} Shared;

static void *
set_done(void *user)
{
	Shared *shared = user;

	pthread_mutex_lock(&shared->lock);
	shared->done = TRUE;
	pthread_cond_signal(&shared->changed);
	pthread_mutex_unlock(&shared->lock);
	return NULL;
}

/* A condition as it is made by default, of the wall clock. */
static void
wait_on_condition(void **state)
{
	const CaromDeadline ends[] = { carom_deadline_in_s(600), CAROM_DEADLINE_NEVER };
	Shared shared = { .done = FALSE };
	pthread_t thread;

	(void) state;
	pthread_mutex_init(&shared.lock, NULL);
	pthread_cond_init(&shared.changed, NULL);
	pthread_mutex_lock(&shared.lock);
	while (carom_deadline_wait(carom_deadline_in_ms(5), &shared.changed, &shared.lock))
		;
	assert_false(carom_deadline_wait(CAROM_DEADLINE_PASSED, &shared.changed, &shared.lock));
	for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
		shared.done = FALSE;
		assert_int_equal(pthread_create(&thread, NULL, set_done, &shared), 0);
		while (!shared.done)
			assert_true(carom_deadline_wait(ends[i], &shared.changed, &shared.lock));
		pthread_mutex_unlock(&shared.lock);
		pthread_join(thread, NULL);
		pthread_mutex_lock(&shared.lock);
	}
	pthread_mutex_unlock(&shared.lock);
	pthread_mutex_destroy(&shared.lock);
	pthread_cond_destroy(&shared.changed);
}

UNIT_MAIN(cmocka_unit_test(lengths), cmocka_unit_test(poll_until_passed), cmocka_unit_test(ends),
	  cmocka_unit_test(wait_on_condition))
