/* SPDX-License-Identifier: BSD-2-Clause */
/* unit - what every unit test starts with: cmocka in TAP form, and checks that name the failing row
 */
#ifndef CAROM_UNIT_H
#define CAROM_UNIT_H

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "mail/message.h"
#include "base/status.h"

/* Fails with the row's name unless two strings are equal; NULL equals only NULL. */
#define row_string(row, got, want)                                                                 \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
                                                                                                   \
		if (g_strcmp0(got_, want_) != 0)                                                   \
			fail_msg("row \"%s\": %s is %s%s%s, not %s%s%s", (row), #got,              \
				 got_ ? "\"" : "", got_ ? got_ : "NULL", got_ ? "\"" : "",         \
				 want_ ? "\"" : "", want_ ? want_ : "NULL", want_ ? "\"" : "");    \
	} while (0)

#define row_int(row, got, want)                                                                    \
	do {                                                                                       \
		gint64 got_ = (gint64) (got), want_ = (gint64) (want);                             \
                                                                                                   \
		if (got_ != want_)                                                                 \
			fail_msg("row \"%s\": %s is %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT,  \
				 (row), #got, got_, want_);                                        \
	} while (0)

#define row_true(row, condition)                                                                   \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("row \"%s\": %s does not hold", (row), #condition);               \
	} while (0)

/* Fails unless the error is there and its message holds text. Clears it. */
#define row_error(row, error, text)                                                                \
	do {                                                                                       \
		if ((error) == NULL)                                                               \
			fail_msg("row \"%s\": no error was set", (row));                           \
		if (strstr((error)->message, (text)) == NULL)                                      \
			fail_msg("row \"%s\": \"%s\" does not say \"%s\"", (row),                  \
				 (error)->message, (const char *) (text));                         \
		g_clear_error(&(error));                                                           \
	} while (0)

/* A new folder below $TMPDIR, removed with unit_remove_folder. Caller's. */
static inline char *
unit_folder(void)
{
	g_autoptr(GError) error = NULL;
	char *folder = g_dir_make_tmp("carom-unit-XXXXXX", &error);

	if (folder == NULL)
		fail_msg("no temporary folder: %s", error->message);
	return folder;
}

/* Writes text to folder/name, folders below folder made as needed; the path is the caller's. */
static inline char *
unit_file(const char *folder, const char *name, const char *text)
{
	char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_mkdir_with_parents(parent, 0700);
	if (!g_file_set_contents(path, text, -1, NULL))
		fail_msg("%s can't be written", path);
	return path;
}

/* The same where nobody asks for the path. */
static inline void
unit_put(const char *folder, const char *name, const char *text)
{
	g_free(unit_file(folder, name, text));
}

static inline void
unit_remove(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);

	if (dir != NULL) {
		for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
			g_autofree char *child = g_build_filename(path, name, NULL);

			if (g_file_test(child, G_FILE_TEST_IS_DIR) &&
			    !g_file_test(child, G_FILE_TEST_IS_SYMLINK))
				unit_remove(child);
			else
				g_unlink(child);
		}
		g_dir_close(dir);
		g_rmdir(path);
	} else {
		g_unlink(path);
	}
}

/* The program: runs the tests of this file and prints TAP. */
#define UNIT_MAIN(...)                                                                             \
	int main(void)                                                                             \
	{                                                                                          \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };                                 \
		int failed;                                                                        \
                                                                                                   \
		cmocka_set_message_output(CM_OUTPUT_TAP);                                          \
		carom_message_init();                                                              \
		failed = cmocka_run_group_tests(tests, NULL, NULL);                                \
		carom_message_shutdown();                                                          \
		return failed;                                                                     \
	}

#endif
