/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * excerpt - finding one's way in the text that mail servers write for people
 *
 * Shared by the parsers: where the copy of the returned message begins, and
 * what a text says about one recipient.
 */
#ifndef CAROM_EXCERPT_H
#define CAROM_EXCERPT_H

#include "mail/fields.h"
#include "mail/message.h"
#include "report/report.h"

#include <glib.h>

/* A line without its end and without blanks behind. */
typedef struct {
	const char *p, *eol;
} CaromLine;

/* The next line of the text from *cursor to end, and *cursor behind it; FALSE at the end. */
gboolean carom_excerpt_line(const char **cursor, const char *end, CaromLine *line);

/* How many blanks the line begins with (a tab counts as eight); the line's length if it is empty.
 */
guint carom_excerpt_indent(const CaromLine *line);

/*
 * The address that the line begins with, behind blanks: bare or in <>, alone
 * or followed by a blank, a colon or punctuation. *after (may be NULL) is set
 * to what follows it and its colon. Caller's, or NULL.
 */
char *carom_excerpt_line_address(const CaromLine *line, const char **after);

/* TRUE if the line, behind blanks, begins with words (ASCII caseless). */
gboolean carom_excerpt_starts(const CaromLine *line, const char *words);

/*
 * What text says of the outcome: stage, host and codes out of all of it, and
 * as diagnostic the remote server's own words, where it quotes them, else all.
 */
void carom_excerpt_explain(CaromReport *out, CaromOutcome *outcome, const char *text, gsize len);

/*
 * TRUE for a diagnostic (NULL too) without a word in it: a bare exit status, a
 * bare reply code, punctuation. Its codes count; the reason is elsewhere.
 */
gboolean carom_excerpt_says_nothing(const char *diagnostic);

/* Sets report->returned from the part that holds the returned message, else from the copy in the
 * text. */
void carom_excerpt_returned(const CaromMail *mail, CaromReport *out, const char *text, gsize len);

/* The only address in the returned message's To, where a report names none itself; caller's, or
 * NULL. */
char *carom_excerpt_only_to(const CaromReport *out);

/*
 * Where the copy of the returned message begins in a text that carries it
 * inline, or len if it carries none. *header (may be NULL) is set to the first
 * byte of the copy's own header, or to NULL if only a marker line was found.
 */
gsize carom_excerpt_copy(const char *text, gsize len, const char **header);

/* The header of that inline copy; NULL if there is none. Caller's. */
CaromFields *carom_excerpt_copy_fields(const char *text, gsize len);

/*
 * What text says about recipient: the lines from its mention to the next empty
 * line or the next address line. Returns the first byte and sets *out_len;
 * NULL if it isn't mentioned.
 */
const char *carom_excerpt_about(const char *text, gsize len, const char *recipient, gsize *out_len);

#endif
