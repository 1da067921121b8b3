/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "lists/list_export.h"
#include "lists/list_time.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

typedef struct {
	char *account, *stream, *reason, *since, *format, *output;
	CaromListSyntax syntax;
} Options;

static CaromStatus
write_piece(const char *text, gsize len, void *user, GError **err)
{
	if (fwrite(text, 1, len, user) == len)
		return CAROM_OK;
	return carom_status_fail(err, CAROM_MISUSE, "the list could not be written whole: %s",
				 g_strerror(errno));
}

static CaromStatus
run_export(CaromStore *store, const Options *o, FILE *out, GError **err)
{
	const CaromBulkFilter filter = {
		.account = o->account, .stream = o->stream, .reason = o->reason, .since = o->since
	};

	return carom_list_export(store, &filter, o->syntax, write_piece, out, NULL, err);
}

/* Into a file beside it, which takes its name when it is whole: half a list is worse than none. */
static CaromStatus
export_to_file(CaromStore *store, const Options *o, GError **err)
{
	g_autofree char *part = g_strdup_printf("%s.%d.part", o->output, (int) getpid());
	FILE *out = g_fopen(part, "wxe");
	CaromStatus status;

	if (out == NULL)
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", part, g_strerror(errno));
	status = run_export(store, o, out, err);
	if ((fflush(out) != 0 || fsync(fileno(out)) != 0) && status == CAROM_OK)
		status = carom_status_fail(err, CAROM_MISUSE, "%s: %s", part, g_strerror(errno));
	if (fclose(out) != 0 && status == CAROM_OK)
		status = carom_status_fail(err, CAROM_MISUSE, "%s: %s", part, g_strerror(errno));
	if (status == CAROM_OK && g_rename(part, o->output) != 0)
		status = carom_status_fail(err, CAROM_MISUSE, "%s: %s", o->output,
					   g_strerror(errno));
	if (status != CAROM_OK)
		(void) g_unlink(part);
	return status;
}

/* EX_OK, or the exit code of what was said to be wrong. */
static int
check_options(Options *o, int argc)
{
	char *since;

	if (argc != 1)
		return cmd_usage("suppress export wants no argument");
	if (!carom_list_export_syntax(o->format ? o->format : "csv", &o->syntax))
		return cmd_usage("suppress export: --format is csv or ndjson, not \"%s\"",
				 o->format);
	if (o->stream != NULL && o->account == NULL)
		return cmd_usage("suppress export: --stream \"%s\" is a stream of which --account?",
				 o->stream);
	if (o->since == NULL)
		return EX_OK;
	since = carom_list_time_read(o->since);
	if (since == NULL)
		return cmd_usage("suppress export: --since is " CAROM_LIST_TIME_FORMS
				 ", not \"%s\"",
				 o->since);
	g_free(o->since);
	o->since = since;
	return EX_OK;
}

int
cmd_suppress_export(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = {
		{ "account", 'a', 0, G_OPTION_ARG_STRING, &o.account,
		  "the entries of this account; '' has those for everybody's mail", "NAME" },
		{ "stream", 's', 0, G_OPTION_ARG_STRING, &o.stream,
		  "the entries of this stream of the account", "NAME" },
		{ "reason", 'r', 0, G_OPTION_ARG_STRING, &o.reason, "the entries of this reason",
		  "WORDS" },
		{ "since", 0, 0, G_OPTION_ARG_STRING, &o.since, "entered or changed since then",
		  "TIME" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "csv or ndjson", "FORMAT" },
		{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
		  "into this file, once all of it is there", "FILE" },
		G_OPTION_ENTRY_NULL
	};
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;
	int code;

	if (!cmd_options(&argc, &argv, options, "",
			 "Writes the lists in a form that carom suppress import takes back.", NULL))
		return EX_USAGE;
	code = check_options(&o, argc);
	if (code == EX_OK) {
		CaromStatus status = cmd_open_store(&config, &store, &error);

		if (status == CAROM_OK)
			status = o.output ? export_to_file(store, &o, &error)
					  : run_export(store, &o, stdout, &error);
		if (status != CAROM_OK)
			code = cmd_fail(status, &error);
	}
	g_free(o.account);
	g_free(o.stream);
	g_free(o.reason);
	g_free(o.since);
	g_free(o.format);
	g_free(o.output);
	return code;
}
