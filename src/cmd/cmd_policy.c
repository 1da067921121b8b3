/* SPDX-License-Identifier: BSD-2-Clause */
/* carom policy: which events suppress an address, and what they would have done */
#include "config.h"

#include "cmd/cmd.h"
#include "base/text.h"
#include "config/datadir.h"
#include "lists/policy_words.h"
#include "report/report.h"
#include "rules/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define ABSENT 1 /* exit code of unset: there was nothing */

typedef struct {
	char *account, *stream, *provider, *status, *reply, *scope, *transactional;
	char *note, *since, *format;
	int after, within, expires;
	gboolean never, apply, none;
	const char *const *streams; /* of argv */
	guint n_streams;
	const CaromRenderer *renderer;
	CaromPolicy policy; /* borrows from the above, and from argv */
} Options;

/* ---- what there is ---- */

static const char *const complaints[] = { "complaint:abuse",    "complaint:fraud",
					  "complaint:virus",    "complaint:opt-out",
					  "complaint:not-spam", "complaint:auth-failure",
					  "complaint:other" };

/* The i-th thing that a policy is for; NULL behind the last. */
static const char *
category_at(guint i)
{
	if (i + 1 < CAROM_N_CATEGORIES)
		return carom_report_category_name((CaromCategory) (i + 1));
	i -= CAROM_N_CATEGORIES - 1;
	return i < G_N_ELEMENTS(complaints) ? complaints[i] : NULL;
}

int
cmd_check_category(const char *command, const char *name)
{
	const char *nearest = "", *known;
	guint least = G_MAXUINT;

	for (guint i = 0; (known = category_at(i)) != NULL; i++) {
		guint distance = carom_text_distance(known, name);

		if (distance < least) {
			least = distance;
			nearest = known;
		}
	}
	return least == 0 ? EX_OK
			  : cmd_usage("%s: there is no category \"%s\"; the nearest is %s", command,
				      name, nearest);
}

int
cmd_check_provider(const char *command, const char *id)
{
	g_autofree char *file = g_build_filename(carom_config_datadir(), "providers", NULL);
	g_autoptr(CaromProviders) providers = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = carom_providers_load(file, &providers, &error);

	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	return carom_provider_exists(providers, id)
		       ? EX_OK
		       : cmd_usage("%s: there is no provider \"%s\": carom-providers(5) names them",
				   command, id);
}

/* ---- list, log ---- */

/* Category, whose mail and where, and what the policy is; a line each. The caller's. */
static CaromTable *
rows_in_words(const CaromTable *rows)
{
	CaromTable *words = carom_table_new(3, rows->n_rows);

	carom_table_set_column(words, 0, "category", CAROM_COLUMN_TEXT);
	carom_table_set_column(words, 1, "only", CAROM_COLUMN_TEXT);
	carom_table_set_column(words, 2, "suppresses", CAROM_COLUMN_TEXT);
	for (guint r = 0; r < rows->n_rows; r++) {
		const CaromPolicy policy = carom_policy_words_row(rows, r, 0);

		carom_table_set_cell(words, r, 0, g_strdup(policy.category));
		carom_table_set_cell(words, r, 1, carom_policy_words_where(&policy));
		carom_table_set_cell(words, r, 2, carom_policy_words(&policy));
	}
	return words;
}

static CaromStatus
run_list(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) rows = NULL, words = NULL;
	CaromStatus status = carom_policies_list(store, o->policy.category, &rows, err);

	(void) exit_code;
	if (status != CAROM_OK)
		return status;
	if (o->renderer == &carom_render_text)
		words = rows_in_words(rows);
	cmd_print_table(o->renderer, words ? words : rows, "there is no such policy");
	return CAROM_OK;
}

