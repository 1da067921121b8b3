/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/generic/generic_private.h"
#include "mail/address.h"
#include "parsers/reading/phrases.h"
#include "mail/reply.h"
#include "base/text.h"

#include <string.h>

/* What is looked at. Reports are short; what is long is a copy that was not recognised as one. */
#define MAX_TEXT (48 * 1024)
#define MAX_LINES 600
#define MAX_MENTIONS 300

static void
mention_clear(gpointer data)
{
	g_free(((Mention *) data)->address);
}

/* The line that holds the byte at offset. */
static guint
line_of(const CaromGenericText *t, gsize offset)
{
	guint low = 0, high = t->lines->len;

	while (high - low > 1) {
		guint middle = (low + high) / 2;

		if (line_at(t, middle)->at <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* ">>> RCPT To:<a@b>": sendmail's transcripts. Others mark addresses so. */
static gboolean
is_command(const char *p, const char *end)
{
	static const char *const verbs[] = { "RCPT", "MAIL", "DATA", "EHLO",     "HELO", "LHLO",
					     "QUIT", "RSET", "AUTH", "STARTTLS", "BDAT", "VRFY" };

	if (end - p < 8 || memcmp(p, ">>> ", 4) != 0)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (carom_text_has_prefix(p + 4, verbs[i]))
			return TRUE;
	return FALSE;
}

static void
split_lines(CaromGenericText *t)
{
	gsize at = 0;

	while (at < t->len && t->lines->len < MAX_LINES) {
		const char *nl = memchr(t->text + at, '\n', t->len - at);
		Line line = { .at = at,
			      .end = nl ? (gsize) (nl - t->text) : t->len,
			      .mention = -1 };
		const char *p = t->text + line.at, *end = t->text + line.end;
		CaromReplyCodes codes;

		while (p < end && g_ascii_isspace(*p))
			p++;
		line.blank = p == end;
		line.command = is_command(p, end);
		line.heading =
			end - p > 3 && strchr("-=*#_", *p) != NULL && p[1] == *p && p[2] == *p;
		if (!line.blank && !line.command) {
			carom_reply_codes(p, MIN((gsize) (end - p), 400), &codes);
			line.code = codes.reply[0] != '\0' || codes.status[0] != '\0';
		}
		g_array_append_val(t->lines, line);
		at = line.end + 1;
	}
	t->len = MIN(t->len, at);
}

static void
note_hit(guint kinds, gsize at, gsize len, void *user)
{
	CaromGenericText *t = user;
	Hit hit = { at, len, kinds };

	t->kinds |= kinds;
	if (t->lines->len == 0)
		return;
	line_at(t, line_of(t, at))->kinds |= kinds;
	if (kinds & (CAROM_TEXT_RECIPIENT | CAROM_TEXT_OTHER))
		g_array_append_val(t->hits, hit);
}

/* Part of a URL, of a Message-ID or of a longer word. */
static gboolean
is_no_mailbox(const CaromGenericText *t, gsize at, gsize end)
{
	const char *p = t->text + at, *stop = t->text + end;
	guint digits = 0;

	if (at >= 2 && p[-1] == '/' && p[-2] == '/')
		return TRUE;
	/* "http://help.example/?u=a@b&m=c@d" */
	for (gsize i = at; i > 0 && at - i < 300 && !g_ascii_isspace(t->text[i - 1]) &&
			   strchr("<>\"", t->text[i - 1]) == NULL;
	     i--)
		if (t->text[i - 1] == ':' && t->text[i] == '/' && t->text[i + 1] == '/')
			return TRUE;
	if (at >= 1 && (p[-1] == '/' || p[-1] == '?' || p[-1] == '&'))
		return TRUE;
	if (end < t->len && (*stop == '/' || *stop == '?'))
		return TRUE;
	for (const char *q = p; q < stop && *q != '@'; q++)
		digits += g_ascii_isdigit(*q);
	/* "20110429.abc123@host": a local part of mostly digits with dots in it, as Message-IDs
	 * have */
	return digits >= 12 && memchr(p, '.', (gsize) (strchr(p, '@') - p)) != NULL;
}

/* Nothing but what encloses, parts or marks addresses in lists. */
static gboolean
is_punctuation(const CaromGenericText *t, gsize from, gsize to)
{
	static const char around[] = " \t<>()[]{}*-+.,:;\"'|#=>\xE2\x80\xA2";

	for (; from < to; from++)
		if (strchr(around, t->text[from]) == NULL)
			return FALSE;
	return TRUE;
}

/* "1." before a list's address. */
static gsize
skip_number(const CaromGenericText *t, gsize at)
{
	gsize i = at;

	while (i < at + 4 && (g_ascii_isdigit(t->text[i]) || strchr(" \t[(#", t->text[i]) != NULL))
		i++;
	return i;
}

/* "Budi S <budi@b.example>": no word of it is a report's, and the name is short. */
static gboolean
is_display_name(const CaromGenericText *t, const Line *line, gsize at)
{
	guint words = 0;

	if (line->kinds != 0 || line->code || at <= line->at || at - line->at > 48 ||
	    t->text[at - 1] != '<')
		return FALSE;
	for (gsize i = line->at; i + 1 < at; i++) {
		if (strchr(":/=@<>", t->text[i]) != NULL)
			return FALSE;
		words += g_ascii_isspace(t->text[i]) && !g_ascii_isspace(t->text[i + 1]);
	}
	return words <= 5;
}

/* Marks the lines that hold nothing but addresses. "a@b -> c@d" goes somewhere, and is no list. */
static void
find_bare_lines(CaromGenericText *t)
{
	for (guint i = 0; i < t->mentions->len;) {
		const Mention *m = mention_at(t, i);
		Line *line = line_at(t, m->line);
		gsize done = skip_number(t, line->at);

		done = MIN(done, m->at);
		line->bare = is_punctuation(t, done, m->at) || is_display_name(t, line, m->at);
		for (; i < t->mentions->len && mention_at(t, i)->line == m->line; i++) {
			const Mention *next = mention_at(t, i);

			if (next->at > done && next != m)
				line->bare = line->bare && is_punctuation(t, done, next->at) &&
					     memchr(t->text + done, '-', next->at - done) == NULL &&
					     memchr(t->text + done, '=', next->at - done) == NULL;
			done = next->end;
		}
		line->bare = line->bare && done <= line->end && is_punctuation(t, done, line->end);
	}
}

static void
find_mentions(CaromGenericText *t)
{
	const char *p = t->text, *end = t->text + t->len, *next;

	while (p < end) {
		Mention m = { 0 };
		Line *line;
		gsize n;

		m.address = carom_address_find(p, (gsize) (end - p), &next);
		if (m.address == NULL)
			break;
		if (t->mentions->len >= MAX_MENTIONS) {
			t->cut = TRUE;
			g_free(m.address);
			break;
		}
		/* Exchange's X.400 form: "dda:SMTP=a@b" */
		if (carom_text_has_prefix(m.address, "smtp=") && m.address[5] != '@')
			memmove(m.address, m.address + 5, strlen(m.address + 5) + 1);
		n = strlen(m.address);
		m.end = (gsize) (next - t->text);
		m.at = m.end >= n ? m.end - n : 0;
		p = next;
		if (is_no_mailbox(t, m.at, m.end) || strchr(m.address, '@')[1] == '[') {
			g_free(m.address);
			continue;
		}
		m.line = line_of(t, m.at);
		line = line_at(t, m.line);
		if (line->mention < 0)
			line->mention = (int) t->mentions->len;
		g_array_append_val(t->mentions, m);
	}
}

CaromGenericText *
carom_generic_text_read(const char *text, gsize len, const CaromGenericKnown *known)
{
	CaromGenericText *t = g_new0(CaromGenericText, 1);
	g_autofree char *folded = NULL;

	t->text = text;
	t->len = MIN(len, MAX_TEXT);
	t->known = known;
	t->lines = g_array_new(FALSE, FALSE, sizeof(Line));
	t->hits = g_array_new(FALSE, FALSE, sizeof(Hit));
	t->mentions = g_array_new(FALSE, FALSE, sizeof(Mention));
	g_array_set_clear_func(t->mentions, mention_clear);
	t->recipients = g_ptr_array_new();
	split_lines(t);
	folded = carom_phrases_fold(t->text, t->len);
	carom_phrases_scan_text(folded, t->len, note_hit, t);
	if (t->lines->len > 0)
		find_mentions(t);
	find_bare_lines(t);
	carom_generic_choose(t);
	return t;
}

void
carom_generic_text_free(CaromGenericText *t)
{
	if (t == NULL)
		return;
	g_ptr_array_free(t->recipients, TRUE);
	g_array_free(t->mentions, TRUE);
	g_array_free(t->hits, TRUE);
	g_array_free(t->lines, TRUE);
	g_free(t);
}

gboolean
carom_generic_text_is_cut(const CaromGenericText *text)
{
	return text->cut;
}

guint
carom_generic_text_kinds(const CaromGenericText *t)
{
	return t->kinds;
}

const GPtrArray *
carom_generic_text_recipients(const CaromGenericText *t, int *best)
{
	*best = t->best;
	return t->recipients;
}
