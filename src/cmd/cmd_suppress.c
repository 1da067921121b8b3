/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "base/json.h"
#include "config/scope.h"
#include "lists/list_address.h"
#include "store/suppressions.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define SUPPRESSED 1 /* exit code of check; of remove: there was nothing */

typedef struct {
	char *account, *stream, *reason, *note, *expires, *format, *file;
	char *category, *rule, *provider, *reply, *since, *until;
	gboolean domain, apply, stops;
	const CaromRenderer *renderer;
	char *address; /* as lists have it */
} Options;

/* "account acme, stream news", or everybody's mail. Caller's. */
static char *
scope_text(const CaromTable *table, guint row, guint account, guint stream)
{
	const char *whose = carom_table_cell(table, row, account);
	const char *part = carom_table_cell(table, row, stream);

	if (whose == NULL || *whose == '\0')
		whose = NULL;
	if (part == NULL || *part == '\0')
		return whose ? g_strdup_printf("account %s", whose) : g_strdup("everybody's mail");
	return whose ? g_strdup_printf("account %s, stream %s", whose, part)
		     : g_strdup_printf("everybody's mail, stream %s", part);
}

/* ---- list ---- */

/* Two lines or more an entry: a table of all that is known would be 160 columns wide. */
static void
print_entry(const CaromTable *table, guint row)
{
	g_autofree char *scope = scope_text(table, row, CAROM_LISTED_ACCOUNT, CAROM_LISTED_STREAM);
	g_autofree char *since = carom_render_text_cell(table, row, CAROM_LISTED_SINCE);
	g_autoptr(GString) line = g_string_new(NULL);
	const char *until = carom_table_cell(table, row, CAROM_LISTED_EXPIRES);
	const char *confidence = carom_table_cell(table, row, CAROM_LISTED_CONFIDENCE);
	const char *author = carom_table_cell(table, row, CAROM_LISTED_AUTHOR);
	const char *note = carom_table_cell(table, row, CAROM_LISTED_NOTE);

	printf("%s, %s\n", carom_table_cell(table, row, CAROM_LISTED_ADDRESS), scope);
	g_string_append_printf(line, "%s (%s%s%s) since %s, %s%s",
			       carom_table_cell(table, row, CAROM_LISTED_REASON),
			       carom_table_cell(table, row, CAROM_LISTED_SOURCE),
			       confidence ? ", " : "", confidence ? confidence : "",
			       since ? since : "-", until ? "until " : "for good",
			       until ? until : "");
	if (!carom_table_flag(table, row, CAROM_LISTED_STOPS_TRANSACTIONAL))
		g_string_append(line, ", not for transactional mail");
	if (author != NULL && *author != '\0')
		g_string_append_printf(line, ", by %s", author);
	if (note != NULL && *note != '\0')
		g_string_append_printf(line, ": %s", note);
	cmd_print_wrapped("", 4, line->str);
}

static CaromStatus
run_list(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		o->stops ? carom_suppressions_stopping(store, o->account, o->stream, &table, err)
			 : carom_suppressions_list(store, o->account, o->stream, &table, err);

	(void) exit_code;
	if (status == CAROM_OK)
		cmd_print_rows(o->renderer, table, "nobody is suppressed", print_entry);
	return status;
}

/* ---- check ---- */

/* Whom the entry at row is of, as whoever asked knows it. Caller's. */
static char *
name_found(const char *asked, const CaromTable *table, guint row)
{
	const char *address = carom_table_cell(table, row, CAROM_SUPPRESSION_ADDRESS);

	if (address != NULL && carom_list_address_is_forgotten(address))
		return g_strconcat(asked, " (forgotten)", NULL);
	if (address != NULL && *address != '@' && strcmp(address, asked) != 0)
		return g_strdup_printf("%s (one mailbox with %s)", asked, address);
	return g_strdup(address);
}

