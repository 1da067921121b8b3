/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define LINE_WIDTH 78

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

	return status == CAROM_OK ? carom_store_open((*config)->database.conninfo, 30, store, err)
				  : status;
}

gboolean
cmd_format(const char *name, CmdFormat *out)
{
	static const char *const names[] = { "text", "csv", "json" };

	for (int i = 0; i < 3; i++)
		if (name == NULL || strcmp(name, names[i]) == 0) {
			*out = (CmdFormat) i;
			return TRUE;
		}
	return FALSE;
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

static gboolean
is_number(const char *cell)
{
	cell += *cell == '-';
	return g_ascii_isdigit(*cell) && cell[strspn(cell, "0123456789.%")] == '\0';
}

/* Some cell is a number, and the others say that there is none. */
static gboolean
is_number_column(const CaromTable *table, guint c)
{
	gboolean any = FALSE;

	for (guint r = 0; r < table->n_rows; r++) {
		const char *cell = carom_table_cell(table, r, c);

		if (cell == NULL || strcmp(cell, "-") == 0 || strcmp(cell, "unknown") == 0)
			continue;
		if (!is_number(cell))
			return FALSE;
		any = TRUE;
	}
	return any;
}

static void
print_text(const CaromTable *table)
{
	g_autofree gsize *widths = g_new0(gsize, table->n_columns);
	g_autofree gboolean *right = g_new0(gboolean, table->n_columns);

	for (guint c = 0; c < table->n_columns; c++) {
		right[c] = is_number_column(table, c);
		widths[c] = (gsize) g_utf8_strlen(table->names[c], -1);
		for (guint r = 0; r < table->n_rows; r++) {
			const char *cell = carom_table_cell(table, r, c);

			widths[c] = MAX(widths[c], (gsize) g_utf8_strlen(cell ? cell : "-", -1));
		}
	}
	for (guint r = 0; r <= table->n_rows; r++) {
		g_autoptr(GString) line = g_string_new(NULL);

		for (guint c = 0; c < table->n_columns; c++) {
			const char *cell =
				r == 0 ? table->names[c] : carom_table_cell(table, r - 1, c);
			gsize pad;

			if (cell == NULL)
				cell = "-";
			pad = widths[c] - (gsize) g_utf8_strlen(cell, -1);
			if (c > 0)
				g_string_append(line, "  ");
			g_string_append_printf(line, "%*s%s%*s", right[c] ? (int) pad : 0, "", cell,
					       right[c] ? 0 : (int) pad, "");
		}
		while (line->len > 0 && line->str[line->len - 1] == ' ')
			g_string_truncate(line, line->len - 1);
		puts(line->str);
	}
}

static void
print_csv_cell(const char *cell)
{
	if (cell == NULL)
		return;
	if (strpbrk(cell, ",\"\r\n") == NULL) {
		fputs(cell, stdout);
		return;
	}
	putchar('"');
	for (; *cell; cell++) {
		if (*cell == '"')
			putchar('"');
		putchar(*cell);
	}
	putchar('"');
}

static void
print_csv(const CaromTable *table)
{
	for (guint r = 0; r <= table->n_rows; r++)
		for (guint c = 0; c < table->n_columns; c++) {
			if (c > 0)
				putchar(',');
			print_csv_cell(r == 0 ? table->names[c]
					      : carom_table_cell(table, r - 1, c));
			if (c + 1 == table->n_columns)
				fputs("\r\n", stdout);
		}
}

/* An array of objects. Absent means unknown, or all: no empty strings. */
json_t *
cmd_table_json(const CaromTable *table)
{
	json_t *rows = json_array();

	for (guint r = 0; r < table->n_rows; r++) {
		json_t *row = json_object();

		for (guint c = 0; c < table->n_columns; c++) {
			const char *cell = carom_table_cell(table, r, c);

			if (cell != NULL && *cell != '\0')
				json_object_set_new(row, table->names[c], json_string(cell));
		}
		json_array_append_new(rows, row);
	}
	return rows;
}

static void
put_json(json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(1));

	puts(text);
	free(text);
	json_decref(value);
}

static void
print_json(const CaromTable *table)
{
	put_json(cmd_table_json(table));
}

void
cmd_print_table(const CaromTable *table, CmdFormat format)
{
	static void (*const printers[])(const CaromTable *) = { print_text, print_csv, print_json };

	printers[format](table);
}

void
cmd_print_wrapped(const char *label, guint indent, const char *text)
{
	g_autofree char *printable = carom_text_printable(text, strlen(text) + 1);
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
cmd_print_tables(const char *const *titles, const char *const *members, CaromTable *const *tables,
		 guint n, CmdFormat format)
{
	json_t *object = format == CMD_JSON ? json_object() : NULL;

	for (guint i = 0; i < n; i++) {
		if (object != NULL) {
			json_object_set_new(object, members[i], cmd_table_json(tables[i]));
			continue;
		}
		if (format == CMD_TEXT)
			printf("%s%s\n", i > 0 ? "\n" : "", titles[i]);
		if (format == CMD_TEXT && tables[i]->n_rows == 0)
			puts("nothing");
		else
			cmd_print_table(tables[i], format);
	}
	if (object != NULL)
		put_json(object);
}
