/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "base/json.h"
#include "base/text.h"
#include "config/datadir.h"
#include "mail/address.h"
#include "rules/advice.h"
#include "rules/explain.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define INDENT 12 /* column that the text after a label begins in */

/* What answers are made with. */
typedef struct {
	const CaromKnowledge *knowledge;
	const CaromAdvice *advice;
	const char *provider; /* NULL: the reply tells */
	gboolean as_json;
} Explainer;

/* ---- an answer ---- */

/* The group of the advice that fits: of the word, or of the category. */
static const char *
advice_of(const CaromExplanation *e)
{
	return e->advice ? e->advice : carom_report_category_name(e->verdict.category);
}

/* A line of the advice; NULL where there is none, as for a provider. */
static const char *
advice(const Explainer *x, const CaromExplanation *e, const char *key)
{
	const char *about = advice_of(e);

	return about ? carom_advice_get(x->advice, about, key) : NULL;
}

static const char *
blocklist_of(const CaromExplanation *e)
{
	return e->verdict.blocklist[0] ? e->verdict.blocklist : NULL;
}

static const char *
removal_of(const Explainer *x, const CaromExplanation *e)
{
	return blocklist_of(e) ? carom_rules_removal(x->knowledge->rules, blocklist_of(e)) : NULL;
}

static const char *
subject_name(const CaromMeant *meant, CaromWord word)
{
	return meant->subjects & CAROM_WORD_BIT(word) ? carom_words_name(word) : NULL;
}

/* "about":[{"subject":["mailbox"],"predicate":"full"}] */
static void
put_meaning(GString *out, const CaromMeaning *meaning)
{
	if (meaning->n == 0)
		return;
	carom_json_name(out, "about");
	carom_json_begin_array(out);
	for (guint i = 0; i < meaning->n; i++) {
		carom_json_begin_object(out);
		carom_json_name(out, "subject");
		carom_json_begin_array(out);
		for (CaromWord word = 0; word < CAROM_N_WORDS; word++)
			if (subject_name(&meaning->meant[i], word) != NULL)
				carom_json_string(out, subject_name(&meaning->meant[i], word));
		carom_json_end_array(out);
		carom_json_member(out, "predicate", carom_words_name(meaning->meant[i].predicate));
		carom_json_end_object(out);
	}
	carom_json_end_array(out);
}

/* "mailbox full, sender and domain refused"; NULL where no word is known. Caller's. */
static char *
meaning_text(const CaromMeaning *meaning)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < meaning->n; i++) {
		const char *separator = i > 0 ? ", " : "";

		for (CaromWord word = 0; word < CAROM_N_WORDS; word++)
			if (subject_name(&meaning->meant[i], word) != NULL) {
				g_string_append_printf(out, "%s%s", separator,
						       subject_name(&meaning->meant[i], word));
				separator = " and ";
			}
		g_string_append_printf(out, "%s%s",
				       meaning->meant[i].subjects != 0 ? " " : separator,
				       carom_words_name(meaning->meant[i].predicate));
	}
	return g_string_free(out, meaning->n == 0);
}

/* What the words of a reply mean; nothing where no reply was asked about. */
static void
read_meaning(const Explainer *x, const CaromExplanation *e, const char *asked, CaromMeaning *out)
{
	out->n = 0;
	if (e->kind == CAROM_EXPLAIN_REPLY || e->kind == CAROM_EXPLAIN_UNKNOWN)
		carom_rules_meaning(x->knowledge->rules, asked, out);
}

static void
print_json(const Explainer *x, const CaromExplanation *e, const char *asked)
{
	const gboolean judged = e->kind != CAROM_EXPLAIN_WORD && e->kind != CAROM_EXPLAIN_PROVIDER;
	g_autoptr(GString) out = g_string_new(NULL);
	CaromMeaning meaning;

	carom_json_begin_object(out);
	carom_json_member(out, "category",
			  judged ? carom_report_category_name(e->verdict.category) : NULL);
	carom_json_member(out, "class", judged ? carom_report_class_name(e->verdict.class) : NULL);
	carom_json_member(out, "rule", e->kind == CAROM_EXPLAIN_RULE ? asked : e->verdict.rule);
	carom_json_member(out, "conditions", e->conditions);
	carom_json_member(out, "where", e->where);
	carom_json_member(out, "word", e->advice);
	carom_json_member(out, "provider", e->kind == CAROM_EXPLAIN_PROVIDER ? asked : e->provider);
	carom_json_member(out, "blocklist", blocklist_of(e));
	carom_json_member(out, "removal", removal_of(x, e));
	read_meaning(x, e, asked, &meaning);
	put_meaning(out, &meaning);
	carom_json_member(out, "guide", advice(x, e, "guide"));
	carom_json_member(out, "blame", judged ? advice(x, e, "blame") : NULL);
	carom_json_member(out, "lang", carom_advice_lang(x->advice));
	carom_json_member(out, "means", advice(x, e, "means"));
	carom_json_member(out, "do", advice(x, e, "do"));
	carom_json_member(out, "near", e->near);
	carom_json_end_object(out);
	puts(out->str);
}

