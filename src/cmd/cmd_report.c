/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Parts of the nightly report: each is one SQL function over a span of days, account and stream. */
static const struct {
	const char *name, *title, *sql;
	gboolean nightly; /* part of the nightly report */
} parts[] = {
	{ "isp", "Per ISP",
	  "SELECT coalesce(nullif(provider, ''), 'unknown') AS provider, "
	  "coalesce(sent::text, 'unknown') AS sent, hard, soft, block, policy, complaints, "
	  "unsubscribes, delays, new_suppressions AS new_suppr, unrecognised AS unrecog, "
	  "coalesce(round(100 * hard_rate, 2) || '%', '-') AS hard_rate, "
	  "coalesce(round(100 * complaint_rate, 3) || '%', '-') AS compl_rate "
	  "FROM carom.report_isp($1::date, $2::date, $3, $4) "
	  "WHERE bounced + complaints + not_spam + unsubscribes + delays + new_suppressions + "
	  "unrecognised + coalesce(sent, 0) > 0",
	  TRUE },
	{ "categories", "Why mail came back",
	  "SELECT coalesce(nullif(category, ''), 'unclassified') AS category, class, failed, "
	  "delayed, other, new_suppressions AS new_suppr, round(100 * share, 1) || '%' AS share "
	  "FROM carom.report_category($1::date, $2::date, $3, $4)",
	  TRUE },
	{ "balance", "What came in",
	  "SELECT kind, reports, events, duplicates, repeats, proven, matched, claimed, guessed, "
	  "unmatched, coalesce(round(100 * matched_share, 1) || '%', '-') AS sure "
	  "FROM carom.report_balance($1::date, $2::date, $3, $4)",
	  TRUE },
	{ "suppressions", "Newly suppressed",
	  "SELECT to_char(at, 'YYYY-MM-DD HH24:MI') AS at, address, account, stream, reason, "
	  "source, provider, confidence, rule "
	  "FROM carom.report_suppressions($1::date, $2::date, $3, $4)",
	  FALSE },
};

static gboolean
is_report(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		if (strcmp(parts[i].name, name) == 0)
			return TRUE;
	return strcmp(name, "nightly") == 0;
}

static CaromStatus
run_part(CaromStore *store, gsize part, const char *const *args, CaromTable **out, GError **err)
{
	return carom_store_query(store, parts[part].sql, args, 4, out, err);
}

/* The last day wanted, and the first one days - 1 before it, in the report's own time zone. */
static CaromStatus
find_days(CaromStore *store, const char *day, int days, CaromTable **out, GError **err)
{
	g_autofree char *n = g_strdup_printf("%d", days);
	const char *const args[] = { day, n };
	CaromStatus status =
		carom_store_query(store,
				  "SELECT coalesce($1::date, carom.day()) - ($2::int - 1), "
				  "coalesce($1::date, carom.day()), carom.setting('timezone')",
				  args, 2, out, err);

	if (status == CAROM_OK && carom_table_cell(*out, 0, 2) == NULL)
		return carom_status_fail(err, CAROM_MISUSE,
					 "database: carom.setting has no timezone any more");
	return status;
}

/* Without a key anybody can write a return address of ours: said in every report, until there is
 * one. */
static void
print_header(const CaromTable *days, gboolean signs)
{
	const char *first = carom_table_cell(days, 0, 0), *last = carom_table_cell(days, 0, 1);

	gboolean one = strcmp(first, last) == 0;

	printf("carom: report of %s%s%s (%s)\n", first, one ? "" : " to ", one ? "" : last,
	       carom_table_cell(days, 0, 2));
	if (!signs)
		puts("No signing key is configured: plain VERP return addresses are believed as "
		     "they come.");
}

static CaromStatus
print_report(CaromStore *store, const CaromConfig *config, const char *name, CmdFormat format,
	     const CaromTable *days, const char *account, const char *stream, GError **err)
{
	const char *const args[] = { carom_table_cell(days, 0, 0), carom_table_cell(days, 0, 1),
				     account, stream };
	gboolean nightly = strcmp(name, "nightly") == 0;

	if (format == CMD_TEXT)
		print_header(days, *config->bounce.keys != '\0');
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autoptr(CaromTable) table = NULL;
		CaromStatus status;

		if (nightly ? !parts[i].nightly || (format != CMD_TEXT && i > 0)
			    : strcmp(parts[i].name, name) != 0)
			continue;
		status = run_part(store, i, args, &table, err);
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
		status = find_days(store, day, n_days, &days, &error);
	if (status == CAROM_OK)
		status = print_report(store, config, argc > 1 ? argv[1] : "nightly", as, days,
				      account, stream, &error);
	return status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
}