/* "after 5 days within 30, …, was at once, for good"; of apply, its numbers. The caller's. */
static char *
change_in_words(const CaromTable *log, guint row)
{
	const CaromPolicy policy = carom_policy_words_row(log, row, CAROM_POLICY_LOG_ROW);
	const char *change = carom_table_cell(log, row, CAROM_POLICY_LOG_CHANGE);
	const char *after = carom_table_cell(log, row, CAROM_POLICY_LOG_WAS_AFTER);
	const char *within = carom_table_cell(log, row, CAROM_POLICY_LOG_WAS_WITHIN_DAYS);
	const char *expires = carom_table_cell(log, row, CAROM_POLICY_LOG_WAS_EXPIRES_DAYS);
	const CaromPolicy was = {
		.after = after ? atoi(after) : 0,
		.within_days = within ? atoi(within) : 0,
		.expires_days = expires ? atoi(expires) : 0,
		.scope = carom_table_cell(log, row, CAROM_POLICY_LOG_WAS_SCOPE),
		.transactional = carom_table_cell(log, row, CAROM_POLICY_LOG_WAS_TRANSACTIONAL),
	};
	g_autofree char *now = carom_policy_words(&policy);
	g_autofree char *before = carom_policy_words(&was);
	g_autofree char *where = carom_policy_words_where(&policy);

	if (g_strcmp0(change, "streams") == 0) {
		const char *streams = carom_table_cell(log, row, CAROM_POLICY_LOG_STREAMS);

		return g_strconcat("transactional: ", streams ? streams : "none", NULL);
	}
	if (g_strcmp0(change, "apply") == 0)
		return g_strdup_printf("%s added, %s released, %s with another end",
				       carom_table_cell(log, row, CAROM_POLICY_LOG_ADDED),
				       carom_table_cell(log, row, CAROM_POLICY_LOG_RELEASED),
				       carom_table_cell(log, row, CAROM_POLICY_LOG_CHANGED));
	return g_strdup_printf("%s%s%s%s: %s%s%s", policy.category, *where ? " (" : "", where,
			       *where ? ")" : "", now,
			       g_strcmp0(change, "replace") == 0 ? "; before: " : "",
			       g_strcmp0(change, "replace") == 0 ? before : "");
}

static void
print_change(const CaromTable *log, guint row)
{
	g_autofree char *at = carom_render_text_cell(log, row, CAROM_POLICY_LOG_AT);
	g_autofree char *words = change_in_words(log, row);
	const char *note = carom_table_cell(log, row, CAROM_POLICY_LOG_NOTE);

	printf("%s  %s, by %s\n", at ? at : "-",
	       carom_table_cell(log, row, CAROM_POLICY_LOG_CHANGE),
	       carom_table_cell(log, row, CAROM_POLICY_LOG_AUTHOR));
	cmd_print_wrapped("", 4, words);
	if (note != NULL)
		cmd_print_wrapped("", 4, note);
}

static CaromStatus
run_log(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) log = NULL;
	CaromStatus status = carom_policies_log(store, &log, err);

	(void) exit_code;
	if (status == CAROM_OK)
		cmd_print_rows(o->renderer, log, "nobody changed the policy", print_change);
	return status;
}

/* ---- set, unset ---- */

static void
print_done(const Options *o, const char *done)
{
	g_autofree char *where = carom_policy_words_where(&o->policy);
	g_autoptr(CaromTable) table = NULL;

	if (o->renderer == &carom_render_text) {
		printf("%s%s%s%s: %s\n", o->policy.category, *where ? " (" : "", where,
		       *where ? ")" : "", done);
		return;
	}
	table = carom_table_new(2, 1);
	carom_table_set_column(table, 0, "category", CAROM_COLUMN_TEXT);
	carom_table_set_column(table, 1, "done", CAROM_COLUMN_TEXT);
	carom_table_set_cell(table, 0, 0, g_strdup(o->policy.category));
	carom_table_set_cell(table, 0, 1, g_strdup(done));
	cmd_print_table(o->renderer, table, NULL);
}

