/* SPDX-License-Identifier: BSD-2-Clause */
/* words - what the page says, in words.def once for all languages */
#ifndef CAROM_DESK_WORDS_H
#define CAROM_DESK_WORDS_H

#include <glib.h>

typedef enum {
#define CAROM_DESK_WORD(id, en, in) CAROM_DESK_WORD_##id,
#include "desk/words.def"
#undef CAROM_DESK_WORD
	CAROM_DESK_N_WORDS
} CaromDeskWord;

/* lang: "en" or "id". A constant. */
const char *carom_desk_word(const char *lang, CaromDeskWord word);

/* The word with {name} filled in: pairs of name and value, and NULL. The caller's. */
char *carom_desk_word_fill(const char *lang, CaromDeskWord word, ...) G_GNUC_NULL_TERMINATED;

#endif