static void
print_found(const char *asked, const CaromTable *table, guint row)
{
	g_autofree char *name = name_found(asked, table, row);
	g_autofree char *scope =
		scope_text(table, row, CAROM_SUPPRESSION_ACCOUNT, CAROM_SUPPRESSION_STREAM);
	const char *until = carom_table_cell(table, row, CAROM_SUPPRESSION_EXPIRES);
	const char *note = carom_table_cell(table, row, CAROM_SUPPRESSION_NOTE);
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_append_printf(line, "%s is suppressed for %s: %s (%s) since %s, ", name, scope,
			       carom_table_cell(table, row, CAROM_SUPPRESSION_REASON),
			       carom_table_cell(table, row, CAROM_SUPPRESSION_SOURCE),
			       carom_table_cell(table, row, CAROM_SUPPRESSION_SINCE));
	if (until != NULL)
		g_string_append_printf(line, "until %s", until);
	else
		g_string_append(line, "for good");
	if (note != NULL)
		g_string_append_printf(line, ": %s", note);
	cmd_print_wrapped("", 0, line->str);
}

/* What is on the lists of this account and of everybody, and does not stop this stream. */
static CaromStatus
print_passed_over(CaromStore *store, const Options *o, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_suppressions_find(store, o->address, NULL, NULL, &table, err);

	for (guint r = 0; status == CAROM_OK && r < table->n_rows; r++) {
		const char *account = carom_table_cell(table, r, CAROM_SUPPRESSION_ACCOUNT);
		const char *stream = carom_table_cell(table, r, CAROM_SUPPRESSION_STREAM);

		if ((*account == '\0' || strcmp(account, o->account) == 0) && *stream == '\0') {
			fputs("other mail, not this stream: ", stdout);
			print_found(o->address, table, r);
		}
	}
	return status;
}

/* The whole answer as one object of JSON. */
static void
print_answer(const char *address, const CaromTable *table)
{
	g_autoptr(GString) out = g_string_new(NULL);

	carom_json_begin_object(out);
	carom_json_member(out, "address", address);
	carom_json_name(out, "suppressed");
	carom_json_boolean(out, table->n_rows > 0);
	carom_json_name(out, "by");
	carom_render_json_rows(table, out);
	carom_json_end_object(out);
	puts(out->str);
}

/* With an account: may it mail this address? Without one: is anybody kept from mailing it? */
static CaromStatus
run_check(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status;

	if (o->file != NULL) {
		*exit_code =
			cmd_suppress_check_file(store, o->file, o->account, o->stream, o->renderer);
		return CAROM_OK;
	}
	status = carom_suppressions_find(store, o->address, o->account, o->stream, &table, err);
	if (status != CAROM_OK)
		return status;
	*exit_code = table->n_rows > 0 ? SUPPRESSED : EX_OK;
	if (o->renderer == &carom_render_json)
		print_answer(o->address, table);
	else if (o->renderer != &carom_render_text)
		cmd_print_table(o->renderer, table, NULL);
	else if (table->n_rows == 0)
		printf("%s may be mailed\n", o->address);
	if (o->renderer != &carom_render_text)
		return CAROM_OK;
	if (table->n_rows == 0 && o->stream != NULL)
		return print_passed_over(store, o, err);
	else
		for (guint r = 0; r < table->n_rows; r++)
			print_found(o->address, table, r);
	return CAROM_OK;
}

/* ---- add, remove ---- */

static void
print_done(const Options *o, const char *done, const char *remark)
{
	if (o->renderer == &carom_render_text) {
		printf("%s: %s%s\n", o->address, done, remark);
	} else if (o->renderer == &carom_render_csv) {
		g_autoptr(CaromTable) table = carom_table_new(2, 1);

		carom_table_set_column(table, 0, "address", CAROM_COLUMN_TEXT);
		carom_table_set_column(table, 1, "done", CAROM_COLUMN_TEXT);
		carom_table_set_cell(table, 0, 0, g_strdup(o->address));
		carom_table_set_cell(table, 0, 1, g_strdup(done));
		cmd_print_table(o->renderer, table, NULL);
	} else {
		g_autoptr(GString) out = g_string_new(NULL);

		carom_json_begin_object(out);
		carom_json_member(out, "address", o->address);
		carom_json_member(out, "done", done);
		carom_json_end_object(out);
		puts(out->str);
	}
}

