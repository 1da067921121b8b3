/* SPDX-License-Identifier: BSD-2-Clause */
/* The follower of the suppression list, with a database and a clock that are played here. */
#include "unit.h"

#include "serve/follower.h"
#include "store/feed.h"
#include "store/forget.h"
#include "store/mailboxes.h"
#include "store/suppressions.h"

#define REFRESH 60

static struct {
	gint64 now;         /* seconds of the monotonic clock */
	const char **list;  /* addresses, NULL at the end; NULL: the database is away */
	gboolean changed;   /* a notification waits */
	int opened, closed; /* connections */
	int watched;        /* requests */
	int read, asked;    /* readings of the whole list, and of what changed */
	const char *change; /* an address; NULL: nothing changed */
	gboolean listed;    /* it is on the list now */
	int keys;           /* times that the key was asked for */
	const char *state;  /* of the mailboxes; NULL: no provider is turned on */
	const char *mark;   /* a mailbox on the list; NULL: none */
	CaromNumbered numbered;
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
	assert_true(fake.read <= 1); /* before anything is read */
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
carom_suppressions_addresses(CaromStore *store, const char *after, guint most, CaromTable **out,
			     GError **err)
{
	guint n = g_strv_length((char **) fake.list);

	(void) store;
	*out = NULL;
	if (fake.answers != CAROM_OK)
		return carom_status_fail(err, fake.answers, "no answer");
	assert_true(n < most);
	assert_string_equal(after, "");
	fake.read++;
	*out = carom_table_new(1, n);
	for (guint i = 0; i < n; i++)
		carom_table_set_cell(*out, i, 0, g_strdup(fake.list[i]));
	return CAROM_OK;
}

CaromStatus
carom_feed_number(CaromStore *store, CaromNumbered *numbered, GError **err)
{
	(void) store;
	(void) err;
	*numbered = fake.numbered;
	if (fake.numbered == CAROM_NUMBERED_SOME)
		fake.numbered = CAROM_NUMBERED;
	return CAROM_OK;
}

CaromStatus
carom_feed_head(CaromStore *store, char **cursor, GError **err)
{
	(void) store;
	(void) err;
	*cursor = g_strdup("7-head");
	return CAROM_OK;
}

/* One change, and then the end. */
CaromStatus
carom_suppressions_changes(CaromStore *store, const char *cursor, CaromTable **out, GError **err)
{
	(void) store;
	*out = NULL;
	if (fake.answers != CAROM_OK)
		return carom_status_fail(err, fake.answers, "no answer");
	fake.asked++;
	*out = carom_table_new(3, fake.change ? 2 : 1);
	if (fake.change) {
		assert_string_equal(cursor, "7-head");
		carom_table_set_cell(*out, 0, CAROM_CHANGED_ADDRESS, g_strdup(fake.change));
		carom_table_set_cell(*out, 0, CAROM_CHANGED_LISTED,
				     g_strdup(fake.listed ? "true" : "false"));
	}
	carom_table_set_cell(*out, fake.change ? 1 : 0, CAROM_CHANGED_CURSOR,
			     g_strdup(fake.change ? "8-next" : "7-head"));
	fake.change = NULL;
	return CAROM_OK;
}

/* 32 octets, from 0 on. */
CaromStatus
carom_forget_filter(CaromStore *store, GBytes **out, GError **err)
{
	guint8 key[32];

	(void) store;
	*out = NULL;
	if (fake.answers != CAROM_OK)
		return carom_status_fail(err, fake.answers, "no answer");
	fake.keys++;
	for (guint i = 0; i < sizeof(key); i++)
		key[i] = (guint8) i;
	*out = g_bytes_new(key, sizeof(key));
	return CAROM_OK;
}

CaromStatus
carom_mailboxes_state(CaromStore *store, char **state, GError **err)
{
	(void) store;
	(void) err;
	*state = g_strdup(fake.state ? fake.state : "");
	return CAROM_OK;
}

CaromStatus
carom_mailboxes_rules(CaromStore *store, CaromTable **out, GError **err)
{
	(void) store;
	(void) err;
	*out = carom_table_new(4, fake.state ? 1 : 0);
	if (fake.state) {
		carom_table_set_cell(*out, 0, CAROM_MAILBOX_RULE_DOMAIN, g_strdup("example.org"));
		carom_table_set_cell(*out, 0, CAROM_MAILBOX_RULE_MAILBOX_DOMAIN,
				     g_strdup("example.org"));
		carom_table_set_cell(*out, 0, CAROM_MAILBOX_RULE_DOTS, g_strdup("true"));
		carom_table_set_cell(*out, 0, CAROM_MAILBOX_RULE_TAGS, g_strdup("+"));
	}
	return CAROM_OK;
}

CaromStatus
carom_mailboxes_suppressed(CaromStore *store, const char *after, guint most, CaromTable **out,
			   GError **err)
{
	(void) store;
	(void) err;
	assert_string_equal(after, "");
	assert_true(most > 1);
	*out = carom_table_new(2, fake.mark ? 1 : 0);
	if (fake.mark) {
		carom_table_set_cell(*out, 0, CAROM_MAILBOX_ADDRESS, g_strdup("b.udi@example.org"));
		carom_table_set_cell(*out, 0, CAROM_MAILBOX_MARK, g_strdup(fake.mark));
	}
	return CAROM_OK;
}

/* The name of dina@example.org, with that key. */
#define DINA "#0ae3d63f02a8143ade00000000000000000000000000000000"
static const char *ani_and_a_forgotten_one[] = { "#hash@example.org", DINA, NULL };
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
reads_changes_when_told_and_when_it_is_time(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.read, 1);
	fake.change = "budi@example.org";
	fake.listed = TRUE;
	fake.now += REFRESH - 1;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 0);
	check(follower, "budi@example.org", FALSE, TRUE);
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 2); /* until nothing more comes */
	check(follower, "budi@example.org", TRUE, TRUE);
	check(follower, "ani@example.org", TRUE, TRUE);
	fake.now += REFRESH;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 3);
	assert_int_equal(fake.read, 1); /* whole, only at first */
	assert_int_equal(fake.opened, 1);
	carom_follower_free(follower);
}

