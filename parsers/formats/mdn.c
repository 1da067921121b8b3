/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mdn - message disposition notifications: read receipts
 *
 * RFC 8098 and RFC 2298 before it. Somebody's mail program tells that the
 * message was displayed or deleted. It has arrived, whatever became of it, so
 * this is an answer by a machine and no bounce, with one exception: filters
 * that refuse a message on delivery (Sieve's "reject", RFC 5429 2.1.1; the
 * quota of Dovecot's LDA) say so by a notification of an automatic deletion.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "parsers/reading/phrases.h"
#include "base/text.h"

#include <string.h>

/* As much of a text is looked at for a refusal. */
#define MAX_LOOK 2000

static const CaromPart *
notification_part(const CaromMail *mail)
{
	const CaromPart *part = carom_mail_find(mail, "message/disposition-notification");

	return part ? part : carom_mail_find(mail, "message/global-disposition-notification");
}

static int
mdn_probe(const CaromMail *mail)
{
	const char *type;

	if (notification_part(mail) != NULL)
		return 92;
	type = carom_mail_type_param(mail, "report-type");
	return type != NULL && g_ascii_strcasecmp(type, "disposition-notification") == 0 ? 85 : 0;
}

/* Says it in its own words: a summary of the message, whose Subject may say anything, is indented.
 */
static gboolean
says_failed(const char *text, gsize len)
{
	const char *cursor = text;
	CaromLine line;
	g_autoptr(GString) own = g_string_new(NULL);

	while (carom_excerpt_line(&cursor, text + MIN(len, MAX_LOOK), &line))
		if (carom_excerpt_indent(&line) == 0)
			g_string_append_printf(own, "%.*s\n", (int) (line.eol - line.p), line.p);
	return (carom_phrases_of_text(own->str, own->len, own->len) & CAROM_TEXT_FAILED) != 0;
}

/*
 * "automatic-action/MDN-sent-automatically; deleted", with a text that says the
 * message was rejected. Exchange sends the same of what its user deletes unread.
 */
static gboolean
is_refusal(const CaromMail *mail, const CaromFields *fields)
{
	const char *disposition = carom_fields_get(fields, "Disposition"),
		   *reporter = carom_fields_get(fields, "Reporting-UA"), *text;
	gsize len;

	if (disposition == NULL || !carom_text_has_prefix(disposition, "automatic-action") ||
	    carom_text_find(disposition, strlen(disposition), "deleted") == NULL)
		return FALSE;
	if (reporter != NULL && carom_text_find(reporter, strlen(reporter), "Microsoft") != NULL)
		return FALSE;
	text = carom_mail_text(mail, &len);
	return says_failed(text, len);
}

/* What stands behind the sentence that names the recipient: "... was automatically rejected:", then
 * the reason. */
static void
take_refusal(const CaromMail *mail, CaromReport *out, CaromOutcome *outcome)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len), *end = text + len, *colon, *p;

	outcome->action = CAROM_ACTION_FAILED;
	len = carom_excerpt_copy(text, len, NULL);
	colon = carom_text_find(text, len, "rejected:");
	p = colon ? colon + strlen("rejected:") : text;
	end = MIN(end, text + len);
	if (p + strspn(p, " \t\n") >= end)
		p = text;
	carom_report_outcome_set_diagnostic(out, outcome, p, end - p);
}

static CaromStatus
mdn_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	const CaromPart *part = notification_part(mail);
	g_autofree char *final = NULL, *original = NULL;
	const char *who; /* what the receipt names, else who sent it */
	gboolean refused = FALSE;
	CaromOutcome *outcome;

	(void) err;
	if (part != NULL) {
		gsize len;
		const char *cursor = carom_mail_part_text(mail, part, &len), *end = cursor + len;

		for (;;) {
			g_autoptr(CaromFields) fields = carom_fields_read(&cursor, end);
			const char *reporter;

			if (fields == NULL)
				break;
			if (final == NULL)
				final = carom_address_parse_typed(
					carom_fields_get(fields, "Final-Recipient"));
			if (original == NULL)
				original = carom_address_parse_typed(
					carom_fields_get(fields, "Original-Recipient"));
			refused |= is_refusal(mail, fields);
			reporter = carom_fields_get(fields, "Reporting-UA");
			if (reporter != NULL)
				out->reporter = carom_report_keep(
					out, reporter, (gssize) strcspn(reporter, ";"), 255);
		}
	}
	who = final ? final : original;
	if (who == NULL && *carom_mail_from(mail) != '\0')
		who = carom_mail_from(mail);
	outcome = carom_report_add(out, who, CAROM_ACTION_NONE);
	if (outcome != NULL) {
		outcome->final_recipient = carom_report_keep_address(out, final);
		outcome->original_recipient = carom_report_keep_address(out, original);
	}
	carom_report_set_returned(out, carom_mail_returned(mail));
	out->kind = CAROM_KIND_AUTO_REPLY;
	if (refused && outcome != NULL && final != NULL) {
		take_refusal(mail, out, outcome);
		out->kind = CAROM_KIND_BOUNCE;
	}
	return CAROM_OK;
}

const CaromParser carom_parser_mdn = {
	.name = "rfc8098",
	.reference = "RFC 8098, RFC 2298",
	.probe = mdn_probe,
	.parse = mdn_parse,
};
