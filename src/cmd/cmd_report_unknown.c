/* SPDX-License-Identifier: BSD-2-Clause */
/* carom report unrecognised, carom report undetermined: what no parser or rule knows. */
#include "config.h"

#include "cmd/cmd.h"
#include "intake/unknown_texts.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define INDENT 8
#define MOST_PRINTED 50 /* for people; programs get all */

static const struct {
	const char *name, *title, *nothing, *hint;
	CaromStatus (*ask)(CaromStore *store, const CaromSpan *span, CaromTable **out,
			   GError **err);
} reports[] = {
	{ "unrecognised", "Messages that no parser read", "every message was read",
	  "What is a bounce or a complaint wants a parser: carom explain --raw NUMBER prints the "
	  "message.",
	  carom_unknown_texts_messages },
	{ "undetermined", "Replies that no rule knows", "every reply was judged by a rule",
	  "Put a rule into a file of rules.d, with a category in place of CATEGORY "
	  "(carom-categories(7)), and run carom rules check.",
	  carom_unknown_texts_replies },
};

/* The index of a report of that name; -1: there is none. */
static int
find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(reports); i++)
		if (strcmp(reports[i].name, name) == 0)
			return (int) i;
	return -1;
}

gboolean
cmd_report_unknown_exists(const char *name)
{
	return find(name) >= 0;
}

static void
print_group(const CaromTable *table, guint row)
{
	g_autofree char *events = carom_render_text_cell(table, row, CAROM_UNKNOWN_EVENTS);
	const char *template_text = carom_table_cell(table, row, CAROM_UNKNOWN_TEMPLATE);
	const char *by = carom_table_cell(table, row, CAROM_UNKNOWN_BY);
	const char *first = carom_table_cell(table, row, CAROM_UNKNOWN_FIRST);
	const char *last = carom_table_cell(table, row, CAROM_UNKNOWN_LAST);
	const char *rule = carom_table_cell(table, row, CAROM_UNKNOWN_RULE);
	g_autoptr(GString) when = g_string_new(by);

	g_string_append_printf(when, "%s%s", by ? "; " : "", first);
	if (strcmp(first, last) != 0)
		g_string_append_printf(when, " to %s", last);
	cmd_print_wrapped(events, INDENT, *template_text ? template_text : "(no text)");
	cmd_print_wrapped("", INDENT, when->str);
	cmd_print_wrapped("", INDENT, carom_table_cell(table, row, CAROM_UNKNOWN_SHOW));
	if (rule != NULL) {
		g_auto(GStrv) lines = g_strsplit(rule, "\n", -1);

		/* to be copied as it is: lines may be wide */
		for (char **line = lines; *line; line++)
			printf("\t%s\n", *line);
	}
}

int
cmd_report_unknown(CaromStore *store, const char *name, const CaromSpan *span,
		   const CaromRenderer *renderer)
{
	const int which = find(name);
	g_autoptr(CaromTable) table = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = reports[which].ask(store, span, &table, &error);

	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (renderer != &carom_render_text) {
		cmd_print_table(renderer, table, NULL);
		return EX_OK;
	}
	printf("%s, %s to %s\n", reports[which].title, span->first, span->last);
	for (guint r = 0; r < table->n_rows && r < MOST_PRINTED; r++) {
		putchar('\n');
		print_group(table, r);
	}
	if (table->n_rows > MOST_PRINTED)
		printf("\n%u more: --format csv tells all\n", table->n_rows - MOST_PRINTED);
	if (table->n_rows == 0)
		puts(reports[which].nothing);
	else {
		putchar('\n');
		cmd_print_wrapped("", 0, reports[which].hint);
	}
	return EX_OK;
}
