/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "store/statistics.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* What there is: each is one question about a span of days, account and stream. */
static const struct {
	const char *name, *title;
	CaromStatus (*ask)(CaromStore *store, const CaromSpan *span, CaromTable **out,
			   GError **err);
	gboolean nightly; /* stands in the nightly report */
} parts[] = {
	{ "isp", "Per ISP", carom_statistics_isp, TRUE },
	{ "categories", "Why mail came back", carom_statistics_categories, TRUE },
	{ "balance", "What came in", carom_statistics_balance, TRUE },
	{ "suppressions", "Newly suppressed", carom_statistics_suppressions, FALSE },
};

static gboolean
is_report(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		if (strcmp(parts[i].name, name) == 0)
			return TRUE;
	return strcmp(name, "nightly") == 0;
}

/* Without a key anybody can write a return address of ours: said in every report, until there is
 * one. */
static void
print_header(const CaromTable *days, gboolean signs)
{
	const char *first = carom_table_cell(days, 0, CAROM_DAYS_FIRST),
		   *last = carom_table_cell(days, 0, CAROM_DAYS_LAST);

	gboolean one = strcmp(first, last) == 0;

	printf("carom: report of %s%s%s (%s)\n", first, one ? "" : " to ", one ? "" : last,
	       carom_table_cell(days, 0, CAROM_DAYS_TIMEZONE));
	if (!signs)
		puts("No signing key is configured: plain VERP return addresses are believed as "
		     "they come.");
}

static CaromStatus
print_report(CaromStore *store, const CaromConfig *config, const char *name, CmdFormat format,
	     const CaromTable *days, const char *account, const char *stream, GError **err)
{
	const CaromSpan span = { .first = carom_table_cell(days, 0, CAROM_DAYS_FIRST),
				 .last = carom_table_cell(days, 0, CAROM_DAYS_LAST),
				 .account = account,
				 .stream = stream };
	gboolean nightly = strcmp(name, "nightly") == 0;

	if (format == CMD_TEXT)
		print_header(days, *config->bounce.keys != '\0');
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autoptr(CaromTable) table = NULL;
		CaromStatus status;

		if (nightly ? !parts[i].nightly || (format != CMD_TEXT && i > 0)
			    : strcmp(parts[i].name, name) != 0)
			continue;
		status = parts[i].ask(store, &span, &table, err);
		if (status != CAROM_OK)
			return status;
		if (format == CMD_TEXT)
			printf("\n%s\n", parts[i].title);
		if (format == CMD_TEXT && table->n_rows == 0)
			puts("nothing");
		else
			cmd_print_table(table, format);
	}
	return CAROM_OK;
}

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
	g_autoptr(CaromTable) days = NULL;
	g_autoptr(GError) error = NULL;
	CmdFormat as;
	CaromStatus status;

	if (!cmd_options(&argc, &argv, options, "[nightly|isp|categories|balance|suppressions]",
			 "What came back, per ISP and per reason.",
			 "As csv or json, nightly is its table per ISP."))
		return EX_USAGE;
	if (argc > 2)
		return cmd_usage("report takes one name");
	if (argc == 2 && !is_report(argv[1]))
		return cmd_usage("there is no report \"%s\"; there are nightly, isp, categories, "
				 "balance, suppressions",
				 argv[1]);
	if (!cmd_format(format, &as))
		return cmd_usage("report: --format is text, csv or json, not \"%s\"", format);
	if (day != NULL && !cmd_is_day(day))
		return cmd_usage("report: --day is YYYY-MM-DD, not \"%s\"", day);
	if (n_days < 1 || n_days > 3660)
		return cmd_usage("report: --days is a number from 1 to 3660");
	status = cmd_open_store(&config, &store, &error);
	if (status == CAROM_OK)
		status = carom_statistics_days(store, day, n_days, &days, &error);
	if (status == CAROM_OK)
		status = print_report(store, config, argc > 1 ? argv[1] : "nightly", as, days,
				      account, stream, &error);
	return status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
}
