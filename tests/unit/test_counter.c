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
	guint64 summer, other, from;
	guint volumes;
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
	fake.sent = fake.acme = fake.summer = fake.other = fake.from = 0;
	fake.volumes = n;
	for (guint i = 0; i < n; i++) {
		fake.sent += volumes[i].sent;
		fake.at = volumes[i].at;
		if (strcmp(volumes[i].account, "acme") == 0 &&
		    strcmp(volumes[i].stream, "news") == 0 &&
		    strcmp(volumes[i].provider, "google") == 0)
			fake.acme += volumes[i].sent;
		if (strcmp(volumes[i].feedback_id, "summer:s1") == 0 &&
		    strcmp(volumes[i].list_id, "<l.example>") == 0)
			fake.summer += volumes[i].sent;
		if (strcmp(volumes[i].feedback_id, "(other)") == 0)
			fake.other += volumes[i].sent;
		if (strcmp(volumes[i].ip, "192.0.2.7") == 0)
			fake.from += volumes[i].sent;
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
add(CaromCounter *counter, const char *account, const char *stream, const char *provider)
{
	const CaromCounted what = { .account = account, .stream = stream, .provider = provider };

	carom_counter_add(counter, &what);
}

static void
adds_up_by_account_stream_and_provider(void **state)
{
	CaromCounter *counter = carom_counter_new((CaromStore *) &fake);

	(void) state;
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 0); /* there was nothing to say */
	for (int i = 0; i < 3; i++)
		add(counter, "acme", "news", "google");
	add(counter, "acme", "receipts", "google");
	add(counter, "", "", NULL);
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
	add(counter, "acme", "news", "google");
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_RETRY);
	first = g_strdup(fake.id);
	add(counter, "acme", "news", "google");
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

static void
campaigns_and_addresses_are_counted_up_to_a_bound(void **state)
{
	CaromCounter *counter = carom_counter_new((CaromStore *) &fake);
	CaromCounted what = { .account = "acme",
			      .stream = "news",
			      .feedback_id = "summer:s1",
			      .list_id = "<l.example>",
			      .ip = "192.0.2.7" };

	(void) state;
	for (int i = 0; i < 3; i++)
		carom_counter_add(counter, &what);
	for (int i = 0; i < CAROM_COUNTER_MOST + 9; i++) {
		g_autofree char *name = g_strdup_printf("c%d", i);

		what.feedback_id = name;
		carom_counter_add(counter, &what);
	}
	what.feedback_id = "summer:s1";
	what.list_id = "<l.example>";
	carom_counter_add(counter, &what);
	assert_int_equal(carom_counter_step(counter, NULL), CAROM_OK);
	assert_int_equal(fake.summer, 4);
	assert_int_equal(fake.other, 10);
	assert_int_equal(fake.volumes, CAROM_COUNTER_MOST + 1);
	assert_int_equal(fake.from, fake.sent);
	carom_counter_free(counter);
}

UNIT_MAIN(cmocka_unit_test_teardown(adds_up_by_account_stream_and_provider, tear_down),
	  cmocka_unit_test_teardown(a_batch_without_answer_keeps_its_id_and_its_counts, tear_down),
	  cmocka_unit_test_teardown(campaigns_and_addresses_are_counted_up_to_a_bound, tear_down))
