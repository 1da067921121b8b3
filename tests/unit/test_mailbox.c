/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/mailbox.h"

#include <fcntl.h>
#include <unistd.h>

/* "name(len)" for each message; the part of the name behind the folder. */
typedef struct {
	GString *seen;
	const char *folder;
	guint stop_after; /* 0: never */
	guint n;
} Walk;

static gboolean
note(const char *name, const char *data, gsize len, gsize size, void *user)
{
	Walk *walk = user;

	(void) data;
	if (g_str_has_prefix(name, walk->folder))
		name += strlen(walk->folder) + (name[strlen(walk->folder)] == '/');
	g_string_append_printf(walk->seen, "%s%s %" G_GSIZE_FORMAT, walk->seen->len ? ", " : "",
			       name, len);
	if (size != len)
		g_string_append_printf(walk->seen, " of %" G_GSIZE_FORMAT, size);
	return ++walk->n != walk->stop_after;
}

static char *
walk_text(const char *folder, const char *path, gsize max, guint stop_after)
{
	Walk walk = { .seen = g_string_new(NULL), .folder = folder, .stop_after = stop_after };
	g_autoptr(GError) error = NULL;

	if (carom_mailbox_walk(path, max, note, &walk, &error) != CAROM_OK)
		fail_msg("%s", error->message);
	return g_string_free(walk.seen, FALSE);
}

static void
splits_an_mbox(void **state)
{
#define FROM "From MAILER-DAEMON Tue Nov 10 09:10:01 2026\n"
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{ "one message", "Subject: a\n\nx\n", "box 14" },
		{ "one in an mbox", FROM "Subject: a\n\nx\n", "box 14" },
		{ "two", FROM "Subject: a\n\nx\n\n" FROM "Subject: b\n\ny\n",
		  "box#1 15, box#2 14" },
		{ "three", FROM "A: a\n\n\n" FROM "B: b\n\n\n" FROM "C: c\n\n",
		  "box#1 7, box#2 7, box#3 6" },
		{ "From in a text", FROM "Subject: a\n\nhello\n\nFrom here on it rains.\n",
		  "box 42" },
		{ "From and a weekday in a text",
		  FROM "Subject: a\n\n\nFrom me Mon to you at 10:00:00\nand so on\n", "box 54" },
		{ "quoted From", FROM "Subject: a\n\n\n>" FROM "Subject: b\n", "box 69" },
		{ "empty", "", "box 0" },
		{ "From in a copy that follows a marker",
		  FROM "A: a\n\n--- Unsent message follows ---\n\n" FROM "B: b\n\n", "box 88" },
		{ "From in a copy inside a multipart",
		  FROM "T: m; boundary=\"x\"\n\n--x\n\n\n" FROM "B: b\n\n--x--\n", "box 82" },
		{ "the next one behind a multipart that was cut",
		  FROM "T: m; boundary=\"x\"\n\n--x\n\n\n" FROM "B: b\n\n", "box#1 26, box#2 6" },
		{ "no mbox: From without a date", "From me to you\nA: a\n\n\n" FROM "B: b\n",
		  "box 71" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder = unit_folder();
		g_autofree char *path = unit_file(folder, "box", rows[i].text);
		g_autofree char *got = walk_text(folder, path, 100000, 0);

		row_string(rows[i].name, got, rows[i].want);
		unit_remove(folder);
	}
}

/* What lies behind the limit is not lost in silence, and no half message is taken for a whole one.
 */
static void
says_what_an_mbox_is_too_long_for(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *path =
		unit_file(folder, "box", FROM "A: a\n\n\n" FROM "B: b\n\n\n" FROM "C: c\n\n");
	g_autofree char *one = unit_file(folder, "one", FROM "A: a\n\nlong\n");
	Walk walk = { .seen = g_string_new(NULL), .folder = folder };
	g_autoptr(GError) error = NULL;
	g_autofree char *single = NULL;

	(void) state;
	assert_int_equal(carom_mailbox_walk(path, 110, note, &walk, &error), CAROM_MISUSE);
	assert_string_equal(walk.seen->str, "box#1 7");
	assert_non_null(strstr(error->message, "only 110 of"));
	g_string_free(walk.seen, TRUE);
	single = walk_text(folder, one, 50, 0);
	assert_string_equal(single, "one 6 of 11");
	unit_remove(folder);
}

