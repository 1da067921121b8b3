/* SPDX-License-Identifier: BSD-2-Clause */
/* carom explain --report NUMBER, --raw NUMBER: one report that was recorded, as facts or whole. */
#include "config.h"

#include "cmd/cmd.h"
#include "base/json.h"
#include "store/reports.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define INDENT 20

static int
say_absent(const char *what, const char *number)
{
	fprintf(stderr, "carom: %s %s\n", what, number);
	return EX_DATAERR;
}

/* A fact a line; what is not known is left out. */
static void
print_rows(const CaromTable *table)
{
	for (guint r = 0; r < table->n_rows; r++) {
		if (r > 0)
			putchar('\n');
		for (guint c = 0; c < table->n_columns; c++) {
			g_autofree char *cell = carom_render_text_cell(table, r, c);

			if (cell != NULL && *cell != '\0')
				cmd_print_wrapped(table->names[c], INDENT, cell);
		}
	}
}

static void
print_json(const CaromTable *facts, const CaromTable *outcomes)
{
	g_autoptr(GString) out = g_string_new(NULL);

	carom_json_begin_object(out);
	carom_json_name(out, "report");
	carom_render_json_rows(facts, out);
	carom_json_name(out, "outcomes");
	carom_render_json_rows(outcomes, out);
	carom_json_end_object(out);
	puts(out->str);
}

int
cmd_explain_report(const char *number, const CaromRenderer *renderer)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromTable) facts = NULL, outcomes = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = carom_reports_facts(store, number, &facts, &error);
	if (status == CAROM_ABSENT)
		return say_absent("there is no report with the number", number);
	if (status == CAROM_OK)
		status = carom_reports_outcomes(store, number, &outcomes, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (renderer != &carom_render_text) {
		print_json(facts, outcomes);
		return EX_OK;
	}
	print_rows(facts);
	putchar('\n');
	print_rows(outcomes);
	printf(carom_table_cell(facts, 0, (guint) carom_table_find(facts, "kept_octets"))
		       ? "\ncarom explain --raw %s prints the message\n"
		       : "\nthe message of report %s is not kept\n",
	       number);
	return EX_OK;
}

int
cmd_explain_raw(const char *number)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GBytes) message = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = carom_reports_message(store, number, &message, &error);
	if (status == CAROM_ABSENT)
		return say_absent("no message is kept of a report with the number", number);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	/* a failure is told by cmd_finish() */
	(void) !fwrite(g_bytes_get_data(message, NULL), 1, g_bytes_get_size(message), stdout);
	return EX_OK;
}
