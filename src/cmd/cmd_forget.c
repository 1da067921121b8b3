/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "lists/list_address.h"
#include "store/forget.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define ANSWER_MS (24 * 3600 * 1000) /* it reads every event */

/* What a count is of, for people. */
static const char *
words_of(const char *what)
{
	static const struct {
		const char *what, *words;
	} rows[] = {
		{ "entries", "entries of the list, which refuse without the address" },
		{ "changes", "changes of the list in its log" },
		{ "events", "events, which count without the address" },
		{ "reports", "reports about the address" },
		{ "messages", "messages that were kept whole, and go" },
		{ "mentions", "reports and events of others that mention it" },
		{ "sent", "messages that were remembered as sent to it" },
		{ "numbers", "numbers for its return addresses" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (g_strcmp0(rows[i].what, what) == 0)
			return rows[i].words;
	return what;
}

static gboolean
is_suppressed(const CaromTable *table)
{
	return table->n_rows > 0 &&
	       g_strcmp0(carom_table_cell(table, 0, CAROM_FORGOT_ROWS), "0") != 0;
}

static void
print_counts(const CaromTable *table, const CaromForget *what)
{
	for (guint r = 0; r < table->n_rows; r++)
		printf("%8s  %s\n", carom_table_cell(table, r, CAROM_FORGOT_ROWS),
		       words_of(carom_table_cell(table, r, CAROM_FORGOT_WHAT)));
	if (what->dry_run)
		puts("Nothing was changed.");
	else
		puts("The address is forgotten.");
	if (!is_suppressed(table) && !what->refuse)
		puts("It is not on the list: mail to it goes out as before (--refuse puts it "
		     "there).");
}

static int
forget(const CaromForget *what, const CaromRenderer *renderer)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromTable) table = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK) {
		carom_store_limit(store, ANSWER_MS);
		status = carom_forget(store, what, &table, &error);
	}
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (renderer == &carom_render_text)
		print_counts(table, what);
	else
		cmd_print_table(renderer, table, NULL);
	return EX_OK;
}

int
cmd_forget(int argc, char **argv)
{
	g_autofree char *note = NULL;
	g_autofree char *format = NULL;
	g_autofree char *address = NULL;
	g_autoptr(GError) error = NULL;
	gboolean dry_run = FALSE, refuse = FALSE;
	const GOptionEntry options[] = { { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run,
					   "only count what there is", NULL },
					 { "refuse", 'R', 0, G_OPTION_ARG_NONE, &refuse,
					   "put the address on everybody's list first", NULL },
					 { "note", 0, 0, G_OPTION_ARG_STRING, &note,
					   "why, for the trace; name nobody", "TEXT" },
					 { "format", 'f', 0, G_OPTION_ARG_STRING, &format,
					   "text, csv or json", "FORMAT" },
					 G_OPTION_ENTRY_NULL };
	const CaromRenderer *renderer;
	CaromStatus status;

	if (!cmd_options(&argc, &argv, options, "ADDRESS",
			 "Forgets a person: the counts stay, and the list refuses the address as "
			 "before.",
			 NULL))
		return EX_USAGE;
	renderer = cmd_check_format("forget", format);
	if (renderer == NULL)
		return EX_USAGE;
	if (argc != 2)
		return cmd_usage("forget wants one address");
	status = carom_list_address_read(argv[1], CAROM_LIST_ADDRESS_ONE, &address, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	return forget(
		&(CaromForget){
			.address = address, .note = note, .refuse = refuse, .dry_run = dry_run },
		renderer);
}
