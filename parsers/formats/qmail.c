/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * qmail - plain-text bounces of qmail-send and its descendants
 *
 * QSBMF, the qmail-send bounce message format: an introduction, then one
 * paragraph for each recipient that opens with "<address>:", then a line that
 * starts with "---" and the returned message. qmail 1.03, netqmail, notqmail,
 * qmail-ldap, s/qmail, indimail (as a multipart/mixed, and with "From: <a>
 * RCPT: <b>" before the reason), and those who took over the form: the old
 * Yahoo and its hosted ISPs, Outblaze, secureserver. Introductions are often
 * rewritten or translated, so the paragraphs and the last line are the mark.
 */
#include "config.h"

#include "mail/mail_system.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

/* What opens the report, as far as nobody rewrote it. */
static const char *const intros[] = {
	"Hi. This is the",
	"Hi! This is the qmail",
	"Message from ",
	"Sorry, we were unable to deliver your message",
	"I'm afraid I wasn't able to deliver your message",
	"This is the mail delivery agent at ",
};

/* What stands behind the dashes of the last line. */
static const char *const closings[] = {
	"below this line is a copy", "below this line is the",
	"enclosed is a copy",        "enclosed are the",
	"original message follows",  "attachment is a copy",
	"attached is a copy",        "undelivered message follows",
	"below this line is a part", "below the next line is a copy",
	"returned message follows",
};

static gboolean
is_closing(const CaromLine *line)
{
	const char *p = line->p;

	if (line->eol - p < 5 || strncmp(p, "--", 2) != 0)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(closings); i++)
		if (carom_text_find(p, (gsize) MIN(line->eol - p, 100), closings[i]) != NULL)
			return TRUE;
	return FALSE;
}

static gboolean
has_intro(const char *text)
{
	text += strspn(text, " \t\n");
	for (gsize i = 0; i < G_N_ELEMENTS(intros); i++)
		if (carom_text_has_prefix(text, intros[i]))
			return TRUE;
	return FALSE;
}

static int
qmail_probe(const CaromMail *mail)
{
	gsize len;
	const char *cursor, *end;
	gboolean intro, recipient = FALSE;
	CaromLine line;

	cursor = carom_mail_text(mail, &len);
	/* control/bouncefrom can be anything: then the text must open as qmail's own */
	if (!carom_mail_system_sent(mail) &&
	    !carom_text_has_prefix(cursor, "Hi. This is the qmail"))
		return 0;
	end = cursor + MIN(len, 64 * 1024);
	intro = has_intro(cursor);
	while (carom_excerpt_line(&cursor, end, &line)) {
		if (*line.p == '<' && line.eol > line.p && line.eol[-1] == ':')
			recipient = TRUE;
		if (is_closing(&line))
			return intro ? 85 : recipient ? 75 : 0;
	}
	/* cut off before the copy */
	return intro && recipient ? 65 : 0;
}

/* Where the recipients' paragraphs end. */
static const char *
end_of_paragraphs(const char *text, const char *end)
{
	const char *cursor = text;
	CaromLine line;

	while (carom_excerpt_line(&cursor, end, &line))
		if (is_closing(&line))
			return line.p;
	return text + carom_excerpt_copy(text, (gsize) (end - text), NULL);
}

/* The address in "<a@b>:" or, in HTML clones, alone on its line. */
static char *
recipient_of(const CaromLine *line, gboolean intro)
{
	const char *after;
	g_autofree char *address = NULL;

	if (line->p == line->eol || (*line->p != '<' && !intro))
		return NULL;
	address = carom_excerpt_line_address(line, &after);
	if (address == NULL || after != line->eol)
		return NULL;
	return g_steal_pointer(&address);
}

/* indimail puts "From: <a> RCPT: <b> " before the reason. */
static const char *
skip_envelope(const char *p, const char *end)
{
	const char *rcpt, *stop;

	if (!carom_text_has_prefix(p, "From: <"))
		return p;
	rcpt = carom_text_find(p, (gsize) MIN(end - p, 800), "RCPT: <");
	stop = rcpt ? memchr(rcpt, '>', (gsize) (end - rcpt)) : NULL;
	return stop ? stop + 1 : p;
}