/* "Mailbox full (Kotak Masuk Penuh)", or the name alone where both are one; NULL: there is none.
 * Caller's. */
static char *
group_text(const Explainer *x, const CaromExplanation *e)
{
	const char *guide = advice(x, e, "guide");
	const char *title = guide ? carom_advice_get(x->advice, guide, "title") : NULL;

	return title && g_ascii_strcasecmp(title, guide) != 0
		       ? g_strdup_printf("%s (%s)", title, guide)
		       : g_strdup(guide);
}

/* "mailbox_full (soft)"; NULL where nothing was judged. Caller's. */
static char *
category_text(const CaromExplanation *e)
{
	if (e->advice != NULL || e->kind == CAROM_EXPLAIN_PROVIDER)
		return NULL;
	return g_strdup_printf("%s (%s)", carom_report_category_name(e->verdict.category),
			       carom_report_class_name(e->verdict.class));
}

static void
print_text(const Explainer *x, const CaromExplanation *e, const char *asked)
{
	const gboolean is_provider = e->kind == CAROM_EXPLAIN_PROVIDER;
	const char *rule = e->kind == CAROM_EXPLAIN_RULE ? asked : e->verdict.rule;
	const char *provider = is_provider ? asked : e->provider;
	g_autofree char *group = group_text(x, e), *category = category_text(e), *about = NULL;
	CaromMeaning meaning;

	read_meaning(x, e, asked, &meaning);
	about = meaning_text(&meaning);

	const struct {
		const char *en, *id; /* the label */
		const char *text;    /* NULL: no such line */
	} lines[] = {
		{ "word", "kata", e->advice },
		{ "category", "kategori", category },
		{ "group", "kelompok", group },
		{ "rule", "aturan", rule },
		{ "about", "tentang", about },
		{ "conditions", "syarat", e->conditions },
		{ "where", "letak", e->where },
		{ "provider", "penyedia", provider },
		{ "blocklist", "blocklist", blocklist_of(e) },
		{ "means", "arti", advice(x, e, "means") },
		{ "do", "tindakan", advice(x, e, "do") },
		{ "removal", "hapus di", removal_of(x, e) },
	};
	const gboolean id = strcmp(carom_advice_lang(x->advice), "id") == 0;

	for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
		if (lines[i].text != NULL)
			cmd_print_wrapped(id ? lines[i].id : lines[i].en, INDENT, lines[i].text);
	if (is_provider)
		cmd_print_wrapped(
			"", INDENT,
			id ? "penyedia; carom-providers(5) memuat domain dan servernya"
			   : "a provider; carom-providers(5) tells its domains and servers");
}

/* ---- questions ---- */

/* One question, and its answer. Exit code. */
static int
explain(const Explainer *x, const char *question)
{
	g_autofree char *text = carom_text_clean(question, -1, CAROM_MAX_DIAGNOSTIC);
	CaromExplanation e;
	int code = EX_OK;

	carom_explain(x->knowledge, text, x->provider, &e);
	if (x->as_json)
		print_json(x, &e, text);
	else if (e.kind != CAROM_EXPLAIN_UNKNOWN)
		print_text(x, &e, text);
	else {
		fprintf(stderr,
			"carom: \"%s\" is no reply: it has no code, and no rule knows its words%s%s%s\n",
			text, e.near ? "; did you mean " : "", e.near ? e.near : "",
			e.near ? "?" : "");
		code = EX_DATAERR;
	}
	carom_explain_clear(&e);
	return code;
}

/* A question a line. The worst exit code. */
static int
explain_lines(const Explainer *x)
{
	char *line = NULL;
	size_t size = 0;
	gssize n;
	int worst = EX_OK;
	gboolean first = TRUE;

	while ((n = getline(&line, &size, stdin)) >= 0) {
		int code;

		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (!x->as_json && !first)
			putchar('\n');
		first = FALSE;
		code = explain(x, line);
		worst = MAX(worst, code);
	}
	free(line);
	return worst;
}

/* "alice@example.org" and nothing else; a reply text has blanks. */
static gboolean
is_address_alone(const char *text)
{
	g_autofree char *address = strpbrk(text, " \t") ? NULL : carom_address_parse(text, -1);

	return address != NULL;
}

/*
 * A reply that begins with '-' is no option: an option has no blank before its
 * value. Whoever has it from a variable need not write "--" before it.
 */
