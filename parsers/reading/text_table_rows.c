/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which row of a table recognises a mail: by its header, by the marks in its
 * text. Finds where the report part begins, and reads nothing in it.
 */
#include "config.h"

#include "parsers/reading/text_table_private.h"
#include "mail/address.h"
#include "parsers/reading/looks.h"
#include "base/text.h"

/* The start mark stands in here, or the text is of another kind. Disclaimers and banners may come
 * first. */
#define START_WITHIN 6000
G_STATIC_ASSERT(START_WITHIN <= CAROM_PHRASE_WITHIN);

const char *
carom_text_table_find_mark(const char *text, gsize len, const char *const *marks, gsize *mark_len)
{
	const char *best = NULL;

	for (gsize i = 0; i < CAROM_TEXT_MARKS && marks[i] != NULL; i++) {
		/* a mark behind the best one is of no interest */
		gsize room = best ? MIN((gsize) (best - text) + strlen(marks[i]), len) : len;
		const char *hit = carom_text_find(text, room, marks[i]);

		if (hit != NULL && (best == NULL || hit < best)) {
			best = hit;
			if (mark_len != NULL)
				*mark_len = strlen(marks[i]);
		}
	}
	return best;
}

gboolean
carom_text_table_has_mark(const char *text, const char *const *marks)
{
	return text != NULL && carom_text_table_find_mark(text, strlen(text), marks, NULL) != NULL;
}

gboolean
carom_text_table_is_report_like(const CaromMail *mail)
{
	/* the roots of what reports are called; what else there is in the text decides */
	static const char *const words[] = { "deliver",      "fail",      "return",  "undeliv",
					     "error",        "reject",    "bounce",  "nondeliv",
					     "notification", "unknown",   "warning", "delay",
					     "problem",      "could not", "unable",  "non remis",
					     "zustell",      "consegna",  "entreg",  "niet best",
					     "bezorg",       "nelevere",  "dostarcz" };
	const char *subject = carom_mail_subject(mail);

	if (carom_mail_system_sent(mail) || carom_mail_header(mail, "Auto-Submitted") != NULL ||
	    carom_mail_header(mail, "X-Failed-Recipients") != NULL)
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (carom_text_find(subject, strlen(subject), words[i]) != NULL)
			/* a person who answers or forwards a report keeps its subject */
			return !carom_looks_letter(mail);
	return FALSE;
}

/* TRUE if only blanks and decoration stand between the start of p's line and p. */
static gboolean
opens_line(const char *text, const char *p)
{
	while (p > text && p[-1] != '\n') {
		p--;
		if (g_ascii_isalnum(*p) || *p == '>' || (guchar) *p >= 0x80)
			return FALSE;
	}
	return TRUE;
}

const char *
carom_text_table_of_report(const CaromMail *mail, gsize *len)
{
	const char *text = carom_mail_text(mail, len);

	return carom_text_is_blank(text, text + *len) ? carom_mail_raw_body(mail, len) : text;
}

const char *
carom_text_table_find_start(const CaromTextFormat *row, const char *text, gsize len)
{
	const char *end = text + MIN(len, START_WITHIN), *best = NULL;

	if (row->start[0] == NULL)
		return text;
	for (gsize i = 0; i < CAROM_TEXT_MARKS && row->start[i] != NULL; i++) {
		const char *p = text;

		/* nothing behind the best one so far is of interest */
		while ((p = carom_text_find(p, (gsize) (end - p), row->start[i])) != NULL &&
		       (best == NULL || p < best)) {
			if (row->start_within || opens_line(text, p)) {
				best = p;
				break;
			}
			p++;
		}
	}
	return best;
}

/* FALSE if none of the marks can be in the text that mail has for people. */
static gboolean
may_say_any(const CaromMail *mail, const char *const *marks)
{
	for (gsize i = 0; i < CAROM_TEXT_MARKS && marks[i] != NULL; i++)
		if (carom_mail_may_say(mail, marks[i]))
			return TRUE;
	return marks[0] == NULL;
}

gboolean
carom_text_table_row_matches(const CaromMail *mail, const CaromTextFormat *row, int *like)
{
	const char *text;
	gsize len;

	if (row->from[0] != NULL &&
	    !carom_text_table_has_mark(carom_mail_header(mail, "From"), row->from))
		return FALSE;
	if (row->subject[0] != NULL &&
	    !carom_text_table_has_mark(carom_mail_subject(mail), row->subject))
		return FALSE;
	if (row->header[0] != NULL) {
		const char *value = carom_mail_header(mail, row->header[0]);

		if (value == NULL ||
		    (row->header[1] != NULL &&
		     carom_text_find(value, strlen(value), row->header[1]) == NULL))
			return FALSE;
	}
	if (row->from[0] == NULL && row->subject[0] == NULL && row->header[0] == NULL) {
		if (*like < 0)
			*like = carom_text_table_is_report_like(mail);
		if (!*like)
			return FALSE;
	}
	text = carom_mail_text(mail, &len);
	if (carom_text_is_blank(text, text + len)) /* as in carom_text_table_of_report */
		text = carom_mail_raw_body(mail, &len);
	else if (!may_say_any(mail, row->also) || !may_say_any(mail, row->start))
		return FALSE;
	if (row->also[0] != NULL &&
	    carom_text_table_find_mark(text, MIN(len, START_WITHIN), row->also, NULL) == NULL)
		return FALSE;
	return carom_text_table_find_start(row, text, len) != NULL;
}

int
carom_text_table_probe(const CaromMail *mail, const CaromTextFormat *rows, gsize n)
{
	int best = 0, like = -1;

	for (gsize i = 0; i < n; i++) {
		int sure = rows[i].sure ? rows[i].sure : 70;

		if (sure > best && carom_text_table_row_matches(mail, &rows[i], &like))
			best = sure;
	}
	return best > 0 && carom_looks_letter(mail) ? 0 : best;
}
