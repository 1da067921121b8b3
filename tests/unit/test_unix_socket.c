/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static int
set_up(void **state)
{
	(void) state;
	folder = unit_folder();
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	unit_remove(folder);
	g_clear_pointer(&folder, g_free);
	return 0;
}

static void
listens_for_owner_and_group_alone(void **state)
{
	g_autofree char *path = g_build_filename(folder, "socket", NULL);
	struct stat seen;
	int fd;

	(void) state;
	assert_false(carom_unix_socket_is_served(path));
	assert_int_equal(carom_unix_socket_listen(path, "", &fd, NULL), CAROM_OK);
	assert_true(carom_unix_socket_is_served(path));
	assert_int_equal(stat(path, &seen), 0);
	assert_true(S_ISSOCK(seen.st_mode));
	assert_int_equal(seen.st_mode & 0777, 0660);
	close(fd);
}

static void
a_socket_in_use_is_not_taken(void **state)
{
	g_autofree char *path = g_build_filename(folder, "socket", NULL);
	g_autoptr(GError) error = NULL;
	int fd, second;

	(void) state;
	assert_int_equal(carom_unix_socket_listen(path, "", &fd, NULL), CAROM_OK);
	assert_int_equal(carom_unix_socket_listen(path, "", &second, &error), CAROM_MISUSE);
	row_error("in use", error, "another carom listens there");
	assert_int_equal(second, -1);
	assert_true(carom_unix_socket_is_served(path));
	close(fd);
}

static void
a_dead_process_s_socket_is_replaced(void **state)
{
	g_autofree char *path = g_build_filename(folder, "socket", NULL);
	int fd;

	(void) state;
	assert_int_equal(carom_unix_socket_listen(path, "", &fd, NULL), CAROM_OK);
	close(fd); /* the name stays, as after a kill */
	assert_int_equal(access(path, F_OK), 0);
	assert_false(carom_unix_socket_is_served(path));
	assert_int_equal(carom_unix_socket_listen(path, "", &fd, NULL), CAROM_OK);
	assert_true(carom_unix_socket_is_served(path));
	close(fd);
}

static void
what_cannot_be_opened_says_why(void **state)
{
	g_autofree char *deep = g_build_filename(folder, "no", "such", "folder", NULL);
	g_autofree char *name = g_strnfill(200, 'n');
	g_autofree char *lengthy = g_build_filename(folder, name, NULL);
	g_autoptr(GError) error = NULL;
	int fd;

	(void) state;
	assert_int_equal(carom_unix_socket_listen(deep, "", &fd, &error), CAROM_MISUSE);
	row_error("folder", error, deep);
	assert_int_equal(fd, -1);
	assert_int_equal(carom_unix_socket_listen(lengthy, "", &fd, &error), CAROM_MISUSE);
	row_error("length", error, "longer than a socket's name may be");
	assert_int_equal(fd, -1);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(listens_for_owner_and_group_alone, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(a_socket_in_use_is_not_taken, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(a_dead_process_s_socket_is_replaced, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(what_cannot_be_opened_says_why, set_up, tear_down))