static CaromStatus
run_set(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autofree char *done = NULL;
	CaromStatus status = carom_policies_set(store, &o->policy, &done, err);

	(void) exit_code;
	if (status == CAROM_OK)
		print_done(o, done);
	return status;
}

static CaromStatus
run_unset(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromStatus status = carom_policies_unset(store, &o->policy, err);

	if (status != CAROM_OK && status != CAROM_ABSENT)
		return status;
	*exit_code = status == CAROM_OK ? EX_OK : ABSENT;
	print_done(o, status == CAROM_OK ? "removed" : "absent");
	return CAROM_OK;
}

/* ---- streams ---- */

static CaromStatus
run_streams(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) table = NULL;
	g_autofree char *done = NULL;
	CaromStatus status = CAROM_OK;

	(void) exit_code;
	if (o->none || o->n_streams > 0)
		status = carom_policies_set_streams(store, o->streams, o->n_streams, o->note, &done,
						    err);
	if (status == CAROM_OK)
		status = carom_policies_streams(store, &table, err);
	if (status == CAROM_OK)
		cmd_print_table(o->renderer, table, "no stream is transactional");
	return status;
}

/* ---- try ---- */

/* So many entries of the trial have that change. */
static guint64
count_of(const CaromTable *table, const char *change)
{
	guint64 n = 0;

	for (guint r = 0; r < table->n_rows; r++)
		if (strcmp(carom_table_cell(table, r, CAROM_TRIAL_CHANGE), change) == 0)
			n += g_ascii_strtoull(carom_table_cell(table, r, CAROM_TRIAL_SUPPRESSIONS),
					      NULL, 10);
	return n;
}

static void
print_trial(const Options *o, const CaromTable *table)
{
	static const CaromShown shown[] = { { .name = "change" },
					    { .name = "reason" },
					    { .name = "provider" },
					    { .name = "suppressions", .heading = "number" },
					    { .name = "samples" } };
	const CaromSection section = { .table = table,
				       .shown = shown,
				       .n_shown = G_N_ELEMENTS(shown) };
	const CaromDocument document = { .sections = &section, .n_sections = 1 };
	g_autofree char *line = g_strdup_printf(
		"%s %" G_GUINT64_FORMAT " added, %" G_GUINT64_FORMAT " released, %" G_GUINT64_FORMAT
		" with a later end and %" G_GUINT64_FORMAT " with an earlier one%s",
		o->apply ? "Done:" : "There would be", count_of(table, "add"),
		count_of(table, "release"), count_of(table, "longer"), count_of(table, "shorter"),
		o->apply ? "." : "; nothing was changed. --apply does it.");

	cmd_print_wrapped("", 0, line);
	if (table->n_rows > 0) {
		putchar('\n');
		cmd_print(o->renderer, &document);
	}
}

static CaromStatus
run_try(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	const CaromPolicyTrial trial = { .policy = o->policy.category ? &o->policy : NULL,
					 .since = o->since,
					 .apply = o->apply,
					 .note = o->note };
	g_autoptr(CaromTable) table = NULL;
	gboolean as_text = o->renderer == &carom_render_text;
	CaromStatus status = as_text ? carom_policies_try_counted(store, &trial, &table, err)
				     : carom_policies_try(store, &trial, &table, err);

	(void) exit_code;
	if (status != CAROM_OK)
		return status;
	if (as_text)
		print_trial(o, table);
	else
		cmd_print_table(o->renderer, table, NULL);
	return CAROM_OK;
}

/* ---- the command ---- */

typedef struct {
	const char *name;
	gboolean takes_category, wants_category, takes_row;
	CmdVerb *run;
} Verb;

