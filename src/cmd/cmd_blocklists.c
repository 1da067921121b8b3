/* SPDX-License-Identifier: BSD-2-Clause */
/* carom blocklists: which blocklists name us, since when, and where one asks to be taken off */
#include "config.h"

#include "cmd/cmd.h"
#include "store/blocklists.h"

#include <sysexits.h>

/* The lists with the address where one asks to be taken off; the caller's. */
static CaromTable *
with_removal(const CaromTable *lists, const CaromRules *rules)
{
	const guint last = lists->n_columns;
	CaromTable *table = carom_table_new(last + 1, lists->n_rows);

	for (guint c = 0; c < last; c++)
		carom_table_set_column(table, c, lists->names[c], lists->types[c]);
	carom_table_set_column(table, last, "removal", CAROM_COLUMN_TEXT);
	for (guint r = 0; r < lists->n_rows; r++) {
		const char *name = carom_table_cell(lists, r, CAROM_BLOCKLIST_NAME);

		for (guint c = 0; c < last; c++)
			carom_table_set_cell(table, r, c, g_strdup(carom_table_cell(lists, r, c)));
		carom_table_set_cell(table, r, last, g_strdup(carom_rules_removal(rules, name)));
	}
	return table;
}

static int
answer(const char *since, const CaromRenderer *renderer)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromKnowledge) knowledge = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromTable) lists = NULL, table = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = carom_knowledge_load(config, &knowledge, &error);
	if (status == CAROM_OK)
		status = carom_blocklists_list(store, since, &lists, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	table = with_removal(lists, knowledge->rules);
	cmd_print_table(renderer, table, "no blocklist names us");
	return EX_OK;
}

int
cmd_blocklists(int argc, char **argv)
{
	static char *since, *format;
	const GOptionEntry options[] = { { "since", 0, 0, G_OPTION_ARG_STRING, &since,
					   "named us on this day or after it", "DAY" },
					 { "format", 'f', 0, G_OPTION_ARG_STRING, &format,
					   "text, csv or json", "FORMAT" },
					 G_OPTION_ENTRY_NULL };
	const CaromRenderer *renderer;

	if (!cmd_options(&argc, &argv, options, "",
			 "Which blocklists name us by what servers said, since when, and where to\n"
			 "ask to be taken off.",
			 NULL))
		return EX_USAGE;
	renderer = cmd_check_format("blocklists", format);
	if (renderer == NULL)
		return EX_USAGE;
	if (argc > 1)
		return cmd_usage("blocklists takes no argument");
	if (since != NULL && !cmd_is_day(since))
		return cmd_usage("blocklists: --since is YYYY-MM-DD, not \"%s\"", since);
	return answer(since, renderer);
}
