/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * transcript - the session that sendmail shows to people, as entries
 *
 * "----- Transcript of session follows -----", and then what was said:
 *
 *	... while talking to mx.example.net.:
 *	>>> RCPT To:<a@example.net>
 *	<<< 550 5.1.1 no such user
 *	550 5.1.1 <a@example.net>... User unknown
 *
 * Where a program delivers, what it wrote stands there instead of a dialogue.
 * Read once; whom it speaks of is then found without reading it again. The
 * last line is sendmail's own word, the others are the dialogue behind it.
 */
#ifndef CAROM_TRANSCRIPT_H
#define CAROM_TRANSCRIPT_H

#include "parsers/reading/excerpt.h"
#include "report/report.h"

/* One reply of the remote server. */
typedef struct {
	CaromLine host;    /* "... while talking to HOST"; .p is NULL where none was told */
	CaromLine command; /* ">>> COMMAND"; .p is NULL before the first */
	char *text;        /* the lines of the reply as one, at most CAROM_MAX_DIAGNOSTIC bytes */
} CaromTranscriptReply;

/* One line of sendmail's own that says how it went. */
typedef struct {
	CaromLine line;
	CaromLine whom;    /* "<a@b>" or a local name before the dots; .p is NULL: nobody */
	char *address;     /* the same where it is an address; NULL */
	const char *words; /* behind the dots; NULL where nobody is named */
	int reply;         /* index of the reply that it follows, -1 */
	CaromLine output; /* what a local mailer wrote before it, some lines; .p is NULL: nothing */
} CaromTranscriptVerdict;

typedef struct {
	GArray *replies;  /* of CaromTranscriptReply */
	GArray *verdicts; /* of CaromTranscriptVerdict */
	GHashTable *by_whom;
} CaromTranscript;

/* Where the transcript begins in the text, or NULL. */
const char *carom_transcript_start(const char *text, gsize len);

/* The transcript in the text, whose bytes it borrows; NULL if there is none. Caller's. */
CaromTranscript *carom_transcript_read(const char *text, gsize len);

void carom_transcript_free(CaromTranscript *transcript); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromTranscript, carom_transcript_free)

/* The last verdict on recipient, also by its local part alone, as sendmail names local users; or
 * NULL. */
const CaromTranscriptVerdict *carom_transcript_verdict(const CaromTranscript *transcript,
						       const char *recipient);

/* The first reply whose first line is begins, blanks aside, or NULL. */
const CaromTranscriptReply *carom_transcript_reply(const CaromTranscript *transcript,
						   const char *begins);

/*
 * Fills in what the transcript says of the outcome's recipient. FALSE, and
 * nothing changed, if it doesn't speak of it; NULL speaks of nobody. begins
 * (may be NULL) is the first line of the reply that is meant, where that is
 * known; alone says that the recipient is the report's only one, so that what
 * is said at large is said of it.
 */
gboolean carom_transcript_explain(const CaromTranscript *transcript, CaromReport *out,
				  CaromOutcome *outcome, const char *begins, gboolean alone);

#endif