static const Verb verbs[] = {
	{ .name = "list", .takes_category = TRUE, .run = run_list },
	{ .name = "set",
	  .takes_category = TRUE,
	  .wants_category = TRUE,
	  .takes_row = TRUE,
	  .run = run_set },
	{ .name = "unset", .takes_category = TRUE, .wants_category = TRUE, .run = run_unset },
	{ .name = "log", .run = run_log },
	{ .name = "streams", .run = run_streams },
	{ .name = "try", .takes_category = TRUE, .takes_row = TRUE, .run = run_try },
};

static const Verb *
find_verb(const char *name)
{
	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* The days of a row. EX_OK, or what was said to be wrong. */
static int
check_days(const Options *o)
{
	if (o->never && (o->after >= 0 || o->within >= 0 || o->expires >= 0))
		return cmd_usage("policy: --never has no days");
	if (!o->never && o->after < 0)
		return cmd_usage(
			"policy: after how many days? --after 1 is at once, --never never");
	if (!o->never && o->after == 0)
		return cmd_usage("policy: --after is 1 or more days; --never never suppresses");
	if (o->after > 1 && o->within < 0)
		return cmd_usage("policy: --after %d days --within how many?", o->after);
	if (o->after > 1 && o->within < o->after)
		return cmd_usage("policy: there are no %d days within %d", o->after, o->within);
	if (o->expires == 0)
		return cmd_usage("policy: --expires is 1 or more days; without it, for good");
	return EX_OK;
}

static int
check_words(const Options *o)
{
	static char *const scopes[] = { (char *) "global", (char *) "account", (char *) "stream",
					NULL };

	if (o->scope != NULL && !carom_text_in_list(scopes, o->scope))
		return cmd_usage("policy: --scope is global, account or stream, not \"%s\"",
				 o->scope);
	if (o->transactional != NULL && strcmp(o->transactional, "yes") != 0 &&
	    strcmp(o->transactional, "no") != 0)
		return cmd_usage("policy: --transactional is yes or no, not \"%s\"",
				 o->transactional);
	if (o->since != NULL && !cmd_is_day(o->since))
		return cmd_usage("policy: --since is YYYY-MM-DD, not \"%s\"", o->since);
	return o->provider != NULL && *o->provider != '\0'
		       ? cmd_check_provider("policy", o->provider)
		       : EX_OK;
}

static void
fill_policy(Options *o, const char *category)
{
	o->policy = (CaromPolicy){
		.category = category,
		.account = o->account,
		.stream = o->stream,
		.provider = o->provider,
		.status = o->status,
		.reply = o->reply,
		.after = MAX(o->after, 0),
		.within_days = MAX(o->within, 0),
		.expires_days = MAX(o->expires, 0),
		.scope = o->scope,
		.note = o->note,
	};
	if (o->transactional != NULL)
		o->policy.transactional = strcmp(o->transactional, "yes") == 0 ? "true" : "false";
}

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(const Verb *verb, Options *o, int argc, char **argv)
{
	const char *category = argc > 2 && verb->run != run_streams ? argv[2] : NULL;
	gboolean writes = verb->run == run_set || verb->run == run_unset || o->apply;
	int code = EX_OK;

	o->renderer = cmd_check_format("policy", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	if (verb->run == run_streams) {
		o->streams = (const char *const *) argv + 2;
		o->n_streams = (guint) argc - 2;
		writes = o->none || o->n_streams > 0;
	} else if (argc > 3 || (category != NULL && !verb->takes_category)) {
		return cmd_usage("policy %s takes %s", verb->name,
				 verb->takes_category ? "one category" : "no argument");
	}
	if (category == NULL && verb->wants_category)
		return cmd_usage("policy %s wants a category, such as mailbox_full or "
				 "complaint:abuse",
				 verb->name);
	if (o->apply && verb->run != run_try)
		return cmd_usage("policy: --apply belongs to try");
	if (o->none && (verb->run != run_streams || o->n_streams > 0))
		return cmd_usage("policy: --none belongs to streams, and names none");
	if (category != NULL)
		code = cmd_check_category("policy", category);
	if (code == EX_OK)
		code = check_words(o);
	if (code == EX_OK && category != NULL && verb->takes_row)
		code = check_days(o);
	if (code == EX_OK && writes && cmd_is_blank(o->note))
		code = cmd_usage("policy %s wants --note: whoever asks later why deserves an "
				 "answer",
				 verb->name);
	fill_policy(o, category);
	return code;
}

static void
clear_options(Options *o)
{
	char *const texts[] = { o->account, o->stream, o->provider,      o->status, o->reply,
				o->scope,   o->note,   o->transactional, o->since,  o->format };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
}

/* What has options of its own. */
static int
run_mailboxes(int argc, char **argv)
{
	g_autofree char *program = g_strdup_printf("%s mailboxes", argv[0]);

	g_set_prgname(program);
	argv[1] = program;
	return cmd_policy_mailboxes(argc - 1, argv + 1);
}

int
cmd_policy(int argc, char **argv)
{
	Options o = { .after = -1, .within = -1, .expires = -1 };
	const GOptionEntry options[] = {
		{ "account", 'a', 0, G_OPTION_ARG_STRING, &o.account, "only for this account",
		  "NAME" },
		{ "stream", 's', 0, G_OPTION_ARG_STRING, &o.stream, "only for this stream",
		  "NAME" },
		{ "provider", 'p', 0, G_OPTION_ARG_STRING, &o.provider, "only at this provider",
		  "ID" },
		{ "status", 0, 0, G_OPTION_ARG_STRING, &o.status, "only with this enhanced code",
		  "X.Y.Z" },
		{ "reply", 0, 0, G_OPTION_ARG_STRING, &o.reply, "only with this reply code",
		  "CODE" },
		{ "after", 0, 0, G_OPTION_ARG_INT, &o.after,
		  "suppress after events on so many days; 1: at once", "DAYS" },
		{ "within", 0, 0, G_OPTION_ARG_INT, &o.within, "the days lie within so many",
		  "DAYS" },
		{ "never", 0, 0, G_OPTION_ARG_NONE, &o.never, "never suppress", NULL },
		{ "expires", 'e', 0, G_OPTION_ARG_INT, &o.expires,
		  "suppressed for so many days; otherwise for good", "DAYS" },
		{ "scope", 0, 0, G_OPTION_ARG_STRING, &o.scope,
		  "for whose mail: global, account or stream", "SCOPE" },
		{ "transactional", 0, 0, G_OPTION_ARG_STRING, &o.transactional,
		  "whether it stops transactional streams: yes or no", "WHETHER" },
		{ "since", 0, 0, G_OPTION_ARG_STRING, &o.since,
		  "try: look at events from this day on", "DAY" },
		{ "apply", 0, 0, G_OPTION_ARG_NONE, &o.apply, "try: do it", NULL },
		{ "none", 0, 0, G_OPTION_ARG_NONE, &o.none, "streams, mailboxes: none is", NULL },
		{ "note", 'n', 0, G_OPTION_ARG_STRING, &o.note, "why", "TEXT" },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "text, csv or json", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	const Verb *verb;
	int code;

	if (argc > 1 && strcmp(argv[1], "mailboxes") == 0)
		return run_mailboxes(argc, argv);
	if (!cmd_options(&argc, &argv, options, "list|set|unset|try|streams|mailboxes|log [WORD…]",
			 "Which events suppress an address, where, and for how long.",
			 "try tells whom the policy, or the policy with one row more, would add\n"
			 "and release, by what is stored, and changes nothing without --apply."))
		return EX_USAGE;
	verb = find_verb(argc > 1 ? argv[1] : NULL);
	code = verb != NULL ? check_options(verb, &o, argc, argv)
			    : cmd_usage("policy wants list, set, unset, try, streams, mailboxes "
					"or log");
	if (code == EX_OK)
		code = cmd_run_verb(verb->run, &o);
	clear_options(&o);
	return code;
}
