/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#define LINE_WIDTH 78
#define CONNECT_SECONDS 30
#define ANSWER_MS (3600 * 1000) /* some questions read everything */

const char *cmd_config_file;

gboolean
cmd_options(int *argc, char ***argv, const GOptionEntry *entries, const char *arguments,
	    const char *summary, const char *description)
{
	const GOptionEntry common[] = {
		{ "config", 'c', 0, G_OPTION_ARG_FILENAME, &cmd_config_file,
		  "configuration instead of " CAROM_SYSCONFDIR "/carom.conf", "FILE" },
		G_OPTION_ENTRY_NULL
	};
	g_autoptr(GOptionContext) context = g_option_context_new(arguments);
	g_autoptr(GError) error = NULL;

	g_option_context_set_summary(context, summary);
	if (description != NULL)
		g_option_context_set_description(context, description);
	if (entries != NULL)
		g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_add_main_entries(context, common, NULL);
	if (g_option_context_parse(context, argc, argv, &error))
		return TRUE;
	fprintf(stderr, "carom: %s (carom %s --help tells the options)\n", error->message,
		strchr((*argv)[0], ' ') ? strchr((*argv)[0], ' ') + 1 : "");
	return FALSE;
}

int
cmd_fail(CaromStatus status, GError **err)
{
	fprintf(stderr, "carom: %s\n", *err ? (*err)->message : carom_status_name(status));
	g_clear_error(err);
	return carom_status_exit(status);
}

int
cmd_usage(const char *format, ...)
{
	va_list args;

	fputs("carom: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EX_USAGE;
}

CaromStatus
cmd_load_config(gboolean needs_file, CaromConfig **out, GError **err)
{
	const char *file = cmd_config_file ? cmd_config_file : g_getenv("CAROM_CONFIG");

	return carom_config_load(file, file != NULL || needs_file, out, err);
}

CaromStatus
cmd_open_store(CaromConfig **config, CaromStore **store, GError **err)
{
	CaromStatus status = cmd_load_config(TRUE, config, err);

	if (status == CAROM_OK)
		status =
			carom_store_open((*config)->database.conninfo, CONNECT_SECONDS, store, err);
	if (status == CAROM_OK)
		carom_store_limit(*store, ANSWER_MS);
	return status;
}

int
cmd_run_verb(CmdVerb *run, const void *options)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	int exit_code = EX_OK;
	CaromStatus status = cmd_open_store(&config, &store, &error);

	if (status == CAROM_OK)
		status = run(store, options, &exit_code, &error);
	return status == CAROM_OK ? exit_code : cmd_fail(status, &error);
}

gboolean
cmd_is_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

gboolean
cmd_is_day(const char *text)
{
	static const char like[] = "dddd-dd-dd";
	g_autoptr(GDateTime) day = NULL;

	for (gsize i = 0; i < sizeof like; i++)
		if (like[i] == 'd' ? !g_ascii_isdigit(text[i]) : text[i] != like[i])
			return FALSE;
	day = g_date_time_new_utc(atoi(text), atoi(text + 5), atoi(text + 8), 0, 0, 0);
	return day != NULL;
}

gboolean
cmd_is_time(const char *text)
{
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	g_autoptr(GDateTime) time = NULL;

	if (cmd_is_day(text))
		return TRUE;
	if (strlen(text) < 19 || !g_ascii_isdigit(text[0]) || text[4] != '-' || text[10] != 'T')
		return FALSE;
	time = g_date_time_new_from_iso8601(text, zone);
	return time != NULL;
}

const CaromRenderer *
cmd_renderer(const char *name)
{
	return name ? carom_render_find(name) : &carom_render_text;
}

const CaromRenderer *
cmd_check_format(const char *command, const char *name)
{
	const CaromRenderer *renderer = cmd_renderer(name);

	if (renderer == NULL)
		cmd_usage("%s: --format is text, csv or json, not \"%s\"", command, name);
	return renderer;
}

static void
write_piece(const char *piece, gsize len, void *user)
{
	(void) user;
	/* a failure is told by cmd_finish() */
	(void) !fwrite(piece, 1, len, stdout);
}

/* Columns of the terminal; 0: it is none. */
static guint
terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* https://no-color.org/ */
static gboolean
shows_colour(void)
{
	const char *no = g_getenv("NO_COLOR"), *terminal = g_getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') && terminal != NULL &&
	       strcmp(terminal, "dumb") != 0;
}

void
cmd_print(const CaromRenderer *renderer, const CaromDocument *document)
{
	g_autoptr(GString) text = g_string_new(NULL);
	CaromRenderOut out = { .text = text,
			       .write = write_piece,
			       .width = terminal_width(),
			       .colour = shows_colour() };

	carom_render(renderer, document, &out);
}

void
cmd_print_table(const CaromRenderer *renderer, const CaromTable *table, const char *nothing)
{
	const CaromSection section = { .table = table, .nothing = nothing };
	const CaromDocument document = { .sections = &section, .n_sections = 1 };

	cmd_print(renderer, &document);
}

void
cmd_print_rows(const CaromRenderer *renderer, const CaromTable *table, const char *nothing,
	       void (*print_row)(const CaromTable *table, guint row))
{
	if (renderer != &carom_render_text || table->n_rows == 0)
		cmd_print_table(renderer, table, nothing);
	else
		for (guint r = 0; r < table->n_rows; r++)
			print_row(table, r);
}

void
cmd_print_wrapped(const char *label, guint indent, const char *text)
{
	g_autofree char *printable = carom_text_visible(text);
	const char *p = printable;
	guint column = indent;

	printf("%-*s", (int) indent, label);
	while (*p != '\0') {
		const gsize n = strcspn(p, " ");
		const guint width = (guint) g_utf8_strlen(p, (gssize) n);

		if (column > indent && column + 1 + width > LINE_WIDTH) {
			printf("\n%-*s", (int) indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int) n, p);
		column += width;
		p += n + strspn(p + n, " ");
	}
	putchar('\n');
}

void
cmd_print_lines(const CaromTable *table, const CmdLine *lines, guint n)
{
	for (guint i = 0; i < n; i++) {
		g_autofree char *cell = carom_render_text_cell(table, 0, lines[i].column);

		if (cell != NULL && *cell != '\0')
			cmd_print_wrapped(lines[i].label, CMD_LABEL_WIDTH, cell);
	}
}

int
cmd_finish(int exit_code)
{
	gboolean failed = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return exit_code;
	fprintf(stderr, "carom: standard output could not be written whole%s%s\n",
		errno ? ": " : "", errno ? g_strerror(errno) : "");
	return EX_IOERR;
}
