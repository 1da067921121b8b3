/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text_table_private - one row of a table at work on one mail
 *
 * What the files of the table share among themselves: text_table_rows.c says
 * whether the row recognises the mail, text_table_recipients.c whom the report
 * part names, text_table_reasons.c what it says of each; text_table.c makes the
 * report of it. Everybody else sees text_table.h.
 */
#ifndef CAROM_TEXT_TABLE_PRIVATE_H
#define CAROM_TEXT_TABLE_PRIVATE_H

#include "base/text.h"
#include "parsers/reading/text_table.h"

/* TRUE if one of the marks is in text; NULL holds none. */
gboolean carom_text_table_has_mark(const char *text, const char *const *marks);

/* The text for people; where broken MIME hides it, everything behind the header. */
const char *carom_text_table_of_report(const CaromMail *mail, gsize *len);

/*
 * TRUE if the row recognises mail. *like caches carom_text_table_is_report_like over
 * the rows: -1 = not asked yet.
 */
gboolean carom_text_table_row_matches(const CaromMail *mail, const CaromTextFormat *row, int *like);

/* Where the row's report part begins, or NULL if the start mark isn't there. */
const char *carom_text_table_find_start(const CaromTextFormat *row, const char *text, gsize len);

/* A recipient that the report part names, and where. */
typedef struct {
	char *address;
	const char *line;  /* start of its line */
	const char *after; /* first byte behind it */
	const char *reason, *reason_stop;
} Mention;

/* The recipients that the row finds in the report part [start, end): an array of Mention, the
 * caller's. */
GArray *carom_text_table_find_mentions(const CaromTextFormat *row, const char *start,
				       const char *end);

/*
 * What is said of the recipient whose own stretch of the report is [after,
 * until), or above whose line [before, line) lies. NULL: nothing.
 */
const char *carom_text_table_find_reason(const CaromTextFormat *row, const char *before,
					 const Mention *m, const char *until, const char **stop);

/*
 * Gives each recipient its reason. One without words of its own shares those of
 * the next one that has some (a list, then the reason), or of the one before
 * (the reason, then a list), or what is said once in the whole report.
 */
void carom_text_table_find_reasons(const CaromTextFormat *row, GArray *mentions, const char *start,
				   const char *end);

static inline const char *
next_line(const char *p, const char *end)
{
	const char *eol = carom_text_line_end(p, end);

	return eol < end ? eol + 1 : end;
}

#endif