static CaromStatus
run_add(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	const CaromSuppressionEntry entry = { .address = o->address,
					      .reason = o->reason,
					      .account = o->account,
					      .stream = o->stream,
					      .note = o->note,
					      .expires = o->expires };
	g_autofree char *done = NULL;
	CaromStatus status = carom_suppressions_add(store, &entry, &done, err);

	(void) exit_code;
	if (status != CAROM_OK)
		return status;
	print_done(o, done,
		   strcmp(done, "kept") == 0 && o->note != NULL
			   ? ", what was there is as strong; the note was not stored"
			   : "");
	return CAROM_OK;
}

static CaromStatus
run_remove(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	CaromStatus status =
		carom_suppressions_remove(store, o->address, o->note, o->account, o->stream, err);

	if (status != CAROM_OK && status != CAROM_ABSENT)
		return status;
	*exit_code = status == CAROM_OK ? EX_OK : SUPPRESSED;
	if (status == CAROM_OK)
		print_done(o, "removed", "");
	else
		print_done(o, "absent",
			   ": it was not on this list (the scope counts: --account, --stream)");
	return CAROM_OK;
}

/* ---- undo, alive ---- */

static void
print_cause(const Options *o, const CaromTable *table)
{
	guint64 total = 0, others = 0;

	for (guint r = 0; r < table->n_rows; r++) {
		total += g_ascii_strtoull(carom_table_cell(table, r, CAROM_CAUSE_SUPPRESSIONS),
					  NULL, 10);
		others +=
			g_ascii_strtoull(carom_table_cell(table, r, CAROM_CAUSE_OTHERS), NULL, 10);
	}
	printf("%" G_GUINT64_FORMAT " suppression%s would be released; nothing was changed\n",
	       total, total == 1 ? "" : "s");
	if (others > 0) {
		g_autofree char *line = g_strdup_printf(
			"Against %" G_GUINT64_FORMAT
			" of them a hard bounce that another rule judged speaks as well.",
			others);

		cmd_print_wrapped("", 0, line);
	}
	if (total == 0)
		return;
	putchar('\n');
	cmd_print_table(o->renderer, table, NULL);
	puts("\nTo release them: the same command with --apply and --note.");
}

/* Shown first, and released when --apply says so. */
static CaromStatus
run_undo(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	const CaromSuppressionCause cause = { .reason = o->category,
					      .rule = o->rule,
					      .provider = o->provider,
					      .reply = o->reply,
					      .account = o->account,
					      .stream = o->stream,
					      .from = o->since,
					      .to = o->until };
	gboolean counts = o->renderer == &carom_render_text && !o->apply;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		counts ? carom_suppressions_count_cause(store, &cause, &table, err)
		       : carom_suppressions_undo(store, &cause, o->note, !o->apply, &table, err);

	if (status != CAROM_OK)
		return status;
	*exit_code = table->n_rows > 0 ? EX_OK : SUPPRESSED;
	if (counts)
		print_cause(o, table);
	else if (o->renderer == &carom_render_text)
		printf("%u suppression%s released\n", table->n_rows, table->n_rows == 1 ? "" : "s");
	else
		cmd_print_table(o->renderer, table, NULL);
	return CAROM_OK;
}

static CaromStatus
run_alive(CaromStore *store, const void *options, int *exit_code, GError **err)
{
	const Options *o = options;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_suppressions_alive(store, &table, err);

	(void) exit_code;
	if (status == CAROM_OK)
		cmd_print_table(o->renderer, table, "nobody on the list was proven alive since");
	return status;
}

