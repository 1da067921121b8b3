/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "intake/replay.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define ANSWER_MS (600 * 1000)         /* a batch waits for a row of an import, at most so long */
#define APPLY_MS (12 * 60 * 60 * 1000) /* all of it is one statement */

static const char *const kinds[] = { "bounce",      "delay",        "delivery",
				     "complaint",   "unsubscribe",  "auto_reply",
				     "auth_report", "unrecognised", NULL };

static void
print_result(const CaromReplay *replay, gboolean apply, const CaromRenderer *renderer)
{
	static const CaromShown shown[] = {
		{ .name = "events" },
		{ .name = "was", .unknown = "(new)" },
		{ .name = "was_rule", .heading = "by rule" },
		{ .name = "is", .heading = "is now" },
		{ .name = "is_rule", .heading = "by rule" },
		{ .name = "sample", .heading = "for example" },
	};
	const CaromReplayTotals *t = carom_replay_totals(replay);
	g_autoptr(CaromTable) table = carom_replay_table(replay);
	const CaromSection section = {
		.id = "differences",
		.nothing = "nothing reads otherwise",
		.table = table,
		.shown = shown,
		.n_shown = G_N_ELEMENTS(shown),
	};
	const CaromDocument document = { .sections = &section, .n_sections = 1 };

	cmd_print(renderer, &document);
	fprintf(stderr,
		"carom: %" G_GUINT64_FORMAT " messages read, %" G_GUINT64_FORMAT
		" read otherwise, %" G_GUINT64_FORMAT " new, %" G_GUINT64_FORMAT
		" refused; %" G_GUINT64_FORMAT " addresses %s onto the list, %" G_GUINT64_FORMAT
		" %s it%s\n",
		t->read, t->changed, t->fresh, t->refused, t->added, apply ? "came" : "would come",
		t->released, apply ? "left" : "would leave",
		apply ? "" : "; nothing was changed (--apply changes it)");
}

typedef struct {
	gboolean apply, events;
	char *format, *note;
	CaromStoredWhich which;
	const CaromRenderer *renderer;
	char *const *paths; /* NULL at the end; none: what is stored */
} Options;

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(Options *o, int argc, char **argv)
{
	const CaromStoredWhich *which = &o->which;

	o->paths = argv + 1;
	o->renderer = cmd_check_format("replay", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	if ((which->since != NULL && !cmd_is_day(which->since)) ||
	    (which->until != NULL && !cmd_is_day(which->until)))
		return cmd_usage("replay: --since and --until are YYYY-MM-DD");
	if (which->kind != NULL && !g_strv_contains(kinds, which->kind))
		return cmd_usage("replay: there is no kind \"%s\"", which->kind);
	if (o->events && (argc > 1 || which->kind != NULL))
		return cmd_usage("replay: --events takes neither --kind nor a path");
	if (argc > 1 && (which->since != NULL || which->until != NULL || which->kind != NULL))
		return cmd_usage(
			"replay: --since, --until and --kind are for messages that carom kept");
	return EX_OK;
}

/* Reads all that was asked for, and applies it if it is to be. */
static CaromStatus
read_all(CaromReplay *replay, const Options *o, GError **err)
{
	CaromStatus status = carom_replay_begin(replay, err);

	if (status == CAROM_OK && o->events)
		status = carom_replay_events(replay, &o->which, err);
	else if (status == CAROM_OK && *o->paths == NULL)
		status = carom_replay_stored(replay, &o->which, err);
	for (char *const *path = o->paths; status == CAROM_OK && *path != NULL; path++)
		status = carom_replay_path(replay, *path, err);
	return status == CAROM_OK ? carom_replay_finish(replay, err) : status;
}

static int
run(const Options *o)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromKnown) known = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromReplay) replay = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = carom_known_load(g_steal_pointer(&config), &known, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	carom_store_limit(store, o->apply ? APPLY_MS : ANSWER_MS);
	replay = carom_replay_new(known, store, o->apply, o->note);
	status = read_all(replay, o, &error);
	if (status == CAROM_OK || !o->apply) /* what was not applied did not happen */
		print_result(replay, o->apply, o->renderer);
	return cmd_finish(status == CAROM_OK ? EX_OK : cmd_fail(status, &error));
}

int
cmd_replay(int argc, char **argv)
{
	static Options o;
	static const GOptionEntry entries[] = {
		{ "apply", 0, 0, G_OPTION_ARG_NONE, &o.apply,
		  "correct what reads otherwise, and record what is new", NULL },
		{ "events", 0, 0, G_OPTION_ARG_NONE, &o.events,
		  "judge again bounces whose messages are not kept", NULL },
		{ "note", 0, 0, G_OPTION_ARG_STRING, &o.note, "why, for the trace and the log",
		  "TEXT" },
		{ "since", 0, 0, G_OPTION_ARG_STRING, &o.which.since,
		  "only what arrived on that day or later", "YYYY-MM-DD" },
		{ "until", 0, 0, G_OPTION_ARG_STRING, &o.which.until,
		  "only what arrived on that day or before", "YYYY-MM-DD" },
		{ "kind", 0, 0, G_OPTION_ARG_STRING, &o.which.kind,
		  "only what was recorded as this, such as unrecognised", "KIND" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "text, csv or json", "FORMAT" },
		{ 0 }
	};
	int code;

	if (!cmd_options(
		    &argc, &argv, entries, "[PATH…]",
		    "Reads messages from before by today's parsers and rules: those that were\n"
		    "kept whole, or files, Maildirs, mboxes and folders of them. Shows what\n"
		    "reads otherwise than it was recorded, and what was never recorded.",
		    NULL))
		return EX_USAGE;
	code = check_options(&o, argc, argv);
	return code == EX_OK ? run(&o) : code;
}
