/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rules_private - the rules as they are held, and their patterns
 *
 * What the files of the rules share among themselves: rules_file.c reads the
 * set, rules.c judges by it, rules_check.c tries it, and rules_pattern.c
 * compiles patterns when one of them first needs one;
 * rules_facts.c holds verdicts to what is known beside the text. Everybody else sees
 * rules.h.
 */
#ifndef CAROM_RULES_PRIVATE_H
#define CAROM_RULES_PRIVATE_H

#include "rules/rules.h"
#include "base/literals.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>

#define CAROM_RULES_DEPTH_LIMIT 5000 /* of a match */

typedef enum {
	ON_PROVIDER,
	ON_STATUS,
	ON_REPLY,
	ON_STAGE,
	ON_ACTION,
	ON_FORMAT,
	N_CONDITIONS
} ConditionOn;

/* A pattern, compiled when it is first needed and again for speed when it is needed often. */
typedef struct {
	const char *text; /* NULL: no pattern */
	pcre2_code *code; /* these two are set once, under the rules' lock; read with acquire */
	pcre2_code *fast; /* a copy with JIT: compiling in place would change it under another
			     thread's match */
	guint uses;
} Pattern;

/*
 * A rule's pattern is tried alternative by alternative: most have dozens, and
 * of those whose literal is in the text only.
 */
typedef struct {
	Pattern pattern;
	gboolean prefiltered; /* some literal of it must be in the text */
	gboolean plain;       /* and it is nothing but that literal */
} Alternative;

typedef struct {
	const char *id;
	CaromCategory category;
	CaromClass class;
	char **conditions[N_CONDITIONS]; /* NULL: any */
	guint64 subjects, predicates;    /* what the reply must mean; 0: no matter what */
	gboolean hosts; /* its patterns see host names and URLs, masked for others */
	Pattern match, veto;
	gboolean names_blocklist;
	Alternative *
		alternatives; /* of match; it alone if it can't be parted, or names the blocklist */
	guint n_alternatives, first; /* the number of the first among those of all rules */
	gboolean prefiltered;        /* all alternatives are */
	GPtrArray *examples;         /* of const char * */
	const char *file;
	guint line;
} Rule;

typedef struct {
	const char *name, *removal;
} Blocklist;

struct CaromRules {
	GPtrArray *rules; /* of Rule *, in the order they are tried */
	GHashTable *ids;  /* id -> Rule * */
	GArray *owners;   /* of guint: the rule of each alternative */
	guint8 *always;   /* a bit for each rule that no literal can rule out */
	CaromLiterals *literals, *host_literals; /* the latter of the rules that see host names */
	CaromWords *words;
	GPtrArray *blocklists; /* of Blocklist * */
	CaromLiterals *blocklist_names;
	GStringChunk *chunk;
	GChecksum *hash;
	gboolean is_local; /* while local files are read */
	char version[13];
	pthread_mutex_t lock;
	pcre2_match_context *match_context;
};

/* The names of the conditions, by ConditionOn. */
extern const char *const carom_rules_conditions[N_CONDITIONS];

/* The pattern compiled, without JIT; the caller's. NULL: message says why. */
pcre2_code *carom_rules_compile(const char *pattern, char *message, gsize message_size);

/* The compiled pattern, made now if need be. Any thread; NULL if it can't be compiled. */
const pcre2_code *carom_rules_pattern_code(const CaromRules *rules, Pattern *pattern);

/* The limits that every match is held to; the caller's. */
pcre2_match_context *carom_rules_match_context(void);

/* TRUE if pattern matches text; the caller frees *data. *limit_hit is set, never cleared. */
gboolean carom_rules_pattern_matches(const CaromRules *rules, Pattern *pattern, const char *text,
				     gsize len, pcre2_match_data **data, gboolean *limit_hit);

void carom_rules_pattern_clear(Pattern *pattern);

/* Takes back what can't be, whatever a rule read in the words (rules_facts.c). */
void carom_rules_hold_to_facts(const CaromReply *reply, CaromVerdict *verdict);

static inline void
set_bit(guint8 *bits, guint i)
{
	bits[i / 8] |= (guint8) (1u << (i % 8));
}

static inline gboolean
get_bit(const guint8 *bits, guint i)
{
	return (bits[i / 8] & (1u << (i % 8))) != 0;
}

#endif
