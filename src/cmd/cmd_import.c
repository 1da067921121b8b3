/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "intake/mail_log.h"
#include "stats/outside.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

typedef struct {
	char *timezone, *domain;
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
	print_count(
		"noted", sums->noted,
		" addresses on the suppression list, or with bounces that may bring them there, "
		"took mail");
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
	if (status == CAROM_OK || carom_mail_log_sums(log)->lines > 0)
		print_sums(carom_mail_log_sums(log));
	return status;
}

/* ---- what others count ---------------------------------------------------------------------- */

/* The one file that is being read, for messages. */
typedef struct {
	const char *path;
	CaromProviders *providers;
} Figures;

static gboolean
is_provider(const char *provider, void *user)
{
	return carom_provider_exists(((const Figures *) user)->providers, provider);
}

static void
print_fault(guint64 line, const char *reason, void *user)
{
	const char *path = ((const Figures *) user)->path;

	if (line > 0)
		fprintf(stderr, "carom: %s:%" G_GUINT64_FORMAT ": %s\n", path, line, reason);
	else
		fprintf(stderr, "carom: %s: %s\n", path, reason);
}

/* "newest day 2026-11-27, 1 day old" */
static void
print_result(const char *path, const CaromOutsideResult *result)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *since = g_strconcat(result->newest, "T00:00:00Z", NULL);
	g_autoptr(GDateTime) newest = g_date_time_new_from_iso8601(since, NULL);
	const gint64 days = newest ? g_date_time_difference(now, newest) / G_TIME_SPAN_DAY : 0;
	g_autofree char *text =
		g_strdup_printf("%s: %" G_GUINT64_FORMAT " figures, %" G_GUINT64_FORMAT
				" new, %" G_GUINT64_FORMAT " changed; the newest day is %s, "
				"%" G_GINT64_FORMAT " day%s ago",
				path, result->rows, result->added, result->changed, result->newest,
				MAX(days, 0), days == 1 ? "" : "s");

	cmd_print_wrapped("", 0, text);
}

static CaromStatus
read_text(const char *path, char **text, gsize *len, GError **err)
{
	g_autoptr(GError) error = NULL;
	const char *name = strcmp(path, "-") == 0 ? "/dev/stdin" : path;

	if (g_file_get_contents(name, text, len, &error))
		return CAROM_OK;
	return carom_status_fail(err, CAROM_MISUSE, "%s", error->message);
}

/* Each file by itself: whole, or not at all. */
static CaromStatus
import_figures(const Options *o, const char *source, char *const *paths, GError **err)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromKnowledge) knowledge = NULL;
	CaromStatus status = cmd_open_store(&config, &store, err);

	if (status == CAROM_OK)
		status = carom_knowledge_load(config, &knowledge, err);
	for (; status == CAROM_OK && *paths; paths++) {
		Figures figures = { *paths, knowledge->providers };
		const CaromOutsideOptions options = { .domain = o->domain,
						      .is_provider = is_provider,
						      .fault = print_fault,
						      .user = &figures };
		g_autofree char *text = NULL;
		g_autoptr(GError) error = NULL;
		CaromOutsideResult result;
		gsize len;

		status = read_text(*paths, &text, &len, err);
		if (status == CAROM_OK)
			status = carom_outside_import(store, source, text, len, &options, &result,
						      &error);
		if (status == CAROM_OK)
			print_result(*paths, &result);
		else if (error != NULL)
			status = carom_status_fail(err, status, "%s: %s", *paths, error->message);
	}
	return status;
}

static CaromStatus
import_counts(const Options *o, char *const *paths, GError **err)
{
	return import_figures(o, "counts", paths, err);
}

static CaromStatus
import_snds(const Options *o, char *const *paths, GError **err)
{
	return import_figures(o, "snds", paths, err);
}

static CaromStatus
import_postmaster(const Options *o, char *const *paths, GError **err)
{
	return import_figures(o, "postmaster", paths, err);
}

/* ---- the command --------------------------------------------------------------------------- */

typedef struct {
	const char *name;
	CaromStatus (*run)(const Options *o, char *const *paths, GError **err);
} Source;

static const Source sources[] = {
	{ "maillog", import_mail_log },
	{ "counts", import_counts },
	{ "snds", import_snds },
	{ "postmaster", import_postmaster },
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
	const GOptionEntry options[] = {
		{ "again", 0, 0, G_OPTION_ARG_NONE, &o.again,
		  "maillog: read whole files, also what was read before", NULL },
		{ "domain", 'd', 0, G_OPTION_ARG_STRING, &o.domain,
		  "postmaster: whose figures they are, if not said", "NAME" },
		{ "timezone", 'z', 0, G_OPTION_ARG_STRING, &o.timezone,
		  "maillog: of times that name none", "ZONE" },
		G_OPTION_ENTRY_NULL
	};
	g_autoptr(GError) error = NULL;
	const Source *source;
	CaromStatus status = CAROM_OK;
	int code = EX_USAGE;

	if (!cmd_options(&argc, &argv, options, "SOURCE [FILE…]",
			 "What was sent, delivered and refused, by Postfix's own log, and what\n"
			 "others count of our mail.",
			 "SOURCE is maillog, counts, snds or postmaster. Without a file it is\n"
			 "standard input. The same line of a log counts once, however often it is\n"
			 "read; the same figure again replaces."))
		return EX_USAGE;
	source = find_source(argc > 1 ? argv[1] : NULL);
	if (source == NULL) {
		code = cmd_usage("import wants a source: maillog, counts, snds or postmaster");
	} else {
		status = source->run(&o, argc > 2 ? argv + 2 : standard_input, &error);
		code = status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
	}
	g_free(o.timezone);
	g_free(o.domain);
	return code;
}
