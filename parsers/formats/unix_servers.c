/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unix_servers - text reports of older Unix mail servers that one row describes
 *
 * smail, MMDF, PP, ZMailer, phquery and LSMTP: gone from most places, their texts still come
 * from the machines that nobody dares to touch.
 */
#include "config.h"

#include "parsers/reading/text_table.h"

static const CaromTextFormat rows[] = {
	/* two rules with a word in each: the log, the failed addresses, the copy */
	{
		.name = "smail",
		.reference = "smail 3.1 and 3.2, src/notify.c",
		.start = { "Failed addresses follow:" },
		.recipient = CAROM_RCPT_OPENS,
		.reason_form = CAROM_REASON_BEHIND,
		.end = { "Message text follows:" },
		.sure = 80,
	},
	{
		.name = "smail",
		.reference = "smail 3.1 and 3.2, src/notify.c, a warning",
		.start = { "Deferred addresses follow:", "Addresses still being tried follow:" },
		.recipient = CAROM_RCPT_OPENS,
		.reason_form = CAROM_REASON_BEHIND,
		.end = { "Message text follows:" },
		.always_delay = TRUE,
		.sure = 79,
	},
	/* 'user@b.example (host: b.example) (queue: smtp)' for the following reason: '...' */
	{
		.name = "mmdf",
		.reference = "MMDF II (SCO Unix), lib/mm_io/ml_send.c",
		.start = { "Your message could not be delivered to" },
		.also = { "for the following\nreason:", "for the following reason:" },
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "could not be delivered to" },
		.rcpt_end = "for the following",
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "reason:  ' ", "reason: ' ", "reason:  '", "reason:" },
		.reason_end = "'\n",
		.end = { "Your message follows" },
		.sure = 72,
	},
	{
		.name = "mmdf",
		.reference = "MMDF II, warning of a slow delivery",
		.start = { "Your message has not yet been delivered to",
			   "Your message has not been delivered yet to" },
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "delivered to", "yet to" },
		.rcpt_end = "Attempts to deliver",
		.reason_form = CAROM_REASON_PARAGRAPH,
		.end = { "Your message begins as follows", "Your message follows" },
		.always_delay = TRUE,
		.sure = 70,
	},
	/* X.400 on one side: the address is a line of its own, the reason a table's text */
	{
		.name = "pp",
		.reference = "PP (ISODE), also Isode M-Switch, where the report part is lost",
		.start = { "Your message was not delivered to",
			   "This report relates to your message" },
		.also = { "for the following reason:" },
		.recipient = CAROM_RCPT_BETWEEN,
		.rcpt = { "was not delivered to" },
		.rcpt_end = "for the following reason:",
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "for the following reason:" },
		.end = { "The Original Message follows", "Original message follows" },
		.sure = 70,
	},
	{
		.name = "zmailer",
		.reference = "ZMailer 2.99, scheduler/notify, where the report part is lost",
		.start = { "This is a collection of reports about email delivery" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "rfc822;", "To:\t" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "550 ", "554 ", "553 ", "552 ", "450 ", "451 ", "421 ",
			    "Diagnostic texts:" },
		.reason_with_mark = TRUE,
		.end = { "Following is a copy of", "Message header follows",
			 "Original message follows" },
		.delay = { "DELAYED:", "still trying" },
		.sure = 80,
	},
	/* the name server's own word stands on the recipient's line */
	{
		.name = "phquery",
		.reference = "phquery (CSO name server, University of Illinois), 1990 to 2005",
		.start = { "--------Message not delivered to the following" },
		.recipient = CAROM_RCPT_OPENS,
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "No match", "Ambiguous", "Too many", "Multiple match",
			    "No e-mail address", "No email address", "not present" },
		.reason_with_mark = TRUE,
		.end = { "--------Error Detail", "--------Unsent Message" },
		.or_copy_to = TRUE,
		.sure = 80,
	},
	{
		.name = "lsmtp",
		.reference = "L-Soft LSMTP and LISTSERV",
		.start = { "--> Error description" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "Error-for:" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Error-Text:" },
		.reason_end = "Error-End:",
		.end = { "Original message --", "Original header --" },
		.sure = 80,
	},
	{
		.name = "haraka",
		.reference = "Haraka 2 and 3, where the report part is lost",
		.start = { "Hi. This is the Haraka Mailer program" },
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "Intended Recipients:" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "Failure Reason:" },
		.delay = { "will keep trying", "temporary" },
		.sure = 88,
	},
};

static int
unix_servers_probe(const CaromMail *mail)
{
	return carom_text_table_probe(mail, rows, G_N_ELEMENTS(rows));
}

static CaromStatus
unix_servers_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	return carom_text_table_parse(mail, rows, G_N_ELEMENTS(rows), out, err);
}

const CaromParser carom_parser_unix_servers = {
	.name = "unix_servers",
	.reference = "smail, MMDF, PP, ZMailer, phquery, LSMTP, Haraka",
	.probe = unix_servers_probe,
	.parse = unix_servers_parse,
};
