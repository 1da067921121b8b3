/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "config/datadir.h"
#include "rules/advice.h"
#include "stats/letter.h"
#include "stats/summary.h"
#include "stats/wording.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define ACTION 1 /* exit status of --exit-code */
#define PAPER 80 /* columns of the text in a message */

/* The command line. */
typedef struct {
	char *format, *day, *since, *until, *account, *stream, *provider, *lang, *sendmail;
	char **mail_to;
	int n_days;
	gboolean exit_code;
} Options;

/* What advice is taken from. */
typedef struct {
	const CaromAdvice *words;
	const CaromConfig *config;
	CaromKnowledge *knowledge; /* NULL: not asked for yet */
} Books;

/* Where to ask a blocklist for removal; the rules know, and are read only for that. */
static const char *
removal(Books *books, const char *blocklist)
{
	g_autoptr(GError) error = NULL;

	if (books->knowledge == NULL &&
	    carom_knowledge_load(books->config, &books->knowledge, &error) != CAROM_OK)
		return NULL;
	return carom_rules_removal(books->knowledge->rules, blocklist);
}

static const char *
advise(const char *about, const char *key, void *user)
{
	Books *books = user;

	return strcmp(key, "removal") == 0 ? removal(books, about)
					   : carom_advice_get(books->words, about, key);
}

/* An address that cannot break the header, nor be taken for an option. */
static gboolean
is_mail_address(const char *text)
{
	if (*text == '\0' || *text == '-')
		return FALSE;
	for (; *text != '\0'; text++)
		if (strchr("<>(),;:\\\"[] ", *text) != NULL || g_ascii_iscntrl(*text) ||
		    (guchar) *text >= 0x80)
			return FALSE;
	return TRUE;
}

/* EX_OK, or what was wrong has been said. */
static int
check_options(const Options *o, int argc, char **argv)
{
	const char *const days[] = { o->day, o->since, o->until };
	static const char *const names[] = { "day", "since", "until" };

	if (argc > 2)
		return cmd_usage("report takes one name");
	if (argc == 2 && !carom_summary_exists(argv[1]) && !cmd_report_unknown_exists(argv[1]))
		return cmd_usage(
			"there is no report \"%s\"; there are %s, unrecognised, undetermined",
			argv[1], carom_summary_names());
	if (cmd_renderer(o->format) == NULL)
		return cmd_usage("report: --format is text, csv, json, html or prometheus, not "
				 "\"%s\"",
				 o->format);
	for (gsize i = 0; i < G_N_ELEMENTS(days); i++)
		if (days[i] != NULL && !cmd_is_day(days[i]))
			return cmd_usage("report: --%s is YYYY-MM-DD, not \"%s\"", names[i],
					 days[i]);
	if (o->day != NULL && o->until != NULL)
		return cmd_usage("report: --day and --until are the same; give one of them");
	if (o->since != NULL && strcmp(o->since, o->until ? o->until
						 : o->day ? o->day
							  : o->since) > 0)
		return cmd_usage("report: --since is after the last day");
	if (o->n_days < 1 || o->n_days > 3660)
		return cmd_usage("report: --days is a number from 1 to 3660");
	if (o->lang != NULL && !carom_advice_speaks(o->lang))
		return cmd_usage("report: --lang is en or id, not \"%s\"", o->lang);
	for (char **to = o->mail_to; to != NULL && *to != NULL; to++)
		if (!is_mail_address(*to))
			return cmd_usage("report: --mail-to can't be \"%s\"", *to);
	return EX_OK;
}

/* The document as one string. The caller's. */
static char *
rendered(const CaromRenderer *renderer, const CaromDocument *document)
{
	CaromRenderOut out = { .text = g_string_new(NULL), .width = PAPER };

	carom_render(renderer, document, &out);
	return g_string_free(out.text, FALSE);
}

/* Hands the message to sendmail(8): 0, or what was wrong has been said. */
static int
give_to_sendmail(const Options *o, const char *message)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	gint in, status;
	FILE *pipe;
	GPid pid;

	g_ptr_array_add(argv, o->sendmail ? o->sendmail : (char *) "/usr/sbin/sendmail");
	g_ptr_array_add(argv, (char *) "-i");
	g_ptr_array_add(argv, (char *) "--");
	for (char **to = o->mail_to; *to != NULL; to++)
		g_ptr_array_add(argv, *to);
	g_ptr_array_add(argv, NULL);
	if (!g_spawn_async_with_pipes(NULL, (char **) argv->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
				      NULL, NULL, &pid, &in, NULL, NULL, &error)) {
		fprintf(stderr, "carom: the report could not be mailed: %s\n", error->message);
		return EX_UNAVAILABLE;
	}
	signal(SIGPIPE, SIG_IGN); /* one that ends early says so by its exit status */
	pipe = fdopen(in, "w");
	if (pipe == NULL || fputs(message, pipe) < 0 || fclose(pipe) != 0)
		fprintf(stderr, "carom: sendmail did not take the whole report\n");
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return EX_OK;
	fprintf(stderr, "carom: the report could not be mailed: %s failed\n",
		(const char *) g_ptr_array_index(argv, 0));
	return EX_TEMPFAIL;
}

static int
mail(const Options *o, const CaromSummary *summary)
{
	const CaromDocument *document = carom_summary_document(summary);
	g_autofree char *text = rendered(&carom_render_text, document),
			*html = rendered(&carom_render_html, document),
			*from = g_strdup_printf("carom <%s>", g_get_user_name()),
			*subject = g_strdup_printf("%s%s%s", document->title,
						   document->notes ? ": " : "",
						   document->notes ? document->notes[0] : "");
	const CaromLetter letter = { .from = from,
				     .to = (const char *const *) o->mail_to,
				     .subject = subject,
				     .text = text,
				     .html = html,
				     .host = g_get_host_name(),
				     .now = time(NULL) };
	g_autofree char *message = carom_letter_write(&letter);

	return give_to_sendmail(o, message);
}

