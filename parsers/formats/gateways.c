/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gateways - text reports of mail filters that stand before or behind a mail server
 *
 * Barracuda, MessageLabs, McAfee, SurfControl and others of these write DSNs
 * too, which dsn.c reads; the rows here are for the text alone, as older
 * versions and sites that drop the other parts send it.
 */
#include "config.h"

#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

static const CaromTextFormat rows[] = {
	{
		.name = "interscan",
		.reference = "Trend Micro InterScan MSS, IMSVA and VirusWall: transcript",
		.from = { "InterScan" },
		.start = { "Sent <<< RCPT TO:" },
		.start_within = TRUE,
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "RCPT TO:" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Received >>>" },
		.end = { "End of message" },
		.sure = 85,
	},
	{
		.name = "interscan",
		.reference = "Trend Micro InterScan MSS, IMSVA and VirusWall: notification",
		.from = { "InterScan" },
		.start = { "Unable to deliver message to", "Unable to deliver the message to" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "message to" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "in the same domain).", "Unable to deliver message to",
			    "Unable to deliver the message to" },
		.sure = 80,
	},
	{
		.name = "interscan",
		.reference = "Trend Micro InterScan MSS without its name in From",
		.start = { "Message from InterScan" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "deliver message to", "deliver the message to" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "in the same domain).", "Unable to deliver message to",
			    "Unable to deliver the message to" },
		.sure = 75,
	},
	{
		/* the filter's own word to the sender of what it stopped */
		.name = "interscan",
		.reference = "Trend Micro InterScan eManager",
		.start = { "eManager Notification" },
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "Destination mailbox(es):" },
		.rcpt_end = "Policy:",
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "The following mail " },
	},
	{
		.name = "mailmarshal",
		.reference = "NetIQ, Marshal, M86, Trustwave MailMarshal SMTP: non-delivery",
		.subject = { "Undeliverable Mail:" },
		.start = { "Your message:" },
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "The following recipients were affected:" },
		.rcpt_end = "Additional Information",
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Could not be delivered because of",
			    "has not been delivered because of" },
		.reason_end = "The following recipients were affected:",
		.delay = { "has been delayed because of", "will continue to be attempted" },
		.sure = 80,
	},
	{
		.name = "mailmarshal",
		.reference = "MailMarshal SMTP: message stopped by a rule",
		.start = { "MailMarshal (an automated" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "   To:", "\tTo:" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "for the following reason:", "because:" },
	},
	{
		.name = "mailfoundry",
		.reference = "Solinus MailFoundry",
		.start = { "Unable to deliver message to:" },
		.also = { "for the following reason:", "will be attempted again" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "Unable to deliver message to:" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "for the following reason:" },
		.delay = { "will be attempted again", "temporary failure" },
		.sure = 75,
	},
	{
		/* Exim's sentences in another order; its reports carry no part for machines */
		.name = "mxlogic",
		.reference = "MX Logic, McAfee SaaS Email Protection (mxl_mta)",
		.header = { "X-MXL-NoteHash" },
		.start = { "This message was created automatically" },
		.recipient = CAROM_RCPT_ANGLE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "Included is a copy of the message" },
		.delay = { "has not yet been delivered", "still being attempted",
			   "will continue to be made" },
		.sure = 85,
	},
	{
		.name = "mxlogic",
		.reference = "MX Logic, whose field some relay has dropped",
		.from = { "@mxl" },
		.start = { "This message was created automatically" },
		.recipient = CAROM_RCPT_ANGLE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "Included is a copy of the message" },
		.delay = { "has not yet been delivered", "still being attempted",
			   "will continue to be made" },
		.sure = 82,
	},
	{
		.name = "mcafee",
		.reference = "McAfee WebShield, Email and Web Security Appliance: the text part",
		.subject = { "Delivery Status" },
		.start = { "--- The following addresses had delivery problems ---" },
		.recipient = CAROM_RCPT_ANGLE,
		.reason_form = CAROM_REASON_REST,
		.sure = 75,
	},
	{
		.name = "surfcontrol",
		.reference = "SurfControl, Websense E-mail Filter: the text part",
		.start = { "Your message could not be sent." },
		.recipient = CAROM_RCPT_OPENS,
		.reason_form = CAROM_REASON_REST,
		.end = { "--- Message non-deliverable" },
		.sure = 75,
	},
	{
		.name = "messagelabs",
		.reference = "MessageLabs, Symantec Email Security.cloud: the text part",
		.start = { "This is the mail delivery agent at messagelabs",
			   "This is the mail delivery agent at Symantec" },
		.recipient = CAROM_RCPT_ALONE,
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Reason:" },
		.reason_end = "The message subject was",
		.end = { "The message subject was" },
		.delay = { "I have been unable to deliver your message so far",
			   "will continue to try" },
		.sure = 80,
	},
	{
		.name = "barracuda",
		.reference = "Barracuda Spam Firewall: the text part",
		.subject = { "Message you sent blocked by our" },
		.start = { "Your message to:" },
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "Your message to:" },
		.rcpt_end = "was blocked",
		.reason_form = CAROM_REASON_PARAGRAPH,
		.reason_end = "The email you sent",
		.sure = 80,
	},
	{
		.name = "amavis",
		.reference = "amavisd-new: the text part",
		.from = { "Content-filter at", "amavis" },
		.start = { "The message WAS NOT relayed to:", "The message WAS NOT DELIVERED to:" },
		.recipient = CAROM_RCPT_ANGLE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "This nondelivery report was generated by",
			 "This is a nondelivery report" },
		.sure = 80,
	},
	{
		.name = "amavis",
		.reference = "amavisd-new: spam, virus or bad header in what was sent",
		.from = { "Content-filter at", "amavis" },
		.start = { "A message from <" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "-> " },
		.reason_form = CAROM_REASON_PARAGRAPH,
		.sure = 75,
	},
	{
		/* AsyncOS bounces carry this text before the DSN part, and where a relay cut that
		   off, alone */
		.name = "ironport",
		.reference = "IronPort, Cisco AsyncOS",
		.start = { "The following message to <" },
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "The following message to <" },
		.rcpt_end = "was undeliverable",
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "The reason for the problem:" },
		.sure = 75,
	},
	{
		.name = "mimecast",
		.reference = "Mimecast: notice to the sender",
		.start = { "This is a system-generated message to inform you that your email could "
			   "not be delivered" },
		.recipient = CAROM_RCPT_OPENS,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.sure = 72,
	},
};

