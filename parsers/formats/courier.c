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

/* What a heading says of the recipients below it; NONE: the line is none. */
static CaromAction
action_of(const CaromLine *line)
{
	static const struct {
		const char *heading;
		CaromAction action;
	} rows[] = {
		{ "UNDELIVERABLE MAIL", CAROM_ACTION_FAILED },
		{ "DELAYS IN DELIVERING", CAROM_ACTION_DELAYED },
		{ "DELIVERY CONFIRMATION", CAROM_ACTION_DELIVERED },
		{ "SUCCESSFUL DELIVERY", CAROM_ACTION_DELIVERED },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (carom_excerpt_starts(line, rows[i].heading))
			return rows[i].action;
	return CAROM_ACTION_NONE;
}

/* The recipient that is read, and the session below it. */
typedef struct {
	CaromOutcome *outcome;       /* NULL: none */
	const char *said, *said_end; /* NULL: nothing yet */
} Reading;

static void
end_recipient(CaromReport *out, Reading *reading)
{
	if (reading->outcome != NULL && reading->outcome->diagnostic == NULL &&
	    reading->said != NULL)
		carom_excerpt_explain(out, reading->outcome, reading->said,
				      (gsize) (reading->said_end - reading->said));
	*reading = (Reading){ 0 };
}

/* Adds the recipients of [cursor, end) with their sessions. */
static void
read_recipients(CaromReport *out, const char *cursor, const char *end)
{
	CaromAction action = CAROM_ACTION_NONE;
	Reading reading = { 0 };
	CaromLine line;

	while (carom_excerpt_line(&cursor, end, &line)) {
		const CaromAction heading = action_of(&line);
		g_autofree char *address = NULL;

		if (heading != CAROM_ACTION_NONE)
			action = heading;
		if (action != CAROM_ACTION_NONE && *line.p == '<')
			address = carom_excerpt_line_address(&line, NULL);
		if (address != NULL || carom_excerpt_starts(&line, "-----"))
			end_recipient(out, &reading);
		if (address != NULL) {
			reading.outcome = carom_report_add(out, address, action);
		} else if (reading.outcome != NULL && line.p < line.eol) {
			if (reading.said == NULL)
				reading.said = line.p;
			reading.said_end = line.eol;
		}
	}
	end_recipient(out, &reading);
}

static CaromStatus
courier_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len);
	const char *start = carom_text_find(text, len, "notification from ");

	read_recipients(out, text, text + carom_excerpt_copy(text, len, NULL));
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "courier: no recipient paragraph");
	if (start != NULL) {
		start += strlen("notification from ");
		out->reporter = carom_report_keep(out, start, (gssize) strcspn(start, ", \n"), 255);
	}
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