/* EX_OK, or what was said to be wrong. */
static int
check_cause(const Options *o)
{
	const char *const times[] = { o->since, o->until };

	for (gsize i = 0; i < G_N_ELEMENTS(times); i++)
		if (times[i] != NULL && !cmd_is_time(times[i]))
			return cmd_usage("suppress undo: \"%s\" is no day (YYYY-MM-DD) and no time "
					 "(YYYY-MM-DDTHH:MM:SS, with Z or an offset)",
					 times[i]);
	if (o->category == NULL && o->rule == NULL && o->provider == NULL && o->reply == NULL &&
	    (o->since == NULL || o->until == NULL))
		return cmd_usage(
			"suppress undo wants --rule, --category, --provider or --reply, or "
			"--since and --until: what went wrong?");
	if (o->category != NULL && cmd_check_category("suppress undo", o->category) != EX_OK)
		return EX_USAGE;
	if (o->apply && cmd_is_blank(o->note))
		return cmd_usage("suppress undo --apply wants --note: what went wrong?");
	return EX_OK;
}

/* ---- the command ---- */

typedef struct {
	const char *name;
	gboolean wants_address;
	CaromListAddressUse use;               /* of the address */
	gboolean stream_alone;                 /* a stream may be named without its account */
	const char *wants_reason, *wants_note; /* NULL: not; else why */
	CmdVerb *run;
} Verb;

static const Verb verbs[] = {
	{ .name = "list", .stream_alone = TRUE, .run = run_list },
	{ .name = "check", .wants_address = TRUE, .use = CAROM_LIST_ADDRESS_ONE, .run = run_check },
	{ .name = "add",
	  .wants_address = TRUE,
	  .use = CAROM_LIST_ADDRESS_NEW,
	  .wants_reason = "whoever asks later why deserves an answer",
	  .run = run_add },
	{ .name = "remove",
	  .wants_address = TRUE,
	  .use = CAROM_LIST_ADDRESS_ENTRY,
	  .wants_note = "why this address may be mailed again",
	  .run = run_remove },
	{ .name = "undo", .stream_alone = TRUE, .run = run_undo },
	{ .name = "alive", .run = run_alive },
};

