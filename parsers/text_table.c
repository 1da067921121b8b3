#include "config.h"

#include "text_table.h"

#include "address.h"
#include "excerpt.h"
#include "text.h"

#include <string.h>

/* The start mark stands in here, or the text is of another kind. Disclaimers and banners may come
 * first. */
#define START_WITHIN 6000
G_STATIC_ASSERT(START_WITHIN <= CAROM_PHRASE_WITHIN);

/* A reason is no longer than this, and no list of recipients between two marks. */
#define REASON_WITHIN 4000
#define BETWEEN_WITHIN (32 * 1024)

/* A recipient that the report part names, and where. */
typedef struct {
	char *address;
	const char *line;  /* start of its line */
	const char *after; /* first byte behind it */
	const char *reason, *reason_stop;
} Mention;

static void
mention_clear(gpointer p)
{
	g_free(((Mention *) p)->address);
}

static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (gsize) (end - p));

	return nl ? nl : end;
}

static const char *
next_line(const char *p, const char *end)
{
	const char *eol = line_end(p, end);

	return eol < end ? eol + 1 : end;
}

static gboolean
is_blank(const char *p, const char *eol)
{
	while (p < eol && g_ascii_isspace(*p))
		p++;
	return p == eol;
}

const char *
carom_text_find_mark(const char *text, gsize len, const char *const *marks, gsize *mark_len)
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

static gboolean
has_mark(const char *text, const char *const *marks)
{
	return text != NULL && carom_text_find_mark(text, strlen(text), marks, NULL) != NULL;
}

gboolean
carom_text_is_report_like(const CaromMail *mail)
{
	/* the roots of what reports are called; what else there is in the text decides */
	static const char *const words[] = { "deliver",      "fail",      "return",  "undeliv",
					     "error",        "reject",    "bounce",  "nondeliv",
					     "notification", "unknown",   "warning", "delay",
					     "problem",      "could not", "unable",  "non remis",
					     "zustell",      "consegna",  "entreg",  "niet best",
					     "bezorg",       "nelevere",  "dostarcz" };
	const char *from = carom_mail_from(mail), *subject = carom_mail_subject(mail),
		   *path = carom_mail_header(mail, "Return-Path");

	if (*from == '\0' || carom_address_is_role(from))
		return TRUE;
	if (path != NULL && (g_str_has_prefix(path, "<>") ||
			     carom_text_find(path, strlen(path), "mailer-daemon") != NULL))
		return TRUE;
	if (carom_mail_header(mail, "Auto-Submitted") != NULL ||
	    carom_mail_header(mail, "X-Failed-Recipients") != NULL)
		return TRUE;
	/* a person who answers or forwards a report keeps its subject */
	if (carom_text_has_prefix(subject, "Re:") || carom_text_has_prefix(subject, "Fw") ||
	    carom_text_has_prefix(subject, "Aw:"))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (carom_text_find(subject, strlen(subject), words[i]) != NULL)
			return TRUE;
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

/* The text for people; where broken MIME hides it, everything behind the header. */
static const char *
report_text(const CaromMail *mail, gsize *len)
{
	const char *text = carom_mail_text(mail, len);

	return is_blank(text, text + *len) ? carom_mail_raw_body(mail, len) : text;
}

/* Where the row's report part begins, or NULL if the start mark isn't there. */
static const char *
find_start(const CaromTextFormat *row, const char *text, gsize len)
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

/* *like caches carom_text_is_report_like over the rows: -1 = not asked yet. */
static gboolean
row_matches(const CaromMail *mail, const CaromTextFormat *row, int *like)
{
	const char *text;
	gsize len;

	if (row->from[0] != NULL && !has_mark(carom_mail_header(mail, "From"), row->from))
		return FALSE;
	if (row->subject[0] != NULL && !has_mark(carom_mail_subject(mail), row->subject))
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
			*like = carom_text_is_report_like(mail);
		if (!*like)
			return FALSE;
	}
	text = report_text(mail, &len);
	if (text == carom_mail_text(mail, NULL) &&
	    (!may_say_any(mail, row->also) || !may_say_any(mail, row->start)))
		return FALSE;
	if (row->also[0] != NULL &&
	    carom_text_find_mark(text, MIN(len, START_WITHIN), row->also, NULL) == NULL)
		return FALSE;
	return find_start(row, text, len) != NULL;
}

