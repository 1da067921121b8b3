/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rules - reply text and codes to a category, by rules that are data
 *
 * Rules stand in files of a simple text form (carom-rules(5)); files are read
 * in name order, local ones first, and the first rule that matches decides.
 * Two things stand above the rules, whatever the words say: nobody who has
 * not been named is dead (the stage of the session), and what a reply quotes
 * is no word of it (mask.h).
 * Patterns are found by a literal that each match must contain and compiled
 * when they are first needed: a process that judges one reply compiles one or
 * two of them.
 *
 * A loaded set does not change (patterns are compiled under a lock): any
 * number of threads may judge with it at once.
 */
#ifndef CAROM_RULES_H
#define CAROM_RULES_H

#include "rules/meaning.h"
#include "rules/provider.h"
#include "report/report.h"
#include "base/status.h"

typedef struct CaromRules CaromRules;

/* What is known of one reply; NULL = unknown. Texts are borrowed. */
typedef struct {
	const char *provider;
	const char *status;
	const char *reply;
	const char *stage;
	const char *action;
	const char *format;
	const char *text;   /* one line, UTF-8 */
	gboolean of_sender; /* the address that it speaks of is the sender's */
} CaromReply;

typedef struct {
	CaromCategory category;
	CaromClass class;    /* the category's, unless the rule says another */
	const char *rule;    /* its id, borrowed from the rules */
	char blocklist[256]; /* "" if none is named */
	gboolean limit_hit;  /* a pattern was given up at its match limit: the rule did not match */
} CaromVerdict;

/*
 * Reads rules, words and blocklists below datadir, and local_dir's *.rules and *.words before them
 * (NULL: none; a folder that is absent is an error only if required).
 * CAROM_MISUSE names file and line. *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_rules_load(const char *datadir, const char *local_dir,
					      gboolean local_required, CaromRules **out,
					      GError **err);

/* 12 hex digits that change when any rule does. Borrowed. */
const char *carom_rules_version(const CaromRules *rules);

/* The verdict on one reply. category is CAROM_CATEGORY_NONE if no rule matches. */
void carom_rules_judge(const CaromRules *rules, const CaromReply *reply, CaromVerdict *out);

/* What the words of text (one line, UTF-8) mean, for people to see. */
void carom_rules_meaning(const CaromRules *rules, const char *text, CaromMeaning *out);

/* The removal address of a blocklist named by a verdict, or NULL. Borrowed. */
const char *carom_rules_removal(const CaromRules *rules, const char *blocklist);

typedef void (*CaromRulesProblem)(const char *where, const char *problem, void *user);

/*
 * Tries each rule on its own examples, and each pattern on texts made to make
 * it backtrack; checks provider names. Returns the number of problems told.
 */
guint carom_rules_check(const CaromRules *rules, const CaromProviders *providers,
			CaromRulesProblem func, void *user);

/* One line a rule, in the order they are tried: id, category, conditions, file:line. */
typedef void (*CaromRulesLister)(const char *id, const char *category, const char *conditions,
				 const char *where, void *user);
void carom_rules_list(const CaromRules *rules, CaromRulesLister func, void *user);
guint carom_rules_count(const CaromRules *rules);

void carom_rules_free(CaromRules *rules); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromRules, carom_rules_free)

#endif
