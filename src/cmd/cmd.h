/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmd - what every subcommand starts with
 *
 * cmd_*.c: arguments in, exit code out, no logic.
 */
#ifndef CAROM_CMD_H
#define CAROM_CMD_H

#include "config/settings.h"
#include "rules/knowledge.h"
#include "base/status.h"
#include "store/connection.h"

#include <jansson.h>

/* What main() and GOption know of a command. argv[0] is "carom SUBCOMMAND". */
typedef struct {
	const char *name;
	const char *arguments; /* for usage: "[PATH…]" */
	const char *summary;
	int (*run)(int argc, char **argv);
} CaromCommand;

#define CAROM_COMMAND(id) int cmd_##id(int argc, char **argv);
CAROM_COMMAND(config)
CAROM_COMMAND(db)
CAROM_COMMAND(explain)
CAROM_COMMAND(parse)
CAROM_COMMAND(pipe)
CAROM_COMMAND(report)
CAROM_COMMAND(rules)
CAROM_COMMAND(serve)
CAROM_COMMAND(suppress)
CAROM_COMMAND(verp)
#undef CAROM_COMMAND

/* The configuration file named by --config before the subcommand, or by $CAROM_CONFIG; NULL = the
 * default one. */
extern const char *cmd_config_file;

/*
 * Reads the options in entries and --config, and takes them out of argv. On a
 * wrong option says so and returns FALSE: the command returns EX_USAGE.
 */
gboolean cmd_options(int *argc, char ***argv, const GOptionEntry *entries, const char *arguments,
		     const char *summary, const char *description);

/* Says what went wrong on standard error and returns the exit code. Clears *err. */
int cmd_fail(CaromStatus status, GError **err);

/* "carom SUBCOMMAND: text" and EX_USAGE. */
int cmd_usage(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* The configuration. needs_file: the default one must be there. */
CAROM_MUST_CHECK CaromStatus cmd_load_config(gboolean needs_file, CaromConfig **out, GError **err);

/* The configuration and an open store, as the commands on the lists want it. */
CAROM_MUST_CHECK CaromStatus cmd_open_store(CaromConfig **config, CaromStore **store, GError **err);

typedef enum { CMD_TEXT, CMD_CSV, CMD_JSON } CmdFormat;

/* The format of that name; FALSE if there is none. */
gboolean cmd_format(const char *name, CmdFormat *out);

/* TRUE for a day that there is, as YYYY-MM-DD. */
gboolean cmd_is_day(const char *text);

/* Prints a table: aligned text, CSV (RFC 4180) or an array of JSON objects. */
void cmd_print_table(const CaromTable *table, CmdFormat format);

/* The rows as an array of objects, without what is unknown. The caller's. */
json_t *cmd_table_json(const CaromTable *table);

/* Prints label, and text from column indent on, in lines of at most 78 columns. What text has of
 * controls and line ends is a blank. */
void cmd_print_wrapped(const char *label, guint indent, const char *text);

/* Prints several under their titles; as JSON, one object with a member for each. */
void cmd_print_tables(const char *const *titles, const char *const *members,
		      CaromTable *const *tables, guint n, CmdFormat format);

#endif
