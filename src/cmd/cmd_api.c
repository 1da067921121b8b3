/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "http/api_key.h"
#include "config/scope.h"
#include "store/api_keys.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define ABSENT 1 /* exit code of revoke: there was nothing */

typedef struct {
	char **scopes, **accounts, **streams;
	char *note, *expires, *format;
	const CaromRenderer *renderer;
	const char *id; /* of revoke; NULL: none */
} Options;

static CaromStatus
run_add(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromApiKey key;
	g_autofree char *text = NULL;
	CaromStatus status = carom_api_key_make(&key, &text, err);
	const CaromApiKeysEntry entry = { .id = key.id,
					  .digest = key.digest,
					  .scopes = (const char *const *) o->scopes,
					  .accounts = (const char *const *) o->accounts,
					  .streams = (const char *const *) o->streams,
					  .expires = o->expires,
					  .note = o->note };

	(void) exit_code;
	if (status == CAROM_OK)
		status = carom_api_keys_add(store, &entry, err);
	if (status != CAROM_OK)
		return status;
	puts(text);
	/* beside what a script takes from standard output */
	fputs("carom: this is the only time that the key is shown; only its digest is kept\n",
	      stderr);
	return CAROM_OK;
}

static CaromStatus
run_list(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_api_keys_list(store, &table, err);

	(void) exit_code;
	if (status == CAROM_OK)
		cmd_print_table(o->renderer, table, "there is no key");
	return status;
}

static CaromStatus
run_revoke(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromStatus status = carom_api_keys_revoke(store, o->id, err);

	if (status != CAROM_OK && status != CAROM_ABSENT)
		return status;
	*exit_code = status == CAROM_OK ? EX_OK : ABSENT;
	printf(status == CAROM_OK ? "%s: revoked\n" : "%s: there is no such key that was good\n",
	       o->id);
	return CAROM_OK;
}

static const struct {
	const char *name;
	gboolean wants_id, wants_scope;
	CmdVerb *run;
} verbs[] = {
	{ .name = "add", .wants_scope = TRUE, .run = run_add },
	{ .name = "list", .run = run_list },
	{ .name = "revoke", .wants_id = TRUE, .run = run_revoke },
};

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(guint verb, Options *o, int argc, char **argv)
{
	if (argc != (verbs[verb].wants_id ? 4 : 3))
		return cmd_usage("api key %s wants %s", verbs[verb].name,
				 verbs[verb].wants_id ? "the id of one key" : "no argument");
	o->id = argc > 3 ? argv[3] : NULL;
	o->renderer = cmd_check_format("api", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	if (o->expires != NULL && !cmd_is_day(o->expires))
		return cmd_usage("api: --expires is YYYY-MM-DD, not \"%s\"", o->expires);
	if (verbs[verb].wants_scope && (o->scopes == NULL || o->scopes[0] == NULL))
		return cmd_usage("api key add wants --scope, once or more: what the key may do");
	if (o->streams != NULL && o->accounts == NULL)
		return cmd_usage("api key add: --stream \"%s\" is a stream of which --account?",
				 o->streams[0]);
	for (char **list = o->accounts; list != NULL && *list != NULL; list++)
		if (carom_scope_problem(*list) != NULL || strchr(*list, '/') != NULL)
			return cmd_usage("api key add: --account \"%s\" is no account", *list);
	for (char **list = o->streams; list != NULL && *list != NULL; list++)
		if (carom_scope_problem(*list) != NULL || strchr(*list, '/') != NULL)
			return cmd_usage("api key add: --stream \"%s\" is no stream", *list);
	return EX_OK;
}

int
cmd_api(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = {
		{ "scope", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o.scopes, "add: what it may do",
		  "SCOPE" },
		{ "account", 'a', 0, G_OPTION_ARG_STRING_ARRAY, &o.accounts,
		  "add: for this account; none: for all", "NAME" },
		{ "stream", 'S', 0, G_OPTION_ARG_STRING_ARRAY, &o.streams,
		  "add: for this stream of them; none: for all", "NAME" },
		{ "expires", 'e', 0, G_OPTION_ARG_STRING, &o.expires, "add: until then", "DAY" },
		{ "note", 'n', 0, G_OPTION_ARG_STRING, &o.note, "add: what it is for", "TEXT" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "list: text, csv or json",
		  "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	guint verb = 0;
	int code;

	if (!cmd_options(&argc, &argv, options, "key add|list|revoke ID",
			 "The keys of the HTTP API.",
			 "A scope is check, suppressions:read, suppressions:write,\n"
			 "complaints:release, events:read, reports:read or admin."))
		return EX_USAGE;
	while (argc > 2 && verb < G_N_ELEMENTS(verbs) && strcmp(argv[2], verbs[verb].name) != 0)
		verb++;
	if (argc < 3 || strcmp(argv[1], "key") != 0 || verb == G_N_ELEMENTS(verbs))
		code = cmd_usage("api wants key add, key list or key revoke ID");
	else
		code = check_options(verb, &o, argc, argv);
	if (code == EX_OK)
		code = cmd_run_verb(verbs[verb].run, &o);
	g_strfreev(o.scopes);
	g_strfreev(o.accounts);
	g_strfreev(o.streams);
	g_free(o.note);
	g_free(o.expires);
	g_free(o.format);
	return code;
}
