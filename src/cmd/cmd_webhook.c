/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "base/deadline.h"
#include "config/scope.h"
#include "store/feed.h"
#include "store/webhooks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define ABSENT 1 /* exit code: there is no such webhook, or a test was not delivered */
#define SHOWN_DELIVERIES 10
#define TEST_SECONDS 15 /* that test waits for what its delivery comes to */
#define LOOK (G_USEC_PER_SEC / 5)
#define HOURS_MAX 720
#define ROWS_MAX 1000

typedef struct {
	const char *name;
	const char *wants; /* as argument; NULL: none */
	CmdVerb *run;
} Verb;

typedef struct {
	const Verb *verb;
	char **kinds;
	char *account, *stream, *note, *after, *since, *state, *format;
	gint hours, rows;
	gboolean dead;
	const CaromRenderer *renderer;
	const char *argument; /* a URL or an id; NULL: none */
} Options;

static void
tell_once(const char *secret)
{
	puts(secret);
	/* beside what a script takes from standard output */
	fputs("carom: this is the only time that the secret is shown\n", stderr);
}

static CaromStatus
run_add(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	const CaromWebhookEntry entry = { .url = o->argument,
					  .kinds = (const char *const *) o->kinds,
					  .account = o->account,
					  .stream = o->stream,
					  .note = o->note,
					  .after = o->after };
	g_autofree char *id = NULL, *secret = NULL;
	CaromStatus status = carom_webhooks_add(store, &entry, &id, &secret, err);

	(void) exit_code;
	if (status != CAROM_OK)
		return status;
	printf("%s ", id);
	tell_once(secret);
	return CAROM_OK;
}

static CaromStatus
run_list(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	static const CaromShown shown[] = { { .name = "id" },           { .name = "state" },
					    { .name = "url" },          { .name = "behind" },
					    { .name = "waiting" },      { .name = "dead" },
					    { .name = "failing_since" } };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_webhooks_list(store, NULL, &table, err);
	const CaromSection section = { .table = table,
				       .nothing = "there is no webhook",
				       .shown = shown,
				       .n_shown = G_N_ELEMENTS(shown) };
	const CaromDocument document = { .sections = &section, .n_sections = 1 };

	(void) exit_code;
	if (status == CAROM_OK)
		cmd_print(o->renderer, &document);
	return status;
}

static void
print_deliveries(const CaromRenderer *renderer, const CaromTable *table)
{
	static const CaromShown shown[] = { { .name = "created_at" }, { .name = "message" },
					    { .name = "type" },       { .name = "state" },
					    { .name = "attempts" },   { .name = "status" },
					    { .name = "error" } };
	const CaromSection section = { .table = table,
				       .nothing = "there is no delivery",
				       .shown = shown,
				       .n_shown = G_N_ELEMENTS(shown) };
	const CaromDocument document = { .sections = &section, .n_sections = 1 };

	cmd_print(renderer, &document);
}

static void
print_webhook(const CaromTable *table)
{
	static const CmdLine lines[] = {
		{ "webhook", CAROM_WEBHOOK_ID },          { "url", CAROM_WEBHOOK_URL },
		{ "state", CAROM_WEBHOOK_STATE },         { "why", CAROM_WEBHOOK_WHY },
		{ "kinds", CAROM_WEBHOOK_KINDS },         { "account", CAROM_WEBHOOK_ACCOUNT },
		{ "stream", CAROM_WEBHOOK_STREAM },       { "behind", CAROM_WEBHOOK_BEHIND },
		{ "waiting", CAROM_WEBHOOK_WAITING },     { "dead", CAROM_WEBHOOK_DEAD },
		{ "delivered", CAROM_WEBHOOK_DELIVERED }, { "failing", CAROM_WEBHOOK_FAILING },
		{ "secrets", CAROM_WEBHOOK_SECRETS },     { "made", CAROM_WEBHOOK_CREATED },
		{ "by", CAROM_WEBHOOK_AUTHOR },           { "note", CAROM_WEBHOOK_NOTE },
	};

	cmd_print_lines(table, lines, G_N_ELEMENTS(lines));
	putchar('\n');
}

static CaromStatus
run_show(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) hook = NULL;
	g_autoptr(CaromTable) deliveries = NULL;
	CaromStatus status = carom_webhooks_list(store, o->argument, &hook, err);

	(void) exit_code;
	if (status == CAROM_OK && hook->n_rows == 0)
		return CAROM_ABSENT;
	if (status == CAROM_OK)
		status = carom_webhooks_deliveries(store, o->argument, NULL, SHOWN_DELIVERIES,
						   &deliveries, err);
	if (status != CAROM_OK)
		return status;
	if (o->renderer == &carom_render_text) {
		print_webhook(hook);
		print_deliveries(o->renderer, deliveries);
	} else {
		const CaromSection sections[] = { { .id = "webhook", .table = hook },
						  { .id = "deliveries", .table = deliveries } };
		const CaromDocument document = { .sections = sections,
						 .n_sections = G_N_ELEMENTS(sections) };

		cmd_print(o->renderer, &document);
	}
	return CAROM_OK;
}

