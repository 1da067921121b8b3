/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "stats/summary.h"

#include <sysexits.h>

/* Without a key anybody can write a return address of ours: said in every report, until there is
 * one. */
static const char *const unsigned_notes[] = {
	"No signing key is configured: plain VERP return addresses are believed as they come.", NULL
};

int
cmd_report(int argc, char **argv)
{
	static char *format, *day, *account, *stream;
	static int n_days = 1;
	const GOptionEntry options[] = {
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &format, "text, csv or json", "FORMAT" },
		{ "day", 'd', 0, G_OPTION_ARG_STRING, &day,
		  "the last day of the report; otherwise today", "YYYY-MM-DD" },
		{ "days", 'n', 0, G_OPTION_ARG_INT, &n_days, "how many days, ending with that one",
		  "N" },
		{ "account", 'a', 0, G_OPTION_ARG_STRING, &account, "of this account only",
		  "NAME" },
		{ "stream", 's', 0, G_OPTION_ARG_STRING, &stream, "of this stream only", "NAME" },
		G_OPTION_ENTRY_NULL
	};
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromSummary) summary = NULL;
	g_autoptr(GError) error = NULL;
	const CaromRenderer *renderer;
	CaromStatus status;

	if (!cmd_options(&argc, &argv, options, "[nightly|isp|categories|balance|suppressions]",
			 "What came back, per ISP and per reason.",
			 "As csv or json, nightly is its table per ISP."))
		return EX_USAGE;
	if (argc > 2)
		return cmd_usage("report takes one name");
	if (argc == 2 && !carom_summary_exists(argv[1]))
		return cmd_usage("there is no report \"%s\"; there are %s", argv[1],
				 carom_summary_names());
	renderer = cmd_renderer(format);
	if (renderer == NULL)
		return cmd_usage("report: --format is text, csv or json, not \"%s\"", format);
	if (day != NULL && !cmd_is_day(day))
		return cmd_usage("report: --day is YYYY-MM-DD, not \"%s\"", day);
	if (n_days < 1 || n_days > 3660)
		return cmd_usage("report: --days is a number from 1 to 3660");
	status = cmd_open_store(&config, &store, &error);
	if (status == CAROM_OK) {
		const CaromSummaryQuestion question = {
			.name = argc > 1 ? argv[1] : "nightly",
			.day = day,
			.days = n_days,
			.account = account,
			.stream = stream,
			.notes = *config->bounce.keys ? NULL : unsigned_notes,
			.one_table = renderer != &carom_render_text,
		};

		status = carom_summary_collect(store, &question, &summary, &error);
	}
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	cmd_print(renderer, carom_summary_document(summary));
	return EX_OK;
}
