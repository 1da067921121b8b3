/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "intake/intake.h"
#include "mail/mailbox.h"
#include "report/report_json.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
	const CaromKnown *known;
	gboolean text;
} Walk;

static gboolean
print_message(const char *name, const char *data, gsize len, gsize size, void *user)
{
	const Walk *walk = user;
	const CaromEnvelope envelope = { 0 };
	const CaromBytes message = { data, len, size };
	g_autoptr(CaromReport) report = carom_intake_read(walk->known, &envelope, &message);
	g_autofree char *out = NULL;

	report->file = carom_report_keep(report, name, -1, 4096);
	out = walk->text ? carom_report_json_write_text(report)
			 : carom_report_json_write(report, CAROM_JSON_FACTS);
	fputs(out, stdout);
	if (!walk->text)
		putchar('\n');
	return !ferror(stdout);
}

int
cmd_parse(int argc, char **argv)
{
	static char *format;
	const GOptionEntry options[] = { { "format", 'f', 0, G_OPTION_ARG_STRING, &format,
					   "json (one object a line, the default) or text",
					   "FORMAT" },
					 G_OPTION_ENTRY_NULL };
	static char *const standard_input[] = { (char *) "-", NULL };
	CaromConfig *config;
	g_autoptr(CaromKnown) known = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status, worst = CAROM_OK;
	gboolean keyless;
	Walk walk = { 0 };

	if (!cmd_options(
		    &argc, &argv, options, "[PATH…]",
		    "Shows what is read from messages: files, Maildirs, mboxes, folders of\nthem, or standard input.",
		    NULL))
		return EX_USAGE;
	if (format != NULL && strcmp(format, "json") != 0 && strcmp(format, "text") != 0)
		return cmd_usage("parse: --format is json or text, not \"%s\"", format);
	status = cmd_load_config(FALSE, &config, &error);
	if (status == CAROM_OK)
		status = carom_known_load_to_look(config, &known, &keyless, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (keyless)
		fputs("carom: the keys can't be read by this account: no signature is looked at\n",
		      stderr);
	walk.known = known;
	walk.text = g_strcmp0(format, "text") == 0;
	for (char *const *path = argc > 1 ? argv + 1 : standard_input; *path; path++) {
		status = carom_mailbox_walk(*path, known->config->limits.bytes, print_message,
					    &walk, &error);
		if (status != CAROM_OK) {
			cmd_fail(status, &error);
			worst = status;
		}
	}
	return worst == CAROM_OK ? EX_OK : EX_NOINPUT;
}
