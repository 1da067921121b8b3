/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arf - abuse and authentication failure reports
 *
 * RFC 5965 (abuse, fraud, virus, other, not-spam), RFC 6430 (not-spam, opt-out)
 * and RFC 6591 (auth-failure). Field names come in any case and order, the
 * version "0.1" is as good as "1", and the returned message may be whole,
 * headers only, inline in a text part, or missing.
 */
#include "config.h"

#include "parsers/reading/complaint_fields.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

/* message/feedback-report; some generators call it text/ or application/. */
static const CaromPart *
feedback_part(const CaromMail *mail)
{
	for (guint i = 0; i < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i);

		if (part->message == -1 && g_str_has_suffix(part->type, "/feedback-report"))
			return part;
	}
	return NULL;
}

static int
arf_probe(const CaromMail *mail)
{
	return feedback_part(mail) != NULL ? 95 : 0;
}

/* No empty line between the part's header and its fields: they were all read as header. */
static gboolean
fields_in_part_header(const CaromMail *mail, const CaromPart *part, CaromReport *out)
{
	static const char *const names[] = {
		"Feedback-Type",    "User-Agent",        "Version",         "Source-IP",
		"Arrival-Date",     "Received-Date",     "Incidents",       "Original-Mail-From",
		"Original-Rcpt-To", "Removal-Recipient", "Reported-Domain", "Reporting-MTA",
		"Abuse-Type",       "Auth-Failure"
	};
	gboolean found = FALSE;

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *value = carom_mail_part_header(mail, part, names[i]);

		if (value != NULL)
			found |= carom_complaint_fields_get(out, names[i], value);
	}
	return found;
}

/* The copy's header where no part is labelled as a message: a text part behind the fields that
 * begins like one. */
static CaromFields *
copy_in_text(const CaromMail *mail, const CaromPart *feedback)
{
	for (guint i = feedback->index + 1; i < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i);
		CaromFields *fields;
		const char *text;
		gsize len;

		if (part->message != -1 || g_str_has_prefix(part->type, "multipart/"))
			continue;
		text = carom_mail_part_text(mail, part, &len);
		fields = carom_excerpt_copy_fields(text, len);
		if (fields != NULL)
			return fields;
	}
	return NULL;
}

static CaromStatus
arf_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	const CaromPart *part = feedback_part(mail);
	const CaromFields *copy = carom_mail_returned(mail);
	gsize len;
	const char *text = carom_mail_part_text(mail, part, &len);
	gboolean found = carom_complaint_fields_text(out, text, len);

	found |= fields_in_part_header(mail, part, out);
	if (copy == NULL) {
		carom_report_take_returned(out, copy_in_text(mail, part));
		copy = out->returned_fields;
	}
	/* the part of an incident report that only says so: its facts are elsewhere (xarf.c), and
	 * may be about a login */
	if (g_strcmp0(out->feedback.type, "xarf") == 0) {
		out->feedback.type = NULL;
		found = FALSE;
	}
	if (!found && copy == NULL)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "arf: neither fields nor a returned message");
	carom_complaint_fields_finish(out, copy);
	return CAROM_OK;
}

const CaromParser carom_parser_arf = {
	.name = "rfc5965",
	.reference = "RFC 5965, RFC 6430, RFC 6591",
	.probe = arf_probe,
	.parse = arf_parse,
};
