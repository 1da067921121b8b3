/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "base/text.h"
#include "feed/reader.h"
#include "store/feed.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define PAGE_ROWS 1000

typedef struct {
	char *after, *consumer, *only, *format;
	gboolean follow, consumers;
	gint page;
} Options;

/* ---- a page ---- */

static const char *
cell_or(const CaromTable *page, guint row, guint column, const char *other)
{
	const char *cell = carom_table_cell(page, row, column);

	return cell != NULL && *cell != '\0' ? cell : other;
}

/* "2026-11-28T17:05:00+07:00 suppression.added bob@example.org acme/news recipient_unknown" */
static void
print_row(const CaromTable *page, guint row)
{
	const char *stream = cell_or(page, row, CAROM_FEED_STREAM, NULL);
	g_autofree char *line =
		g_strdup_printf("%s %s %s %s%s%s %s", cell_or(page, row, CAROM_FEED_AT, "-"),
				cell_or(page, row, CAROM_FEED_TYPE, "-"),
				cell_or(page, row, CAROM_FEED_ADDRESS, "-"),
				cell_or(page, row, CAROM_FEED_ACCOUNT, "-"), stream ? "/" : "",
				stream ? stream : "", cell_or(page, row, CAROM_FEED_WHY, "-"));
	g_autofree char *printable = carom_text_visible(line);

	puts(printable);
}

/* What was written is the consumer's before its cursor is kept. */
static gboolean
print_text(const CaromTable *page, gpointer user)
{
	(void) user;
	for (guint r = 0; r < page->n_rows; r++)
		print_row(page, r);
	return fflush(stdout) == 0;
}

static gboolean
print_json(const CaromTable *page, gpointer user)
{
	(void) user;
	for (guint r = 0; r < page->n_rows; r++)
		puts(cell_or(page, r, CAROM_FEED_ITEM, "{}"));
	return fflush(stdout) == 0;
}

/* ---- the command ---- */

static CaromStatus
print_consumers(const Options *o, GError **err)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = cmd_open_store(&config, &store, err);

	if (status == CAROM_OK)
		status = carom_feed_consumers(store, &table, err);
	if (status == CAROM_OK)
		cmd_print_table(cmd_renderer(o->format), table,
				"no consumer keeps its cursor here");
	return status;
}

static CaromStatus
read_feed(const Options *o, GError **err)
{
	g_autoptr(CaromConfig) config = NULL;
	CaromStatus status = cmd_load_config(TRUE, &config, err);
	const CaromReading reading = {
		.conninfo = status != CAROM_OK ? NULL
			    : o->follow && *config->database.listen_conninfo
				    ? config->database.listen_conninfo
				    : config->database.conninfo,
		.after = o->after,
		.consumer = o->consumer,
		.what = o->only,
		.page = (guint) o->page,
		.follow = o->follow,
		.take = g_strcmp0(o->format, "json") == 0 ? print_json : print_text,
	};

	return status == CAROM_OK ? carom_reader_run(&reading, err) : status;
}

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(const Options *o, int argc)
{
	if (argc > 1)
		return cmd_usage("feed wants options, and no argument");
	if (o->consumers && cmd_check_format("feed", o->format) == NULL)
		return EX_USAGE;
	if (!o->consumers && o->format != NULL && strcmp(o->format, "json") != 0 &&
	    strcmp(o->format, "text") != 0)
		return cmd_usage("feed: --format is text or json, not \"%s\"", o->format);
	if (o->only != NULL && strcmp(o->only, "event") != 0 && strcmp(o->only, "change") != 0 &&
	    strcmp(o->only, "incident") != 0)
		return cmd_usage("feed: --only is event, change or incident, not \"%s\"", o->only);
	if (o->page < 1 || o->page > CAROM_READER_PAGE_MAX)
		return cmd_usage("feed: --page is 1 to %d rows", CAROM_READER_PAGE_MAX);
	return EX_OK;
}

int
cmd_feed(int argc, char **argv)
{
	Options o = { .page = PAGE_ROWS };
	const GOptionEntry options[] = {
		{ "follow", 'F', 0, G_OPTION_ARG_NONE, &o.follow, "stay, and print what comes",
		  NULL },
		{ "after", 'a', 0, G_OPTION_ARG_STRING, &o.after,
		  "after this cursor; start and end are cursors, too", "CURSOR" },
		{ "consumer", 'n', 0, G_OPTION_ARG_STRING, &o.consumer,
		  "go on where it was; keep its cursor here", "NAME" },
		{ "only", 'o', 0, G_OPTION_ARG_STRING, &o.only, "event, change or incident",
		  "WHAT" },
		{ "page", 'p', 0, G_OPTION_ARG_INT, &o.page, "read so many rows at a time",
		  "ROWS" },
		{ "consumers", 0, 0, G_OPTION_ARG_NONE, &o.consumers,
		  "print who keeps a cursor, and how far behind it is", NULL },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format,
		  "text, or json: an object a line", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	g_autoptr(GError) error = NULL;
	CaromStatus status;
	int code = EX_USAGE;

	if (!cmd_options(&argc, &argv, options, "",
			 "Prints each event and each change of the lists, once, in one order.",
			 "Without --follow it ends with what is there now."))
		return EX_USAGE;
	code = check_options(&o, argc);
	if (code == EX_OK) {
		status = o.consumers ? print_consumers(&o, &error) : read_feed(&o, &error);
		if (status != CAROM_OK)
			code = cmd_fail(status, &error);
	}
	g_free(o.after);
	g_free(o.consumer);
	g_free(o.only);
	g_free(o.format);
	return code;
}
