/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "store/incidents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define SHOWN_ADDRESSES 20 /* to people; programs get all */

typedef struct {
	char *note, *format;
	gboolean all;
	const CaromRenderer *renderer;
	guint64 number;
} Options;

/* ---- list ---- */

static CaromStatus
run_list(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	static const CaromShown shown[] = {
		{ .name = "incident" },  { .name = "state" },    { .name = "provider" },
		{ .name = "addresses" }, { .name = "first_at" }, { .name = "category" },
	};
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_incidents_list(store, 0, o->all, &table, err);
	const CaromSection section = { .table = table,
				       .nothing = o->all ? "there never was an incident"
							 : "no incident is open",
				       .shown = shown,
				       .n_shown = G_N_ELEMENTS(shown) };
	const CaromDocument document = { .sections = &section, .n_sections = 1 };

	(void) exit_code;
	if (status == CAROM_OK)
		cmd_print(o->renderer, &document);
	return status;
}

/* ---- show ---- */

static void
print_incident(const CaromTable *incident, const CaromTable *held)
{
	static const CmdLine lines[] = {
		{ "incident", CAROM_INCIDENT_NUMBER },   { "state", CAROM_INCIDENT_STATE },
		{ "provider", CAROM_INCIDENT_PROVIDER }, { "addresses", CAROM_INCIDENT_ADDRESSES },
		{ "from", CAROM_INCIDENT_FIRST },        { "to", CAROM_INCIDENT_LAST },
		{ "category", CAROM_INCIDENT_CATEGORY }, { "rule", CAROM_INCIDENT_RULE },
		{ "replies", CAROM_INCIDENT_TEMPLATE },  { "such as", CAROM_INCIDENT_EXAMPLE },
		{ "closed", CAROM_INCIDENT_CLOSED },     { "by", CAROM_INCIDENT_AUTHOR },
		{ "note", CAROM_INCIDENT_NOTE },
	};

	cmd_print_lines(incident, lines, G_N_ELEMENTS(lines));
	for (guint r = 0; r < held->n_rows; r++)
		cmd_print_wrapped(r == 0 ? "held" : "", CMD_LABEL_WIDTH,
				  carom_table_cell(held, r, 0));
	if (held->n_rows == SHOWN_ADDRESSES)
		cmd_print_wrapped("", CMD_LABEL_WIDTH, "… (--format csv or json has all of them)");
}

static CaromStatus
run_show(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) incident = NULL;
	g_autoptr(CaromTable) held = NULL;
	gboolean as_text = o->renderer == &carom_render_text;
	CaromStatus status = carom_incidents_list(store, o->number, TRUE, &incident, err);

	(void) exit_code;
	if (status == CAROM_OK && incident->n_rows == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "there is no incident %" PRIu64,
					 o->number);
	if (status == CAROM_OK)
		status = carom_incidents_held(store, o->number,
					      as_text ? SHOWN_ADDRESSES : G_MAXINT32, &held, err);
	if (status != CAROM_OK)
		return status;
	if (as_text) {
		print_incident(incident, held);
	} else {
		const CaromSection sections[] = { { .id = "incident", .table = incident },
						  { .id = "held", .table = held } };
		const CaromDocument document = { .sections = sections,
						 .n_sections = G_N_ELEMENTS(sections) };

		cmd_print(o->renderer, &document);
	}
	return CAROM_OK;
}

/* ---- confirm, discard ---- */

static CaromStatus
close_incident(CaromStore *store, const Options *o, gboolean dead, GError **err)
{
	guint64 n;
	CaromStatus status = carom_incidents_close(store, o->number, dead, o->note, &n, err);

	if (status == CAROM_OK)
		printf("incident %" PRIu64 " is %s: %" PRIu64 " %s\n", o->number,
		       dead ? "confirmed" : "discarded", n,
		       dead ? "addresses stay suppressed" : "addresses are off the list");
	return status;
}

static CaromStatus
run_confirm(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	(void) exit_code;
	return close_incident(store, options, TRUE, err);
}

static CaromStatus
run_discard(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	(void) exit_code;
	return close_incident(store, options, FALSE, err);
}

/* ---- the command ---- */

typedef struct {
	const char *name;
	gboolean wants_number, wants_note;
	CmdVerb *run;
} Verb;

static const Verb verbs[] = {
	{ .name = "list", .run = run_list },
	{ .name = "show", .wants_number = TRUE, .run = run_show },
	{ .name = "confirm", .wants_number = TRUE, .wants_note = TRUE, .run = run_confirm },
	{ .name = "discard", .wants_number = TRUE, .wants_note = TRUE, .run = run_discard },
};

static const Verb *
find_verb(const char *name)
{
	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(const Verb *verb, Options *o, int argc, char **argv)
{
	char *end;

	if (argc != (verb->wants_number ? 3 : 2))
		return cmd_usage("incident %s wants %s", verb->name,
				 verb->wants_number ? "the number of an incident" : "no argument");
	o->renderer = cmd_check_format("incident", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	if (verb->wants_note && cmd_is_blank(o->note))
		return cmd_usage("incident %s wants --note: what it was", verb->name);
	if (!verb->wants_number)
		return EX_OK;
	o->number = g_ascii_strtoull(argv[2], &end, 10);
	if (o->number == 0 || o->number > G_MAXINT64 || *end != '\0' || !g_ascii_isdigit(*argv[2]))
		return cmd_usage("incident %s: \"%s\" is no number of an incident", verb->name,
				 argv[2]);
	return EX_OK;
}

int
cmd_incident(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = {
		{ "all", 'A', 0, G_OPTION_ARG_NONE, &o.all, "list: closed ones as well", NULL },
		{ "note", 'n', 0, G_OPTION_ARG_STRING, &o.note, "confirm, discard: what it was",
		  "TEXT" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "text, csv or json", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	const Verb *verb;
	int code;

	if (!cmd_options(&argc, &argv, options, "list|show N|confirm N|discard N",
			 "What was held, since too many addresses turned hard at once.",
			 "confirm: they are dead, and stay suppressed.\n"
			 "discard: they are alive, and are taken off the list."))
		return EX_USAGE;
	verb = find_verb(argc > 1 ? argv[1] : NULL);
	code = verb != NULL ? check_options(verb, &o, argc, argv)
			    : cmd_usage("incident wants list, or show, confirm or discard and a "
					"number");
	if (code == EX_OK)
		code = cmd_run_verb(verb->run, &o);
	g_free(o.note);
	g_free(o.format);
	return code;
}
