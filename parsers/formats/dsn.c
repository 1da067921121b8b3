/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dsn - delivery status notifications
 *
 * RFC 3464 and its internationalised form (RFC 6533): which parts hold the
 * fields, also where a gateway has relabelled them. The fields themselves are
 * read in dsn_fields.c.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/dsn_fields.h"
#include "parsers/reading/excerpt.h"
#include "parsers/reading/looks.h"
#include "parsers/parser.h"
#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

static gboolean
is_status_part(const CaromPart *part)
{
	return part->message == -1 && (strcmp(part->type, "message/delivery-status") == 0 ||
				       strcmp(part->type, "message/global-delivery-status") == 0);
}

/*
 * Gateways that know no message/delivery-status pass it on as text or as a
 * file: a part that begins with one of its fields is what it was.
 */
static gboolean
is_relabelled_part(const CaromMail *mail, const CaromPart *part)
{
	static const char *const names[] = {
		"Reporting-MTA:",        "Final-Recipient:",    "Original-Recipient:",
		"Original-Envelope-Id:", "Received-From-MTA:",  "Arrival-Date:",
		"DSN-Gateway:",          "X-Postfix-Queue-ID:", "X-Display-Name:"
	};
	const char *text;
	gsize len, blank;

	if (part->message != -1 || part->depth == 0 ||
	    (strcmp(part->type, "text/plain") != 0 &&
	     strcmp(part->type, "application/octet-stream") != 0))
		return FALSE;
	text = carom_mail_part_text(mail, part, &len);
	blank = strspn(text, " \t\n");
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (carom_text_has_prefix(text + blank, names[i]))
			return carom_text_find(text, len, "-Recipient:") != NULL &&
			       (carom_text_find(text, len, "Action:") != NULL ||
				carom_text_find(text, len, "Status:") != NULL);
	return FALSE;
}

static int
dsn_probe(const CaromMail *mail)
{
	guint n = carom_mail_n_parts(mail);

	for (guint i = 0; i < n; i++)
		if (is_status_part(carom_mail_part(mail, i)))
			/* mail programs take a report apart when a person forwards it: its status
			 * part then hangs below a letter */
			return strcmp(carom_mail_part(mail, 0)->type, "multipart/report") != 0 &&
					       (carom_looks_letter(mail) ||
						(carom_looks_list(mail) &&
						 !carom_mail_system_maybe_sent(mail)))
				       ? 0
				       : 90;
	if (n < 3 || !carom_mail_system_maybe_sent(mail) || !carom_text_table_is_report_like(mail))
		return 0;
	for (guint i = 0; i < n; i++)
		if (is_relabelled_part(mail, carom_mail_part(mail, i)))
			return 88;
	return 0;
}

/* A report whose one recipient has no address that could be mailed ("@mx.example.net"): the text or
 * the returned To has it. */
static void
name_the_only_one(const CaromMail *mail, CaromReport *out)
{
	CaromOutcome *outcome = out->outcomes->pdata[0];
	g_autofree char *to = NULL;

	if (out->outcomes->len != 1 || outcome->recipient != NULL)
		return;
	to = carom_excerpt_only_to(out);
	if (to == NULL)
		return;
	outcome->recipient = carom_report_keep_address(out, to);
	carom_dsn_fields_explain(mail, out, outcome, NULL);
}

/* Postfix, when its bounce log is gone: "--- Delivery report unavailable ---", and no recipient
 * anywhere but in the returned To. */
static void
add_unavailable(const CaromMail *mail, CaromReport *out)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len);
	g_autofree char *to = carom_excerpt_only_to(out);

	if (to != NULL && carom_text_find(text, len, "--- Delivery report unavailable ---") != NULL)
		carom_report_add(out, to, CAROM_ACTION_FAILED);
}

/* The copy where that part was relabelled as well: a text that begins with a header. */
static CaromFields *
relabelled_copy(const CaromMail *mail)
{
	for (guint i = carom_mail_n_parts(mail); i-- > 0;) {
		const CaromPart *part = carom_mail_part(mail, i);
		const char *text, *header;
		gsize len, at;

		if (part->message != -1 || part->depth == 0 ||
		    (strcmp(part->type, "text/plain") != 0 &&
		     strcmp(part->type, "application/octet-stream") != 0))
			continue;
		text = carom_mail_part_text(mail, part, &len);
		at = carom_excerpt_copy(text, len, &header);
		if (header == text + at && at == strspn(text, " \t\n"))
			return carom_fields_read(&header, text + len);
	}
	return NULL;
}

static CaromStatus
dsn_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gboolean labelled = carom_mail_find(mail, "message/delivery-status") != NULL ||
			    carom_mail_find(mail, "message/global-delivery-status") != NULL;

	for (guint i = 0; i < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i);
		const char *cursor;
		gsize len;

		if (!is_status_part(part) && (labelled || !is_relabelled_part(mail, part)))
			continue;
		cursor = carom_mail_part_text(mail, part, &len);
		carom_dsn_fields_read(mail, out, cursor, cursor + len);
	}
	if (labelled || carom_mail_returned(mail) != NULL)
		carom_report_set_returned(out, carom_mail_returned(mail));
	else
		carom_report_take_returned(out, relabelled_copy(mail));
	if (out->outcomes->len == 0)
		add_unavailable(mail, out);
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "dsn: no recipient in the delivery-status part");
	name_the_only_one(mail, out);
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_dsn = {
	.name = "rfc3464",
	.reference = "RFC 3464, RFC 6533, RFC 3461",
	.probe = dsn_probe,
	.parse = dsn_parse,
};