static int
gateways_probe(const CaromMail *mail)
{
	return carom_text_table_probe(mail, rows, G_N_ELEMENTS(rows));
}

/* The host in "name:   <host>" at the start of a line. */
static const char *
keep_labelled_host(CaromReport *out, const char *text, gsize len, const char *label)
{
	const char *p = carom_text_find(text, len, label);

	if (p == NULL || (p > text && p[-1] != '\n'))
		return NULL;
	p += strlen(label);
	p += strspn(p, " \t");
	return *p == '<' ? carom_report_keep(out, p + 1, (gssize) strcspn(p + 1, " >\n"), 255)
			 : NULL;
}

/* MailMarshal's table of hosts below the recipients. */
static void
read_mailmarshal_hosts(const CaromMail *mail, CaromReport *out)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len);
	const char *remote = keep_labelled_host(out, text, len, "Remote-MTA:");

	out->reporter = keep_labelled_host(out, text, len, "Reporting-MTA:");
	for (guint i = 0; i < out->outcomes->len; i++)
		((CaromOutcome *) out->outcomes->pdata[i])->remote_mta = remote;
}

/*
 * The server's own words out of what a filter put around them: SurfControl's
 * "[192.0.2.5], 550 text", MailFoundry's "mx.example.net[192.0.2.5] responded
 * with failure: 550 text", McAfee's "(text)".
 */
static void
unwrap_diagnostic(CaromReport *out, CaromOutcome *outcome)
{
	static const char responded[] = " responded with failure: ";
	const char *text = outcome->diagnostic, *words = NULL;
	gsize len = text ? strlen(text) : 0, host_len;

	if (len == 0)
		return;
	if (*text == '[' && (words = strstr(text, "], ")) != NULL) {
		outcome->remote_mta = carom_report_keep(out, text + 1, words - text - 1, 255);
		words += strlen("], ");
	} else if ((words = carom_text_find(text, len, responded)) != NULL) {
		host_len = strcspn(text, "[ ");
		outcome->remote_mta = carom_report_keep(out, text, (gssize) host_len, 255);
		words += strlen(responded);
	} else if (*text == '(' && text[len - 1] == ')') {
		carom_report_outcome_set_diagnostic(out, outcome, text + 1, (gssize) len - 2);
		return;
	}
	if (words != NULL && *words != '\0')
		carom_report_outcome_set_diagnostic(out, outcome, words, -1);
}

static CaromStatus
gateways_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	CaromStatus status = carom_text_table_parse(mail, rows, G_N_ELEMENTS(rows), out, err);

	if (status != CAROM_OK)
		return status;
	for (guint i = 0; i < out->outcomes->len; i++)
		unwrap_diagnostic(out, out->outcomes->pdata[i]);
	if (strcmp(out->format, "mailmarshal") == 0)
		read_mailmarshal_hosts(mail, out);
	return CAROM_OK;
}

const CaromParser carom_parser_gateways = {
	.name = "gateways",
	.reference = "the filters that its rows name",
	.probe = gateways_probe,
	.parse = gateways_parse,
};
