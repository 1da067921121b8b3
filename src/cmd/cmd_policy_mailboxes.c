/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "store/mailboxes.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define STEP 5000 /* entries that one transaction looks at */

/* Looks at every entry, in steps that hold up nobody. What is broken off begins anew. */
static CaromStatus
fill(CaromStore *store, GError **err)
{
	g_autofree char *after = g_strdup("");
	gboolean watched = isatty(STDERR_FILENO);
	guint64 entries = 0;

	for (;;) {
		char *last = NULL;
		CaromStatus status = carom_mailboxes_fill(store, after, STEP, &last, err);

		if (status != CAROM_OK || last == NULL) {
			if (watched && entries > 0)
				fputc('\n', stderr);
			return status;
		}
		entries += STEP;
		if (watched)
			fprintf(stderr, "\rabout %" G_GUINT64_FORMAT " entries", entries);
		g_free(after);
		after = last;
	}
}

static CaromStatus
run(CaromStore *store, const char *const *providers, guint n, gboolean set, const char *note,
    const CaromRenderer *renderer, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	g_autofree char *done = NULL;
	CaromStatus status = CAROM_OK;

	if (set)
		status = carom_mailboxes_set(store, providers, n, note, &done, err);
	/* also where it was kept: the command may have been killed before */
	if (set && status == CAROM_OK)
		status = fill(store, err);
	if (status == CAROM_OK)
		status = carom_mailboxes_list(store, &table, err);
	if (status == CAROM_OK)
		cmd_print_table(renderer, table, NULL);
	return status;
}

int
cmd_policy_mailboxes(int argc, char **argv)
{
	g_autofree char *note = NULL;
	g_autofree char *format = NULL;
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	gboolean none = FALSE, set;
	const GOptionEntry options[] = {
		{ "none", 0, 0, G_OPTION_ARG_NONE, &none, "every address is a mailbox", NULL },
		{ "note", 'n', 0, G_OPTION_ARG_STRING, &note, "why", "TEXT" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &format, "text, csv or json", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	const CaromRenderer *renderer;
	CaromStatus status;

	if (!cmd_options(&argc, &argv, options, "[PROVIDER…]",
			 "Providers of whose mailboxes an entry holds for all spellings.", NULL))
		return EX_USAGE;
	set = none || argc > 1;
	renderer = cmd_check_format("policy mailboxes", format);
	if (renderer == NULL)
		return EX_USAGE;
	if (none && argc > 1)
		return cmd_usage("policy mailboxes: --none names none");
	if (set && cmd_is_blank(note))
		return cmd_usage("policy mailboxes wants --note: why?");
	status = cmd_open_store(&config, &store, &error);
	if (status == CAROM_OK)
		status = run(store, (const char *const *) argv + 1, (guint) argc - 1, set, note,
			     renderer, &error);
	return status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
}
