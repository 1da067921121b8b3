/* SPDX-License-Identifier: BSD-2-Clause */
/* The follower of the suppression list, with a database and a clock that are played here. */
#include "unit.h"

#include "serve/follower.h"
#include "store/suppressions.h"

#define REFRESH 60

static struct {
	gint64 now;          /* seconds of the monotonic clock */
	const char **list;   /* addresses, NULL at the end; NULL: the database is away */
	gboolean changed;    /* a notification waits */
	int opened, closed;  /* connections */
	int watched, read;   /* requests */
	CaromStatus answers; /* of whoever reads the list */
} fake;

gint64
g_get_monotonic_time(void)
{
	return fake.now * G_USEC_PER_SEC;
}

/* Nobody's business here: it jumps at every look. */
time_t
time(time_t *out)
{
	static time_t last;

	last = last > 0 ? 0 : 4000000000;
	if (out != NULL)
		*out = last;
	return last;
}

CaromStatus
carom_store_open(const char *conninfo, int timeout, CaromStore **out, GError **err)
{
	assert_string_equal(conninfo, "dbname=fake");
	assert_true(timeout > 0);
	*out = NULL;
	if (fake.list == NULL)
		return carom_status_fail(err, CAROM_RETRY, "away");
	fake.opened++;
	*out = (CaromStore *) &fake;
	return CAROM_OK;
}

void
carom_store_close(CaromStore *store)
{
	fake.closed += store != NULL;
}

void
carom_store_limit(CaromStore *store, int milliseconds)
{
	(void) store;
	assert_true(milliseconds > 0);
}

void
carom_store_hurry_when(CaromStore *store, const int *hurrying)
{
	(void) store;
	assert_int_equal(*hurrying, 0);
}

CaromStatus
carom_suppressions_watch(CaromStore *store, GError **err)
{
	(void) store;
	(void) err;
	assert_int_equal(fake.read, fake.watched); /* before it is read */
	fake.watched++;
	return CAROM_OK;
}

CaromStatus
carom_store_notified(CaromStore *store, gboolean *notified, GError **err)
{
	(void) store;
	*notified = fake.changed;
	fake.changed = FALSE;
	return fake.list ? CAROM_OK : carom_status_fail(err, CAROM_RETRY, "lost");
}

CaromStatus
carom_suppressions_addresses(CaromStore *store, CaromTable **out, GError **err)
{
	guint n = g_strv_length((char **) fake.list);

	(void) store;
	*out = NULL;
	if (fake.answers != CAROM_OK)
		return carom_status_fail(err, fake.answers, "no answer");
	fake.read++;
	*out = g_new0(CaromTable, 1);
	(*out)->n_columns = 1;
	(*out)->n_rows = n;
	(*out)->names = g_new0(char *, 1);
	(*out)->cells = g_new0(char *, n);
	for (guint i = 0; i < n; i++)
		(*out)->cells[i] = g_strdup(fake.list[i]);
	return CAROM_OK;
}

static const char *ani_and_a_domain[] = { "ani@example.org", "@example.net", NULL };
static const char *budi[] = { "budi@example.org", NULL };

static CaromFollower *
new_follower(const char **list)
{
	memset(&fake, 0, sizeof fake);
	fake.now = 1000;
	fake.list = list;
	return carom_follower_new("dbname=fake", REFRESH);
}

static void
check(CaromFollower *follower, const char *address, gboolean wanted, gboolean wanted_fresh)
{
	gboolean fresh;

	row_int(address, carom_follower_has(follower, address, &fresh), wanted);
	row_int(address, fresh, wanted_fresh);
}

static void
knows_addresses_and_domains(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	check(follower, "ani@example.org", FALSE, FALSE); /* nothing is read yet */
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "ani@example.org", TRUE, TRUE);
	check(follower, "ANI@Example.ORG", TRUE, TRUE);
	check(follower, "anybody@example.net", TRUE, TRUE);
	check(follower, "budi@example.org", FALSE, TRUE);
	check(follower, "no address", FALSE, TRUE);
	carom_follower_free(follower);
	assert_int_equal(fake.closed, fake.opened);
}

static void
reads_when_told_and_when_it_is_time(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	fake.list = budi;
	fake.now += REFRESH - 1;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.read, 1);
	check(follower, "budi@example.org", FALSE, TRUE);
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.read, 2);
	check(follower, "budi@example.org", TRUE, TRUE);
	check(follower, "ani@example.org", FALSE, TRUE);
	fake.now += REFRESH;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.read, 3);
	assert_int_equal(fake.opened, 1);
	carom_follower_free(follower);
}

static void
an_old_list_is_not_trusted(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);
	g_autoptr(GError) error = NULL;

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	fake.list = NULL;
	fake.now += 2 * REFRESH - 1;
	assert_int_equal(carom_follower_step(follower, &error), CAROM_RETRY);
	row_error("lost", error, "lost");
	assert_int_equal(fake.closed, 1);
	check(follower, "budi@example.org", FALSE, TRUE);
	check(follower, "ani@example.org", TRUE, TRUE);
	fake.now++;
	check(follower, "budi@example.org", FALSE, FALSE);
	check(follower, "ani@example.org", TRUE, FALSE);
	assert_int_equal(carom_follower_step(follower, &error), CAROM_RETRY);
	row_error("away", error, "away");
	fake.list = budi;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "budi@example.org", TRUE, TRUE);
	assert_int_equal(fake.watched, 2); /* the new connection was asked too */
	carom_follower_free(follower);
}

static void
a_reading_that_fails_keeps_the_list(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	fake.answers = CAROM_RETRY;
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_RETRY);
	assert_int_equal(fake.closed, 1);
	check(follower, "ani@example.org", TRUE, TRUE);
	carom_follower_free(follower);
}

UNIT_MAIN(cmocka_unit_test(knows_addresses_and_domains),
	  cmocka_unit_test(reads_when_told_and_when_it_is_time),
	  cmocka_unit_test(an_old_list_is_not_trusted),
	  cmocka_unit_test(a_reading_that_fails_keeps_the_list))
