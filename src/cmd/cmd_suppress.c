/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static char *account, *stream, *reason, *note, *expires, *format;

static CaromStatus
run_list(CaromStore *store, int *exit_code, GError **err)
{
	const char *const args[] = { account, stream };
	g_autoptr(CaromTable) table = NULL;
	CmdFormat as = CMD_TEXT;
	CaromStatus status;

	if (!cmd_format(format, &as))
		return carom_status_fail(err, CAROM_MISUSE,
					 "--format is text, csv or json, not \"%s\"", format);
	status = carom_store_query(store,
				   "SELECT address, account, stream, reason, source, "
				   "to_char(since, 'YYYY-MM-DD HH24:MI') AS since, "
				   "to_char(expires_at, 'YYYY-MM-DD') AS expires, provider, "
				   "confidence, author, note FROM carom.suppressions($1, $2)",
				   args, 2, &table, err);
	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0 && as == CMD_TEXT)
		puts("nobody is suppressed");
	else
		cmd_print_table(table, as);
	*exit_code = EX_OK;
	return CAROM_OK;
}

#define CHECK_COLUMNS                                                                              \
	"SELECT s.address, CASE WHEN s.account = '' THEN 'everybody''s mail' ELSE 'account ' || "  \
	"s.account END "                                                                           \
	"|| CASE WHEN s.stream = '' THEN '' ELSE ', stream ' || s.stream END, "                    \
	"s.reason, s.source, to_char(s.since, 'YYYY-MM-DD'), to_char(s.expires_at, "               \
	"'YYYY-MM-DD'), s.note FROM "

/* With an account: may it mail this address? Without one: is anybody kept from mailing it? */
static CaromStatus
run_check(CaromStore *store, const char *address, int *exit_code, GError **err)
{
	const char *const args[] = { address, account, stream };
	gboolean any = account == NULL && stream == NULL;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store,
		any ? CHECK_COLUMNS "carom.suppressions_of($1) s"
		    : CHECK_COLUMNS "carom.suppressed($1, coalesce($2, ''), coalesce($3, '')) s",
		args, any ? 1 : 3, &table, err);

	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0)
		printf("%s may be mailed\n", address);
	for (guint r = 0; r < table->n_rows; r++) {
		const char *until = carom_table_cell(table, r, 5),
			   *why = carom_table_cell(table, r, 6);

		printf("%s is suppressed for %s: %s (%s) since %s, %s%s%s%s\n",
		       carom_table_cell(table, r, 0), carom_table_cell(table, r, 1),
		       carom_table_cell(table, r, 2), carom_table_cell(table, r, 3),
		       carom_table_cell(table, r, 4), until ? "until " : "for good",
		       until ? until : "", why ? ": " : "", why ? why : "");
	}
	*exit_code = table->n_rows > 0 ? 1 : EX_OK;
	return CAROM_OK;
}

static CaromStatus
run_add(CaromStore *store, const char *address, int *exit_code, GError **err)
{
	const char *const args[] = { address, reason, account, stream, note, expires };
	g_autoptr(CaromTable) table = NULL;
	gboolean kept;
	CaromStatus status = carom_store_query(store,
					       "SELECT carom.suppress($1, $2, coalesce($3, ''), "
					       "coalesce($4, ''), $5, $6::timestamptz)",
					       args, 6, &table, err);
	if (status != CAROM_OK)
		return status;
	kept = strcmp(carom_table_cell(table, 0, 0), "kept") == 0;
	printf("%s: %s%s\n", address, carom_table_cell(table, 0, 0),
	       kept && note != NULL ? ", what was there is as strong; the note was not stored"
				    : "");
	*exit_code = EX_OK;
	return CAROM_OK;
}

static CaromStatus
run_remove(CaromStore *store, const char *address, int *exit_code, GError **err)
{
	const char *const args[] = { address, note, account, stream };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT carom.unsuppress($1, $2, coalesce($3, ''), coalesce($4, ''))", args,
		4, &table, err);
	if (status != CAROM_OK)
		return status;
	*exit_code = g_strcmp0(carom_table_cell(table, 0, 0), "t") == 0 ? EX_OK : 1;
	printf("%s: %s\n", address,
	       *exit_code == EX_OK
		       ? "removed"
		       : "was not on this list (the scope counts: --account, --stream)");
	return CAROM_OK;
}

static const struct {
	const char *name;
	CaromStatus (*run)(CaromStore *store, const char *address, int *exit_code, GError **err);
} verbs[] = { { "check", run_check }, { "add", run_add }, { "remove", run_remove } };

int
cmd_suppress(int argc, char **argv)
{
	const GOptionEntry options[] = { { "account", 'a', 0, G_OPTION_ARG_STRING, &account,
					   "of this account only", "NAME" },
					 { "stream", 's', 0, G_OPTION_ARG_STRING, &stream,
					   "of this stream of the account only", "NAME" },
					 { "reason", 'r', 0, G_OPTION_ARG_STRING, &reason,
					   "add: why (a category, or your own words)", "WORDS" },
					 { "note", 'n', 0, G_OPTION_ARG_STRING, &note,
					   "add, remove: what a colleague should know", "TEXT" },
					 { "expires", 'e', 0, G_OPTION_ARG_STRING, &expires,
					   "add: until then; otherwise for good", "YYYY-MM-DD" },
					 { "format", 'f', 0, G_OPTION_ARG_STRING, &format,
					   "list: text, csv or json", "FORMAT" },
					 G_OPTION_ENTRY_NULL };
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	int exit_code = EX_OK;
	CaromStatus status = CAROM_OK;
	gsize verb = G_N_ELEMENTS(verbs);

	if (!cmd_options(&argc, &argv, options, "list|check ADDRESS|add ADDRESS|remove ADDRESS",
			 "The lists of addresses not to be mailed.",
			 "check exits 0 if the address may be mailed and 1 if not; without "
			 "--account, it is any account's suppression that counts."))
		return EX_USAGE;
	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		status = cmd_open_store(&config, &store, &error);
		if (status == CAROM_OK)
			status = run_list(store, &exit_code, &error);
		return status == CAROM_OK ? exit_code : cmd_fail(status, &error);
	}
	for (gsize i = 0; argc == 3 && i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			verb = i;
	if (verb == G_N_ELEMENTS(verbs))
		return cmd_usage("suppress wants list, or check, add or remove and an address");
	if (verbs[verb].run == run_add && reason == NULL)
		return cmd_usage(
			"suppress add wants --reason: whoever asks later why deserves an answer");
	if (expires != NULL && !cmd_is_day(expires))
		return cmd_usage("suppress: --expires is YYYY-MM-DD, not \"%s\"", expires);
	if (verbs[verb].run == run_remove && note == NULL)
		return cmd_usage(
			"suppress remove wants --note: why this address may be mailed again");
	status = cmd_open_store(&config, &store, &error);
	if (status == CAROM_OK)
		status = verbs[verb].run(store, argv[2], &exit_code, &error);
	return status == CAROM_OK ? exit_code : cmd_fail(status, &error);
}
