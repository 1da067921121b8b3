/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * japan - text reports of Japanese mail services that one row describes
 *
 * au and SoftBank phones are served by openwave.c, docomo refuses during SMTP.
 * Bodies are ISO-2022-JP or UTF-8; marks here are UTF-8, as texts are by now.
 */
#include "config.h"

#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

static const CaromTextFormat rows[] = {
	{
		/* The product names itself in the first sentence, and some sites rename it in
		 * X-Mailer; these ruled-off headings stay, whatever the language. */
		.name = "mfilter",
		.reference = "Digital Arts m-FILTER",
		.header = { "X-Mailer", "m-FILTER" },
		.recipient = CAROM_RCPT_ALONE,
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "-------server message" },
		.end = { "-------original m" },
		.sure = 85,
	},
	{
		.name = "mfilter",
		.reference = "Digital Arts m-FILTER, sold under another name",
		.subject = { "failure notice" },
		.start = { "以下のメールアドレスへの送信に失敗しました" },
		.recipient = CAROM_RCPT_ALONE,
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "-------server message" },
		.end = { "-------original m" },
		.sure = 80,
	},
	{
		/* sendmail's headings and, unlike its own, ">>> address <address>" below them */
		.name = "activehunter",
		.reference = "QUALITIA (TransWARE) Active!hunter",
		.header = { "X-AHMAILID" },
		.start = { "The original message was received at",
			   "----- The following addresses" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { ">>> " },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Transcript of session follows -----" },
		.delay = { "transient non-fatal errors", "Will keep trying",
			   "still being attempted" },
		.sure = 85,
	},
	{
		.name = "kddi",
		.reference = "KDDI au one net (dion.ne.jp), auone-net.jp",
		.from = { "no-reply@", "auone-net.jp", "dion.ne.jp" },
		.start = { "Your mail sent on:", "Your mail attempted to be delivered on:" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "Could not be delivered to:", "delivered to:" },
		.reason_form = CAROM_REASON_FOLLOWING,
		.sure = 80,
	},
	{
		/* Mail that the account's own mailbox rules or quota kept out; the address may be
		   masked with stars. */
		.name = "biglobe",
		.reference = "NEC BIGLOBE, also inacatv.ne.jp, tcv.jp and other cable companies",
		.from = { "postmaster@" },
		.subject = { "Returned mail:" },
		.start = { "----- The following addresses had delivery problems" },
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "had delivery problems -----" },
		.rcpt_end = "----- Non-delivered",
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "----- Non-delivered information -----" },
		.end = { "----- Original message follows", "--- Original message" },
		.or_copy_to = TRUE,
		.sure = 75,
	},
	{
		/* No product of its own: the sentences of mail systems that were set up in
		   Japanese. */
		.name = "japanese",
		.reference =
			"Japanese texts of mail systems that name neither themselves nor a form",
		.from = { "mailer-daemon", "postmaster", "mail delivery", "<>" },
		.subject = { "配信", "配送", "不達", "エラー", "送信できません", "戻り", "届き",
			     "宛先" },
		.start = { "以下の宛先", "下記の宛先", "次の宛先", "以下のメールアドレス",
			   "以下のアドレス", "下記のアドレス", "次の受信者", "以下の受信者" },
		.start_within = TRUE,
		.recipient = CAROM_RCPT_OPENS,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.delay = { "遅延", "遅れて", "再送信" },
		.sure = 45,
	},
};

static int
japan_probe(const CaromMail *mail)
{
	return carom_text_table_probe(mail, rows, G_N_ELEMENTS(rows));
}

/* m-FILTER says below a heading of its own at which command the server refused: "DATA" is the end
 * of the message. */
static const char *
stage_of_mfilter(const CaromMail *mail)
{
	static const struct {
		const char *command, *stage;
	} commands[] = { { "DATA", "data" },      { "RCPT", "rcpt" }, { "MAIL", "mail" },
			 { "EHLO", "helo" },      { "HELO", "helo" }, { "STARTTLS", "tls" },
			 { "CONNECT", "connect" } };
	static const char heading[] = "-------SMTP command";
	gsize len;
	const char *text = carom_mail_text(mail, &len), *p = carom_text_find(text, len, heading);

	if (p == NULL)
		return NULL;
	p += strlen(heading);
	p += strspn(p, " \n");
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (carom_text_has_prefix(p, commands[i].command))
			return commands[i].stage;
	return NULL;
}

static CaromStatus
japan_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	CaromStatus status = carom_text_table_parse(mail, rows, G_N_ELEMENTS(rows), out, err);

	if (status == CAROM_OK && strcmp(out->format, "mfilter") == 0)
		for (guint i = 0; i < out->outcomes->len; i++) {
			CaromOutcome *outcome = out->outcomes->pdata[i];

			if (outcome->stage == NULL)
				outcome->stage = stage_of_mfilter(mail);
		}
	return status;
}

const CaromParser carom_parser_japan = {
	.name = "japan",
	.reference = "the services that its rows name",
	.probe = japan_probe,
	.parse = japan_parse,
};
