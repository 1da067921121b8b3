/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * meaning - what a reply speaks of, and what it says of it
 *
 * Each predicate ("unknown", "full") is tied to the nearest subject
 * ("recipient", "mailbox") of its sentence, the same clause before another.
 * Subjects that stand together are one: "the sender's domain" is both. A
 * negated positive word is the predicate that says so: "not found" is unknown,
 * "not accepted" is refused.
 */
#ifndef CAROM_MEANING_H
#define CAROM_MEANING_H

#include "rules/words.h"

#define CAROM_MEANING_MAX 16

typedef struct {
	guint64 subjects; /* a bit for each CaromWord; 0: it speaks of nothing we know */
	CaromWord predicate;
} CaromMeant;

typedef struct {
	guint n;
	CaromMeant meant[CAROM_MEANING_MAX]; /* in the order of the text, none twice */
} CaromMeaning;

#define CAROM_WORD_BIT(word) (G_GUINT64_CONSTANT(1) << (word))
/* subject=none: the predicate has no subject. */
#define CAROM_SUBJECT_NONE (G_GUINT64_CONSTANT(1) << 63)

/* What text (UTF-8 on one line, masked) means. */
void carom_meaning_read(const CaromWords *words, const char *text, gsize len, CaromMeaning *out);

/* TRUE if one of what is meant has one of the subjects and one of the predicates (sets of bits). */
gboolean carom_meaning_has(const CaromMeaning *meaning, guint64 subjects, guint64 predicates);

/* TRUE if it speaks of one of ours (a set of bits: the sender, our host, the message) and of no
 * recipient: whatever it says, no address is dead by it. */
gboolean carom_meaning_is_ours(const CaromMeaning *meaning, guint64 ours);

#endif