static const char *
reporter_of(CaromReport *out, const char *text, gsize len)
{
	const char *eol = memchr(text, '\n', len), *p;

	if (eol == NULL)
		return NULL;
	p = carom_text_find(text, (gsize) (eol - text), "program at ");
	if (p != NULL)
		p += strlen("program at ");
	else if (carom_text_has_prefix(text, "Message from "))
		p = text + strlen("Message from ");
	else
		return NULL;
	p += strspn(p, " ");
	eol = p + strcspn(p, " \n,");
	while (eol > p && eol[-1] == '.')
		eol--;
	return memchr(p, '.', (gsize) (eol - p)) ? carom_report_keep(out, p, eol - p, 255) : NULL;
}

/* A patch of qmail-send, and some providers, write before they give up. */
static CaromAction
action_of(const char *text, gsize intro_len)
{
	static const char *const waiting[] = { "not a permanent error",  "this is a warning",
					       "will keep trying",       "still trying",
					       "not yet been delivered", "will be retried" };

	for (gsize i = 0; i < G_N_ELEMENTS(waiting); i++)
		if (carom_text_find(text, intro_len, waiting[i]) != NULL)
			return CAROM_ACTION_DELAYED;
	return CAROM_ACTION_FAILED;
}

/* The paragraph that is read. */
typedef struct {
	CaromOutcome *outcome;           /* NULL: it is nobody's */
	const char *reason, *reason_end; /* of its lines below the recipient; NULL: none yet */
} Paragraph;

static void
explain(CaromReport *out, const Paragraph *paragraph)
{
	const char *reason = skip_envelope(paragraph->reason, paragraph->reason_end);

	carom_excerpt_explain(out, paragraph->outcome, reason,
			      (gsize) (paragraph->reason_end - reason));
}

/* Another recipient begins, or the text is over. */
static void
end_paragraph(CaromReport *out, const Paragraph *paragraph)
{
	if (paragraph->outcome != NULL && paragraph->outcome->diagnostic == NULL &&
	    paragraph->reason != NULL)
		explain(out, paragraph);
}

/* An empty line ends the paragraph; what follows is no reason, unless every line got an empty
 * one. */
static gboolean
goes_on(const char *after_blank)
{
	return carom_text_has_prefix(after_blank + strspn(after_blank, " \t\n"),
				     "Remote host said:");
}

/* Adds the recipients of [text, stop) with their reasons. */
static void
read_paragraphs(CaromReport *out, const char *text, const char *stop)
{
	const gboolean intro = has_intro(text);
	const char *cursor = text;
	CaromAction action = CAROM_ACTION_NONE;
	Paragraph paragraph = { 0 };
	CaromLine line;

	while (carom_excerpt_line(&cursor, stop, &line)) {
		g_autofree char *address = recipient_of(&line, intro);

		if (address != NULL) {
			end_paragraph(out, &paragraph);
			if (action == CAROM_ACTION_NONE)
				action = action_of(text, (gsize) (line.p - text));
			paragraph =
				(Paragraph){ .outcome = carom_report_add(out, address, action) };
		} else if (paragraph.outcome != NULL && line.p < line.eol) {
			if (paragraph.reason == NULL)
				paragraph.reason = line.p;
			paragraph.reason_end = line.eol;
		} else if (paragraph.reason != NULL && !goes_on(cursor)) {
			explain(out, &paragraph);
			paragraph = (Paragraph){ 0 };
		}
	}
	end_paragraph(out, &paragraph);
}

static CaromStatus
qmail_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len);

	read_paragraphs(out, text, end_of_paragraphs(text, text + len));
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "qmail: no recipient paragraph");
	out->reporter = reporter_of(out, text, len);
	carom_excerpt_returned(mail, out, text, len);
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_qmail = {
	.name = "qmail",
	.reference = "qmail-send bounce message format (QSBMF)",
	.probe = qmail_probe,
	.parse = qmail_parse,
};
