/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text_table - simple text formats as rows of a table
 *
 * Dozens of mail servers write a fixed sentence, then the recipients, then a
 * reason, then the copy. Such a format is a row here; a file of rows is one
 * CaromParser, and the row's name is the report's format. What needs more than
 * a row (several places, codes of its own) is a file of its own.
 *
 * Rows are static and read only; any thread may use them.
 */
#ifndef CAROM_TEXT_TABLE_H
#define CAROM_TEXT_TABLE_H

#include "parsers/parser.h"

/* Alternatives of one mark; an unset one ends the list. */
#define CAROM_TEXT_MARKS 8

typedef enum {
	CAROM_RCPT_ALONE,   /* alone on its line, with or without a bullet, "<>", a comma or colon
			       behind it */
	CAROM_RCPT_ANGLE,   /* "<address>" opens the line */
	CAROM_RCPT_OPENS,   /* the address opens the line, anything may follow */
	CAROM_RCPT_AFTER,   /* the first address behind .rcpt on that line, or on the next one with
			       text if that line ends there */
	CAROM_RCPT_BETWEEN, /* every address between .rcpt and .rcpt_end, which may be some lines
			       further */
} CaromRecipientForm;

typedef enum {
	CAROM_REASON_PARAGRAPH, /* what follows the recipient up to an empty line; or the next
				   paragraph if that is nothing */
	CAROM_REASON_REST,      /* the rest of the recipient's line */
	CAROM_REASON_BEHIND,    /* the rest of the recipient's line and the lines below it, up to an
				   empty line or the next recipient */
	CAROM_REASON_FOLLOWING, /* the lines below the recipient's, up to an empty line */
	CAROM_REASON_AFTER, /* behind the first .reason that is there, up to .reason_end or an empty
			     * line: below the recipient, or else anywhere in the report (a reason
			     * that all share) */
	CAROM_REASON_ABOVE, /* the lines above the recipient, up to an empty line or the recipient
			       before it */
} CaromReasonForm;

typedef struct {
	const char *name;      /* the report's format */
	const char *reference; /* the server and version that writes it so */

	/*
	 * How it is recognised: all of those that are set must hold. Literals, ASCII
	 * caseless. A row with neither from, subject nor header is only asked about
	 * mail that looks sent by a mail system (see carom_text_table_is_report_like).
	 */
	const char
		*from[CAROM_TEXT_MARKS]; /* in the whole From field, so also in the display name */
	const char *subject[CAROM_TEXT_MARKS]; /* in the decoded Subject */
	const char *header[2]; /* name of a field, and a literal in its value (NULL: any value) */
	/* Opens a line near the start of the text (blanks and decoration before it do not
	 * count); the report part begins here. Unset: at the start of the text. */
	const char *start[CAROM_TEXT_MARKS];
	gboolean start_within; /* the start mark may stand within a line, as where the sentence
				  begins with a host name */
	const char
		*also[CAROM_TEXT_MARKS]; /* one of these stands anywhere in the first 6000 bytes */
	int sure;                        /* what probe answers; 0 means 70 */

	CaromRecipientForm recipient;
	const char *rcpt[CAROM_TEXT_MARKS];
	const char *rcpt_end; /* for BETWEEN */

	CaromReasonForm reason_form;
	const char *reason[CAROM_TEXT_MARKS]; /* for AFTER; best one first */
	gboolean reason_with_mark;            /* the mark is part of the reason, as in "550 " */
	const char *reason_end; /* for all forms: the literal that ends the reason earlier */

	/* In a line that ends the report part, or opens the copy. Where none is found: the copy
	 * that excerpt.h finds, or the end. */
	const char *end[CAROM_TEXT_MARKS];

	gboolean no_copy; /* what looks like a copy is part of the report: it ends at .end or the
			     text's end */

	/* It is a delay where the report part or the Subject holds one of these. */
	const char *delay[CAROM_TEXT_MARKS];
	gboolean always_delay;
	/* Where the text names nobody: the sole address in the To of the copy. */
	gboolean or_copy_to;
} CaromTextFormat;

/* How sure the surest row is that the mail is of its format; 0 = none. */
int carom_text_table_probe(const CaromMail *mail, const CaromTextFormat *rows, gsize n);

/* Reads mail by the rows that recognise it, in table order, until one finds a recipient. Sets
 * out->format. */
CaromStatus carom_text_table_parse(const CaromMail *mail, const CaromTextFormat *rows, gsize n,
				   CaromReport *out, GError **err);

/* TRUE for mail that a mail system may have sent: by its From, null return path, Auto-Submitted or
 * the words of its Subject. */
gboolean carom_text_table_is_report_like(const CaromMail *mail);

/* Where the first of the marks begins, or NULL. marks ends at an unset one or after
 * CAROM_TEXT_MARKS. */
const char *carom_text_table_find_mark(const char *text, gsize len, const char *const *marks,
				       gsize *mark_len);

/* Sets out->returned from the part that holds the returned message, or from the copy inside the
 * text. */
void carom_text_table_set_returned(const CaromMail *mail, CaromReport *out);

#endif
