/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/explain.h"
#include "base/text.h"
#include "mail/reply.h"

#include <string.h>

/* Words that are neither categories nor ids: what they are called in the files of advice. */
static const char *const words[] = {
	"class:hard",         "class:soft",         "class:block",
	"class:policy",       "class:info",         "confidence:proven",
	"confidence:matched", "confidence:claimed", "confidence:guessed",
	"complaint:abuse",    "complaint:fraud",    "complaint:virus",
	"complaint:opt-out",  "complaint:not-spam", "complaint:auth-failure",
	"complaint:other"
};

/* "hard" of "class:hard"; a complaint goes by its whole name, as in the policy. */
static const char *
short_name(const char *word)
{
	return g_str_has_prefix(word, "complaint:") ? word : strchr(word, ':') + 1;
}

/* The word of that name, long or short; NULL if it is none. */
static const char *
find_word(const char *text)
{
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(words[i], text) == 0 || strcmp(short_name(words[i]), text) == 0)
			return words[i];
	return NULL;
}

typedef struct {
	const char *text;
	CaromExplanation *out;
	guint least; /* distance of the nearest so far */
} Search;

static void
match_rule(const char *id, const char *category, const char *conditions, const char *where,
	   void *user)
{
	const Search *search = user;
	CaromExplanation *out = search->out;

	if (out->where != NULL || strcmp(id, search->text) != 0)
		return;
	out->kind = CAROM_EXPLAIN_RULE;
	out->verdict.category = carom_report_category_from_name(category);
	out->verdict.class = carom_report_category_class(out->verdict.category);
	out->conditions = g_strdup(conditions);
	out->where = g_strdup(where);
}

/* Nearer than any before, and near enough to be a slip. */
static void
consider(Search *search, const char *name)
{
	const guint d = carom_text_distance(search->text, name);

	if (d >= search->least || d > 2 || d * 3 > strlen(name))
		return;
	search->least = d;
	g_free(search->out->near);
	search->out->near = g_strdup(name);
}

static void
consider_rule(const char *id, const char *category, const char *conditions, const char *where,
	      void *user)
{
	(void) category;
	(void) conditions;
	(void) where;
	consider(user, id);
}

static void
find_near(const CaromKnowledge *knowledge, Search *search)
{
	for (int c = CAROM_CATEGORY_NONE + 1; c < CAROM_N_CATEGORIES; c++)
		consider(search, carom_report_category_name((CaromCategory) c));
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		consider(search, short_name(words[i]));
	carom_rules_list(knowledge->rules, consider_rule, search);
}

/* A word of ours alone; FALSE: it is a text. */
static gboolean
explain_name(const CaromKnowledge *knowledge, const char *text, CaromExplanation *out)
{
	const char *word = find_word(text);
	Search search = { .text = text, .out = out };

	out->verdict.category = carom_report_category_from_name(text);
	if (out->verdict.category != CAROM_CATEGORY_NONE) {
		out->kind = CAROM_EXPLAIN_CATEGORY;
		out->verdict.class = carom_report_category_class(out->verdict.category);
	} else if (word != NULL) {
		out->kind = CAROM_EXPLAIN_WORD;
		out->advice = g_strdup(word);
	} else if (carom_provider_exists(knowledge->providers, text)) {
		out->kind = CAROM_EXPLAIN_PROVIDER;
	} else {
		carom_rules_list(knowledge->rules, match_rule, &search);
		return out->where != NULL;
	}
	return TRUE;
}

void
carom_explain(const CaromKnowledge *knowledge, const char *text, const char *provider,
	      CaromExplanation *out)
{
	const gboolean one_word = strchr(text, ' ') == NULL;
	Search search = { .text = text, .out = out, .least = G_MAXUINT };
	CaromReplyCodes codes;
	gboolean coded;

	memset(out, 0, sizeof *out);
	if (one_word && explain_name(knowledge, text, out))
		return;
	carom_reply_codes(text, strlen(text), &codes);
	coded = codes.reply[0] != '\0' || codes.status[0] != '\0';
	/* "recipient-unknown" is a name misspelt before it is a reply of two words */
	if (one_word && !coded)
		find_near(knowledge, &search);
	if (out->near == NULL)
		carom_classify_reply(knowledge, text, provider, &out->verdict, &out->provider);
	if (out->verdict.category == CAROM_CATEGORY_NONE && !coded)
		out->kind = CAROM_EXPLAIN_UNKNOWN;
	if (out->verdict.category == CAROM_CATEGORY_NONE)
		out->verdict.category = CAROM_CATEGORY_UNDETERMINED;
	if (out->verdict.class == CAROM_CLASS_NONE)
		out->verdict.class = carom_report_category_class(out->verdict.category);
}

void
carom_explain_clear(CaromExplanation *explanation)
{
	g_clear_pointer(&explanation->advice, g_free);
	g_clear_pointer(&explanation->conditions, g_free);
	g_clear_pointer(&explanation->where, g_free);
	g_clear_pointer(&explanation->near, g_free);
}
