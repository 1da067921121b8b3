/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * yahoo - Yahoo, and who ran its servers: AT&T, SBC, Rogers, Verizon, AOL since 2018
 *
 * Until 2010 after the manner of qmail ("Message from yahoo.com. Unable to
 * deliver message to the following address(es)."), later "Sorry, we were
 * unable to deliver your message to the following address." with the remote
 * reply and the SMTP command in square brackets.
 */
#include "config.h"

#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

static const CaromTextFormat rows[] = {
	{
		.name = "yahoo",
		.reference = "Yahoo Mail and the servers that run its software",
		.start = { "Unable to deliver message to the following address",
			   "Sorry, we were unable to deliver your message to the following address",
			   "We were unable to deliver your message to the following address",
			   "We are unable to deliver the message" },
		.start_within = TRUE,
		.sure = 88,
		.recipient = CAROM_RCPT_ANGLE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "--- Below this line is a copy of the message",
			 "--- Original message follows", "--- Below the next line is a copy",
			 "--- Message header follows" },
		.delay = { "has not yet been delivered", "will keep trying" },
	},
};

static int
yahoo_probe(const CaromMail *mail)
{
	return carom_text_table_probe(mail, rows, G_N_ELEMENTS(rows));
}

/* "Remote host said: 550 5.1.1 ... [RCPT_TO]": the frame is Yahoo's, the reply is the remote
 * server's. */
static void
unframe(CaromReport *out, CaromOutcome *outcome)
{
	static const char said[] = "Remote host said: ";
	static const struct {
		const char *mark, *stage;
	} commands[] = {
		{ "[RCPT_TO]", "rcpt" }, { "[MAIL_FROM]", "mail" },  { "[DATA]", "data" },
		{ "[BODY]", "eom" },     { "[CONNECT]", "connect" }, { "[HELO]", "helo" },
		{ "[EHLO]", "helo" },
	};
	const char *text = outcome->diagnostic, *end;

	if (text == NULL)
		return;
	text += g_str_has_prefix(text, said) ? sizeof said - 1 : 0;
	end = text + strlen(text);
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (g_str_has_suffix(text, commands[i].mark)) {
			outcome->stage = commands[i].stage;
			end -= strlen(commands[i].mark);
			break;
		}
	if (end > text)
		outcome->diagnostic =
			carom_report_keep(out, text, end - text, CAROM_MAX_DIAGNOSTIC);
}

static CaromStatus
yahoo_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	CaromStatus status = carom_text_table_parse(mail, rows, G_N_ELEMENTS(rows), out, err);

	for (guint i = 0; status == CAROM_OK && i < out->outcomes->len; i++)
		unframe(out, g_ptr_array_index(out->outcomes, i));
	return status;
}

const CaromParser carom_parser_yahoo = {
	.name = "yahoo",
	.reference = "Yahoo Mail",
	.probe = yahoo_probe,
	.parse = yahoo_parse,
};
