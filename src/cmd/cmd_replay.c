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

int
cmd_replay(int argc, char **argv)
{
	static gboolean apply, events;
	static char *format, *note;
	static CaromStoredWhich which;
	static const GOptionEntry entries[] = {
		{ "apply", 0, 0, G_OPTION_ARG_NONE, &apply,
		  "correct what reads otherwise, and record what is new", NULL },
		{ "events", 0, 0, G_OPTION_ARG_NONE, &events,
		  "judge again bounces whose messages are not kept", NULL },
		{ "note", 0, 0, G_OPTION_ARG_STRING, &note, "why, for the trace and the log",
		  "TEXT" },
		{ "since", 0, 0, G_OPTION_ARG_STRING, &which.since,
		  "only what arrived on that day or later", "YYYY-MM-DD" },
		{ "until", 0, 0, G_OPTION_ARG_STRING, &which.until,
		  "only what arrived on that day or before", "YYYY-MM-DD" },
		{ "kind", 0, 0, G_OPTION_ARG_STRING, &which.kind,
		  "only what was recorded as this, such as unrecognised", "KIND" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &format, "text, csv or json", "FORMAT" },
		{ 0 }
	};
	g_autoptr(CaromConfig) config = NULL;
	const CaromRenderer *renderer;
	g_autoptr(CaromKnown) known = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromReplay) replay = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	if (!cmd_options(
		    &argc, &argv, entries, "[PATH…]",
		    "Reads messages from before by today's parsers and rules: those that were\n"
		    "kept whole, or files, Maildirs, mboxes and folders of them. Shows what\n"
		    "reads otherwise than it was recorded, and what was never recorded.",
		    NULL))
		return EX_USAGE;
	renderer = cmd_renderer(format);
	if (renderer == NULL)
		return cmd_usage("replay: --format is text, csv or json, not \"%s\"", format);
	if ((which.since != NULL && !cmd_is_day(which.since)) ||
	    (which.until != NULL && !cmd_is_day(which.until)))
		return cmd_usage("replay: --since and --until are YYYY-MM-DD");
	if (which.kind != NULL && !g_strv_contains(kinds, which.kind))
		return cmd_usage("replay: there is no kind \"%s\"", which.kind);
	if (events && (argc > 1 || which.kind != NULL))
		return cmd_usage("replay: --events takes neither --kind nor a path");
	if (argc > 1 && (which.since != NULL || which.until != NULL || which.kind != NULL))
		return cmd_usage(
			"replay: --since, --until and --kind are for messages that carom kept");
	status = cmd_open_store(&config, &store, &error);
	if (status == CAROM_OK)
		status = carom_known_load(g_steal_pointer(&config), &known, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	carom_store_limit(store, apply ? APPLY_MS : ANSWER_MS);
	replay = carom_replay_new(known, store, apply, note);
	status = carom_replay_begin(replay, &error);
	if (status == CAROM_OK && events)
		status = carom_replay_events(replay, &which, &error);
	else if (status == CAROM_OK && argc == 1)
		status = carom_replay_stored(replay, &which, &error);
	for (int i = 1; i < argc && status == CAROM_OK; i++)
		status = carom_replay_path(replay, argv[i], &error);
	if (status == CAROM_OK)
		status = carom_replay_finish(replay, &error);
	if (status == CAROM_OK || !apply) /* what was not applied did not happen */
		print_result(replay, apply, renderer);
	return cmd_finish(status == CAROM_OK ? EX_OK : cmd_fail(status, &error));
}
