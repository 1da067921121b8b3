/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wrapped_report - a report that comes inside another one
 *
 * Trend Micro's gateways (TMMSG boundaries) put the real report, DSN part and
 * all, into a message/rfc822 part below a text that names nobody. Others hang
 * a disclaimer below every message that leaves the house, also below reports.
 */
#include "config.h"

#include "mail/mail_system.h"
#include "mail/address.h"
#include "parsers/reading/inner_report.h"
#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

/* The first message part of the outer message that holds a delivery report. */
static const CaromPart *
find_report(const CaromMail *mail)
{
	for (guint i = 0; i + 1 < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i),
				*body = carom_mail_part(mail, i + 1);

		if (part->message == -1 && strcmp(part->type, "message/rfc822") == 0 &&
		    body->message == (int) i && strcmp(body->type, "multipart/report") == 0)
			return part;
	}
	return NULL;
}

static int
wrapped_report_probe(const CaromMail *mail)
{
	static const char *const says[CAROM_TEXT_MARKS] = { "addresses had permanent",
							    "addresses had transient",
							    "addresses had delivery errors",
							    "addresses had fatal errors" };
	const char *text;
	gsize len;

	if (!carom_text_table_is_report_like(mail) || find_report(mail) == NULL)
		return 0;
	text = carom_mail_text(mail, &len);
	if (carom_text_table_find_mark(text, MIN(len, 2000), says, NULL) != NULL)
		return 72;
	/* nothing is said above it, and a mail system sent it */
	return carom_mail_part(mail, 1) == find_report(mail) &&
			       carom_mail_system_is_role(carom_mail_from(mail))
		       ? 60
		       : 0;
}

static CaromStatus
wrapped_report_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	return carom_inner_report_read(mail, find_report(mail), out, err);
}

const CaromParser carom_parser_wrapped_report = {
	.name = "wrapped_report",
	.reference = "Trend Micro InterScan and others: RFC 3464 inside message/rfc822",
	.probe = wrapped_report_probe,
	.parse = wrapped_report_parse,
};