static CaromStatus
run_deliveries(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) hook = NULL;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_webhooks_list(store, o->argument, &hook, err);

	(void) exit_code;
	if (status == CAROM_OK && hook->n_rows == 0)
		return CAROM_ABSENT;
	if (status == CAROM_OK)
		status = carom_webhooks_deliveries(store, o->argument, o->state, (guint) o->rows,
						   &table, err);
	if (status == CAROM_OK)
		print_deliveries(o->renderer, table);
	return status;
}

/* The row of a delivery in table; -1: it is not there. */
static int
find_delivery(const CaromTable *table, const char *message)
{
	for (guint r = 0; r < table->n_rows; r++)
		if (g_strcmp0(carom_table_cell(table, r, CAROM_DELIVERY_ID), message) == 0)
			return (int) r;
	return -1;
}

static void
print_outcome(const CaromTable *table, guint row)
{
	const char *status = carom_table_cell(table, row, CAROM_DELIVERY_STATUS);
	const char *error = carom_table_cell(table, row, CAROM_DELIVERY_ERROR);

	printf("%s: %s%s%s%s%s\n", carom_table_cell(table, row, CAROM_DELIVERY_ID),
	       carom_table_cell(table, row, CAROM_DELIVERY_STATE), status ? ", HTTP " : "",
	       status ? status : "", error ? ": " : "", error ? error : "");
}

static CaromStatus
run_test(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	const CaromDeadline end = carom_deadline_in_s(TEST_SECONDS);
	g_autofree char *message = NULL;
	CaromStatus status = carom_webhooks_test(store, o->argument, &message, err);

	while (status == CAROM_OK && !carom_deadline_passed(end)) {
		g_autoptr(CaromTable) table = NULL;
		int row;

		status = carom_webhooks_deliveries(store, o->argument, NULL, SHOWN_DELIVERIES,
						   &table, err);
		row = status == CAROM_OK ? find_delivery(table, message) : -1;
		if (row >= 0 &&
		    g_strcmp0(carom_table_cell(table, (guint) row, CAROM_DELIVERY_STATE),
			      "waiting") != 0) {
			print_outcome(table, (guint) row);
			if (g_strcmp0(carom_table_cell(table, (guint) row, CAROM_DELIVERY_STATE),
				      "delivered") != 0)
				*exit_code = ABSENT;
			return CAROM_OK;
		}
		g_usleep(LOOK);
	}
	if (status == CAROM_OK) {
		printf("%s: nobody has sent it yet: does carom serve --role webhooks run?\n",
		       message);
		*exit_code = ABSENT;
	}
	return status;
}

static CaromStatus
run_pause(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromStatus status = carom_webhooks_pause(store, o->argument, err);

	(void) exit_code;
	if (status == CAROM_OK)
		printf("%s: paused; nothing is lost meanwhile\n", o->argument);
	return status;
}

static CaromStatus
run_resume(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromStatus status = carom_webhooks_resume(store, o->argument, err);

	(void) exit_code;
	if (status == CAROM_OK)
		printf("%s: goes on where it was\n", o->argument);
	return status;
}

static CaromStatus
run_remove(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromStatus status = carom_webhooks_remove(store, o->argument, err);

	(void) exit_code;
	if (status == CAROM_OK)
		printf("%s: removed\n", o->argument);
	return status;
}

static CaromStatus
run_rotate(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autofree char *secret = NULL;
	CaromStatus status = carom_webhooks_rotate(store, o->argument, o->hours, &secret, err);

	(void) exit_code;
	if (status == CAROM_OK)
		tell_once(secret);
	return status;
}

static CaromStatus
run_replay(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	const CaromWebhookReplay replay = { .after = o->after, .since = o->since, .dead = o->dead };
	guint64 n;
	CaromStatus status = carom_webhooks_replay(store, o->argument, &replay, &n, err);

	(void) exit_code;
	if (status == CAROM_OK)
		printf("%s: %" PRIu64 " %s again\n", o->argument, n,
		       o->dead ? "deliveries are tried" : "rows of the feed are looked at");
	return status;
}

/* ---- the command ---- */

static const char an_id[] = "the id of one webhook";

static const Verb verbs[] = {
	{ .name = "add", .wants = "one URL", .run = run_add },
	{ .name = "list", .run = run_list },
	{ .name = "show", .wants = an_id, .run = run_show },
	{ .name = "test", .wants = an_id, .run = run_test },
	{ .name = "pause", .wants = an_id, .run = run_pause },
	{ .name = "resume", .wants = an_id, .run = run_resume },
	{ .name = "remove", .wants = an_id, .run = run_remove },
	{ .name = "rotate", .wants = an_id, .run = run_rotate },
	{ .name = "deliveries", .wants = an_id, .run = run_deliveries },
	{ .name = "replay", .wants = an_id, .run = run_replay },
};

