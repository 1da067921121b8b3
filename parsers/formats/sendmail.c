/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail - transcripts of sendmail 5 to 8 that come without a DSN part
 *
 * Sendmail 8 lists the addresses, with "(reason: ...)" since 8.10, and then
 * shows the session: ">>> RCPT To:<a@b>", "<<< 550 ...", and its own line
 * "550 5.1.1 <a@b>... User unknown". Sendmail 5 (BSD, Ultrix, SunOS, NEC,
 * the IDA kit) has the session alone. activehunter, KDDI's and others'
 * relays write the same sections.
 */
#include "config.h"

#include "mail/mail_system.h"
#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "parsers/reading/transcript.h"
#include "base/text.h"

#include <string.h>

static const char *
find_addresses(const char *text, gsize len)
{
	const char *p = carom_text_find(text, len, "The following address");
	const char *eol = p ? memchr(p, '\n', len - (gsize) (p - text)) : NULL;

	/* a rule of dashes stands before it, and "had" or "have" in it */
	if (eol == NULL || p == text || carom_text_find(p, (gsize) (eol - p), " ha") == NULL)
		return NULL;
	return p[-1] == '-' || (p - text > 1 && p[-1] == ' ' && p[-2] == '-') ? p : NULL;
}

/* A DSN that lost its message when the spool was full or broken: a header and this one line. */
static gboolean
is_empty(const CaromMail *mail)
{
	gsize len;
	const char *text;

	carom_mail_text(mail, &len);
	if (len >= 200) /* nothing to look for, and no need to copy the body */
		return FALSE;
	text = carom_mail_raw_body(mail, &len);
	return len < 200 && carom_text_find(text, len, "<<< No Message Collected >>>") != NULL;
}

static int
sendmail_probe(const CaromMail *mail)
{
	gsize len;
	const char *text;

	text = carom_mail_text(mail, &len);
	len = MIN(len, 16 * 1024);
	if (!carom_mail_system_sent(mail) &&
	    !carom_text_has_prefix(text, "The original message was received at "))
		return 0;
	if (carom_transcript_start(text, len) != NULL)
		return carom_text_find(text, len, "In:  ") != NULL
			       ? 0
			       : 75; /* Postfix has a transcript of its own */
	if (find_addresses(text, len) != NULL)
		return 66;
	return is_empty(mail) ? 60 : 0;
}

/* What the section's own line says of the addresses behind it. */
static CaromAction
section_action(const CaromLine *line)
{
	gsize n = (gsize) (line->eol - line->p);

	if (carom_text_find(line->p, n, "transient non-fatal") != NULL ||
	    carom_text_find(line->p, n, "non-fatal") != NULL)
		return CAROM_ACTION_DELAYED;
	if (carom_text_find(line->p, n, "successful") != NULL ||
	    carom_text_find(line->p, n, "delivery notifications") != NULL)
		return CAROM_ACTION_DELIVERED;
	return CAROM_ACTION_FAILED;
}

/* "(reason: 550 5.1.1 ...)" without its brackets; FALSE if the line is another one. */
static gboolean
reason_of(const CaromLine *line, const char *word, const char **p, gsize *n)
{
	if (!carom_excerpt_starts(line, word))
		return FALSE;
	*p = (const char *) memchr(line->p, ':', (gsize) (line->eol - line->p)) + 1;
	*p += strspn(*p, " ");
	*n = line->eol > *p ? (gsize) (line->eol - *p) : 0;
	if (*n > 0 && (*p)[*n - 1] == ')')
		(*n)--;
	return TRUE;
}

/* One address of the list: "<a@b>", "a@b  (unrecoverable error)" (8.6), ">>> a@b <a@b>"
 * (activehunter), "a@b [User unknown]". */
static CaromOutcome *
read_address(CaromReport *out, const CaromLine *line, CaromAction action)
{
	CaromLine rest = *line;
	const char *after;
	g_autofree char *address = NULL;
	CaromOutcome *outcome;

	if (carom_excerpt_starts(&rest, ">>> "))
		rest.p = strstr(rest.p, ">>> ") + 4;
	address = carom_excerpt_line_address(&rest, &after);
	if (address == NULL)
		return NULL;
	if (carom_text_find(after, (gsize) (rest.eol - after), "transient failure") != NULL ||
	    carom_text_find(after, (gsize) (rest.eol - after), "warning") != NULL)
		action = CAROM_ACTION_DELAYED;
	outcome = carom_report_add(out, address, action);
	if (outcome != NULL && outcome->diagnostic == NULL && *after == '[' && rest.eol[-1] == ']')
		carom_report_outcome_set_diagnostic(out, outcome, after + 1, rest.eol - after - 2);
	return outcome;
}

