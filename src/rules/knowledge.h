/* SPDX-License-Identifier: BSD-2-Clause */
/* knowledge - all that carom knows from files: rules, providers, feedback loops. Loaded once;
 * any thread may read it. */
#ifndef CAROM_KNOWLEDGE_H
#define CAROM_KNOWLEDGE_H

#include "config/settings.h"
#include "rules/feedback_loop.h"
#include "rules/provider.h"
#include "rules/rules.h"

typedef struct {
	CaromRules *rules;
	CaromProviders *providers;
	CaromFeedbackLoops *loops;
} CaromKnowledge;

/* Loads everything. CAROM_MISUSE names the file and line that is wrong. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_knowledge_load(const CaromConfig *config, CaromKnowledge **out,
						  GError **err);

void carom_knowledge_free(CaromKnowledge *knowledge); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromKnowledge, carom_knowledge_free)

#endif