static void
walks_folders_in_order(void **state)
{
	g_autofree char *folder = unit_folder(), *all = NULL, *two = NULL;

	(void) state;
	unit_put(folder, "cur/2.b:2,S", "A: b\n\nx");
	unit_put(folder, "cur/1.a:2,", "A: a\n\nxx");
	unit_put(folder, "new/3.c", "A: c\n\nxxx");
	unit_put(folder, "tmp/4.d", "being written");
	unit_put(folder, "cur/.hidden", "hidden");
	unit_put(folder, "dovecot-uidlist-folder/deep/er/m", "A: d\n\n");
	all = walk_text(folder, folder, 100000, 0);
	two = walk_text(folder, folder, 100000, 2);
	assert_string_equal(
		all, "cur/1.a:2, 8, cur/2.b:2,S 7, dovecot-uidlist-folder/deep/er/m 6, new/3.c 9");
	assert_string_equal(two, "cur/1.a:2, 8, cur/2.b:2,S 7");
	unit_remove(folder);
}

static void
reads_no_more_than_max(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *big = g_strnfill(300000, 'x');
	g_autofree char *path = unit_file(folder, "m", big);
	g_autofree char *cut = walk_text(folder, path, 100000, 0);
	g_autofree char *whole = walk_text(folder, path, 300000, 0);

	(void) state;
	assert_string_equal(cut, "m 100000 of 300000");
	assert_string_equal(whole, "m 300000");
	unit_remove(folder);
}

/* A pipe tells no size and comes in pieces; Postfix's writer must be read to its end. */
static void
reads_a_pipe_to_its_end(void **state)
{
	static const struct {
		const char *name;
		gsize sent, max, len;
	} rows[] = {
		{ "empty", 0, 1000, 0 },
		{ "small", 10, 1000, 10 },
		{ "just the first buffer", 65536, 1000000, 65536 },
		{ "more than the first buffer", 65537, 1000000, 65537 },
		{ "just max", 200000, 200000, 200000 },
		{ "over max", 500000, 200000, 200000 },
		{ "max below the buffer", 5000, 100, 100 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		int fds[2];
		pid_t child;
		g_autofree char *data = NULL;
		gsize len = 0, size = 0;

		assert_int_equal(pipe(fds), 0);
		child = fork();
		if (child == 0) {
			close(fds[0]);
			for (gsize n = 0; n < rows[i].sent;) {
				char piece[777];
				gsize want = MIN(sizeof piece, rows[i].sent - n);

				memset(piece, 'a', sizeof piece);
				if (write(fds[1], piece, want) != (ssize_t) want)
					_exit(1);
				n += want;
			}
			_exit(0);
		}
		close(fds[1]);
		row_int(rows[i].name,
			carom_mailbox_read(fds[0], rows[i].max, &data, &len, &size, NULL),
			CAROM_OK);
		close(fds[0]);
		row_int(rows[i].name, len, rows[i].len);
		row_int(rows[i].name, size, rows[i].sent);
	}
}

static void
tells_what_cannot_be_read(void **state)
{
	Walk walk = { .seen = g_string_new(NULL), .folder = "" };
	GError *error = NULL;
	char *data;
	gsize len, size;

	(void) state;
	assert_int_equal(carom_mailbox_walk("/nowhere/at/all", 1000, note, &walk, &error),
			 CAROM_MISUSE);
	row_error("absent", error, "/nowhere/at/all");
	assert_int_equal(carom_mailbox_read(-1, 1000, &data, &len, &size, &error), CAROM_RETRY);
	row_error("bad descriptor", error, "reading the message");
	assert_int_equal(walk.n, 0);
	g_string_free(walk.seen, TRUE);
}

UNIT_MAIN(cmocka_unit_test(splits_an_mbox), cmocka_unit_test(says_what_an_mbox_is_too_long_for),
	  cmocka_unit_test(walks_folders_in_order), cmocka_unit_test(reads_no_more_than_max),
	  cmocka_unit_test(reads_a_pipe_to_its_end), cmocka_unit_test(tells_what_cannot_be_read))
