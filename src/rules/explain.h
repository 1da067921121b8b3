/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain - what a word of carom's, or a reply, is
 *
 * For people: whatever stands in a report, a log line or the policy can be asked
 * for by its name, and a reply by its text.
 */
#ifndef CAROM_EXPLAIN_H
#define CAROM_EXPLAIN_H

#include "rules/classify.h"

typedef enum {
	CAROM_EXPLAIN_REPLY,
	CAROM_EXPLAIN_CATEGORY, /* by its name */
	CAROM_EXPLAIN_WORD,     /* a class, a confidence, a type of complaint */
	CAROM_EXPLAIN_RULE,
	CAROM_EXPLAIN_PROVIDER,
	CAROM_EXPLAIN_UNKNOWN /* no code of a reply, and no rule knows the words */
} CaromExplainKind;

typedef struct {
	CaromExplainKind kind;
	CaromVerdict verdict;     /* of a reply, a category, a rule: category and class are set */
	const char *provider;     /* borrowed from the knowledge */
	char *advice;             /* of a word: its name in the files of advice, "class:hard" */
	char *conditions, *where; /* of a rule */
	char *near;               /* of what is unknown: the word that may be meant; NULL: none */
} CaromExplanation;

/*
 * Explains text, which is clean (carom_text_clean()) and not empty. provider
 * (may be NULL): whose server said it. The caller clears *out, which borrows of
 * knowledge.
 */
void carom_explain(const CaromKnowledge *knowledge, const char *text, const char *provider,
		   CaromExplanation *out);

void carom_explain_clear(CaromExplanation *explanation);

#endif
