/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "store/staff.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define ABSENT 1 /* exit code of remove: there was nobody */

typedef struct {
	char *role, *note, *format;
	const CaromRenderer *renderer;
	const char *name; /* of add and remove; NULL: none */
} Options;

static CaromStatus
run_add(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	(void) exit_code;
	return carom_staff_add(store, o->name, o->role ? o->role : "reader", o->note, err);
}

static CaromStatus
run_remove(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromStatus status = carom_staff_remove(store, o->name, err);

	if (status != CAROM_ABSENT)
		return status;
	*exit_code = ABSENT;
	printf("%s: nobody of that name could use the page\n", o->name);
	return CAROM_OK;
}

static CaromStatus
run_list(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_staff_list(store, &table, err);

	(void) exit_code;
	if (status == CAROM_OK)
		cmd_print_table(o->renderer, table, "nobody may use the page");
	return status;
}

static const struct {
	const char *name;
	gboolean wants_name;
	CmdVerb *run;
} verbs[] = {
	{ .name = "add", .wants_name = TRUE, .run = run_add },
	{ .name = "list", .run = run_list },
	{ .name = "remove", .wants_name = TRUE, .run = run_remove },
};

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(guint verb, Options *o, int argc, char **argv)
{
	if (argc != (verbs[verb].wants_name ? 3 : 2))
		return cmd_usage("staff %s wants %s", verbs[verb].name,
				 verbs[verb].wants_name ? "one name" : "no argument");
	o->name = argc > 2 ? argv[2] : NULL;
	o->renderer = cmd_check_format("staff", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	return EX_OK;
}

int
cmd_staff(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = { { "role", 'r', 0, G_OPTION_ARG_STRING, &o.role,
					   "add: reader (the default), editor or admin", "ROLE" },
					 { "note", 'n', 0, G_OPTION_ARG_STRING, &o.note,
					   "add: who that is", "TEXT" },
					 { "format", 'f', 0, G_OPTION_ARG_STRING, &o.format,
					   "list: text, csv or json", "FORMAT" },
					 G_OPTION_ENTRY_NULL };
	guint verb = 0;
	int code;

	if (!cmd_options(
		    &argc, &argv, options, "add|list|remove NAME",
		    "Who may use the page for staff.",
		    "NAME is what the web server in front of the page gives as X-Remote-User.\n"
		    "A reader sees all; an editor changes the list and closes incidents; an\n"
		    "admin also takes off what people asked for, undoes by cause, and changes\n"
		    "keys and webhooks."))
		return EX_USAGE;
	while (argc > 1 && verb < G_N_ELEMENTS(verbs) && strcmp(argv[1], verbs[verb].name) != 0)
		verb++;
	if (argc < 2 || verb == G_N_ELEMENTS(verbs))
		code = cmd_usage("staff wants add, list or remove");
	else
		code = check_options(verb, &o, argc, argv);
	if (code == EX_OK)
		code = cmd_run_verb(verbs[verb].run, &o);
	g_free(o.role);
	g_free(o.note);
	g_free(o.format);
	return code;
}
