/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * openwave - text reports of Openwave Email Mx and its forebears and kin
 *
 * post.office, InterMail, Openwave Mx (Software.com, now Synchronoss) say why in
 * a sentence and then list "<recipient>", or for each recipient "Recipient:" and
 * "Reason:" or the two lines of the session.  au (EZweb), SoftBank and other
 * Japanese carriers run it with sentences of their own, Japanese ones before
 * the English.  au adds fields by RFC 3464 that say less than the text does:
 * "Status: 5.0.0" and nothing else, whatever the reason.
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

/* What their texts begin with, each at the start of a line. */
static const char *const openings[] = {
	"This message was undeliverable due to the following reason",
	"Each of the following recipients was rejected",
	"The user(s) account is",
	"The user(s) has",
	"The following recipients did not receive",
	"The following destination addresses were unknown",
	"Your message was not delivered because",
	"Your message was not delivered within",
	"Your message has not been delivered",
	NULL,
};

/* Lines that introduce a list and say nothing of why. */
static const char *const introductions[] = {
	"This message was undeliverable due to",
	"Each of the following recipients",
	"mail server.",
	"The reasons given by the server",
	"each recipient was rejected",
	"The following recipients did not receive",
	"The following recipient did not receive",
	"Please reply to",
	"if you feel this message",
	"It is possible",
	NULL,
};

typedef struct {
	CaromReport *report;
	GString *sentence;     /* why, for those without a reason of their own */
	CaromOutcome *outcome; /* whose lines these are, or NULL */
	gboolean in_reason;    /* of the outcome: lines go on up to an empty one */
	GString *reason;
	CaromAction action;
} Reading;

static gboolean
begins_with_any(const char *line, const char *const *words)
{
	for (; *words != NULL; words++)
		if (carom_text_has_prefix(line, *words))
			return TRUE;
	return FALSE;
}

/* The first line at or behind p that opens one of their texts. */
static const char *
find_opening(const char *p, const char *end)
{
	for (guint lines = 0; p < end && lines < 60; lines++) {
		const char *nl = memchr(p, '\n', (gsize) (end - p));

		if (begins_with_any(p + strspn(p, " \t"), openings))
			return p;
		p = nl ? nl + 1 : end;
	}
	return NULL;
}

static int
openwave_probe(const CaromMail *mail)
{
	const char *subject = carom_mail_subject(mail);
	gboolean named =
		carom_text_find(subject, strlen(subject), "System Error - Returned Mail") != NULL;
	const char *text;
	gsize len;

	if (named ? carom_looks_letter(mail) : !carom_text_table_is_report_like(mail))
		return 0;
	text = carom_mail_text(mail, &len);
	if (find_opening(text, text + len) == NULL)
		return 0;
	if (carom_mail_find(mail, "message/delivery-status") != NULL)
		return named ? 92 : 0;
	return named ? 80 : 62;
}

/* The fields, where there are any: whom it is about, and how it ended. */
static void
read_fields(const CaromMail *mail, CaromReport *out)
{
	const CaromPart *part = carom_mail_find(mail, "message/delivery-status");
	gsize len;
	const char *text = part ? carom_mail_part_text(mail, part, &len) : NULL;

	if (text != NULL)
		carom_dsn_fields_read(mail, out, text, text + len);
}

/* Gives the outcome at hand what was read for it. */
static void
close_outcome(Reading *r)
{
	if (r->outcome != NULL && r->reason->len > 0 && r->outcome->diagnostic == NULL)
		carom_report_outcome_set_diagnostic(r->report, r->outcome, r->reason->str,
						    (gssize) r->reason->len);
	g_string_truncate(r->reason, 0);
	r->in_reason = FALSE;
}

/* "<a@b>", "SMTP <a@b>" or "Recipient: <a@b>"; what follows ">:" is its reason. */
static gboolean
read_recipient(Reading *r, const char *line, gsize len)
{
	const char *open = line, *close;
	g_autofree char *address = NULL;

	if (carom_text_has_prefix(line, "Recipient:"))
		open += strlen("Recipient:") + strspn(line + strlen("Recipient:"), " \t");
	else if (carom_text_has_prefix(line, "SMTP "))
		open += strlen("SMTP ") + strspn(line + strlen("SMTP "), " \t");
	if (*open != '<' || (close = memchr(open, '>', len - (gsize) (open - line))) == NULL)
		return FALSE;
	address = carom_address_parse(open, close + 1 - open);
	if (address == NULL)
		return FALSE;
	close_outcome(r);
	r->outcome = carom_report_add(r->report, address, r->action);
	close++;
	close += strspn(close, ": \t");
	if (close < line + len) {
		g_string_append_len(r->reason, close, line + len - close);
		r->in_reason = TRUE;
	}
	return TRUE;
}