int
carom_text_table_probe(const CaromMail *mail, const CaromTextFormat *rows, gsize n)
{
	int best = 0, like = -1;

	for (gsize i = 0; i < n; i++) {
		int sure = rows[i].sure ? rows[i].sure : 70;

		if (sure > best && row_matches(mail, &rows[i], &like))
			best = sure;
	}
	return best;
}

/* The report part's end: the row's own mark behind start, or the copy, or the end of the text. */
static const char *
find_end(const CaromTextFormat *row, const char *start, const char *end)
{
	const char *hit = carom_text_find_mark(start, (gsize) (end - start), row->end, NULL);

	if (hit == NULL)
		return row->no_copy
			       ? end
			       : start + carom_excerpt_copy(start, (gsize) (end - start), NULL);
	while (hit > start && hit[-1] != '\n')
		hit--;
	return hit;
}

static void
add_mention(GArray *mentions, char *address, const char *line, const char *after)
{
	Mention m = { address, line, after, NULL, NULL };

	if (address == NULL)
		return;
	if (mentions->len >= CAROM_MAX_OUTCOMES) {
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
	if (alone && !is_blank(word, eol))
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
	const char *p = carom_text_find_mark(line, (gsize) (eol - line), row->rcpt, &n), *after;
	char *address;

	if (p == NULL)
		return;
	p += n;
	for (guint skip = 0; skip < 3 && is_blank(p, eol) && eol < end; skip++) {
		p = eol + 1;
		eol = line_end(p, end);
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
	const char *p = carom_text_find_mark(line, (gsize) (eol - line), row->rcpt, &n), *close,
		   *after;

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

static GArray *
find_mentions(const CaromTextFormat *row, const char *start, const char *end)
{
	GArray *mentions = g_array_new(FALSE, FALSE, sizeof(Mention));

	g_array_set_clear_func(mentions, mention_clear);
	for (const char *line = start; line < end;) {
		const char *eol = line_end(line, end), *next = eol < end ? eol + 1 : end;

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
		if (q > p && is_blank(q, line_end(q, end)))
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
		if (is_blank(line, p))
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

/*
 * What is said of the recipient whose own stretch of the report is [after,
 * until), or above whose line [before, line) lies. NULL: nothing.
 */
static const char *
find_reason(const CaromTextFormat *row, const char *before, const Mention *m, const char *until,
	    const char **stop)
{
	const char *p;

	switch (row->reason_form) {
	case CAROM_REASON_REST:
		p = paragraph(row, skip_separator(m->after, until), line_end(m->after, until),
			      FALSE, stop);
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
		for (guint skip = 0; skip < 2 && (is_blank(p, *stop) || announces(p, *stop));
		     skip++)
			p = paragraph(row, *stop, until, TRUE, stop);
		break;
	}
	return p != NULL && p < *stop && !is_blank(p, *stop) ? p : NULL;
}

/*
 * Gives each recipient its reason. One without words of its own shares those of
 * the next one that has some (a list, then the reason), or of the one before
 * (the reason, then a list), or what is said once in the whole report.
 */
static void
find_reasons(const CaromTextFormat *row, GArray *mentions, const char *start, const char *end)
{
	Mention *all = (Mention *) (void *) mentions->data;
	const char *shared = NULL, *stop = NULL;
	gboolean above = row->reason_form == CAROM_REASON_ABOVE;
	guint n = mentions->len;

	for (guint i = 0; i < n; i++) {
		const char *until = i + 1 < n ? MAX(all[i + 1].line, all[i].after) : end;

		all[i].reason = find_reason(row, i > 0 ? all[i - 1].after : start, &all[i], until,
					    &all[i].reason_stop);
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

/* The report's own word on who failed, where the text has nobody: a header, or the copy's To. */
static void
recipients_elsewhere(const CaromMail *mail, const CaromTextFormat *row, CaromReport *out,
		     CaromAction action)
{
	const char *failed = carom_mail_header(mail, "X-Failed-Recipients");

	for (const char *end = failed ? failed + strlen(failed) : NULL;
	     failed != NULL && failed < end;) {
		g_autofree char *address =
			carom_address_find(failed, (gsize) (end - failed), &failed);

		if (address == NULL)
			break;
		carom_report_add(out, address, action);
	}
	if (out->outcomes->len == 0 && row->or_copy_to && out->returned.to != NULL &&
	    out->returned.to->len == 1)
		carom_report_add(out, g_ptr_array_index(out->returned.to, 0), action);
}

void
carom_text_set_returned(const CaromMail *mail, CaromReport *out)
{
	gsize len;
	const char *text = report_text(mail, &len);

	carom_excerpt_returned(mail, out, text, len);
}

static CaromAction
action_of(const CaromMail *mail, const CaromTextFormat *row, const char *start, const char *end)
{
	if (row->always_delay || has_mark(carom_mail_subject(mail), row->delay) ||
	    carom_text_find_mark(start, (gsize) (end - start), row->delay, NULL) != NULL)
		return CAROM_ACTION_DELAYED;
	return CAROM_ACTION_FAILED;
}

/* "User unknown: a@b.example" alone on its line: what leads to the recipient is all that is said.
 */
static void
set_reason(const CaromTextFormat *row, CaromReport *out, CaromOutcome *outcome, const Mention *m)
{
	gsize n = 0;
	const char *mark;

	if (m->reason != NULL) {
		carom_outcome_set_diagnostic(out, outcome, m->reason, m->reason_stop - m->reason);
		return;
	}
	if (row->recipient != CAROM_RCPT_AFTER)
		return;
	mark = carom_text_find_mark(m->line, (gsize) (m->after - m->line), row->rcpt, &n);
	while (mark != NULL && n > 0 && strchr(": \t<\"'", mark[n - 1]) != NULL)
		n--;
	if (n > 0 && (mark = mark + n) - m->line < CAROM_MAX_TEXT)
		carom_outcome_set_diagnostic(out, outcome, m->line, mark - m->line);
}

/* Reads what the text says of recipients that it names. */
static void
read_named(const CaromTextFormat *row, CaromReport *out, CaromAction action, const char *start,
	   const char *end)
{
	g_autoptr(GArray) mentions = find_mentions(row, start, end);

	find_reasons(row, mentions, start, end);
	for (guint i = 0; i < mentions->len; i++) {
		Mention *m = &g_array_index(mentions, Mention, i);
		CaromOutcome *outcome = carom_report_add(out, m->address, action);

		if (outcome != NULL && outcome->diagnostic == NULL)
			set_reason(row, out, outcome, m);
	}
}

/* elsewhere: the text is known to name nobody. TRUE if there is a recipient. */
static gboolean
parse_row(const CaromMail *mail, const CaromTextFormat *row, gboolean elsewhere, CaromReport *out)
{
	gsize len;
	const char *text = report_text(mail, &len), *start = find_start(row, text, len),
		   *end = find_end(row, start, text + len), *stop = NULL;
	CaromAction action = action_of(mail, row, start, end);

	carom_text_set_returned(mail, out);
	if (elsewhere) {
		Mention nobody = { NULL, start, start, NULL, NULL };
		const char *reason = find_reason(row, start, &nobody, end, &stop);

		recipients_elsewhere(mail, row, out, action);
		for (guint i = 0; i < out->outcomes->len && reason != NULL; i++)
			carom_outcome_set_diagnostic(out, g_ptr_array_index(out->outcomes, i),
						     reason, stop - reason);
	} else {
		read_named(row, out, action, start, end);
	}
	return out->outcomes->len > 0;
}

CaromStatus
carom_text_table_parse(const CaromMail *mail, const CaromTextFormat *rows, gsize n,
		       CaromReport *out, GError **err)
{
	int like = -1;

	/* a row that finds a recipient in the text goes before all that would take one from
	 * elsewhere */
	for (gsize i = 0; i < 2 * n; i++) {
		const CaromTextFormat *row = &rows[i % n];

		if (!row_matches(mail, row, &like))
			continue;
		if (parse_row(mail, row, i >= n, out)) {
			out->format = row->name;
			out->kind = carom_report_kind_of_outcomes(out);
			return CAROM_OK;
		}
		carom_report_reset(out);
	}
	return carom_fail(err, CAROM_MALFORMED, "text table: no row finds a recipient");
}
