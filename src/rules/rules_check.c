/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules looked at as rules: listed, and tried on their own examples and on
 * texts made to make a pattern backtrack. For people and tests; no mail is
 * judged here.
 */
#include "config.h"

#include "rules/rules_private.h"
#include "mail/reply.h"

#include <string.h>

#define CHECK_LIMIT 20000 /* steps of a match: stricter than what mail is judged with */

/* " subject=recipient,mailbox" */
static void
describe_words(GString *out, const char *name, guint64 set)
{
	const char *separator = "=";

	if (set == 0)
		return;
	g_string_append_printf(out, "%s%s", out->len ? " " : "", name);
	for (CaromWord word = 0; word < CAROM_N_WORDS; word++)
		if (set & CAROM_WORD_BIT(word)) {
			g_string_append_printf(out, "%s%s", separator, carom_words_name(word));
			separator = ",";
		}
	if (set & CAROM_SUBJECT_NONE)
		g_string_append_printf(out, "%snone", separator);
}

static char *
describe_conditions(const Rule *rule)
{
	GString *out = g_string_new(NULL);

	if (rule->class != carom_report_category_class(rule->category))
		g_string_append_printf(out, "class=%s", carom_report_class_name(rule->class));
	for (int i = 0; i < N_CONDITIONS; i++)
		if (rule->conditions[i] != NULL) {
			g_autofree char *values = g_strjoinv(",", rule->conditions[i]);

			g_string_append_printf(out, "%s%s=%s", out->len ? " " : "",
					       carom_rules_conditions[i], values);
		}
	describe_words(out, "subject", rule->subjects);
	describe_words(out, "predicate", rule->predicates);
	if (rule->hosts)
		g_string_append_printf(out, "%stext=hosts", out->len ? " " : "");
	if (rule->match.text != NULL)
		g_string_append_printf(out, "%s/%s/", out->len ? " " : "", rule->match.text);
	return g_string_free(out, FALSE);
}

void
carom_rules_list(const CaromRules *rules, CaromRulesLister func, void *user)
{
	for (guint i = 0; i < rules->rules->len; i++) {
		const Rule *rule = rules->rules->pdata[i];
		g_autofree char *conditions = describe_conditions(rule);
		g_autofree char *where = g_strdup_printf("%s:%u", rule->file, rule->line);

		func(rule->id, carom_report_category_name(rule->category), conditions, where, user);
	}
}

typedef struct {
	const CaromRules *rules;
	CaromRulesProblem func;
	void *user;
	guint n;
} Check;

static void problem(Check *check, const Rule *rule, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void
problem(Check *check, const Rule *rule, const char *format, ...)
{
	g_autofree char *where = g_strdup_printf("%s:%u", rule->file, rule->line);
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	check->n++;
	check->func(where, what, check->user);
}

static const char *
first_value(const Rule *rule, ConditionOn on)
{
	return rule->conditions[on] ? rule->conditions[on][0] : NULL;
}

/* The rule must decide each of its examples; another that does hides it. */
static void
check_examples(Check *check, const Rule *rule)
{
	if (rule->examples->len == 0)
		problem(check, rule, "rule %s has no example", rule->id);
	for (guint i = 0; i < rule->examples->len; i++) {
		const char *text = rule->examples->pdata[i];
		CaromReplyCodes codes;
		CaromReply reply = { .text = text };
		CaromVerdict verdict;

		carom_reply_codes(text, strlen(text), &codes);
		reply.provider = first_value(rule, ON_PROVIDER);
		reply.status = codes.status[0] ? codes.status : NULL;
		reply.reply = codes.reply[0] ? codes.reply : NULL;
		reply.stage =
			rule->conditions[ON_STAGE] ? first_value(rule, ON_STAGE) : codes.stage;
		reply.action = first_value(rule, ON_ACTION);
		reply.format = first_value(rule, ON_FORMAT);
		carom_rules_judge(check->rules, &reply, &verdict);
		if (verdict.rule == NULL)
			problem(check, rule, "rule %s does not match its own example \"%s\"",
				rule->id, text);
		else if (verdict.rule != rule->id)
			problem(check, rule, "rule %s is hidden by %s for \"%s\"", rule->id,
				verdict.rule, text);
	}
}

/* TRUE if the pattern gives up on text. */
static gboolean
gives_up(const pcre2_code *code, const GString *text, pcre2_match_data *data,
	 pcre2_match_context *strict)
{
	int n = pcre2_match(code, (PCRE2_SPTR) text->str, text->len, 0, PCRE2_NO_JIT, data, strict);

	return n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_DEPTHLIMIT ||
	       n == PCRE2_ERROR_HEAPLIMIT;
}

static void
append_run(GString *text, const char *piece, gsize len)
{
	while (text->len < CAROM_MAX_DIAGNOSTIC)
		g_string_append_len(text, piece, (gssize) len);
}

/*
 * Texts that make a careless pattern try everything: long runs of one
 * character; and of each example all but its end, again and again, so that
 * what comes last never matches, or its beginning, drawn out from any place on.
 */
static gboolean
can_be_made_to_backtrack(const Rule *rule, const pcre2_code *code, pcre2_match_data *data,
			 pcre2_match_context *strict)
{
	static const char runs[] = { 'a', ' ', '5', '.', '-', '@', '<', '(' };
	g_autoptr(GString) text = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(runs); i++) {
		g_string_truncate(text, 0);
		append_run(text, &runs[i], 1);
		if (gives_up(code, text, data, strict))
			return TRUE;
	}
	for (guint i = 0; i < rule->examples->len; i++) {
		const char *example = rule->examples->pdata[i];
		gsize most = (gsize) (g_utf8_offset_to_pointer(example,
							       g_utf8_strlen(example, -1) * 3 / 4) -
				      example);

		g_string_truncate(text, 0);
		if (most > 0)
			append_run(text, example, most);
		if (gives_up(code, text, data, strict))
			return TRUE;
		for (const char *p = example; *p; p = g_utf8_next_char(p)) {
			const char *next = g_utf8_next_char(p);

			/* the first character of each word or number is enough */
			if (p > example && g_ascii_isalnum(p[-1]) == g_ascii_isalnum(*p) &&
			    g_ascii_isdigit(p[-1]) == g_ascii_isdigit(*p))
				continue;
			g_string_truncate(text, 0);
			g_string_append_len(text, example, p - example);
			append_run(text, p, (gsize) (next - p));
			if (gives_up(code, text, data, strict))
				return TRUE;
		}
	}
	return FALSE;
}