/* ">>> RCPT TO:<a@b>" and "<<< 550 text": the server's last answer counts. */
static gboolean
read_session(Reading *r, const char *line, gsize len)
{
	if (carom_text_has_prefix(line, ">>> ")) {
		if (r->outcome != NULL)
			r->outcome->stage = carom_text_has_prefix(line + 4, "RCPT")   ? "rcpt"
					    : carom_text_has_prefix(line + 4, "MAIL") ? "mail"
					    : carom_text_has_prefix(line + 4, "DATA") ? "data"
										      : NULL;
		return TRUE;
	}
	if (!carom_text_has_prefix(line, "<<< "))
		return FALSE;
	g_string_truncate(r->reason, 0);
	g_string_append_len(r->reason, line + 4, (gssize) len - 4);
	r->in_reason = TRUE;
	return TRUE;
}

static void
read_line(Reading *r, const char *line, gsize len)
{
	if (len == 0) {
		r->in_reason = FALSE;
		return;
	}
	if (read_session(r, line, len) || read_recipient(r, line, len))
		return;
	if (r->outcome != NULL && carom_text_has_prefix(line, "Reason:")) {
		g_string_truncate(r->reason, 0);
		g_string_append_len(r->reason, line + 7, (gssize) len - 7);
		r->in_reason = TRUE;
	} else if (r->in_reason) {
		g_string_append_c(r->reason, ' ');
		g_string_append_len(r->reason, line, (gssize) len);
	} else if (r->outcome == NULL && carom_text_has_prefix(line, "Host ")) {
		g_string_truncate(
			r->sentence,
			0); /* "Host a.example not found" says it all; advice stood before it */
		g_string_append_len(r->sentence, line, (gssize) len);
	} else if (r->outcome == NULL && !begins_with_any(line, introductions) &&
		   r->sentence->len < CAROM_MAX_TEXT) {
		g_string_append_len(r->sentence, line, (gssize) len);
		g_string_append_c(r->sentence, ' ');
	}
}

static void
read_lines(Reading *r, const char *p, const char *end)
{
	while (p < end) {
		const char *nl = memchr(p, '\n', (gsize) (end - p)), *eol = nl ? nl : end,
			   *next = nl ? nl + 1 : end;

		while (p < eol && g_ascii_isspace(*p))
			p++;
		while (eol > p && g_ascii_isspace(eol[-1]))
			eol--;
		if (carom_text_has_prefix(p, "Please reply to"))
			break; /* whom to ask; addresses there are nobody's failure */
		read_line(r, p, (gsize) (eol - p));
		p = next;
	}
	close_outcome(r);
}

static CaromStatus
openwave_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	g_autoptr(GString) sentence = g_string_new(NULL), reason = g_string_new(NULL);
	Reading r = {
		.report = out, .sentence = sentence, .reason = reason, .action = CAROM_ACTION_FAILED
	};
	gsize len;
	const char *text = carom_mail_text(mail, &len), *start = find_opening(text, text + len),
		   *end;

	if (start == NULL)
		return carom_status_fail(err, CAROM_MALFORMED, "openwave: no sentence of its own");
	end = start + carom_excerpt_copy(start, (gsize) (text + len - start), NULL);
	if (carom_text_find(start, (gsize) (end - start), "will continue to") != NULL ||
	    carom_text_find(start, (gsize) (end - start), "still trying") != NULL)
		r.action = CAROM_ACTION_DELAYED;
	read_fields(mail, out);
	read_lines(&r, start, end);
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "openwave: no recipient");
	for (guint i = 0; i < out->outcomes->len; i++) {
		CaromOutcome *outcome = out->outcomes->pdata[i];

		if (outcome->diagnostic == NULL && sentence->len > 0)
			carom_report_outcome_set_diagnostic(out, outcome, sentence->str,
							    (gssize) sentence->len);
	}
	carom_text_table_set_returned(mail, out);
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_openwave = {
	.name = "openwave",
	.reference = "post.office, InterMail, Openwave Email Mx; au (EZweb), SoftBank",
	.probe = openwave_probe,
	.parse = openwave_parse,
};