static void
forgets_who_was_taken_off(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	fake.change = "ani@example.org";
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "ani@example.org", FALSE, TRUE);
	check(follower, "anybody@example.net", TRUE, TRUE);
	carom_follower_free(follower);
}

static void
reads_whole_what_the_feed_no_longer_has(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	fake.list = budi;
	fake.answers = CAROM_MALFORMED;
	fake.changed = TRUE;
	/* neither the changes nor the list are to be had: told, and tried anew */
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_MALFORMED);
	fake.answers = CAROM_OK;
	fake.now += 24 * 3600;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.read, 2);
	check(follower, "budi@example.org", TRUE, TRUE);
	check(follower, "ani@example.org", FALSE, TRUE);
	carom_follower_free(follower);
}

static void
knows_whom_the_database_forgot(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_forgotten_one);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "dina@example.org", TRUE, TRUE);
	check(follower, "\"DINA\"@Example.ORG.", TRUE, TRUE);
	check(follower, "dino@example.org", FALSE, TRUE);
	check(follower, "#hash@example.org", TRUE, TRUE); /* an address like another */
	assert_int_equal(fake.keys, 1);
	fake.change = DINA;
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "dina@example.org", FALSE, TRUE);
	assert_int_equal(fake.keys, 1); /* it never changes */
	carom_follower_free(follower);
}

static void
hears_of_the_first_whom_the_database_forgets(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.keys, 0);
	fake.change = DINA;
	fake.listed = TRUE;
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "dina@example.org", TRUE, TRUE);
	carom_follower_free(follower);
}

static void
knows_the_spellings_of_a_mailbox(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "a.ni+x@example.org", FALSE, TRUE);
	fake.state = "{example}1";
	fake.mark = " budi@example.org";
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.read, 2); /* whole */
	check(follower, "a.ni+x@example.org", TRUE, TRUE);
	check(follower, "bud.i@example.org", TRUE, TRUE);
	check(follower, "citra@example.org", FALSE, TRUE);
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.read, 2);
	fake.state = NULL;
	fake.mark = NULL;
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "a.ni+x@example.org", FALSE, TRUE);
	check(follower, "ani@example.org", TRUE, TRUE);
	carom_follower_free(follower);
}

/* Another session numbers, and does not end: asked for again at the next step, not in a minute. */
static void
asks_again_for_what_is_held_up(void **state)
{
	CaromFollower *follower = new_follower(ani_and_a_domain);

	(void) state;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	fake.numbered = CAROM_NUMBERED_BUSY;
	fake.changed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 1);
	fake.numbered = CAROM_NUMBERED_SOME;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 2);
	assert_int_equal(fake.numbered, CAROM_NUMBERED); /* asked until there was no more */
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	assert_int_equal(fake.asked, 2);
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
	fake.change = "budi@example.org";
	fake.listed = TRUE;
	assert_int_equal(carom_follower_step(follower, NULL), CAROM_OK);
	check(follower, "budi@example.org", TRUE, TRUE);
	assert_int_equal(fake.watched, 2); /* the new connection was asked too */
	assert_int_equal(fake.read, 1);    /* and only for what changed */
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
	  cmocka_unit_test(reads_changes_when_told_and_when_it_is_time),
	  cmocka_unit_test(forgets_who_was_taken_off),
	  cmocka_unit_test(reads_whole_what_the_feed_no_longer_has),
	  cmocka_unit_test(knows_whom_the_database_forgot),
	  cmocka_unit_test(hears_of_the_first_whom_the_database_forgets),
	  cmocka_unit_test(knows_the_spellings_of_a_mailbox),
	  cmocka_unit_test(asks_again_for_what_is_held_up),
	  cmocka_unit_test(an_old_list_is_not_trusted),
	  cmocka_unit_test(a_reading_that_fails_keeps_the_list))
