/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "intake/mail_log.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
	char *timezone;
	gboolean again;
} Options;

/* ---- maillog ------------------------------------------------------------------------------- */

static void
print_count(const char *label, guint64 n, const char *remark)
{
	g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "%s", n, remark);

	if (n > 0)
		cmd_print_wrapped(label, 11, text);
}

static void
print_sums(const CaromMailLogSums *sums)
{
	print_count("lines", sums->lines, " read");
	print_count("delivered", sums->delivered, "");
	print_count("refused", sums->refused, "");
	print_count("expired", sums->expired, "");
	print_count("deferred", sums->deferred, " times");
	print_count("known", sums->in_database.known, " lines were counted before");
	print_count("others", sums->others,
		    " recipients of mail that others send, or that stays here: not counted "
		    "(networks in [own] says whose mail is ours)");
	print_count("headless", sums->headless,
		    " recipients whose sender stands in an older log: not counted; read that "
		    "one first, and this one with --again");
	print_count("too old", sums->in_database.too_old,
		    " lines: whether they were counted is no longer known, so they were not");
	print_count("timeless", sums->timeless,
		    " lines at a time that is still to come: not "
		    "counted");
	if (sums->in_database.counted == 0)
		puts("nothing new");
}

static CaromStatus
import_mail_log(const Options *o, char *const *paths, GError **err)
{
	g_autoptr(GTimeZone) zone =
		o->timezone ? g_time_zone_new_identifier(o->timezone) : g_time_zone_new_local();
	g_autoptr(CaromKnown) known = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromMailLog) log = NULL;
	CaromConfig *config;
	gboolean keyless = FALSE;
	CaromStatus status;

	if (zone == NULL)
		return carom_status_fail(err, CAROM_MISUSE, "no time zone is called \"%s\"",
					 o->timezone);
	status = cmd_open_store(&config, &store, err);
	if (status == CAROM_OK)
		status = carom_known_load_to_look(config, &known, &keyless, err);
	if (status != CAROM_OK)
		return status;
	if (keyless)
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s can't be read by this account, so nobody can say "
					 "whose signed mail is; run this as the account that "
					 "records",
					 config->bounce.keys);
	log = carom_mail_log_new(known, store, zone);
	if (o->again)
		carom_mail_log_read_again(log);
	status = carom_mail_log_read(log, paths, err);
	if (status == CAROM_OK || status == CAROM_MALFORMED)
		print_sums(carom_mail_log_sums(log));
	return status;
}

/* ---- the command --------------------------------------------------------------------------- */

typedef struct {
	const char *name;
	CaromStatus (*run)(const Options *o, char *const *paths, GError **err);
} Source;

static const Source sources[] = {
	{ "maillog", import_mail_log },
};

static const Source *
find_source(const char *name)
{
	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(sources); i++)
		if (strcmp(sources[i].name, name) == 0)
			return &sources[i];
	return NULL;
}

int
cmd_import(int argc, char **argv)
{
	static char *const standard_input[] = { (char *) "-", NULL };
	Options o = { 0 };
	const GOptionEntry options[] = { { "again", 0, 0, G_OPTION_ARG_NONE, &o.again,
					   "maillog: read whole files, also what was read before",
					   NULL },
					 { "timezone", 'z', 0, G_OPTION_ARG_STRING, &o.timezone,
					   "maillog: of times that name none", "ZONE" },
					 G_OPTION_ENTRY_NULL };
	g_autoptr(GError) error = NULL;
	const Source *source;
	CaromStatus status = CAROM_OK;
	int code = EX_USAGE;

	if (!cmd_options(&argc, &argv, options, "maillog [FILE…]",
			 "What was sent, delivered and refused, by Postfix's own log.",
			 "Files are plain, gzip, or of journalctl -o export; without one it is\n"
			 "standard input. The same line counts once, however often it is read."))
		return EX_USAGE;
	source = find_source(argc > 1 ? argv[1] : NULL);
	if (source == NULL) {
		code = cmd_usage("import wants a source: maillog");
	} else {
		status = source->run(&o, argc > 2 ? argv + 2 : standard_input, &error);
		code = status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
	}
	g_free(o.timezone);
	return code;
}
