/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * courier - Courier's own text, where the delivery-status part was lost
 *
 * "UNDELIVERABLE MAIL" or "DELAYS IN DELIVERING YOUR MESSAGE" between rules of
 * dashes, then for each recipient "<a@b>:", the host, and the session:
 *
 *	<user@b.example>:
 *	     mx.b.example [192.0.2.1]:
 *	 >>> RCPT TO:<user@b.example>
 *	 <<< 550 5.1.1 unknown
 */
#include "config.h"

#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

static int
courier_probe(const CaromMail *mail)
{
	gsize len;
	const char *text;

	text = carom_mail_text(mail, &len);
	return carom_text_has_prefix(text + strspn(text, " \t\n"),
				     "This is a delivery status notification from ") &&
			       carom_text_find(text, MIN(len, 500),
					       "running the Courier mail server") != NULL
		       ? 82
		       : 0;
}

static CaromStatus
courier_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len),
		   *start = carom_text_find(text, len, "notification from ");
	const char *end = text + carom_excerpt_copy(text, len, NULL), *cursor = text, *said = NULL,
		   *said_end = NULL;
	CaromAction action = CAROM_ACTION_NONE;
	CaromOutcome *outcome = NULL;
	gboolean more = TRUE;
	CaromLine line;

	while (more) {
		g_autofree char *address = NULL;
		const char *after;

		more = carom_excerpt_line(&cursor, end, &line);
		if (more && carom_excerpt_starts(&line, "UNDELIVERABLE MAIL"))
			action = CAROM_ACTION_FAILED;
		else if (more && carom_excerpt_starts(&line, "DELAYS IN DELIVERING"))
			action = CAROM_ACTION_DELAYED;
		else if (more && (carom_excerpt_starts(&line, "DELIVERY CONFIRMATION") ||
				  carom_excerpt_starts(&line, "SUCCESSFUL DELIVERY")))
			action = CAROM_ACTION_DELIVERED;
		if (more && action != CAROM_ACTION_NONE && *line.p == '<')
			address = carom_excerpt_line_address(&line, &after);
		if (outcome != NULL &&
		    (!more || address != NULL || carom_excerpt_starts(&line, "-----"))) {
			if (said != NULL && outcome->diagnostic == NULL)
				carom_excerpt_explain(out, outcome, said,
						      (gsize) (said_end - said));
			outcome = NULL;
		}
		if (address != NULL) {
			outcome = carom_report_add(out, address, action);
			said = NULL;
		} else if (outcome != NULL && line.p < line.eol) {
			if (said == NULL)
				said = line.p;
			said_end = line.eol;
		}
	}
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "courier: no recipient paragraph");
	start = start ? start + strlen("notification from ") : NULL;
	out->reporter =
		start ? carom_report_keep(out, start, (gssize) strcspn(start, ", \n"), 255) : NULL;
	carom_excerpt_returned(mail, out, text, len);
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_courier = {
	.name = "courier",
	.reference =
		"Courier, courierd's dsn templates (dsnheader.txt, dsnfailed.txt, dsndelayed.txt)",
	.probe = courier_probe,
	.parse = courier_parse,
};
