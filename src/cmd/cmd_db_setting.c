/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "store/db_settings.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
	char *note, *format;
	const CaromRenderer *renderer;
	const char *name, *value;
} Options;

/* "days, 1 to 99999" or "refused, mailed"; "" for neither. Caller's. */
static char *
bounds_of(const CaromTable *table, guint row)
{
	const char *unit = carom_table_cell(table, row, CAROM_DB_SETTING_UNIT);
	const char *low = carom_table_cell(table, row, CAROM_DB_SETTING_LOWEST);
	const char *high = carom_table_cell(table, row, CAROM_DB_SETTING_HIGHEST);
	const char *words = carom_table_cell(table, row, CAROM_DB_SETTING_WORDS);

	if (words != NULL)
		return g_strdup(words);
	if (low == NULL || high == NULL)
		return g_strdup(unit ? unit : "");
	return g_strdup_printf("%s%s%s to %s", unit ? unit : "", unit ? ", " : "", low, high);
}

/* Two lines or more: what it is, and what it may be. */
static void
print_setting(const CaromTable *table, guint row)
{
	const char *value = carom_table_cell(table, row, CAROM_DB_SETTING_VALUE);
	const char *fallback = carom_table_cell(table, row, CAROM_DB_SETTING_DEFAULT);
	const char *through = carom_table_cell(table, row, CAROM_DB_SETTING_THROUGH);
	const char *whose = carom_table_cell(table, row, CAROM_DB_SETTING_CHANGED_BY);
	g_autofree char *bounds = bounds_of(table, row);
	g_autoptr(GString) line =
		g_string_new(carom_table_cell(table, row, CAROM_DB_SETTING_MEANING));

	printf("%s = %s\n", carom_table_cell(table, row, CAROM_DB_SETTING_NAME),
	       value ? value : "(not set)");
	if (*bounds != '\0')
		g_string_append_printf(line, " (%s)", bounds);
	if (fallback != NULL && g_strcmp0(value, fallback) != 0)
		g_string_append_printf(line, "; default %s", fallback);
	if (through != NULL)
		g_string_append_printf(line, "; changed by %s", through);
	else if (g_strcmp0(whose, "owner") == 0)
		g_string_append(line, "; changed by who owns the schema");
	cmd_print_wrapped("", 4, line->str);
}

static CaromStatus
run_list(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_db_settings_list(store, NULL, &table, err);

	(void) exit_code;
	if (status != CAROM_OK)
		return status;
	if (o->renderer != &carom_render_text)
		cmd_print_table(o->renderer, table, NULL);
	else
		for (guint r = 0; r < table->n_rows; r++)
			print_setting(table, r);
	return CAROM_OK;
}

/* The value alone, for scripts. */
static CaromStatus
run_get(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_db_settings_list(store, o->name, &table, err);
	const char *value;

	(void) exit_code;
	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "there is no setting \"%s\" (carom db setting list)",
					 o->name);
	value = carom_table_cell(table, 0, CAROM_DB_SETTING_VALUE);
	if (o->renderer != &carom_render_text)
		cmd_print_table(o->renderer, table, NULL);
	else
		puts(value ? value : "");
	return CAROM_OK;
}

static CaromStatus
run_set(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autofree char *done = NULL;
	CaromStatus status =
		carom_db_settings_change(store, o->name, o->value, o->note, &done, err);

	(void) exit_code;
	if (status == CAROM_OK)
		printf("%s = %s: %s\n", o->name, o->value, done);
	return status;
}

static void
print_change(const CaromTable *log, guint row)
{
	g_autofree char *at = carom_render_text_cell(log, row, CAROM_DB_SETTING_LOG_AT);
	const char *was = carom_table_cell(log, row, CAROM_DB_SETTING_LOG_WAS);
	const char *author = carom_table_cell(log, row, CAROM_DB_SETTING_LOG_AUTHOR);
	const char *login = carom_table_cell(log, row, CAROM_DB_SETTING_LOG_LOGIN);
	const char *note = carom_table_cell(log, row, CAROM_DB_SETTING_LOG_NOTE);
	g_autoptr(GString) line = g_string_new(NULL);

	printf("%s, %s\n", at, carom_table_cell(log, row, CAROM_DB_SETTING_LOG_NAME));
	g_string_append_printf(line, "%s, was %s, by %s",
			       carom_table_cell(log, row, CAROM_DB_SETTING_LOG_VALUE),
			       was ? was : "not set", author);
	if (g_strcmp0(author, login) != 0)
		g_string_append_printf(line, " (logged in as %s)", login);
	if (note != NULL)
		g_string_append_printf(line, ": %s", note);
	cmd_print_wrapped("", 4, line->str);
}

static CaromStatus
run_log(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) log = NULL;
	CaromStatus status = carom_db_settings_log(store, &log, err);

	(void) exit_code;
	if (status == CAROM_OK)
		cmd_print_rows(o->renderer, log, "nobody changed a setting", print_change);
	return status;
}

static const struct {
	const char *name, *wants;
	int arguments;
	gboolean wants_note;
	CmdVerb *run;
} verbs[] = {
	{ "list", "no argument", 0, FALSE, run_list },
	{ "get", "a name", 1, FALSE, run_get },
	{ "set", "a name and a value", 2, TRUE, run_set },
	{ "log", "no argument", 0, FALSE, run_log },
};

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(guint verb, Options *o, int argc, char **argv)
{
	if (argc != 2 + verbs[verb].arguments)
		return cmd_usage("db setting %s wants %s", verbs[verb].name, verbs[verb].wants);
	o->renderer = cmd_check_format("db setting", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	if (verbs[verb].wants_note && cmd_is_blank(o->note))
		return cmd_usage("db setting set wants --note: why?");
	o->name = argc > 2 ? argv[2] : NULL;
	o->value = argc > 3 ? argv[3] : NULL;
	return EX_OK;
}

int
cmd_db_setting(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = {
		{ "note", 'n', 0, G_OPTION_ARG_STRING, &o.note, "set: why", "TEXT" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "text, csv or json", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	guint verb = 0;
	int code;

	if (!cmd_options(&argc, &argv, options, "list|get NAME|set NAME VALUE|log",
			 "The settings that the database itself must know.", NULL))
		return EX_USAGE;
	while (argc > 1 && verb < G_N_ELEMENTS(verbs) && strcmp(argv[1], verbs[verb].name) != 0)
		verb++;
	if (argc < 2 || verb == G_N_ELEMENTS(verbs))
		code = cmd_usage("db setting wants one of list, get, set, log");
	else
		code = check_options(verb, &o, argc, argv);
	if (code == EX_OK)
		code = cmd_run_verb(verbs[verb].run, &o);
	g_free(o.note);
	g_free(o.format);
	return code;
}
