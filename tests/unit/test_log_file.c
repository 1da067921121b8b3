/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/log_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

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
	g_free(folder);
	return 0;
}

static char *
compressed(const char *name, const char *text, gsize cut)
{
	char *path = g_build_filename(folder, name, NULL);
	gzFile out = gzopen(path, "wb");
	g_autofree char *bytes = NULL;
	gsize n;

	gzwrite(out, text, (unsigned) strlen(text));
	gzclose(out);
	if (cut > 0) {
		assert_true(g_file_get_contents(path, &bytes, &n, NULL));
		assert_true(g_file_set_contents(path, bytes, (gssize) (n - cut), NULL));
	}
	return path;
}

/* All lines, each after a '|'. */
static char *
lines_of(CaromLogFile *file, CaromStatus wanted)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	CaromLogEntry entry;
	CaromStatus status;

	while ((status = carom_log_file_next(file, &entry, &error)) == CAROM_OK) {
		g_string_append_c(out, '|');
		g_string_append_len(out, entry.line.text, (gssize) entry.line.len);
	}
	assert_int_equal(status, wanted);
	return g_string_free(out, FALSE);
}

static CaromLogFile *
opened(const char *path)
{
	CaromLogFile *file;
	g_autoptr(GError) error = NULL;

	assert_int_equal(carom_log_file_open(path, &file, &error), CAROM_OK);
	return file;
}

static void
reads_plain_and_compressed(void **state)
{
	g_autofree char *plain = unit_file(folder, "plain", "one\ntwo\r\n\nunfinished");
	g_autofree char *gz = compressed("gz", "one\ntwo\n\nlast", 0);
	g_autofree char *empty = unit_file(folder, "empty", "");
	g_autoptr(CaromLogFile) a = opened(plain);
	g_autoptr(CaromLogFile) b = opened(gz);
	g_autoptr(CaromLogFile) c = opened(empty);
	g_autofree char *x = lines_of(a, CAROM_ABSENT), *y = lines_of(b, CAROM_ABSENT);
	g_autofree char *z = lines_of(c, CAROM_ABSENT);
	CaromLogFile *none;
	g_autoptr(GError) error = NULL;

	(void) state;
	assert_string_equal(x, "|one|two|");
	assert_string_equal(y, "|one|two||last");
	assert_string_equal(z, "");
	assert_int_equal(carom_log_file_open("/nonexistent/log", &none, &error), CAROM_MISUSE);
	row_error("open", error, "/nonexistent/log");
	assert_int_equal(carom_log_file_open(folder, &none, &error), CAROM_MISUSE);
	row_error("folder", error, folder);
}

static void
tells_of_damage_and_keeps_what_is_sound(void **state)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *gz = NULL, *got = NULL;

	(void) state;
	for (int i = 0; i < 5000; i++)
		g_string_append_printf(text, "line %d %d\n", i, rand());
	gz = compressed("cut", text->str, 2000);
	g_autoptr(CaromLogFile) file = opened(gz);
	got = lines_of(file, CAROM_MALFORMED);
	assert_true(g_str_has_prefix(got, "|line 0 "));
}

static void
bounds_long_lines(void **state)
{
	g_autofree char *long_line = g_strnfill(300000, 'x');
	g_autofree char *text = g_strconcat("a\n", long_line, "\nb\n", long_line, NULL);
	g_autofree char *path = unit_file(folder, "long", text);
	g_autoptr(CaromLogFile) file = opened(path);
	g_autofree char *got = lines_of(file, CAROM_ABSENT);

	(void) state;
	assert_int_equal(strlen(got), 2 + 1 + CAROM_LOG_LINE_MAX + 2 + 1 + CAROM_LOG_LINE_MAX);
	assert_true(g_str_has_prefix(got, "|a|xxx"));
	assert_non_null(strstr(got, "x|b|x"));
}