static void
check_backtracking(Check *check, Rule *rule, Pattern *pattern)
{
	pcre2_match_context *strict;
	pcre2_match_data *data;
	const pcre2_code *code;
	char message[256];

	if (pattern->text == NULL)
		return;
	if (pattern->code == NULL) {
		pcre2_code *compiled = carom_rules_compile(pattern->text, message, sizeof message);

		if (compiled == NULL) {
			problem(check, rule, "rule %s: /%s/: %s", rule->id, pattern->text, message);
			return;
		}
		pcre2_code_free(compiled);
	}
	code = carom_rules_pattern_code(check->rules, pattern);
	data = pcre2_match_data_create_from_pattern(code, NULL);
	strict = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(strict, CHECK_LIMIT);
	pcre2_set_depth_limit(strict, CAROM_RULES_DEPTH_LIMIT);
	if (can_be_made_to_backtrack(rule, code, data, strict))
		problem(check, rule, "rule %s: /%s/ backtracks beyond %d steps", rule->id,
			pattern->text, CHECK_LIMIT);
	pcre2_match_context_free(strict);
	pcre2_match_data_free(data);
}

static void
word_problem(const char *where, const char *what, void *user)
{
	Check *check = user;

	check->n++;
	check->func(where, what, check->user);
}

/* A class that no rule asks for is read in vain. */
static void
check_classes(Check *check)
{
	guint64 asked = 0;

	for (guint i = 0; i < check->rules->rules->len; i++) {
		const Rule *rule = check->rules->rules->pdata[i];

		asked |= rule->subjects | rule->predicates;
	}
	for (CaromWord word = 0; asked != 0 && word < CAROM_N_WORDS; word++)
		if (carom_words_kind(word) == CAROM_PREDICATE && !(asked & CAROM_WORD_BIT(word)))
			word_problem(carom_words_name(word), "no rule asks for this class of words",
				     check);
}

guint
carom_rules_check(const CaromRules *rules, const CaromProviders *providers, CaromRulesProblem func,
		  void *user)
{
	Check check = { .rules = rules, .func = func, .user = user };

	for (guint i = 0; i < rules->rules->len; i++) {
		Rule *rule = rules->rules->pdata[i];

		for (char **id = rule->conditions[ON_PROVIDER]; id && *id; id++)
			if (!carom_provider_exists(providers, *id))
				problem(&check, rule, "rule %s: there is no provider %s", rule->id,
					*id);
		check_backtracking(&check, rule, &rule->match);
		check_backtracking(&check, rule, &rule->veto);
		check_examples(&check, rule);
	}
	carom_words_check(rules->words, word_problem, &check);
	check_classes(&check);
	return check.n;
}
