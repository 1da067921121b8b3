/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a report part says of each recipient that a row of the table found in
 * it. Knows paragraphs and marks, and nothing of addresses.
 */
#include "config.h"

#include "parsers/reading/text_table_private.h"
#include "base/text.h"

/* A reason is no longer than this. */
#define REASON_WITHIN 4000

/* The paragraph at p: up to an empty line, or row->reason_end. skip: empty lines before it are
 * passed. */
static const char *
paragraph(const CaromTextFormat *row, const char *p, const char *end, gboolean skip,
	  const char **stop)
{
	const char *q, *cut;

	/* "-- user unknown": rules and bullets are no part of it */
	while (skip && p < end && (g_ascii_isspace(*p) || *p == '-' || *p == '*' || *p == '='))
		p++;
	for (q = p; q < end; q = next_line(q, end))
		if (q > p && carom_text_is_blank(q, carom_text_line_end(q, end)))
			break;
	*stop = q;
	cut = row->reason_end ? carom_text_find(p, (gsize) (q - p), row->reason_end) : NULL;
	if (cut != NULL)
		*stop = cut;
	return p;
}

/* Punctuation between an address and what is said of it. */
static const char *
skip_separator(const char *p, const char *end)
{
	while (p < end && strchr(" \t>:;,.-)]'\"=", *p) != NULL && *p != '\0')
		p++;
	return p;
}

/* The last paragraph before p. */
static const char *
paragraph_above(const char *start, const char *p, const char **stop)
{
	const char *first;

	while (p > start && g_ascii_isspace(p[-1]))
		p--;
	*stop = first = p;
	while (p > start && *stop - p < REASON_WITHIN) {
		const char *line = p;

		while (line > start && line[-1] != '\n')
			line--;
		if (carom_text_is_blank(line, p))
			break;
		first = line;
		p = line > start ? line - 1 : start;
	}
	return first;
}

/* "For the following reason:" says that the next paragraph says it. */
static gboolean
announces(const char *p, const char *stop)
{
	while (stop > p && g_ascii_isspace(stop[-1]))
		stop--;
	return stop > p && stop[-1] == ':' && stop - p < 80 &&
	       memchr(p, '\n', (gsize) (stop - p)) == NULL;
}

/* Behind the first mark of the row, in its order, that stands in [from, until). */
static const char *
reason_behind(const CaromTextFormat *row, const char *from, const char *until, const char **stop)
{
	for (gsize i = 0; i < CAROM_TEXT_MARKS && row->reason[i] != NULL; i++) {
		const char *p = carom_text_find(from, (gsize) (until - from), row->reason[i]);

		if (p == NULL)
			continue;
		/* "<-- 550 ...": the arrow is the transcript's */
		p += row->reason_with_mark ? strspn(p, "<- ") : strlen(row->reason[i]);
		return paragraph(row, p, until, TRUE, stop);
	}
	return NULL;
}

const char *
carom_text_table_find_reason(const CaromTextFormat *row, const char *before, const Mention *m,
			     const char *until, const char **stop)
{
	const char *p;

	switch (row->reason_form) {
	case CAROM_REASON_REST:
		p = paragraph(row, skip_separator(m->after, until),
			      carom_text_line_end(m->after, until), FALSE, stop);
		break;
	case CAROM_REASON_BEHIND:
		p = paragraph(row, skip_separator(m->after, until), until, FALSE, stop);
		break;
	case CAROM_REASON_FOLLOWING:
		p = paragraph(row, next_line(m->after, until), until, TRUE, stop);
		break;
	case CAROM_REASON_AFTER:
		p = reason_behind(row, m->after, until, stop);
		break;
	case CAROM_REASON_ABOVE:
		p = paragraph_above(before, m->line, stop);
		break;
	case CAROM_REASON_PARAGRAPH:
	default:
		p = paragraph(row, skip_separator(m->after, until), until, FALSE, stop);
		for (guint skip = 0;
		     skip < 2 && (carom_text_is_blank(p, *stop) || announces(p, *stop)); skip++)
			p = paragraph(row, *stop, until, TRUE, stop);
		break;
	}
	return p != NULL && p < *stop && !carom_text_is_blank(p, *stop) ? p : NULL;
}

void
carom_text_table_find_reasons(const CaromTextFormat *row, GArray *mentions, const char *start,
			      const char *end)
{
	Mention *all = (Mention *) (void *) mentions->data;
	const char *shared = NULL, *stop = NULL;
	gboolean above = row->reason_form == CAROM_REASON_ABOVE;
	guint n = mentions->len;

	for (guint i = 0; i < n; i++) {
		const char *until = i + 1 < n ? MAX(all[i + 1].line, all[i].after) : end;

		all[i].reason = carom_text_table_find_reason(row, i > 0 ? all[i - 1].after : start,
							     &all[i], until, &all[i].reason_stop);
	}
	if (row->reason_form == CAROM_REASON_AFTER)
		shared = reason_behind(row, start, end, &stop);
	for (guint k = 0; k < n; k++) {
		Mention *m = &all[above ? k : n - 1 - k];

		if (m->reason != NULL) {
			shared = m->reason;
			stop = m->reason_stop;
		}
		m->reason = shared;
		m->reason_stop = stop;
	}
}
