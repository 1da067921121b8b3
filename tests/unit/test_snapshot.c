/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "serve/snapshot.h"

#include <pthread.h>

static char *folder, *file;

static void
write_configuration(const char *domain)
{
	g_autofree char *text = g_strdup_printf("[bounce]\ndomains = b.example.com %s\n"
						"[rules]\n",
						domain);

	g_free(file);
	file = unit_file(folder, "carom.conf", text);
}

static int
set_up(void **state)
{
	(void) state;
	folder = unit_folder();
	write_configuration("");
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	unit_remove(folder);
	g_clear_pointer(&folder, g_free);
	g_clear_pointer(&file, g_free);
	return 0;
}

static guint
domains_of(const CaromSnapshot *snapshot)
{
	return g_strv_length(snapshot->known->config->bounce.domains);
}

static void
who_works_with_the_old_one_keeps_it(void **state)
{
	g_autoptr(CaromSnapshot) old = NULL;
	g_autoptr(CaromSnapshot) fresh = NULL;
	CaromSnapshots *snapshots;

	(void) state;
	assert_int_equal(carom_snapshots_open(file, &snapshots, NULL), CAROM_OK);
	old = carom_snapshots_get(snapshots);
	assert_int_equal(domains_of(old), 1);
	write_configuration("b.example.org");
	assert_int_equal(carom_snapshots_reload(snapshots, NULL), CAROM_OK);
	assert_int_equal(domains_of(old), 1);
	fresh = carom_snapshots_get(snapshots);
	assert_int_equal(domains_of(fresh), 2);
	carom_snapshots_close(snapshots);
	assert_int_equal(domains_of(fresh), 2); /* as long as it is held */
}

static void
a_wrong_one_changes_nothing(void **state)
{
	g_autoptr(CaromSnapshot) kept = NULL;
	g_autoptr(GError) error = NULL;
	CaromSnapshots *snapshots;

	(void) state;
	assert_int_equal(carom_snapshots_open(file, &snapshots, NULL), CAROM_OK);
	unit_put(folder, "carom.conf", "[bounce]\ndomain = typo.example\n");
	assert_int_equal(carom_snapshots_reload(snapshots, &error), CAROM_MISUSE);
	row_error("typo", error, "domain");
	unit_put(folder, "carom.conf", "");
	assert_int_equal(carom_snapshots_reload(snapshots, &error), CAROM_MISUSE);
	assert_non_null(error);
	kept = carom_snapshots_get(snapshots);
	assert_int_equal(domains_of(kept), 1);
	carom_snapshots_close(snapshots);
}

static void
none_without_a_configuration(void **state)
{
	g_autofree char *missing = g_build_filename(folder, "missing.conf", NULL);
	g_autoptr(GError) error = NULL;
	CaromSnapshots *snapshots;

	(void) state;
	assert_int_equal(carom_snapshots_open(missing, &snapshots, &error), CAROM_MISUSE);
	row_error("missing", error, "missing.conf");
	carom_snapshots_close(NULL);
}

static void *
take_and_give_back(void *user)
{
	for (int i = 0; i < 20000; i++) {
		g_autoptr(CaromSnapshot) snapshot = carom_snapshots_get(user);

		if (domains_of(snapshot) == 0)
			return user;
	}
	return NULL;
}

static void
threads_take_it_while_it_changes(void **state)
{
	pthread_t threads[4];
	CaromSnapshots *snapshots;
	void *wrong;

	(void) state;
	assert_int_equal(carom_snapshots_open(file, &snapshots, NULL), CAROM_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_and_give_back, snapshots),
				 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(carom_snapshots_reload(snapshots, NULL), CAROM_OK);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	carom_snapshots_close(snapshots);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_MAIN(TEST(who_works_with_the_old_one_keeps_it), TEST(a_wrong_one_changes_nothing),
	  TEST(none_without_a_configuration), TEST(threads_take_it_while_it_changes))
