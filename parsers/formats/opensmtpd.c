/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opensmtpd - OpenSMTPD's own text, where no delivery-status part is
 *
 * Until 5.7 the report was one text, later a DSN whose fields say so little
 * (x.0.0, no Diagnostic-Code) that the same text is read for it. One line a
 * recipient, "user@b.example: 550 5.1.1 unknown", below an introduction that
 * stands four blanks in.
 */
#include "config.h"

#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

static const struct {
	const char *words;
	CaromAction action;
} intros[] = {
	{ "An error has occurred while attempting to deliver", CAROM_ACTION_FAILED },
	{ "A message is delayed for more than", CAROM_ACTION_DELAYED },
	{ "A message could not be delivered for more than", CAROM_ACTION_DELAYED },
	{ "Your message was successfully delivered to", CAROM_ACTION_DELIVERED },
	{ "Your message was successfully relayed to", CAROM_ACTION_RELAYED },
	{ "Your message has been delivered", CAROM_ACTION_DELIVERED },
};

static int
opensmtpd_probe(const CaromMail *mail)
{
	gsize len;
	const char *text;

	text = carom_mail_text(mail, &len);
	text += strspn(text, " \t\n");
	return carom_text_has_prefix(text, "Hi!") &&
			       carom_text_find(text, MIN(len, 200),
					       "This is the MAILER-DAEMON, please DO NOT REPLY to "
					       "this e") != NULL
		       ? 80
		       : 0;
}

static CaromStatus
opensmtpd_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len, n;
	const char *text = carom_mail_text(mail, &len), *cursor = text, *end = text + len;
	CaromAction action = CAROM_ACTION_NONE;
	CaromLine line;

	while (carom_excerpt_line(&cursor, end, &line)) {
		const char *after;
		g_autofree char *address = NULL;
		CaromOutcome *outcome;

		if (carom_excerpt_starts(&line, "Below is a copy of"))
			break;
		for (gsize i = 0; i < G_N_ELEMENTS(intros); i++)
			if (carom_excerpt_starts(&line, intros[i].words))
				action = intros[i].action;
		if (action == CAROM_ACTION_NONE || carom_excerpt_indent(&line) > 0)
			continue;
		address = carom_excerpt_line_address(&line, &after);
		outcome = address ? carom_report_add(out, address, action) : NULL;
		if (outcome == NULL || outcome->diagnostic != NULL || after >= line.eol)
			continue;
		n = (gsize) (line.eol - after);
		carom_excerpt_explain(out, outcome, after, n);
		/* the queue's time is up, whatever the introduction says */
		if (action == CAROM_ACTION_DELAYED && n == strlen("Envelope expired") &&
		    carom_text_has_prefix(after, "Envelope expired"))
			outcome->action = CAROM_ACTION_FAILED;
	}
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "opensmtpd: no recipient line");
	carom_excerpt_returned(mail, out, text, len);
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_opensmtpd = {
	.name = "opensmtpd",
	.reference = "OpenSMTPD, bounce.c, until 5.7",
	.probe = opensmtpd_probe,
	.parse = opensmtpd_parse,
};
