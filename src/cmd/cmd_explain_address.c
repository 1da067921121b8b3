/* SPDX-License-Identifier: BSD-2-Clause */
/* carom explain ADDRESS: what came in about it, and what was done about that. */
#include "config.h"

#include "cmd/cmd.h"
#include "config/scope.h"
#include "lists/story.h"
#include "store/events.h"
#include "store/suppressions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define INDENT 4

/* The cell, or NULL where nothing is in it. */
static const char *
filled(const CaromTable *table, guint row, guint column)
{
	const char *cell = carom_table_cell(table, row, column);

	return cell != NULL && *cell != '\0' ? cell : NULL;
}

static guint
number(const CaromTable *table, guint row, guint column)
{
	const char *cell = filled(table, row, column);

	return cell ? (guint) strtoul(cell, NULL, 10) : 0;
}

static void
append(GString *line, const char *before, const char *text)
{
	if (text != NULL)
		g_string_append_printf(line, "%s%s", line->len > 0 ? before : "", text);
}

/* "acme/newsletter", or everybody's. Caller's. */
static char *
scope_of(const CaromTable *table, guint row, guint account, guint stream)
{
	const char *whose = filled(table, row, account), *part = filled(table, row, stream);

	return carom_scope_name(whose ? whose : "", part ? part : "");
}

static void
print_event(const CaromTable *t, guint row)
{
	const CaromStoryEvent event = {
		.action = filled(t, row, CAROM_EVENT_ACTION),
		.confidence = filled(t, row, CAROM_EVENT_CONFIDENCE),
		.cause = filled(t, row, CAROM_EVENT_CAUSE),
		.repeated = carom_table_flag(t, row, CAROM_EVENT_REPEATED),
		.acted = carom_table_flag(t, row, CAROM_EVENT_ACTED),
		.after = number(t, row, CAROM_EVENT_AFTER),
		.within_days = number(t, row, CAROM_EVENT_WITHIN_DAYS),
		.days = number(t, row, CAROM_EVENT_DAYS),
	};
	g_autofree char *scope = scope_of(t, row, CAROM_EVENT_ACCOUNT, CAROM_EVENT_STREAM);
	g_autofree char *outcome = carom_story_outcome(&event);
	g_autofree char *at = carom_render_text_cell(t, row, CAROM_EVENT_AT);
	g_autoptr(GString) head = g_string_new(filled(t, row, CAROM_EVENT_KIND));
	g_autoptr(GString) why = g_string_new(filled(t, row, CAROM_EVENT_CATEGORY));

	append(head, ", ", event.action);
	append(head, ", ", *scope ? scope : NULL);
	printf("%s  %s\n", at ? at : "-", head->str);
	append(why, ", ", filled(t, row, CAROM_EVENT_REPLY));
	append(why, ", ", filled(t, row, CAROM_EVENT_STATUS));
	append(why, ", rule ", filled(t, row, CAROM_EVENT_RULE));
	append(why, ", ", event.confidence);
	append(why, ", by ", filled(t, row, CAROM_EVENT_RESOLVED_BY));
	cmd_print_wrapped("", INDENT, why->str);
	if (filled(t, row, CAROM_EVENT_SAID) != NULL)
		cmd_print_wrapped("", INDENT, filled(t, row, CAROM_EVENT_SAID));
	if (outcome != NULL) {
		g_autofree char *line = g_strconcat("-> ", outcome, NULL);

		cmd_print_wrapped("", INDENT, line);
	}
}

static void
print_change(const CaromTable *t, guint row)
{
	g_autofree char *scope = scope_of(t, row, CAROM_CHANGE_ACCOUNT, CAROM_CHANGE_STREAM);
	g_autofree char *at = carom_render_text_cell(t, row, CAROM_CHANGE_AT);
	g_autoptr(GString) why = g_string_new(filled(t, row, CAROM_CHANGE_REASON));

	printf("%s  %s, %s\n", at ? at : "-", carom_table_cell(t, row, CAROM_CHANGE_WHAT),
	       *scope ? scope : "everybody's mail");
	append(why, ", ", filled(t, row, CAROM_CHANGE_SOURCE));
	append(why, ", rule ", filled(t, row, CAROM_CHANGE_RULE));
	append(why, ", ", filled(t, row, CAROM_CHANGE_CONFIDENCE));
	append(why, ", until ", filled(t, row, CAROM_CHANGE_EXPIRES));
	append(why, ", by ", filled(t, row, CAROM_CHANGE_AUTHOR));
	append(why, ": ", filled(t, row, CAROM_CHANGE_NOTE));
	cmd_print_wrapped("", INDENT, why->str);
}

static void
print_part(const char *title, const CaromTable *table, void (*print)(const CaromTable *, guint))
{
	puts(title);
	for (guint r = 0; r < table->n_rows; r++)
		print(table, r);
	if (table->n_rows == 0)
		puts("nothing");
}

int
cmd_explain_address(const char *address, const CaromRenderer *renderer)
{
	static const char *const titles[] = { "What came in about it", "What was done" };
	g_autoptr(CaromTable) events = NULL, changes = NULL;
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = carom_events_of_address(store, address, &events, &error);
	if (status == CAROM_OK)
		status = carom_suppressions_history(store, address, &changes, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	const CaromSection sections[] = {
		{ .id = "events", .title = titles[0], .table = events },
		{ .id = "changes", .title = titles[1], .table = changes },
	};
	const CaromDocument document = { .sections = sections,
					 .n_sections = G_N_ELEMENTS(sections) };

	/* a table would be 200 columns wide, and could not say what followed */
	if (renderer == &carom_render_text) {
		print_part(titles[0], events, print_event);
		putchar('\n');
		print_part(titles[1], changes, print_change);
	} else {
		cmd_print(renderer, &document);
	}
	return EX_OK;
}