static char **
guard_reply(int *argc, char **argv)
{
	char **guarded = g_new0(char *, (gsize) *argc + 2);
	int n = 0;

	for (int i = 0; i < *argc; i++) {
		const char *blank = strpbrk(argv[i], " \t"), *equals = strchr(argv[i], '=');

		if (i > 0 && i + 1 == *argc && argv[i][0] == '-' && blank != NULL &&
		    (equals == NULL || blank < equals || argv[i][1] != '-') &&
		    strcmp(argv[i - 1], "--") != 0)
			guarded[n++] = (char *) "--";
		guarded[n++] = argv[i];
	}
	*argc = n;
	return guarded;
}

static int
answer(const char *question, const char *provider, const char *lang, gboolean as_json)
{
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromKnowledge) knowledge = NULL;
	g_autoptr(CaromAdvice) advice = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = cmd_load_config(FALSE, &config, &error);

	if (status == CAROM_OK)
		status = carom_knowledge_load(config, &knowledge, &error);
	if (status == CAROM_OK)
		status = carom_advice_load(carom_config_datadir(), lang, &advice, &error);
	if (status != CAROM_OK)
		return cmd_fail(status, &error);
	if (provider != NULL && !carom_provider_exists(knowledge->providers, provider))
		return cmd_usage("explain: there is no provider \"%s\"", provider);
	const Explainer x = { knowledge, advice, provider, as_json };

	return strcmp(question, "-") == 0 ? explain_lines(&x) : explain(&x, question);
}

/* --report or --raw. Exit code. */
static int
explain_number(int argc, const char *report, const char *raw, const char *format)
{
	const char *number = report ? report : raw;
	const CaromRenderer *renderer = cmd_renderer(format);

	if (argc != 1 || (report != NULL && raw != NULL))
		return cmd_usage(
			"explain wants --report, or --raw, or one text, and only one of them");
	if (*number == '\0' || strlen(number) > 18 ||
	    strspn(number, "0123456789") != strlen(number))
		return cmd_usage("explain: \"%s\" is no number of a report", number);
	if (renderer != &carom_render_text && renderer != &carom_render_json)
		return cmd_usage("explain: --format is text or json, not \"%s\"", format);
	return report ? cmd_explain_report(report, renderer) : cmd_explain_raw(raw);
}

int
cmd_explain(int argc, char **argv)
{
	static char *provider, *lang, *format, *report, *raw;
	const GOptionEntry options[] = { { "provider", 'p', 0, G_OPTION_ARG_STRING, &provider,
					   "whose server said it", "ID" },
					 { "lang", 'l', 0, G_OPTION_ARG_STRING, &lang,
					   "en or id; otherwise the locale's", "LANG" },
					 { "format", 'f', 0, G_OPTION_ARG_STRING, &format,
					   "text or json", "FORMAT" },
					 { "report", 0, 0, G_OPTION_ARG_STRING, &report,
					   "a report that was recorded, by its number", "NUMBER" },
					 { "raw", 0, 0, G_OPTION_ARG_STRING, &raw,
					   "the message of that report, if it is kept", "NUMBER" },
					 G_OPTION_ENTRY_NULL };
	g_autofree char **guarded = guard_reply(&argc, argv);
	char **arguments = guarded;
	const CaromRenderer *renderer;

	if (!cmd_options(
		    &argc, &arguments, options, "'REPLY TEXT'|WORD|ADDRESS|-",
		    "What a server's reply or a word of carom's means and what to do, or the\n"
		    "story of an address.",
		    "WORD is a category, class, confidence, complaint:TYPE, rule or provider.\n"
		    "- reads replies from standard input, one a line."))
		return EX_USAGE;
	if (argc > 1 && strcmp(arguments[1], "--") == 0) {
		arguments++;
		argc--;
	}
	if (report != NULL || raw != NULL)
		return explain_number(argc, report, raw, format);
	if (argc != 2)
		return cmd_usage(
			"explain wants one reply text (in quotes), one word of carom's or one address");
	if (arguments[1][strspn(arguments[1], " \t\r\n")] == '\0')
		return cmd_usage("explain: the reply text is empty");
	renderer = cmd_renderer(format);
	if (renderer != &carom_render_text && renderer != &carom_render_json)
		return cmd_usage("explain: --format is text or json, not \"%s\"", format);
	if (lang != NULL && !carom_advice_speaks(lang))
		return cmd_usage("explain: --lang is en or id, not \"%s\"", lang);
	return is_address_alone(arguments[1])
		       ? cmd_explain_address(arguments[1], renderer)
		       : answer(arguments[1], provider, lang, renderer == &carom_render_json);
}
