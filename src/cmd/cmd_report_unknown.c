/* SPDX-License-Identifier: BSD-2-Clause */
/* carom report unrecognised, carom report undetermined: what no parser or rule knows. */
#include "config.h"

#include "cmd/cmd.h"
#include "intake/unknown_texts.h"
#include "stats/wording.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define INDENT 8
#define MOST_PRINTED 50 /* for people; programs get all */

static const struct {
	const char *name;
	CaromWording title, nothing, hint;
	CaromStatus (*ask)(CaromStore *store, const CaromSpan *span, CaromTable **out,
			   GError **err);
} reports[] = {
	{ "unrecognised", CAROM_WORDING_UNREAD, CAROM_WORDING_UNREAD_NONE,
	  CAROM_WORDING_UNREAD_HINT, carom_unknown_texts_messages },
	{ "undetermined", CAROM_WORDING_UNDETERMINED, CAROM_WORDING_UNDETERMINED_NONE,
	  CAROM_WORDING_UNDETERMINED_HINT, carom_unknown_texts_replies },
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
print_group(const CaromTable *table, guint row, const char *lang)
{
	g_autofree char *events = carom_render_text_cell(table, row, CAROM_UNKNOWN_EVENTS);
	const char *template_text = carom_table_cell(table, row, CAROM_UNKNOWN_TEMPLATE);
	const char *by = carom_table_cell(table, row, CAROM_UNKNOWN_BY);
	const char *first = carom_table_cell(table, row, CAROM_UNKNOWN_FIRST);
	const char *last = carom_table_cell(table, row, CAROM_UNKNOWN_LAST);
	const char *rule = carom_table_cell(table, row, CAROM_UNKNOWN_RULE);
	g_autofree char *days =
		carom_wording_fill(lang, CAROM_WORDING_TO, "first", first, "last", last, NULL);
	g_autoptr(GString) when = g_string_new(by);

	g_string_append_printf(when, "%s%s", by ? "; " : "",
			       strcmp(first, last) != 0 ? days : first);
	cmd_print_wrapped(events, INDENT,
			  *template_text ? template_text
					 : carom_wording(lang, CAROM_WORDING_NO_TEXT));
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
		   const CaromRenderer *renderer, const char *lang)
{
	const int which = find(name);
	g_autofree char *days = carom_wording_fill(lang, CAROM_WORDING_TO, "first", span->first,
						   "last", span->last, NULL),
			*more = NULL, *n = NULL;
	g_autoptr(CaromTable) table = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = reports[which].ask(store, span, &table, &error);

	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (renderer != &carom_render_text) {
		cmd_print_table(renderer, table, NULL);
		return EX_OK;
	}
	printf("%s, %s\n", carom_wording(lang, reports[which].title), days);
	for (guint r = 0; r < table->n_rows && r < MOST_PRINTED; r++) {
		putchar('\n');
		print_group(table, r, lang);
	}
	if (table->n_rows > MOST_PRINTED) {
		n = g_strdup_printf("%u", table->n_rows - MOST_PRINTED);
		more = carom_wording_fill(lang, CAROM_WORDING_MORE_IN_CSV, "n", n, NULL);
		printf("\n%s\n", more);
	}
	if (table->n_rows == 0) {
		puts(carom_wording(lang, reports[which].nothing));
	} else {
		putchar('\n');
		cmd_print_wrapped("", 0, carom_wording(lang, reports[which].hint));
	}
	return EX_OK;
}
