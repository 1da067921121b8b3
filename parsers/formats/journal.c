/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * journal - a DSN that a server wrapped into a message of its own
 *
 * Exchange's journaling (X-MS-Journal-Report) puts what it archives into a
 * message/rfc822 part below "Sender:", "Recipient:" lines; gateways that add a
 * disclaimer do the same to whatever passes. The report inside is the one that
 * counts, as long as the outer text tells of no address itself: a person who
 * forwards a bounce, or a bounce of a bounce, is another matter.
 */
#include "config.h"

#include "mail/mail_system.h"
#include "parsers/reading/excerpt.h"
#include "parsers/reading/inner_report.h"
#include "base/text.h"

#include <string.h>

static gboolean
is_status_type(const char *type)
{
	return strcmp(type, "message/delivery-status") == 0 ||
	       strcmp(type, "message/global-delivery-status") == 0;
}

/* The outermost message/rfc822 part that holds a delivery-status part; NULL where the outer message
 * has one itself. */
static const CaromPart *
find_wrapped(const CaromMail *mail)
{
	for (guint i = 0; i < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i), *holder;

		if (!is_status_type(part->type))
			continue;
		if (part->message == -1)
			return NULL;
		holder = carom_mail_part(mail, (guint) part->message);
		return holder->message == -1 ? holder : NULL;
	}
	return NULL;
}

static int
journal_probe(const CaromMail *mail)
{
	const char *text;
	gsize len;

	if (find_wrapped(mail) == NULL)
		return 0;
	if (carom_mail_header(mail, "X-MS-Journal-Report") != NULL)
		return 80;
	if (!carom_mail_system_sent(mail))
		return 0;
	text = carom_mail_text(mail, &len);
	return memchr(text, '@', len) == NULL ? 57 : 0;
}

static CaromStatus
journal_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	return carom_inner_report_read(mail, find_wrapped(mail), out, err);
}

const CaromParser carom_parser_journal = {
	.name = "journal",
	.reference = "RFC 3464 inside an Exchange journal report or another wrapper",
	.probe = journal_probe,
	.parse = journal_parse,
};
