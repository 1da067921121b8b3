#include "config.h"

#include "text_table_mentions.h"

#include "address.h"
#include "excerpt.h"
#include "text.h"

#include <string.h>

/* The start mark stands in here, or the text is of another kind. Disclaimers and banners may come
 * first. */
#define START_WITHIN 6000
G_STATIC_ASSERT(START_WITHIN <= CAROM_PHRASE_WITHIN);

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
	text = carom_mail_text(mail, &len);
	if (is_blank(text, text + len)) /* as in report_text */
		text = carom_mail_raw_body(mail, &len);
	else if (!may_say_any(mail, row->also) || !may_say_any(mail, row->start))
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
	g_autoptr(GArray) mentions = carom_text_find_mentions(row, start, end);

	carom_text_find_reasons(row, mentions, start, end);
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
		const char *reason = carom_text_find_reason(row, start, &nobody, end, &stop);

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
