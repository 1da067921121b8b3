/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/meaning.h"

#include <string.h>

#define MAX_HITS 96
#define TOGETHER 2       /* tokens between two subjects that are one */
#define NEGATED_AFTER 4  /* tokens from a negation to what it negates */
#define NEGATED_BEFORE 3 /* the same where it comes after: "existiert hier nicht" */
#define CLAUSE_COST 5    /* tokens that a border between clauses counts for */
#define SENTENCE_COST                                                                              \
	4        /* the same between sentences, where its own names nothing; and no further */
#define REACH 14 /* tokens, at most, from a predicate to its subject */

#define BIT CAROM_WORD_BIT

typedef struct {
	CaromWordHit hits[MAX_HITS];
	gboolean yours[MAX_HITS]; /* a subject that belongs to whoever sends: "your address" */
	guint n;
} Hits;

typedef struct {
	guint64 subjects;
	guint first, last; /* hits */
	gboolean yours;
} Group;

static inline gboolean
is_kind(const Hits *all, guint i, CaromWordKind kind)
{
	return carom_words_kind(all->hits[i].word) == kind;
}

/* Tokens between two hits of one clause; G_MAXUINT where they stand in two. */
static guint
gap_between(const Hits *all, guint before, guint after)
{
	const CaromWordHit *a = &all->hits[before], *b = &all->hits[after];

	if (a->clause != b->clause)
		return G_MAXUINT;
	return b->token > a->last ? b->token - a->last - 1 : 0;
}

static CaromWord
negated(CaromWord positive)
{
	switch (positive) {
	case CAROM_WORD_ACCEPT:
		return CAROM_WORD_REFUSED;
	case CAROM_WORD_ACTIVE:
		return CAROM_WORD_DISABLED;
	case CAROM_WORD_TAKE:
		return CAROM_WORD_DECLINES;
	default:
		return CAROM_WORD_UNKNOWN;
	}
}

/* The positive word that the negation i negates; n if there is none. */
static guint
find_negated(const Hits *all, guint i)
{
	for (guint j = i + 1; j < all->n && gap_between(all, i, j) <= NEGATED_AFTER; j++)
		if (is_kind(all, j, CAROM_POSITIVE))
			return j;
	for (guint j = i; j-- > 0 && gap_between(all, j, i) <= NEGATED_BEFORE;)
		if (is_kind(all, j, CAROM_POSITIVE))
			return j;
	return all->n;
}

/* Predicates that a negation takes back: "not blocked" says nothing; "not authenticated" does. */
static gboolean
can_be_taken_back(CaromWord predicate)
{
	return predicate == CAROM_WORD_UNKNOWN || predicate == CAROM_WORD_DISABLED ||
	       predicate == CAROM_WORD_BLOCKED || predicate == CAROM_WORD_REFUSED ||
	       predicate == CAROM_WORD_FULL || predicate == CAROM_WORD_LISTED ||
	       predicate == CAROM_WORD_SPAM || predicate == CAROM_WORD_VIRUS;
}

/*
 * "The sender is not a valid user": the noun beside the positive word j says
 * what the sender is not, and is no other party.
 */
static void
name_sender_again(const Hits *all, guint i, guint j, CaromWord *words)
{
	guint before = i;

	while (before > 0 && is_kind(all, before - 1, CAROM_SUBJECT) &&
	       gap_between(all, before - 1, before) <= TOGETHER) {
		before--;
		if (all->hits[before].word == CAROM_WORD_SENDER)
			break;
	}
	if (all->hits[before].word != CAROM_WORD_SENDER)
		return;
	for (guint k = i + 1; k <= j + 1 && k < all->n; k++)
		if ((all->hits[k].word == CAROM_WORD_RECIPIENT ||
		     all->hits[k].word == CAROM_WORD_MAILBOX) &&
		    gap_between(all, MIN(j, k), MAX(j, k)) == 0)
			words[k] = CAROM_WORD_SENDER;
}

/* What the negation i makes of the words around it. */
static void
negate(const Hits *all, guint i, CaromWord *words)
{
	gboolean no = all->hits[i].word == CAROM_WORD_NO;
	guint j = find_negated(all, i);

	if (j < all->n) {
		words[j] = negated(all->hits[j].word);
		name_sender_again(all, i, j, words);
	} else if (i + 1 < all->n && gap_between(all, i, i + 1) <= 1) {
		if (can_be_taken_back(words[i + 1]) && gap_between(all, i, i + 1) == 0)
			words[i + 1] = CAROM_WORD_NOT;
		else if (no && is_kind(all, i + 1, CAROM_SUBJECT))
			words[i] = CAROM_WORD_UNKNOWN; /* "no such user" */
	} else if (no && all->hits[i].ends && i > 0 && is_kind(all, i - 1, CAROM_SUBJECT) &&
		   gap_between(all, i - 1, i) == 0) {
		words[i] = CAROM_WORD_UNKNOWN; /* where it comes last, as in Russian */
	}
}

/* "Your address", "alamat anda": the subject right after the word, or right before it. */
static void
mark_yours(Hits *all)
{
	for (guint i = 0; i < all->n; i++) {
		guint of = i + 1;

		if (all->hits[i].word != CAROM_WORD_YOURS)
			continue;
		if (of >= all->n || !is_kind(all, of, CAROM_SUBJECT) || gap_between(all, i, of) > 0)
			of = i > 0 && gap_between(all, i - 1, i) == 0 ? i - 1 : i;
		all->yours[of] = is_kind(all, of, CAROM_SUBJECT);
	}
}