static const Verb *
find_verb(const char *name)
{
	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int
check_scope(const Options *o)
{
	if (o->stream != NULL && o->account == NULL)
		return cmd_usage("webhook add: --stream \"%s\" is a stream of which --account?",
				 o->stream);
	if (o->account != NULL &&
	    (carom_scope_problem(o->account) != NULL || strchr(o->account, '/') != NULL))
		return cmd_usage("webhook add: --account \"%s\" is no account", o->account);
	if (o->stream != NULL &&
	    (carom_scope_problem(o->stream) != NULL || strchr(o->stream, '/') != NULL))
		return cmd_usage("webhook add: --stream \"%s\" is no stream", o->stream);
	return EX_OK;
}

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(Options *o, int argc, char **argv)
{
	const Verb *verb = o->verb;

	if (argc != (verb->wants ? 3 : 2))
		return cmd_usage("webhook %s wants %s", verb->name,
				 verb->wants ? verb->wants : "no argument");
	o->argument = argc > 2 ? argv[2] : NULL;
	o->renderer = cmd_check_format("webhook", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	if (o->state != NULL && strcmp(o->state, "waiting") != 0 &&
	    strcmp(o->state, "delivered") != 0 && strcmp(o->state, "dead") != 0)
		return cmd_usage("webhook: --state is waiting, delivered or dead, not \"%s\"",
				 o->state);
	if (o->hours < 0 || o->hours > HOURS_MAX)
		return cmd_usage("webhook: --hours is 0 to %d", HOURS_MAX);
	if (o->rows < 1 || o->rows > ROWS_MAX)
		return cmd_usage("webhook: --rows is 1 to %d", ROWS_MAX);
	if (o->since != NULL && !cmd_is_time(o->since))
		return cmd_usage("webhook: --since is a day or a time, not \"%s\"", o->since);
	if (verb->run == run_replay &&
	    (o->after != NULL) + (o->since != NULL) + (o->dead != FALSE) != 1)
		return cmd_usage("webhook replay wants one of --after, --since and --dead");
	return verb->run == run_add ? check_scope(o) : EX_OK;
}

/* Runs the verb of the options. */
static CaromStatus
run_verb(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromNumbered numbered;
	/* what committed before has its place: it is not news, and can be asked for */
	CaromStatus status = carom_feed_number(store, &numbered, err);

	if (status == CAROM_OK)
		status = o->verb->run(store, o, exit_code, err);
	if (status != CAROM_ABSENT)
		return status;
	*exit_code = ABSENT;
	printf("%s: there is no such webhook\n", o->argument);
	return CAROM_OK;
}

static void
clear_options(Options *o)
{
	g_strfreev(o->kinds);
	g_free(o->account);
	g_free(o->stream);
	g_free(o->note);
	g_free(o->after);
	g_free(o->since);
	g_free(o->state);
	g_free(o->format);
}

int
cmd_webhook(int argc, char **argv)
{
	Options o = { .hours = 24, .rows = 50 };
	const GOptionEntry options[] = {
		{ "kind", 'k', 0, G_OPTION_ARG_STRING_ARRAY, &o.kinds,
		  "add: only this type of the feed, once or more", "TYPE" },
		{ "account", 'a', 0, G_OPTION_ARG_STRING, &o.account, "add: only this account",
		  "NAME" },
		{ "stream", 'S', 0, G_OPTION_ARG_STRING, &o.stream, "add: only this stream of it",
		  "NAME" },
		{ "note", 'n', 0, G_OPTION_ARG_STRING, &o.note, "add: what it is for", "TEXT" },
		{ "after", 'A', 0, G_OPTION_ARG_STRING, &o.after,
		  "add, replay: after this cursor of the feed, or start", "CURSOR" },
		{ "since", 's', 0, G_OPTION_ARG_STRING, &o.since, "replay: from this time on",
		  "TIME" },
		{ "dead", 'd', 0, G_OPTION_ARG_NONE, &o.dead, "replay: what was given up", NULL },
		{ "hours", 'H', 0, G_OPTION_ARG_INT, &o.hours,
		  "rotate: the secret before is good for so long", "N" },
		{ "state", 0, 0, G_OPTION_ARG_STRING, &o.state,
		  "deliveries: waiting, delivered or dead ones", "STATE" },
		{ "rows", 'r', 0, G_OPTION_ARG_INT, &o.rows, "deliveries: so many", "N" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "text, csv or json", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	int code;

	if (!cmd_options(
		    &argc, &argv, options, "VERB [URL|ID]", "Who is told by HTTP of what happens.",
		    "VERB is add, list, show, test, pause, resume, remove, rotate, deliveries\n"
		    "or replay. The webhooks role of carom serve sends."))
		return EX_USAGE;
	o.verb = find_verb(argc > 1 ? argv[1] : NULL);
	code = o.verb != NULL
		       ? check_options(&o, argc, argv)
		       : cmd_usage("webhook wants add and a URL, list, or show, test, pause, "
				   "resume, remove, rotate, deliveries or replay and an id");
	if (code == EX_OK)
		code = cmd_run_verb(run_verb, &o);
	clear_options(&o);
	return code;
}
