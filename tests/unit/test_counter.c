/* SPDX-License-Identifier: BSD-2-Clause */
/* The counter of volumes, with a database that is played here. */
#include "unit.h"

#include "serve/counter.h"
#include "store/volumes.h"

static struct {
	CaromStatus answers;
	guint asked;
	char *id;           /* of the last batch */
	guint64 sent, acme; /* of the last batch */
	gint64 at;
} fake;

CaromStatus
carom_volumes_add(CaromStore *store, const char *id, const CaromVolume *volumes, guint n,
		  GError **err)
{
	assert_ptr_equal(store, &fake);
	fake.asked++;
	g_free(fake.id);
	fake.id = g_strdup(id);
	fake.sent = fake.acme = 0;
	for (guint i = 0; i < n; i++) {
		fake.sent += volumes[i].sent;
		fake.at = volumes[i].at;
		if (strcmp(volumes[i].account, "acme") == 0 &&
		    strcmp(volumes[i].stream, "news") == 0 &&
		    strcmp(volumes[i].provider, "google") == 0)
			fake.acme += volumes[i].sent;
	}
	return fake.answers == CAROM_OK ? CAROM_OK : carom_status_fail(err, fake.answers, "away");
}

static int
tear_down(void **state)
{
	(void) state;
	g_free(fake.id);
	memset(&fake, 0, sizeof fake);
	return 0;
}

static void
adds_up_by_account_stream_and_provider(void **state)
{
	CaromCounter *counter = carom_counter_new((CaromStore *) &fake);

	(void) state;
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 0); /* there was nothing to say */
	for (int i = 0; i < 3; i++)
		carom_counter_add(counter, "acme", "news", "google");
	carom_counter_add(counter, "acme", "receipts", "google");
	carom_counter_add(counter, "", "", NULL);
	assert_int_equal(carom_counter_waiting(counter), 5);
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_OK);
	assert_int_equal(fake.sent, 5);
	assert_int_equal(fake.acme, 3);
	assert_int_equal(fake.at % 900, 0);
	assert_int_equal(carom_counter_waiting(counter), 0);
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 1);
	carom_counter_free(counter);
}

static void
a_batch_without_answer_keeps_its_id_and_its_counts(void **state)
{
	CaromCounter *counter = carom_counter_new((CaromStore *) &fake);
	g_autofree char *first = NULL;

	(void) state;
	fake.answers = CAROM_RETRY;
	carom_counter_add(counter, "acme", "news", "google");
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_RETRY);
	first = g_strdup(fake.id);
	carom_counter_add(counter, "acme", "news", "google");
	assert_int_equal(carom_counter_waiting(counter), 2);
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_RETRY);
	assert_string_equal(fake.id, first);
	assert_int_equal(fake.sent, 1);
	fake.answers = CAROM_OK;
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_OK);
	assert_string_equal(fake.id, first);
	assert_int_equal(carom_counter_waiting(counter), 1);
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_OK);
	assert_string_not_equal(fake.id, first);
	assert_int_equal(fake.sent, 1);
	assert_int_equal(carom_counter_waiting(counter), 0);
	carom_counter_free(counter);
}

UNIT_MAIN(cmocka_unit_test_teardown(adds_up_by_account_stream_and_provider, tear_down),
	  cmocka_unit_test_teardown(a_batch_without_answer_keeps_its_id_and_its_counts, tear_down))