/* Negations act on their words, and are no more. What is positive then says nothing. */
static void
resolve_negations(Hits *all)
{
	CaromWord words[MAX_HITS];
	guint kept = 0;

	for (guint i = 0; i < all->n; i++)
		words[i] = all->hits[i].word;
	for (guint i = 0; i < all->n; i++)
		if (is_kind(all, i, CAROM_NEGATION))
			negate(all, i, words);
	for (guint i = 0; i < all->n; i++) {
		CaromWordKind kind = carom_words_kind(words[i]);

		if (kind != CAROM_SUBJECT && kind != CAROM_PREDICATE)
			continue;
		all->hits[kept] = all->hits[i];
		all->yours[kept] = all->yours[i];
		all->hits[kept++].word = words[i];
	}
	all->n = kept;
}

/* Subjects that stand together, with no predicate between. */
static guint
find_groups(const Hits *all, Group *groups)
{
	guint n = 0;

	for (guint i = 0; i < all->n; i++) {
		if (!is_kind(all, i, CAROM_SUBJECT))
			continue;
		if (n == 0 || groups[n - 1].last + 1 != i || gap_between(all, i - 1, i) > TOGETHER)
			groups[n++] = (Group){ .first = i };
		groups[n - 1].subjects |= BIT(all->hits[i].word);
		groups[n - 1].yours |= all->yours[i];
		groups[n - 1].last = i;
	}
	return n;
}

/* How far the group is from the hit i; G_MAXUINT for another sentence. */
static guint
distance(const Hits *all, const Group *group, guint i)
{
	gboolean before = group->last < i;
	const CaromWordHit *a = &all->hits[before ? group->last : i];
	const CaromWordHit *b = &all->hits[before ? i : group->first];

	if (b->sentence > a->sentence + 1)
		return G_MAXUINT;
	return (b->token > a->last ? b->token - a->last - 1 : 0) +
	       CLAUSE_COST * (b->clause - a->clause) + SENTENCE_COST * (b->sentence - a->sentence);
}

/* An address of the sender's that is unknown is the sender. One that is full or closed may still be
 * the recipient's: some languages have one word for yours and his. */
static guint64
subjects_with_owner(const Group *group, CaromWord predicate)
{
	const guint64 owned = BIT(CAROM_WORD_MAILBOX) | BIT(CAROM_WORD_ADDRESS);

	if (!group->yours || (predicate != CAROM_WORD_UNKNOWN && predicate != CAROM_WORD_SYNTAX) ||
	    (group->subjects & BIT(CAROM_WORD_RECIPIENT)) != 0)
		return group->subjects;
	return (group->subjects & ~owned) | BIT(CAROM_WORD_SENDER);
}

/*
 * The subjects of the nearest group. Who declines has been named before:
 * "the recipient does not take mail from this sender".
 */
static guint64
subjects_of(const Hits *all, const Group *groups, guint n, guint predicate)
{
	CaromWord word = all->hits[predicate].word;
	guint best = REACH + 1;
	guint64 subjects = 0;

	for (guint g = 0; g < n; g++) {
		guint far = distance(all, &groups[g], predicate);

		if (far < best && (word != CAROM_WORD_DECLINES || groups[g].last < predicate)) {
			best = far;
			subjects = subjects_with_owner(&groups[g], word);
		}
	}
	return subjects;
}

static void
add(CaromMeaning *out, guint64 subjects, CaromWord predicate)
{
	for (guint i = 0; i < out->n; i++)
		if (out->meant[i].subjects == subjects && out->meant[i].predicate == predicate)
			return;
	if (out->n < CAROM_MEANING_MAX)
		out->meant[out->n++] = (CaromMeant){ subjects, predicate };
}

void
carom_meaning_read(const CaromWords *words, const char *text, gsize len, CaromMeaning *out)
{
	Hits all;
	Group groups[MAX_HITS];
	guint n;

	out->n = 0;
	all.n = carom_words_find(words, text, len, all.hits, MAX_HITS);
	memset(all.yours, 0, sizeof all.yours);
	mark_yours(&all);
	resolve_negations(&all);
	n = find_groups(&all, groups);
	for (guint i = 0; i < all.n; i++)
		if (is_kind(&all, i, CAROM_PREDICATE))
			add(out, subjects_of(&all, groups, n, i), all.hits[i].word);
}

gboolean
carom_meaning_has(const CaromMeaning *meaning, guint64 subjects, guint64 predicates)
{
	for (guint i = 0; i < meaning->n; i++) {
		const CaromMeant *meant = &meaning->meant[i];
		guint64 about = meant->subjects != 0 ? meant->subjects : CAROM_SUBJECT_NONE;

		if ((about & subjects) != 0 && (BIT(meant->predicate) & predicates) != 0)
			return TRUE;
	}
	return FALSE;
}

gboolean
carom_meaning_is_ours(const CaromMeaning *meaning, guint64 ours)
{
	const guint64 sent = BIT(CAROM_WORD_SENDER) | BIT(CAROM_WORD_CLIENT);
	const guint64 theirs = BIT(CAROM_WORD_RECIPIENT) | BIT(CAROM_WORD_MAILBOX) |
			       BIT(CAROM_WORD_ADDRESS) | BIT(CAROM_WORD_DOMAIN) |
			       BIT(CAROM_WORD_GROUP);
	gboolean any = FALSE, explained = FALSE;

	for (guint i = 0; i < meaning->n; i++) {
		guint64 subjects = meaning->meant[i].subjects;

		/* "sender address rejected: user unknown": the second explains the first */
		if ((subjects & sent) == 0 && (subjects & theirs) != 0 &&
		    !(explained && meaning->meant[i].predicate == CAROM_WORD_UNKNOWN))
			return FALSE;
		any |= (subjects & ours) != 0;
		explained |= (subjects & BIT(CAROM_WORD_SENDER)) != 0 && (subjects & theirs) == 0;
	}
	return any;
}
