/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dsn_in_text - the fields of RFC 3464 where no part is labelled as theirs
 *
 * Amazon WorkMail writes them below "Technical report:" in its text; gateways
 * and mail programs flatten a report into one text; and MIME that is broken (a
 * boundary that nothing uses) leaves all parts in one heap.
 */
#include "config.h"

#include "parsers/reading/dsn_fields.h"
#include "parsers/reading/excerpt.h"
#include "parsers/reading/looks.h"
#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

/* The text's own words, or what GMime made no parts of. */
static const char *
heap(const CaromMail *mail, gsize *len)
{
	const char *text = carom_mail_text(mail, len);

	return carom_text_find(text, *len, "Final-Recipient:") != NULL
		       ? text
		       : carom_mail_raw_body(mail, len);
}

/* The next line from p on that begins with name, or NULL. */
static const char *
find_field(const char *text, const char *p, const char *end, const char *name)
{
	while ((p = carom_text_find(p, (gsize) (end - p), name)) != NULL) {
		if (p == text || p[-1] == '\n')
			return p;
		p++;
	}
	return NULL;
}

/* Start of the paragraph that p lies in. */
static const char *
paragraph_start(const char *text, const char *p)
{
	while (p > text + 1 && !(p[-1] == '\n' && (p[-2] == '\n' || p[-2] == '\r')))
		p--;
	return p <= text + 1 ? text : p;
}

static int
dsn_in_text_probe(const CaromMail *mail)
{
	const char *text, *final;
	gsize len;

	/* people and lists quote these fields */
	if ((carom_mail_system_sender(mail) < 2 && !carom_mail_system_null_path(mail)) ||
	    !carom_text_table_is_report_like(mail) ||
	    carom_mail_find(mail, "message/delivery-status") != NULL)
		return 0;
	text = heap(mail, &len);
	final = find_field(text, text, text + len, "Final-Recipient:");
	if (final == NULL)
		return 0;
	if (find_field(text, paragraph_start(text, final), text + len, "Action:") == NULL &&
	    find_field(text, paragraph_start(text, final), text + len, "Status:") == NULL)
		return 0;
	/* the report's own fields say more than its text; those of a copy are another report's */
	return final < text + carom_excerpt_copy(text, len, NULL) ? 86 : 55;
}

/* dsn.c looks for a reason in the text; here the fields themselves are part of it. Look above them
 * only. */
static void
reasons_above(CaromReport *out, const char *text, gsize len)
{
	for (guint i = 0; i < out->outcomes->len; i++) {
		CaromOutcome *outcome = g_ptr_array_index(out->outcomes, i);
		const char *about;
		gsize n;

		if (outcome->diagnostic == NULL ||
		    carom_text_find(outcome->diagnostic, strlen(outcome->diagnostic),
				    "Final-Recipient:") == NULL)
			continue;
		outcome->diagnostic = NULL;
		about = outcome->recipient ? carom_excerpt_about(text, len, outcome->recipient, &n)
					   : NULL;
		if (about != NULL)
			carom_report_outcome_set_diagnostic(out, outcome, about, (gssize) n);
	}
}

static CaromStatus
dsn_in_text_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = heap(mail, &len), *end = text + len, *p = text, *final;
	const char *reporting = find_field(text, text, end, "Reporting-MTA:"), *last = NULL;

	final = find_field(text, text, end, "Final-Recipient:");
	if (reporting != NULL && reporting < final)
		carom_dsn_fields_read(mail, out, reporting, paragraph_start(text, final));
	for (p = final; p != NULL; p = find_field(text, last, end, "Final-Recipient:")) {
		const char *from = paragraph_start(text, p);

		/* this block and no further: the copy below has fields too */
		last = strstr(p, "\n\n");
		last = last ? last + 1 : end;
		carom_dsn_fields_read(mail, out, from, last);
		if (out->truncated->len > 0)
			break;
	}
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "dsn_in_text: no recipient in the fields");
	reasons_above(out, text,
		      (gsize) ((reporting && reporting < final ? reporting
							       : paragraph_start(text, final)) -
			       text));
	if (carom_mail_returned(mail) != NULL)
		carom_report_set_returned(out, carom_mail_returned(mail));
	else if (last != NULL)
		carom_report_take_returned(out,
					   carom_excerpt_copy_fields(last, (gsize) (end - last)));
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_dsn_in_text = {
	.name = "dsn_in_text",
	.reference = "RFC 3464 fields in a text; Amazon WorkMail",
	.probe = dsn_in_text_probe,
	.parse = dsn_in_text_parse,
};