static void
goes_on_where_it_ended(void **state)
{
	g_autofree char *path = unit_file(folder, "log", "one\ntwo\n");
	g_autofree char *first = NULL, *tail = NULL, *again = NULL, *rest = NULL, *other = NULL;
	guint64 position;

	(void) state;
	{
		g_autoptr(CaromLogFile) file = opened(path);
		g_autofree char *got = NULL;

		first = carom_log_file_first(file);
		got = lines_of(file, CAROM_ABSENT);
		assert_string_equal(got, "|one|two");
		position = carom_log_file_position(file);
		tail = carom_log_file_tail(file);
	}
	assert_int_equal(position, 8);
	unit_put(folder, "log", "one\ntwo\nthree\n");
	{
		g_autoptr(CaromLogFile) file = opened(path);

		again = carom_log_file_first(file);
		assert_string_equal(again, first);
		assert_true(carom_log_file_resume(file, position, tail));
		rest = lines_of(file, CAROM_ABSENT);
		assert_string_equal(rest, "|three");
	}
	/* compressed, it is the same file */
	{
		g_autofree char *gz = compressed("log.gz", "one\ntwo\nthree\n", 0);
		g_autoptr(CaromLogFile) file = opened(gz);
		g_autofree char *got = NULL, *same = carom_log_file_first(file);

		assert_string_equal(same, first);
		assert_true(carom_log_file_resume(file, position, tail));
		got = lines_of(file, CAROM_ABSENT);
		assert_string_equal(got, "|three");
	}
	/* another one that begins alike is read whole */
	unit_put(folder, "log", "one\ntoo\nthree\n");
	{
		g_autoptr(CaromLogFile) file = opened(path);

		assert_false(carom_log_file_resume(file, position, tail));
		other = lines_of(file, CAROM_ABSENT);
		assert_string_equal(other, "|one|too|three");
	}
	/* and so is one that is shorter */
	unit_put(folder, "log", "one\n");
	{
		g_autoptr(CaromLogFile) file = opened(path);
		g_autofree char *got = NULL;

		assert_false(carom_log_file_resume(file, position, tail));
		got = lines_of(file, CAROM_ABSENT);
		assert_string_equal(got, "|one");
	}
}

static void
reads_the_journal(void **state)
{
	static const char text[] = "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795867200000000\n"
				   "_HOSTNAME=mx\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE=one\n\n"
				   "__CURSOR=s=2\n__REALTIME_TIMESTAMP=1795867201000000\n"
				   "_HOSTNAME=mx\nSYSLOG_IDENTIFIER=postfix/qmgr\nMESSAGE\n"
				   "\x05\0\0\0\0\0\0\0t\nw\no\n\n"
				   "__CURSOR=s=3\n_HOSTNAME=mx\nMESSAGE=unfinished\n";
	g_autofree char *path = g_build_filename(folder, "journal", NULL);
	g_autoptr(GError) error = NULL;
	CaromLogEntry entry;

	(void) state;
	assert_true(g_file_set_contents(path, text, sizeof text - 1, NULL));
	g_autoptr(CaromLogFile) file = opened(path);
	assert_int_equal(carom_log_file_next(file, &entry, &error), CAROM_OK);
	assert_true(entry.is_journal);
	assert_int_equal(entry.time, 1795867200);
	assert_string_equal(entry.host.text, "mx");
	assert_string_equal(entry.tag.text, "postfix/smtp");
	assert_string_equal(entry.text.text, "one");
	assert_int_equal(carom_log_file_next(file, &entry, &error), CAROM_OK);
	assert_int_equal(entry.time, 1795867201);
	assert_string_equal(entry.tag.text, "postfix/qmgr");
	assert_string_equal(entry.text.text, "t\nw\no");
	assert_int_equal(carom_log_file_next(file, &entry, &error), CAROM_ABSENT);
	/* it ends before what is still being written */
	assert_int_equal(carom_log_file_position(file),
			 sizeof text - sizeof "__CURSOR=s=3\n_HOSTNAME=mx\nMESSAGE=unfinished\n");
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(reads_plain_and_compressed, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(tells_of_damage_and_keeps_what_is_sound, set_up,
					  tear_down),
	  cmocka_unit_test_setup_teardown(bounds_long_lines, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(goes_on_where_it_ended, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(reads_the_journal, set_up, tear_down))