static const Verb *
find_verb(const char *name)
{
	for (gsize i = 0; name != NULL && i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* EX_OK, or the exit code of what was said to be wrong. Before the database is asked. */
static int
check_options(const Verb *verb, Options *o, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *given = NULL;
	CaromListAddressUse use = verb->use;
	CaromStatus status;

	if (o->file != NULL && (verb->run != run_check || argc != 2 || o->domain))
		return cmd_usage("suppress: --file is for check, instead of an address");
	if (o->file == NULL && argc != (verb->wants_address ? 3 : 2))
		return cmd_usage("suppress %s wants %s", verb->name,
				 verb->wants_address ? "one address" : "no argument");
	o->renderer = cmd_check_format("suppress", o->format);
	if (o->renderer == NULL)
		return EX_USAGE;
	if (o->stops && (verb->run != run_list || o->account == NULL))
		return cmd_usage("suppress: --stops is for list, with --account");
	if (o->expires != NULL && !cmd_is_day(o->expires))
		return cmd_usage("suppress: --expires is YYYY-MM-DD, not \"%s\"", o->expires);
	if (o->stream != NULL && o->account == NULL && !verb->stream_alone)
		return cmd_usage("suppress %s: --stream \"%s\" is a stream of which --account?",
				 verb->name, o->stream);
	if (verb->wants_reason != NULL && cmd_is_blank(o->reason))
		return cmd_usage("suppress %s wants --reason: %s", verb->name, verb->wants_reason);
	if (verb->wants_note != NULL && cmd_is_blank(o->note))
		return cmd_usage("suppress %s wants --note: %s", verb->name, verb->wants_note);
	if (verb->run == run_undo)
		return check_cause(o);
	if (!verb->wants_address || o->file != NULL)
		return EX_OK;
	use = o->domain && use == CAROM_LIST_ADDRESS_ONE ? CAROM_LIST_ADDRESS_ENTRY : use;
	given = g_strconcat(o->domain && argv[2][0] != '@' ? "@" : "", argv[2], NULL);
	status = carom_list_address_read(given, use, &o->address, &error);
	return status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
}

static void
clear_options(Options *o)
{
	char *const texts[] = { o->account, o->stream,  o->reason, o->note,     o->expires,
				o->format,  o->address, o->rule,   o->category, o->provider,
				o->reply,   o->since,   o->until,  o->file };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		g_free(texts[i]);
}

/* The verbs with options of their own. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "import", cmd_suppress_import },
	{ "export", cmd_suppress_export },
};

/* TRUE: it was one of those; *code is what it came to. */
static gboolean
run_command(int argc, char **argv, int *code)
{
	for (gsize i = 0; argc > 1 && i < G_N_ELEMENTS(commands); i++) {
		g_autofree char *program = NULL;

		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		program = g_strdup_printf("%s %s", argv[0], argv[1]);
		g_set_prgname(program);
		argv[1] = program;
		*code = commands[i].run(argc - 1, argv + 1);
		return TRUE;
	}
	return FALSE;
}

int
cmd_suppress(int argc, char **argv)
{
	Options o = { 0 };
	const GOptionEntry options[] = {
		{ "account", 'a', 0, G_OPTION_ARG_STRING, &o.account, "of this account", "NAME" },
		{ "stream", 's', 0, G_OPTION_ARG_STRING, &o.stream, "of this stream of the account",
		  "NAME" },
		{ "domain", 'd', 0, G_OPTION_ARG_NONE, &o.domain,
		  "check: the argument is a whole domain", NULL },
		{ "file", 'F', 0, G_OPTION_ARG_FILENAME, &o.file,
		  "check: every line of this file (- is standard input)", "FILE" },
		{ "reason", 'r', 0, G_OPTION_ARG_STRING, &o.reason,
		  "add: why (a category, or words)", "WORDS" },
		{ "note", 'n', 0, G_OPTION_ARG_STRING, &o.note, "what a colleague should know",
		  "TEXT" },
		{ "expires", 'e', 0, G_OPTION_ARG_STRING, &o.expires, "add: until then", "DAY" },
		{ "rule", 0, 0, G_OPTION_ARG_STRING, &o.rule, "undo: what this rule did", "RULE" },
		{ "category", 0, 0, G_OPTION_ARG_STRING, &o.category,
		  "undo: what was suppressed for this", "CATEGORY" },
		{ "provider", 'p', 0, G_OPTION_ARG_STRING, &o.provider, "undo: at this provider",
		  "ID" },
		{ "reply", 0, 0, G_OPTION_ARG_STRING, &o.reply,
		  "undo: because of replies such as this one", "TEXT" },
		{ "since", 0, 0, G_OPTION_ARG_STRING, &o.since, "undo: from then on", "TIME" },
		{ "until", 0, 0, G_OPTION_ARG_STRING, &o.until, "undo: until then", "TIME" },
		{ "stops", 0, 0, G_OPTION_ARG_NONE, &o.stops,
		  "list: only what stops mail of this account and stream", NULL },
		{ "apply", 0, 0, G_OPTION_ARG_NONE, &o.apply,
		  "undo: do it; otherwise it is only shown", NULL },
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &o.format, "text, csv or json", "FORMAT" },
		G_OPTION_ENTRY_NULL
	};
	const Verb *verb;
	int code = EX_USAGE;

	if (run_command(argc, argv, &code))
		return code;
	if (!cmd_options(&argc, &argv, options, "list|check|add|remove|undo|alive|import|export",
			 "The lists of addresses not to be mailed.",
			 "check exits 0 if the address may be mailed, 1 if not, and with another\n"
			 "code if nobody can say. Without --account any account's entry counts.\n"
			 "carom suppress import --help, and export --help, tell theirs."))
		return EX_USAGE;
	verb = find_verb(argc > 1 ? argv[1] : NULL);
	code = verb != NULL
		       ? check_options(verb, &o, argc, argv)
		       : cmd_usage(
				 "suppress wants list, undo, alive, import or export, or check, add or "
				 "remove and an address");
	if (code == EX_OK)
		code = cmd_run_verb(verb->run, &o);
	clear_options(&o);
	return code;
}
