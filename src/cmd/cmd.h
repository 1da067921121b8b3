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
#include "stats/render.h"
#include "store/tallies.h"

/* What main() and GOption know of a command. argv[0] is "carom SUBCOMMAND". */
typedef struct {
	const char *name;
	const char *arguments; /* for usage: "[PATH…]" */
	const char *summary;
	int (*run)(int argc, char **argv);
} CaromCommand;

#define CAROM_COMMAND(id) int cmd_##id(int argc, char **argv);
CAROM_COMMAND(api)
CAROM_COMMAND(blocklists)
CAROM_COMMAND(config)
CAROM_COMMAND(db)
CAROM_COMMAND(explain)
CAROM_COMMAND(feed)
CAROM_COMMAND(forget)
CAROM_COMMAND(incident)
CAROM_COMMAND(import)
CAROM_COMMAND(parse)
CAROM_COMMAND(pipe)
CAROM_COMMAND(replay)
CAROM_COMMAND(policy)
CAROM_COMMAND(report)
CAROM_COMMAND(rules)
CAROM_COMMAND(serve)
CAROM_COMMAND(staff)
CAROM_COMMAND(suppress)
CAROM_COMMAND(verp)
CAROM_COMMAND(volume)
CAROM_COMMAND(webhook)
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

/* What a verb of a command does with an open store. options: the command's, which it has checked.
 * *exit_code: EX_OK, unless the verb says otherwise. */
typedef CaromStatus CmdVerb(CaromStore *store, const void *options, int *exit_code, GError **err);

/* Opens the store and runs the verb. Exit code, after saying what went wrong. */
int cmd_run_verb(CmdVerb *run, const void *options);

/* TRUE for NULL, "" and white space: a note that says nothing. */
gboolean cmd_is_blank(const char *text);

/* TRUE for a day that there is, as YYYY-MM-DD. */
gboolean cmd_is_day(const char *text);

/* carom suppress import, and export. argv[0] is "carom suppress import". Exit code. */
int cmd_suppress_import(int argc, char **argv);
int cmd_suppress_export(int argc, char **argv);

/* carom db setting. argv[0] is "carom db setting". Exit code. */
int cmd_db_setting(int argc, char **argv);

/* carom policy mailboxes. argv[0] is "carom policy mailboxes". Exit code. */
int cmd_policy_mailboxes(int argc, char **argv);

/* carom suppress check --file: name, or "-" for standard input; account and stream may be NULL.
 * Exit code. */
int cmd_suppress_check_file(CaromStore *store, const char *name, const char *account,
			    const char *stream, const CaromRenderer *renderer);

/* TRUE for such a day, or a time as RFC 3339 writes it, the zone of the reports where it names
 * none.
 */
gboolean cmd_is_time(const char *text);

/* EX_OK if a policy may be for this: a category, or complaint:TYPE. Otherwise says that it is none,
 * and which is the nearest. */
int cmd_check_category(const char *command, const char *name);

/* EX_OK if there is a provider of that id. Otherwise says that there is none. */
int cmd_check_provider(const char *command, const char *id);

/* carom explain ADDRESS. Exit code. */
int cmd_explain_address(const char *address, const CaromRenderer *renderer);

/* carom explain --report NUMBER, --raw NUMBER. Exit code. */
int cmd_explain_report(const char *number, const CaromRenderer *renderer);
int cmd_explain_raw(const char *number);

/* carom report unrecognised, undetermined: whether there is such a report; it. Exit code. */
gboolean cmd_report_unknown_exists(const char *name);
int cmd_report_unknown(CaromStore *store, const char *name, const CaromSpan *span,
		       const CaromRenderer *renderer, const char *lang);

/* The renderer that --format names; NULL: there is none. name NULL: text. */
const CaromRenderer *cmd_renderer(const char *name);

/* The same for a command whose answer is a table; NULL after saying that it is text, csv or json.
 */
const CaromRenderer *cmd_check_format(const char *command, const char *name);

/* Renders to standard output, as wide as the terminal, or 80 columns. */
void cmd_print(const CaromRenderer *renderer, const CaromDocument *document);

/* One table and nothing else. nothing: what people are told where it has no row. */
void cmd_print_table(const CaromRenderer *renderer, const CaromTable *table, const char *nothing);

/* One table as above; as text, each row by print_row. */
void cmd_print_rows(const CaromRenderer *renderer, const CaromTable *table, const char *nothing,
		    void (*print_row)(const CaromTable *table, guint row));

/* A cell of the table's first row that has a line of its own, after a label. */
typedef struct {
	const char *label;
	guint column;
} CmdLine;

#define CMD_LABEL_WIDTH 12

/* Prints those of n lines whose cell says something. */
void cmd_print_lines(const CaromTable *table, const CmdLine *lines, guint n);

/* Prints label, and text from column indent on, in lines of at most 78 columns. What text has of
 * controls and line ends is a blank. */
void cmd_print_wrapped(const char *label, guint indent, const char *text);

/* The last step of every command: the exit code, or EX_IOERR and a message if what was printed
 * could not be written whole. */
int cmd_finish(int exit_code);

#endif
