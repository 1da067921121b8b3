/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a daemon whose role notes what it is told. Signals are sent by the role itself: while
 * it is told something they are blocked, so they come right after. */
#include "unit.h"

#include "base/process.h"
#include "base/signals.h"

#include <signal.h>
#include <unistd.h>

typedef struct {
	GString *told; /* a word a call */
	const char *pidfile;
	gboolean has_pidfile; /* when it started */
	const char *fails;    /* the word of the call that fails; NULL: none */
	const int *signals;   /* one after each start or renewal; 0: it gives up */
	gboolean blocks;      /* signals are blocked while it starts or renews */
	gboolean had_pidfile; /* while it stopped */
} Role;

static CaromStatus
note(Role *role, const char *word, GError **err)
{
	g_string_append_printf(role->told, "%s%s", role->told->len > 0 ? " " : "", word);
	return g_strcmp0(role->fails, word) == 0
		       ? carom_status_fail(err, CAROM_RETRY, "%s fails", word)
		       : CAROM_OK;
}

static CaromStatus
load(void *user, const char *config_file, GError **err)
{
	Role *role = user;

	assert_string_equal(config_file, "a.conf");
	return note(role, role->told->len > 0 ? "again" : "load", err);
}

static void
send_next(Role *role)
{
	sigset_t blocked;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	role->blocks = sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGHUP) &&
		       sigismember(&blocked, SIGINT);
	if (*role->signals == 0)
		carom_signals_fail();
	else
		kill(getpid(), *role->signals++);
}

static CaromStatus
start(void *user, GError **err)
{
	Role *role = user;

	role->has_pidfile = g_file_test(role->pidfile, G_FILE_TEST_EXISTS);
	send_next(role);
	return note(role, "start", err);
}

static CaromStatus
renew(void *user, GError **err)
{
	send_next(user);
	return note(user, "renew", err);
}

static void
stop(void *user)
{
	Role *role = user;

	role->had_pidfile = g_file_test(role->pidfile, G_FILE_TEST_EXISTS);
	(void) !note(role, "stop", NULL);
}

static void
lives(void **state)
{
	static const struct {
		const char *name, *fails, *told, *error;
		int signals[4];
	} rows[] = {
		{ "told to end", NULL, "load start stop", NULL, { SIGTERM } },
		{ "interrupted", NULL, "load start stop", NULL, { SIGINT } },
		{ "anew", NULL, "load start again renew stop", NULL, { SIGHUP, SIGTERM } },
		{ "anew twice",
		  NULL,
		  "load start again renew again renew stop",
		  NULL,
		  { SIGHUP, SIGHUP, SIGTERM } },
		{ "gives up", NULL, "load start stop", "the engine gave up", { 0 } },
		{ "does not go on",
		  "renew",
		  "load start again renew stop",
		  "renew fails",
		  { SIGHUP, SIGHUP } },
		{ "does not start", "start", "load start stop", "start fails", { SIGHUP } },
	};
	static const CaromProcess process = { .name = "it",
					      .loads = "all",
					      .failed = "the engine gave up",
					      .load = load,
					      .start = start,
					      .renew = renew,
					      .stop = stop };
	g_autofree char *folder = unit_folder();
	g_autofree char *pidfile = g_build_filename(folder, "pid", NULL);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		Role role = { .told = g_string_new(NULL),
			      .pidfile = pidfile,
			      .fails = rows[i].fails,
			      .signals = rows[i].signals };
		CaromStatus status = carom_process_run(&process, &role, "a.conf", pidfile, &error);

		row_string(rows[i].name, role.told->str, rows[i].told);
		row_int(rows[i].name, status, rows[i].error ? CAROM_RETRY : CAROM_OK);
		if (rows[i].error != NULL)
			row_error(rows[i].name, error, rows[i].error);
		row_true(rows[i].name, role.has_pidfile);
		row_true(rows[i].name, role.blocks);
		row_true(rows[i].name, role.had_pidfile);
		row_true(rows[i].name, !g_file_test(pidfile, G_FILE_TEST_EXISTS));
		g_string_free(role.told, TRUE);
	}
	unit_remove(folder);
}

static void
begins_nothing(void **state)
{
	static const CaromProcess process = { .load = load, .start = start, .stop = stop };
	Role role = { .told = g_string_new(NULL), .fails = "load" };
	g_autoptr(GError) error = NULL;

	(void) state;
	assert_int_equal(carom_process_run(&process, &role, "a.conf", NULL, &error), CAROM_RETRY);
	row_error("no configuration", error, "load fails");
	assert_string_equal(role.told->str, "load");
	role.fails = NULL;
	g_string_truncate(role.told, 0);
	assert_int_equal(carom_process_run(&process, &role, "a.conf", "/nowhere/pid", &error),
			 CAROM_MISUSE);
	row_error("no pid file", error, "/nowhere/pid");
	assert_string_equal(role.told->str, "load");
	g_string_free(role.told, TRUE);
}

/* A configuration that is wrong leaves what is in force, and a role need not renew anything. */
static CaromStatus
load_wrong(void *user, const char *config_file, GError **err)
{
	Role *role = user;
	CaromStatus status = load(user, config_file, err);

	if (status != CAROM_OK)
		kill(getpid(), *role->signals++);
	return status;
}

static void
stays(void **state)
{
	static const CaromProcess process = {
		.name = "it", .loads = "all", .load = load_wrong, .start = start, .stop = stop
	};
	static const int signals[] = { SIGHUP, SIGTERM };
	Role role = {
		.told = g_string_new(NULL), .pidfile = "none", .fails = "again", .signals = signals
	};
	g_autoptr(GError) error = NULL;

	(void) state;
	assert_int_equal(carom_process_run(&process, &role, "a.conf", NULL, &error), CAROM_OK);
	assert_string_equal(role.told->str, "load start again stop");
	g_string_free(role.told, TRUE);
}

UNIT_MAIN(cmocka_unit_test(lives), cmocka_unit_test(begins_nothing), cmocka_unit_test(stays))
