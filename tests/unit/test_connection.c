/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/deadline.h"
#include "store/answer.h"
#include "store/connection.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket where Postgres' would be; its clients are answered by reply, or not at all. */
typedef struct {
	char *folder, *path;
	int fd;
	const char *reply;
	gsize reply_len;
	pthread_t thread;
	int stop[2];
} Server;

static void *
serve(void *user)
{
	Server *server = user;
	struct pollfd fds[] = { { .fd = server->fd, .events = POLLIN },
				{ .fd = server->stop[0], .events = POLLIN } };

	while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
		int client = accept(server->fd, NULL, NULL);
		char buffer[1024];

		if (client < 0)
			continue;
		if (server->reply != NULL && read(client, buffer, sizeof buffer) > 0 &&
		    write(client, server->reply, server->reply_len) > 0)
			close(client);
	}
	return NULL;
}

static void
start(Server *server, const char *reply, gsize reply_len)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	server->folder = unit_folder();
	server->path = g_build_filename(server->folder, ".s.PGSQL.5432", NULL);
	server->reply = reply;
	server->reply_len = reply_len;
	g_strlcpy(address.sun_path, server->path, sizeof address.sun_path);
	server->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(server->fd, (struct sockaddr *) &address, sizeof address), 0);
	assert_int_equal(listen(server->fd, 8), 0);
	assert_int_equal(pipe(server->stop), 0);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void
stop(Server *server)
{
	assert_int_equal(write(server->stop[1], "", 1), 1);
	pthread_join(server->thread, NULL);
	close(server->stop[0]);
	close(server->stop[1]);
	close(server->fd);
	unit_remove(server->folder);
	g_free(server->folder);
	g_free(server->path);
}

/* A server that takes connections and says nothing, as one whose postmaster hangs. */
static void
no_answer(void **state)
{
	Server server;
	g_autofree char *conninfo = NULL;
	CaromDeadline late = carom_deadline_in_s(30);
	CaromStore *store;
	GError *error = NULL;

	(void) state;
	start(&server, NULL, 0);
	conninfo = g_strdup_printf("host=%s dbname=x user=x", server.folder);
	assert_int_equal(carom_store_open(conninfo, 1, &store, &error), CAROM_RETRY);
	row_error("no answer", error, "no answer within 1 s");
	assert_null(store);
	assert_false(carom_deadline_passed(late));
	stop(&server);
}

#define REFUSAL(severity, code, text)                                                              \
	"S" severity "\0V" severity "\0C" code "\0M" text "\0Fpostinit.c\0L1005\0RInitPostgres\0"

/* What a server says to who may not come in, and what that asks for. */
static void
refusals(void **state)
{
	static const struct {
		const char *name, *fields;
		gsize len;
		CaromStatus want;
		const char *says;
	} rows[] = {
#define ROW(name, code, text, want)                                                                \
	{ name, REFUSAL("FATAL", code, text), sizeof REFUSAL("FATAL", code, text), want, text }
		ROW("database", "3D000", "database \"x\" does not exist", CAROM_MISUSE),
		ROW("role", "28000", "role \"x\" does not exist", CAROM_MISUSE),
		ROW("password", "28P01", "password authentication failed", CAROM_MISUSE),
		ROW("starting", "57P03", "the database system is starting up", CAROM_RETRY),
		ROW("full", "53300", "sorry, too many clients already", CAROM_RETRY),
		{ "a language of its own", REFUSAL("FATALE", "3D000", "il n'y en a pas"),
		  sizeof REFUSAL("FATALE", "3D000", "il n'y en a pas"), CAROM_MISUSE,
		  "il n'y en a pas" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GByteArray) reply = g_byte_array_new();
		guint32 length = GUINT32_TO_BE((guint32) rows[i].len + 4);
		g_autofree char *conninfo = NULL;
		CaromStore *store;
		GError *error = NULL;
		Server server;

		g_byte_array_append(reply, (const guint8 *) "E", 1);
		g_byte_array_append(reply, (const guint8 *) &length, sizeof length);
		g_byte_array_append(reply, (const guint8 *) rows[i].fields, (guint) rows[i].len);
		start(&server, (const char *) reply->data, reply->len);
		conninfo = g_strdup_printf("host=%s dbname=x user=x", server.folder);
		row_int(rows[i].name, carom_store_open(conninfo, 10, &store, &error), rows[i].want);
		row_true(rows[i].name, error && strchr(error->message, '\n') == NULL);
		row_true(rows[i].name, error && strstr(error->message, "postinit.c") == NULL);
		row_error(rows[i].name, error, rows[i].says);
		stop(&server);
	}
}

static void
nobody_there(void **state)
{
	static const struct {
		const char *conninfo;
		CaromStatus want;
		const char *says;
	} rows[] = {
		{ "host=/nonexistent dbname=x", CAROM_RETRY, "database: " },
		{ "host=127.0.0.1 port=1 dbname=x", CAROM_RETRY, "database: " },
		{ "nosuchword=1", CAROM_MISUSE, "conninfo in [database]: " },
		{ "host='", CAROM_MISUSE, "conninfo in [database]: " },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromStore *store;
		GError *error = NULL;

		row_int(rows[i].conninfo, carom_store_open(rows[i].conninfo, 5, &store, &error),
			rows[i].want);
		row_true(rows[i].conninfo, error && strchr(error->message, '\n') == NULL);
		row_error(rows[i].conninfo, error, rows[i].says);
	}
	carom_store_close(NULL);
}

static void
times(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "2026-11-28 17:05:09+00", "2026-11-28T17:05:09Z" },
		{ "2026-11-28 17:05:09.123456+07", "2026-11-28T17:05:09+07:00" },
		{ "2026-11-28 17:05:09-03:30", "2026-11-28T17:05:09-03:30" },
		{ "2026-11-28 17:05:09.5+05:45", "2026-11-28T17:05:09+05:45" },
		{ "infinity", "infinity" },
		{ "-infinity", "-infinity" },
		{ "", "" },
		{ "12026-11-28 17:05:09+00", "12026-11-28 17:05:09+00" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_answer_time(rows[i].text);

		row_string(rows[i].text, got, rows[i].want);
	}
}

UNIT_MAIN(cmocka_unit_test(no_answer), cmocka_unit_test(refusals), cmocka_unit_test(nobody_there),
	  cmocka_unit_test(times))