/* What the summary is asked by. */
static CaromSummaryQuestion
question_of(const Options *o, const char *name, const CaromConfig *config, const char *lang,
	    const CaromAdviser *adviser, const char *const *notes)
{
	const CaromRenderer *renderer = cmd_renderer(o->format);

	return (CaromSummaryQuestion){
		.name = name,
		.first = o->since,
		.last = o->until ? o->until : o->day,
		.days = o->n_days,
		.account = o->account,
		.stream = o->stream,
		.provider = o->provider,
		.lang = lang,
		.datadir = carom_config_datadir(),
		.adviser = adviser,
		.notes = *config->bounce.keys ? NULL : notes,
		.one_table = o->mail_to == NULL && renderer == &carom_render_csv,
	};
}

/* What no parser or rule knows is a list of texts, and no table of figures. */
static int
report_unknown(const Options *o, CaromStore *store, const char *name, const char *lang)
{
	g_autoptr(CaromTable) days = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = carom_tallies_days(store, o->since, o->until ? o->until : o->day,
						o->n_days, &days, &error);

	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	const CaromSpan span = { .first = carom_table_cell(days, 0, CAROM_DAYS_FIRST),
				 .last = carom_table_cell(days, 0, CAROM_DAYS_LAST),
				 .account = o->account,
				 .stream = o->stream,
				 .provider = o->provider };

	return cmd_report_unknown(store, name, &span, cmd_renderer(o->format), lang);
}

static int
report(const Options *o, const char *name)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(CaromAdvice) words = NULL;
	g_autoptr(CaromSummary) summary = NULL;
	g_autoptr(GError) error = NULL;
	Books books = { 0 };
	const CaromAdviser adviser = { .advice = advise, .user = &books };
	CaromStatus status = carom_advice_load(carom_config_datadir(), o->lang, &words, &error);
	int exit_code = EX_OK;

	books.words = words;
	if (status == CAROM_OK)
		status = cmd_open_store(&config, &store, &error);
	if (status == CAROM_OK && cmd_report_unknown_exists(name))
		return report_unknown(o, store, name, carom_advice_lang(words));
	books.config = config;
	if (status == CAROM_OK) {
		/* Without a key anybody can write a return address of ours: said in every report,
		 * until there is one. */
		const char *lang = carom_advice_lang(words);
		const char *const notes[] = { carom_wording(lang, CAROM_WORDING_UNSIGNED), NULL };
		const CaromSummaryQuestion question =
			question_of(o, name, config, lang, &adviser, notes);

		status = carom_summary_collect(store, &question, &summary, &error);
	}
	carom_knowledge_free(books.knowledge);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (o->mail_to != NULL)
		exit_code = mail(o, summary);
	else
		cmd_print(cmd_renderer(o->format), carom_summary_document(summary));
	if (exit_code == EX_OK && o->exit_code && carom_summary_actions(summary) > 0)
		return ACTION;
	return exit_code;
}

int
cmd_report(int argc, char **argv)
{
	static Options o = { .n_days = 1 };
	const GOptionEntry options[] = {
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format,
		  "text, csv, json, html or prometheus", "FORMAT" },
		{ "day", 'd', 0, G_OPTION_ARG_STRING, &o.day,
		  "the last day of the report; otherwise today", "YYYY-MM-DD" },
		{ "days", 'n', 0, G_OPTION_ARG_INT, &o.n_days,
		  "how many days, ending with that one", "N" },
		{ "since", 0, 0, G_OPTION_ARG_STRING, &o.since,
		  "the first day, instead of a number of days", "YYYY-MM-DD" },
		{ "until", 0, 0, G_OPTION_ARG_STRING, &o.until, "the last day", "YYYY-MM-DD" },
		{ "account", 'a', 0, G_OPTION_ARG_STRING, &o.account, "of this account only",
		  "NAME" },
		{ "stream", 's', 0, G_OPTION_ARG_STRING, &o.stream, "of this stream only", "NAME" },
		{ "provider", 'p', 0, G_OPTION_ARG_STRING, &o.provider, "at this provider only",
		  "NAME" },
		{ "lang", 'l', 0, G_OPTION_ARG_STRING, &o.lang, "en or id", "LANG" },
		{ "mail-to", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &o.mail_to,
		  "mail it there; may be given again", "ADDRESS" },
		{ "sendmail", 0, 0, G_OPTION_ARG_FILENAME, &o.sendmail,
		  "program that mails it, instead of /usr/sbin/sendmail", "FILE" },
		{ "exit-code", 0, 0, G_OPTION_ARG_NONE, &o.exit_code,
		  "exit 1 where something needs action", NULL },
		G_OPTION_ENTRY_NULL
	};
	int wrong;

	if (!cmd_options(
		    &argc, &argv, options, "[nightly|NAME]",
		    "What came back, where, since when, and what to do about it.",
		    "Names: nightly, incidents, providers, streams, complaints, cohorts, bounces,\n"
		    "blocks, campaigns, ips, days, feeds, isp, categories, balance, suppressions,\n"
		    "outside, unrecognised, undetermined. As csv, nightly is isp."))
		return EX_USAGE;
	wrong = check_options(&o, argc, argv);
	return wrong != EX_OK ? wrong : report(&o, argc > 1 ? argv[1] : "nightly");
}
