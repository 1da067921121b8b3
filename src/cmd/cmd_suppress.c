/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "store/suppressions.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static char *account, *stream, *reason, *note, *expires, *format;

static CaromStatus
run_list(CaromStore *store, int *exit_code, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CmdFormat as = CMD_TEXT;
	CaromStatus status;

	if (!cmd_format(format, &as))
		return carom_status_fail(err, CAROM_MISUSE,
					 "--format is text, csv or json, not \"%s\"", format);
	status = carom_suppressions_list(store, account, stream, &table, err);
	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0 && as == CMD_TEXT)
		puts("nobody is suppressed");
	else
		cmd_print_table(table, as);
	*exit_code = EX_OK;
	return CAROM_OK;
}

/* "account acme, stream news", or everybody's mail. The caller's. */
static char *
scope_of(const CaromTable *table, guint row)
{
	const char *of_account = carom_table_cell(table, row, CAROM_SUPPRESSION_ACCOUNT);
	const char *of_stream = carom_table_cell(table, row, CAROM_SUPPRESSION_STREAM);
	gboolean whole = of_stream == NULL || *of_stream == '\0';

	if (of_account == NULL || *of_account == '\0')
		return g_strdup_printf("everybody's mail%s%s", whole ? "" : ", stream ",
				       whole ? "" : of_stream);
	return g_strdup_printf("account %s%s%s", of_account, whole ? "" : ", stream ",
			       whole ? "" : of_stream);
}

/* With an account: may it mail this address? Without one: is anybody kept from mailing it? */
static CaromStatus
run_check(CaromStore *store, const char *address, int *exit_code, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_suppressions_find(store, address, account, stream, &table, err);

	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0)
		printf("%s may be mailed\n", address);
	for (guint r = 0; r < table->n_rows; r++) {
		g_autofree char *scope = scope_of(table, r);
		const char *until = carom_table_cell(table, r, CAROM_SUPPRESSION_EXPIRES);
		const char *why = carom_table_cell(table, r, CAROM_SUPPRESSION_NOTE);

		printf("%s is suppressed for %s: %s (%s) since %s, %s%s%s%s\n",
		       carom_table_cell(table, r, CAROM_SUPPRESSION_ADDRESS), scope,
		       carom_table_cell(table, r, CAROM_SUPPRESSION_REASON),
		       carom_table_cell(table, r, CAROM_SUPPRESSION_SOURCE),
		       carom_table_cell(table, r, CAROM_SUPPRESSION_SINCE),
		       until ? "until " : "for good", until ? until : "", why ? ": " : "",
		       why ? why : "");
	}
	*exit_code = table->n_rows > 0 ? 1 : EX_OK;
	return CAROM_OK;
}

static CaromStatus
run_add(CaromStore *store, const char *address, int *exit_code, GError **err)
{
	const CaromSuppressionEntry entry = { .address = address,
					      .reason = reason,
					      .account = account,
					      .stream = stream,
					      .note = note,
					      .expires = expires };
	g_autofree char *done = NULL;
	CaromStatus status = carom_suppressions_add(store, &entry, &done, err);
	gboolean kept;

	if (status != CAROM_OK)
		return status;
	kept = strcmp(done, "kept") == 0;
	printf("%s: %s%s\n", address, done,
	       kept && note != NULL ? ", what was there is as strong; the note was not stored"
				    : "");
	*exit_code = EX_OK;
	return CAROM_OK;
}

static CaromStatus
run_remove(CaromStore *store, const char *address, int *exit_code, GError **err)
{
	CaromStatus status = carom_suppressions_remove(store, address, note, account, stream, err);

	if (status != CAROM_OK && status != CAROM_ABSENT)
		return status;
	*exit_code = status == CAROM_OK ? EX_OK : 1;
	printf("%s: %s\n", address,
	       status == CAROM_OK ? "removed"
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
