/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words - classes of words in many languages, and where a text has them
 *
 * The files *.words (carom-rules(5)) say which words of a language mean a
 * recipient, a full mailbox, a negation. Text and words are compared without
 * case, accents and punctuation; scripts that set no blanks between words
 * (Han, Kana, Hangul, Thai, Lao, Khmer, Burmese) are searched at every
 * character.
 *
 * Not changed once read; then any thread may search.
 */
#ifndef CAROM_WORDS_H
#define CAROM_WORDS_H

#include "base/status.h"

typedef enum {
#define CAROM_WORD(id, name, kind) CAROM_WORD_##id,
#include "rules/words.def"
#undef CAROM_WORD
	CAROM_N_WORDS
} CaromWord;

typedef enum {
	CAROM_SUBJECT,
	CAROM_PREDICATE,
	CAROM_POSITIVE,
	CAROM_NEGATION,
	CAROM_FRAME
} CaromWordKind;

const char *carom_words_name(CaromWord word);
CaromWordKind carom_words_kind(CaromWord word);
/* CAROM_N_WORDS where there is none of that name. */
CaromWord carom_words_from_name(const char *name);

typedef struct CaromWords CaromWords;

CaromWords *carom_words_new(void);

/*
 * Adds what the file at path says; it is looked at when a text first asks, for
 * most processes judge one reply that needs no words. hash (may be NULL) is
 * fed with its bytes. CAROM_MISUSE: it can't be read.
 */
CAROM_MUST_CHECK CaromStatus carom_words_read(CaromWords *words, const char *path, GChecksum *hash,
					      GError **err);

/* Looks at the files now. CAROM_MISUSE names file and line; no word is found then. Any thread. */
CAROM_MUST_CHECK CaromStatus carom_words_prepare(const CaromWords *words, GError **err);

/* A word found: its class, where it stands in the folded text, and how far into the text it is. */
typedef struct {
	CaromWord word;
	guint at, len;  /* bytes of the folded text */
	guint token;    /* the number of the first token it covers, */
	guint last;     /* and of the last */
	guint sentence; /* the number of the sentence */
	guint clause;   /* the number of the clause, counted through all sentences */
	gboolean ends;  /* the clause, or the text */
} CaromWordHit;

/*
 * Finds at most max words in text (UTF-8), in the order of the text, the longest at each place;
 * none overlap. Returns how many. Takes time linear in len, times the longest word.
 */
guint carom_words_find(const CaromWords *words, const char *text, gsize len, CaromWordHit *out,
		       guint max);

/* Tells of each word that another class has already, or that nothing can find. */
typedef void (*CaromWordsProblem)(const char *where, const char *problem, void *user);
guint carom_words_check(const CaromWords *words, CaromWordsProblem func, void *user);

void carom_words_free(CaromWords *words); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromWords, carom_words_free)

#endif
