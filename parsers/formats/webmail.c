/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * webmail - text reports of mailbox providers that one row describes
 *
 * Providers run servers of their own, or a common one with words of their own.
 * What needs code is elsewhere (google.c, yahoo.c, exchange.c).
 */
#include "config.h"

#include "parsers/reading/text_table.h"

static const CaromTextFormat rows[] = {
	/* GMX, WEB.DE, mail.com, 1&1, kundenserver.de: one engine whose words follow Exim's; sure
	   of more than an Exim reader */
	{
		.name = "gmx",
		.reference = "GMX, WEB.DE, mail.com, 1&1 IONOS (since 2004)",
		.start = { "This message was created automatically by mail delivery software" },
		.also = { "--- The header of the original message is following" },
		.sure = 85,
		.recipient = CAROM_RCPT_ALONE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "--- The header of the original message is following" },
		.delay = { "not yet been delivered", "will be retried", "no action is required" },
	},
	{
		.name = "gmx",
		.reference = "1&1 kundenserver.de, GMX without copy",
		.from = { "@kundenserver.", "@gmx.", "@web.de", "@mail.com", "@1and1." },
		.start = { "This message was created automatically by mail delivery software" },
		.sure = 85,
		.recipient = CAROM_RCPT_ALONE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.delay = { "not yet been delivered", "will be retried", "no action is required" },
	},
	/* Russian first, then the same in English; both halves list the recipients, the Russian one
	   without domain at times */
	{
		.name = "mailru",
		.reference = "Mail.Ru (Exim with a bounce_message_file)",
		.from = { "mail.ru" },
		.also = { "Mail.Ru" },
		.start = { "This message was created automatically by mail delivery software",
			   "A message that you sent could not be delivered" },
		.sure = 85,
		.recipient = CAROM_RCPT_ALONE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "------ This is a copy of" },
	},
	{
		.name = "mailru",
		.reference = "Mail.Ru, refused by its own filter",
		.from = { "mail.ru" },
		.also = { "Mail.Ru" },
		.start = { "A message that you sent was rejected" },
		.sure = 85,
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "Local mailbox ", "mailbox " },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "The following error was given:" },
		.end = { "------ This is a copy of" },
		.or_copy_to = TRUE,
	},
	{
		.name = "newmailru",
		.reference = "newmail.ru (qmail with words of its own)",
		.start = { "This is the machine generated message from mail service" },
		.sure = 85,
		.recipient = CAROM_RCPT_ANGLE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "--- Below the next line is a copy" },
	},
	{
		.name = "zoho",
		.reference = "Zoho Mail, given up",
		.from = { "mailer-daemon@mail.zoho", "@zoho", "zohomail" },
		.start = { "This message was created automatically by mail delivery" },
		.also = { "This is a permanent error", "ERROR_CODE" },
		.sure = 85,
		.recipient = CAROM_RCPT_OPENS,
		.reason_form = CAROM_REASON_REST,
		.end = { "Received:from" }, /* its copy has no space behind the colon */
	},
	{
		.name = "zoho",
		.reference = "Zoho Mail, still tried",
		.from = { "mailer-daemon@mail.zoho", "@zoho", "zohomail" },
		.start = { "This message was created automatically by mail delivery" },
		.also = { "[Status: " },
		.sure = 84,
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "Address: <" },
		.rcpt_end = ">",
		.reason_form = CAROM_REASON_REST,
		.reason_end = ".]",
		.delay = { "THIS IS A WARNING MESSAGE ONLY", "Message will be retried" },
	},
	/* the multimedia gateway of Verizon Wireless: no error code, the number only in the excerpt
	 */
	{
		.name = "verizon",
		.reference = "Verizon Wireless vzwpix.com (MMSC)",
		.from = { "vzwpix.com", "MMSC" },
		.start = { "Message could not be delivered to mobile" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "To: " },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Error: " },
		.reason_end = "Original Message:",
		.no_copy = TRUE,
	},
	{
		.name = "verizon",
		.reference = "Verizon Wireless vtext.com (mail to text messages)",
		.from = { "vtext.com" },
		.start = { "Error: " },
		.also = { "RCPT TO: " },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "RCPT TO: " },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Error message below:", "Error: " },
		.no_copy = TRUE,
	},
	{
		.name = "usa_net",
		.reference = "USA.NET and NetAddress",
		.start = { "Intended recipient:" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "Intended recipient:" },
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "RETURNED MAIL FOLLOWS" },
	},
	{
		.name = "hotpop",
		.reference = "HotPOP",
		.start = { "Undeliverable Address:" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "Undeliverable Address:" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Reason:", "Error:" },
		.end = { "Original message attached" },
	},
	{
		.name = "compuserve",
		.reference = "CompuServe Postmaster (1994 to 2003)",
		.start = { "Receiver not found: ", "Receiver mailbox full: ",
			   "Invalid receiver address: ",
			   "Your message could not be delivered as addressed" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "Receiver not found: ", "Receiver mailbox full: ",
			  "Invalid receiver address: " },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Receiver not found", "Receiver mailbox full",
			    "Invalid receiver address" },
		.reason_with_mark = TRUE,
	},
	{
		.name = "prodigy",
		.reference = "Prodigy, SBC and Pacific Bell: one line for each recipient",
		.start = { "User's mailbox is full: ", "Unknown user: ",
			   "User is not accepting mail: " },
		.also = { "Unable to deliver mail." },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "User's mailbox is full: ", "Unknown user: ",
			  "User is not accepting mail: " },
		.reason_form = CAROM_REASON_AFTER,
		.end = { "Unable to deliver mail." },
	},
	{
		.name = "non_delivery_report",
		.reference =
			"Exchange tools that hold and answer mail: \"--- Non-Delivery Report ---\"",
		.start = { "--- Non-Delivery Report ---" },
		.subject = { "Non-Delivery" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "could not be delivered to the following user:",
			  "could not be delivered to the following users:" },
		.reason_form = CAROM_REASON_AFTER, /* none is given: the sentence is all */
		.end = { "Old message:" },
	},
	{
		.name = "frontbridge",
		.reference = "FrontBridge (bigfish.com), today Exchange Online Protection: warning",
		.start = { "Your message to:" },
		.also = { "This is an automated message created by mail delivery software" },
		.recipient = CAROM_RCPT_ALONE,
		.reason_form = CAROM_REASON_PARAGRAPH,
		.delay = { "has not yet been delivered", "just a warning" },
	},
};

static int
webmail_probe(const CaromMail *mail)
{
	return carom_text_table_probe(mail, rows, G_N_ELEMENTS(rows));
}

static CaromStatus
webmail_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	return carom_text_table_parse(mail, rows, G_N_ELEMENTS(rows), out, err);
}

const CaromParser carom_parser_webmail = {
	.name = "webmail",
	.reference = "the providers that its rows name",
	.probe = webmail_probe,
	.parse = webmail_parse,
};