static void
read_addresses(CaromReport *out, const char *text, gsize len)
{
	const char *cursor = find_addresses(text, len), *end = text + len, *p;
	CaromAction action = CAROM_ACTION_NONE;
	CaromOutcome *outcome = NULL;
	gboolean unnamed = FALSE;
	CaromLine line;
	gsize n;

	while (cursor != NULL && cursor > text && cursor[-1] != '\n')
		cursor--;
	while (cursor != NULL && carom_excerpt_line(&cursor, end, &line)) {
		if (carom_text_find(line.p, (gsize) (line.eol - line.p), "The following address") !=
		    NULL) {
			action = section_action(&line);
			outcome = NULL;
			continue;
		}
		if (carom_excerpt_starts(&line, "-----"))
			break;
		if (line.p == line.eol)
			continue;
		if (reason_of(&line, "(reason:", &p, &n)) {
			if (outcome != NULL && outcome->diagnostic == NULL && n > 0)
				carom_report_outcome_set_diagnostic(out, outcome, p, (gssize) n);
		} else if (reason_of(&line, "(expanded from:", &p, &n)) {
			g_autofree char *from = carom_address_parse(p, (gssize) n);

			/* a command, a file or a local name: the address before the alias is all
			 * there is */
			if (outcome == NULL && unnamed && from != NULL)
				outcome = carom_report_add(out, from, action);
			else if (outcome != NULL && from != NULL &&
				 g_ascii_strcasecmp(from, outcome->recipient) != 0)
				outcome->original_recipient = carom_report_keep_address(out, from);
		} else if (carom_excerpt_indent(&line) < 4 || carom_excerpt_starts(&line, ">>> ") ||
			   outcome == NULL) {
			outcome = read_address(out, &line, action);
			unnamed = outcome == NULL;
		}
	}
}

/* Version 5: only the session's own lines name anybody. "250 a@b... Deferred" is no failure yet. */
static void
read_session(CaromReport *out, const CaromTranscript *transcript)
{
	for (guint i = 0; transcript != NULL && i < transcript->verdicts->len; i++) {
		const CaromTranscriptVerdict *v =
			&g_array_index(transcript->verdicts, CaromTranscriptVerdict, i);

		if (v->address != NULL && (*v->line.p == '4' || *v->line.p == '5'))
			carom_report_add(out, v->address, CAROM_ACTION_FAILED);
	}
}

/* The reason's own words stay, unless they are the first line of several; host, stage and status
 * may come with the session. */
static void
explain_rest(CaromReport *out, CaromOutcome *outcome, const CaromTranscript *transcript)
{
	const char *reason = outcome->diagnostic;
	gboolean cut = reason != NULL && strlen(reason) > 3 && reason[3] == '-' &&
		       g_ascii_isdigit(reason[0]);

	if (cut || carom_excerpt_says_nothing(reason))
		outcome->diagnostic = NULL;
	carom_transcript_explain(transcript, out, outcome, cut ? reason : NULL,
				 out->outcomes->len == 1);
	if (reason != NULL && carom_excerpt_says_nothing(outcome->diagnostic))
		outcome->diagnostic = reason;
}

static CaromStatus
sendmail_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len);
	gsize stop = carom_excerpt_copy(text, len, NULL);
	g_autoptr(CaromTranscript) transcript = carom_transcript_read(text, stop);
	gboolean warning =
		carom_text_find(text, stop, "THIS IS A WARNING MESSAGE ONLY") != NULL ||
		carom_text_find(text, stop, "YOU DO NOT NEED TO RESEND YOUR MESSAGE") != NULL;

	carom_excerpt_returned(mail, out, text, len);
	read_addresses(out, text, stop);
	if (out->outcomes->len == 0)
		read_session(out, transcript);
	if (out->outcomes->len == 0 && transcript != NULL) {
		g_autofree char *to = carom_excerpt_only_to(out);

		if (to != NULL)
			carom_report_add(out, to, CAROM_ACTION_FAILED);
	}
	/* a message lost before it had a recipient: still a failure that somebody should count */
	if (out->outcomes->len == 0 && is_empty(mail))
		carom_report_add(out, NULL, CAROM_ACTION_FAILED);
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "sendmail: no recipient");
	for (guint i = 0; i < out->outcomes->len; i++) {
		CaromOutcome *outcome = out->outcomes->pdata[i];

		if (warning)
			outcome->action = CAROM_ACTION_DELAYED;
		if (outcome->recipient != NULL)
			explain_rest(out, outcome, transcript);
	}
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_sendmail = {
	.name = "sendmail",
	.reference = "sendmail 5.x to 8.x, returntosender() in savemail.c",
	.probe = sendmail_probe,
	.parse = sendmail_parse,
};
