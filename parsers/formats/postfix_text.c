/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_text - Postfix's own text, where no usable delivery-status part is
 *
 * Before the snapshots of 2000 Postfix wrote multipart/mixed; gateways and
 * mailing lists strip the part from newer ones. A paragraph for each recipient,
 * folded with four blanks:
 *
 *	<user@b.example> (expanded from <list@a.example>): host
 *	    mx.b.example[192.0.2.1] said: 550 5.1.1 unknown (in reply to RCPT TO
 *	    command)
 *
 * The other one is "Postfix SMTP server: errors from client[address]" (notify_classes):
 * a whole session, "Out:" what our server said and "In:" what it was told.
 */
#include "config.h"

#include "mail/mail_system.h"
#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

static gboolean
is_session(const char *text)
{
	return carom_text_has_prefix(text, "Transcript of session follows.") &&
	       strstr(text, "\n Out: ") != NULL;
}

static int
postfix_text_probe(const CaromMail *mail)
{
	gsize len, eol;
	const char *text, *from = carom_mail_header(mail, "From");

	text = carom_mail_text(mail, &len);
	text += strspn(text, " \t\n");
	eol = strcspn(text, "\n");
	if (!carom_text_has_prefix(text, "This is the mail system at host ") &&
	    !carom_mail_system_sent(mail))
		return 0;
	/* "This is the Postfix program at host x." (until 2.2), "This is the mail system at host
	 * x." */
	if (carom_text_has_prefix(text, "This is the ") &&
	    carom_text_find(text, eol, " at host ") != NULL)
		return 78;
	if (is_session(text) &&
	    carom_text_find(carom_mail_subject(mail), strlen(carom_mail_subject(mail)),
			    "errors from") != NULL)
		return 78;
	/* an introduction of the operator's own, but Postfix's sender, and its paragraphs */
	if (from != NULL && carom_text_find(from, strlen(from), "Mail Delivery System") != NULL &&
	    (g_str_has_prefix(carom_mail_subject(mail), "Undelivered Mail Returned to Sender") ||
	     g_str_has_prefix(carom_mail_subject(mail), "Delayed Mail (still being retried)")))
		return 64;
	return 0;
}

static CaromAction
action_of(const CaromMail *mail, const char *text, gsize len)
{
	if (carom_text_find(text, len, "THIS IS A WARNING ONLY") != NULL ||
	    carom_text_find(carom_mail_subject(mail), strlen(carom_mail_subject(mail)),
			    "still being retried") != NULL)
		return CAROM_ACTION_DELAYED;
	if (carom_text_find(text, len, "was successfully delivered to the destination(s)") != NULL)
		return CAROM_ACTION_DELIVERED;
	return CAROM_ACTION_FAILED;
}

/* The end of a recipient's paragraph: of its line, or of the folded ones after it, which *cursor
 * is moved over. */
static const char *
end_of_paragraph(const CaromLine *line, const char **cursor, const char *end)
{
	const char *stop = line->eol;
	CaromLine next;

	while (*cursor < end && (**cursor == ' ' || **cursor == '\t') &&
	       carom_excerpt_line(cursor, end, &next) && next.p < next.eol)
		stop = next.eol;
	return stop;
}

/* "(expanded from <a@b>): reason": the address, the caller's; *reason is moved behind it. NULL: it
 * is not there. */
static char *
take_expanded(const char **reason, const char *stop)
{
	static const char expanded[] = "(expanded from ";
	const char *p = *reason + strlen(expanded), *close, *colon;

	if (!carom_text_has_prefix(*reason, "(expanded from <"))
		return NULL;
	close = memchr(p, '>', (gsize) (stop - p));
	colon = close ? memchr(close, ':', (gsize) (stop - close)) : NULL;
	if (colon != NULL)
		*reason = colon + 1;
	return close ? carom_address_parse(p, close - p + 1) : NULL;
}

/* The paragraph behind a recipient: its lines up to one that isn't folded. */
static void
read_paragraphs(const CaromMail *mail, CaromReport *out, const char *text, gsize len)
{
	const char *cursor = text, *end = text + len;
	CaromAction action = action_of(mail, text, len);
	CaromLine line;

	while (carom_excerpt_line(&cursor, end, &line)) {
		const char *reason = NULL, *stop;
		g_autofree char *address = NULL, *expanded = NULL;
		CaromOutcome *outcome;

		if (*line.p == '<')
			address = carom_excerpt_line_address(&line, &reason);
		if (address == NULL)
			continue;
		stop = end_of_paragraph(&line, &cursor, end);
		expanded = take_expanded(&reason, stop);
		outcome = carom_report_add(out, address, action);
		if (outcome == NULL || outcome->diagnostic != NULL)
			continue;
		if (expanded != NULL && g_ascii_strcasecmp(expanded, address) != 0)
			outcome->original_recipient = carom_report_keep_address(out, expanded);
		if (reason < stop)
			carom_excerpt_explain(out, outcome, reason, (gsize) (stop - reason));
	}
}

/* Recipients that our server had taken when it answered with an error. */
static void
read_session(CaromReport *out, const char *text, gsize len)
{
	const char *cursor = text, *end = text + len, *rcpt = NULL;
	gsize rcpt_len = 0;
	CaromLine line;

	while (carom_excerpt_line(&cursor, end, &line)) {
		if (carom_text_has_prefix(line.p, " In:  RCPT TO:")) {
			rcpt = line.p + strlen(" In:  RCPT TO:");
			rcpt_len = (gsize) (line.eol - rcpt);
			while (cursor < end && carom_text_has_prefix(cursor, "     ") &&
			       carom_excerpt_line(&cursor, end, &line))
				rcpt_len = (gsize) (line.eol - rcpt);
		} else if (rcpt != NULL && (carom_text_has_prefix(line.p, " Out: 4") ||
					    carom_text_has_prefix(line.p, " Out: 5"))) {
			const char *next, *p = line.p + strlen(" Out: "), *stop = line.eol;
			g_autofree char *address = carom_address_find(rcpt, rcpt_len, &next);
			CaromOutcome *outcome =
				address ? carom_report_add(out, address, CAROM_ACTION_FAILED)
					: NULL;

			while (cursor < end && carom_text_has_prefix(cursor, "     ") &&
			       carom_excerpt_line(&cursor, end, &line))
				stop = line.eol;
			if (outcome != NULL && outcome->diagnostic == NULL)
				carom_report_outcome_set_diagnostic(out, outcome, p, stop - p);
			rcpt = NULL;
		}
	}
}

static const char *
reporter_of(CaromReport *out, const char *text)
{
	const char *p = carom_text_find(text, strcspn(text, "\n"), " at host ");
	gsize n;

	if (p == NULL)
		return NULL;
	p += strlen(" at host ");
	n = strcspn(p, " \n,");
	while (n > 0 && p[n - 1] == '.')
		n--;
	return carom_report_keep(out, p, (gssize) n, 255);
}

static CaromStatus
postfix_text_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len), *start = text + strspn(text, " \t\n");
	gsize stop = carom_excerpt_copy(text, len, NULL);

	if (is_session(start))
		read_session(out, text, len);
	else
		read_paragraphs(mail, out, text, stop);
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "postfix_text: no recipient paragraph");
	out->reporter = reporter_of(out, start);
	carom_excerpt_returned(mail, out, text, len);
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_postfix_text = {
	.name = "postfix_text",
	.reference = "Postfix bounce(5), bounce(8), without a delivery-status part",
	.probe = postfix_text_probe,
	.parse = postfix_text_parse,
};
