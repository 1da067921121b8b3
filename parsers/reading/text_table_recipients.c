/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recipients that a row of the table finds in a report part. Knows lines
 * and addresses; what is said of a recipient is another file's.
 */
#include "config.h"

#include "parsers/reading/text_table_private.h"
#include "mail/address.h"
#include "base/text.h"

/* A list of recipients between two marks is no longer than this. */
#define BETWEEN_WITHIN (32 * 1024)

static void
mention_clear(gpointer p)
{
	g_free(((Mention *) p)->address);
}

static void
add_mention(GArray *mentions, char *address, const char *line, const char *after)
{
	Mention m = { address, line, after, NULL, NULL };

	if (address == NULL)
		return;
	if (mentions->len > CAROM_MAX_OUTCOMES) {
		g_free(address);
		return;
	}
	g_array_append_val(mentions, m);
}

/* Bullets and blanks that lists put before an address. */
static const char *
skip_bullet(const char *p, const char *eol)
{
	while (p < eol && (strchr(" \t*-+=|>", *p) != NULL || g_str_has_prefix(p, "\xe2\x80\xa2") ||
			   g_str_has_prefix(p, "\xc2\xb7")))
		p += *p == '\xe2' ? 3 : *p == '\xc2' ? 2 : 1;
	return p;
}

/* The end of the word at p; a quoted local part counts as one word with what follows it. */
static const char *
word_end(const char *p, const char *eol)
{
	gboolean quoted = FALSE;

	for (; p < eol && (quoted || !g_ascii_isspace(*p)); p++)
		if (*p == '"')
			quoted = !quoted;
	return p;
}

/* The address that opens the line; alone means that nothing else may stand there. */
static void
mention_at_line_start(GArray *mentions, const char *line, const char *eol, gboolean alone)
{
	const char *p = skip_bullet(line, eol), *word = word_end(p, eol), *stop = word;
	char *address;

	if (memchr(p, '@', (gsize) (word - p)) == NULL || word - p > 2 * CAROM_ADDRESS_MAX)
		return;
	if (alone && !carom_text_is_blank(word, eol))
		return;
	/* "TO:<a@b.example>:", the rest of a line that a relay broke, is no list's line */
	if (alone && *p != '<' && *p != '"' && memchr(p, '<', (gsize) (word - p)) != NULL)
		return;
	while (stop > p && strchr(":;,.)]'", stop[-1]) != NULL)
		stop--;
	while (p < stop && strchr("(['", *p) != NULL)
		p++;
	/* "a@b.example" in quotes as a whole; a quoted local part ends in no quote */
	if (stop - p > 2 && *p == '"' && stop[-1] == '"') {
		p++;
		stop--;
	}
	/* "a@b.example:reason": what follows a colon is no address */
	address = carom_address_parse(p, stop - p);
	if (address == NULL && !alone) {
		const char *colon = memchr(p, ':', (gsize) (stop - p));

		if (colon != NULL && colon > p) {
			stop = colon;
			address = carom_address_parse(p, stop - p);
		}
	}
	add_mention(mentions, address, line, stop);
}

static void
mention_in_angles(GArray *mentions, const char *line, const char *eol)
{
	const char *p = skip_bullet(line, eol), *close;

	if (p == eol || *p != '<')
		return;
	close = memchr(p, '>', (gsize) (eol - p));
	if (close != NULL && memchr(p, '@', (gsize) (close - p)) != NULL)
		add_mention(mentions, carom_address_parse(p + 1, close - p - 1), line, close + 1);
}

static void
mention_behind(const CaromTextFormat *row, GArray *mentions, const char *line, const char *eol,
	       const char *end)
{
	gsize n = 0;
	const char *p = carom_text_table_find_mark(line, (gsize) (eol - line), row->rcpt, &n),
		   *after;
	char *address;

	if (p == NULL)
		return;
	p += n;
	for (guint skip = 0; skip < 3 && carom_text_is_blank(p, eol) && eol < end; skip++) {
		p = eol + 1;
		eol = carom_text_line_end(p, end);
	}
	address = carom_address_find(p, (gsize) (eol - p), &after);
	if (address != NULL)
		add_mention(mentions, address, line, *after == '>' ? after + 1 : after);
}

/* Returns where to read on: behind the closing mark, or the next line. */
static const char *
mentions_between(const CaromTextFormat *row, GArray *mentions, const char *line, const char *eol,
		 const char *end)
{
	gsize n = 0;
	const char *p = carom_text_table_find_mark(line, (gsize) (eol - line), row->rcpt, &n),
		   *close, *after;

	if (p == NULL)
		return next_line(line, end);
	p += n;
	/* without its end the list is one line */
	close = carom_text_find(p, MIN((gsize) (end - p), BETWEEN_WITHIN), row->rcpt_end);
	if (close == NULL)
		close = eol;
	while (p < close) {
		char *address = carom_address_find(p, (gsize) (close - p), &after);

		if (address == NULL)
			break;
		add_mention(mentions, address, line, close);
		p = after;
	}
	return close < end ? close + 1 : end; /* there may be another list on the same line */
}

GArray *
carom_text_table_find_mentions(const CaromTextFormat *row, const char *start, const char *end)
{
	GArray *mentions = g_array_new(FALSE, FALSE, sizeof(Mention));

	g_array_set_clear_func(mentions, mention_clear);
	for (const char *line = start; line < end;) {
		const char *eol = carom_text_line_end(line, end), *next = eol < end ? eol + 1 : end;

		switch (row->recipient) {
		case CAROM_RCPT_ALONE:
			mention_at_line_start(mentions, line, eol, TRUE);
			break;
		case CAROM_RCPT_OPENS:
			mention_at_line_start(mentions, line, eol, FALSE);
			break;
		case CAROM_RCPT_ANGLE:
			mention_in_angles(mentions, line, eol);
			break;
		case CAROM_RCPT_AFTER:
			mention_behind(row, mentions, line, eol, end);
			break;
		case CAROM_RCPT_BETWEEN:
			next = mentions_between(row, mentions, line, eol, end);
			break;
		}
		line = next;
	}
	return mentions;
}
