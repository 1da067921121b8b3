/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phrases - what mail servers and mail programs say, in some thirty languages
 *
 * The words are data: phrases_subject.def and phrases_text.def, one a line,
 * in lower case. A set is searched in one pass (literals.h) and built when it
 * is first wanted.
 */
#ifndef CAROM_PHRASES_H
#define CAROM_PHRASES_H

#include <glib.h>

/* What a phrase is a mark of. */
typedef enum {
	/* of a Subject */
	CAROM_SUBJECT_FAILED = 1 << 0,     /* a message came back */
	CAROM_SUBJECT_DELAYED = 1 << 1,    /* it is late */
	CAROM_SUBJECT_AUTO = 1 << 2,       /* only automatic replies begin so */
	CAROM_SUBJECT_MAYBE_AUTO = 1 << 3, /* people begin so too */
	CAROM_SUBJECT_CHALLENGE = 1 << 4,  /* prove that you are a person */
	CAROM_SUBJECT_AUTO_WITHIN =
		1 << 5, /* an AUTO phrase amid other words: may be somebody's topic */
	/* of a text */
	CAROM_TEXT_FAILED = 1 << 8,     /* says that a message could not be delivered */
	CAROM_TEXT_REASON = 1 << 9,     /* says why */
	CAROM_TEXT_DELAYED = 1 << 10,   /* says that it is late, or will be tried again */
	CAROM_TEXT_GAVE_UP = 1 << 11,   /* says that it won't be tried again */
	CAROM_TEXT_RECIPIENT = 1 << 12, /* stands before the address of a recipient */
	CAROM_TEXT_OTHER =
		1 << 13, /* stands before an address that is no recipient's: senders, help desks */
	CAROM_TEXT_AWAY = 1 << 14,      /* a person who is not there */
	CAROM_TEXT_CHALLENGE = 1 << 15, /* prove that you are a person */
	CAROM_TEXT_RECEIVED = 1 << 16,  /* thanks for a message, which somebody will read */
} CaromPhraseKind;

/* All kinds that a Subject holds, or-ed. */
guint carom_phrases_of_subject(const char *subject);

/* Kinds (CaromPhraseKind, or-ed) of a phrase found at [at, at + len). */
typedef void (*CaromPhraseFunc)(guint kinds, gsize at, gsize len, void *user);

/* Calls func for every phrase in text, which came out of carom_phrases_fold(). */
void carom_phrases_scan_text(const char *folded, gsize len, CaromPhraseFunc func, void *user);

/* All kinds that the first max bytes of text hold, or-ed. */
guint carom_phrases_of_text(const char *text, gsize len, gsize max);

/*
 * text in lower case, byte for byte in the same places, with single line ends
 * as spaces so that a phrase is found over the end of a line. Caller's.
 */
char *carom_phrases_fold(const char *text, gsize len);

#endif
