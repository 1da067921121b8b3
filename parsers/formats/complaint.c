/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * complaint - complaints that are no reports by RFC 5965
 *
 *  - Microsoft's Junk Mail Reporting Program until 2026: multipart/mixed from
 *    staff@hotmail.com, the message with X-HmXmrOriginalRecipient in it;
 *  - AOL's first feedback loop: scomp@aol.net, the message as the only part;
 *  - reports by RFC 5965 whose feedback part is missing, or is text/plain;
 *  - X-ARF before its third version (YAML about spam) of incident handlers;
 *  - SpamCop's own text, with the message below "[ Offending message ]".
 *
 * A person who forwards a message as an attachment writes none of these marks.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/complaint_fields.h"
#include "parsers/reading/excerpt.h"
#include "parsers/reading/looks.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

static gboolean
says_feedback_report(const CaromMail *mail)
{
	const char *type = carom_mail_type_param(mail, "report-type");

	return type != NULL && g_ascii_strcasecmp(type, "feedback-report") == 0;
}

/* Old loops: who sends it, and how the Subject begins where one sender writes other mail as well.
 */
static const struct {
	const char *from;    /* address, or "@domain" */
	const char *subject; /* prefix, or NULL */
} old_loops[] = {
	{ "staff@hotmail.com", "complaint about message from" },
	{ "staff@hotmail.com", "[junk]" },
	{ "@hotmail.com", "complaint about message from" },
	{ "@outlook.com", "complaint about message from" },
	{ "@microsoft.com", "complaint about message from" },
	{ "scomp@aol.net", NULL },
	{ "scomp@aol.com", NULL },
	{ "feedbackloop@comcastfbl.senderscore.net", NULL },
	{ "complaints@email-abuse.amazonses.com", NULL },
	{ "@reports.spamcop.net", "[SpamCop (" },
};

static gboolean
is_old_loop(const CaromMail *mail)
{
	const char *from = carom_mail_from(mail), *subject = carom_mail_subject(mail);

	for (gsize i = 0; i < G_N_ELEMENTS(old_loops); i++) {
		const char *wanted = old_loops[i].from;

		if (*wanted == '@' ? !carom_text_has_suffix(from, wanted)
				   : g_ascii_strcasecmp(from, wanted) != 0)
			continue;
		if (old_loops[i].subject == NULL ||
		    carom_text_has_prefix(subject, old_loops[i].subject))
			return TRUE;
	}
	return FALSE;
}

/* JMRP puts its own fields on top of the copy; nothing else ever writes them. */
static gboolean
has_jmrp_fields(const CaromMail *mail)
{
	const CaromFields *copy = carom_mail_returned(mail);

	return copy != NULL && carom_fields_get(copy, "X-HmXmrOriginalRecipient") != NULL &&
	       (carom_fields_get(copy, "X-Reporter-IP") != NULL ||
		carom_fields_get(copy, "X-Message-Guid") != NULL);
}

/* The message that a report of SpamCop's holds as text; NULL in anything else. The header may be
 * cut short. */
static const char *
offending_message(const CaromMail *mail, gsize *len)
{
	static const char mark[] = "[ Offending message ]";
	const char *text, *hit;

	if (!carom_text_has_suffix(carom_mail_from(mail), "@reports.spamcop.net"))
		return NULL;
	text = carom_mail_text(mail, len);
	hit = carom_text_find(text, *len, mark);
	if (hit == NULL)
		return NULL;
	hit += strlen(mark);
	hit += strspn(hit, " \t\n");
	*len -= (gsize) (hit - text);
	return hit;
}

/* "Feedback-Type: abuse" as a line of a text part, and a User-Agent or Version line with it; NULL
 * if there is none. */
static const char *
feedback_lines(const CaromMail *mail, gsize *len)
{
	const char *text = carom_mail_text(mail, len);
	const char *end = text + *len, *hit = text;

	if (carom_text_find(text, *len, "\nUser-Agent:") == NULL &&
	    carom_text_find(text, *len, "\nVersion:") == NULL)
		return NULL;
	while ((hit = carom_text_find(hit, (gsize) (end - hit), "Feedback-Type:")) != NULL) {
		const char *start = hit;

		if (hit == text || hit[-1] == '\n') {
			while (start - text >= 2 && !(start[-1] == '\n' && start[-2] == '\n'))
				start--;
			if (start - text < 2)
				start = text;
			*len = (gsize) (end - start);
			return start;
		}
		hit++;
	}
	return NULL;
}

/* TRUE if the lines tell of one message. Whoever asks what a report means quotes its type and
 * generator. */
static gboolean
tell_of_a_message(const char *lines, gsize len)
{
	static const char *const names[] = { "\nSource-IP:",        "\nOriginal-Mail-From:",
					     "\nOriginal-Rcpt-To:", "\nArrival-Date:",
					     "\nReceived-Date:",    "\nReported-Domain:",
					     "\nReported-URI:",     "\nRemoval-Recipient:" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (carom_text_find(lines, len, names[i]) != NULL)
			return TRUE;
	return FALSE;
}

static gboolean
is_xarf(const CaromMail *mail)
{
	return (carom_mail_header(mail, "X-XARF") != NULL ||
		carom_mail_header(mail, "X-ARF") != NULL) &&
	       carom_mail_returned(mail) != NULL;
}

/* What those say who tell a domain's owner of mail that failed its policy (RFC 7489 7.3), in
 * place of the fields or above them. Short, since lines break anywhere. */
static const char *const failure_sentences[] = {
	"authentication failure report", "failed the published DMARC",
	"failed DMARC authentication",   "did not pass DMARC",
	"failed DMARC evaluation",       "DMARC Results:",
};

static gboolean
tells_of_failure(const CaromMail *mail)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len);

	for (gsize i = 0; i < G_N_ELEMENTS(failure_sentences); i++)
		if (carom_mail_may_say(mail, failure_sentences[i]) &&
		    carom_text_find(text, MIN(len, CAROM_PHRASE_WITHIN), failure_sentences[i]) !=
			    NULL)
			return TRUE;
	return FALSE;
}

/*
 * The lines are a report's own, and no quotation of one: they open the text, or
 * what stands above them says so. A report whose MIME header got lost is so
 * recognised whatever its Subject is, which is often that of the message.
 */
static gboolean
are_the_report(const CaromMail *mail, const char *lines)
{
	static const char *const above[] = { "Content-Type: message/feedback-report",
					     "email abuse report",
					     "authentication failure report" };
	const char *text = carom_mail_text(mail, NULL);

	if (lines == text + strspn(text, " \t\n"))
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(above); i++)
		if (carom_text_find(text, (gsize) (lines - text), above[i]) != NULL)
			return TRUE;
	return FALSE;
}

/* The Subject says that such a report follows. */
static gboolean
is_named(const CaromMail *mail)
{
	static const char *const words[] = { "abuse", "feedback", "complaint", "failure report",
					     "dmarc" };
	const char *subject = carom_mail_subject(mail);

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (carom_text_find(subject, strlen(subject), words[i]) != NULL)
			return !carom_looks_answer(mail);
	return FALSE;
}

/* Where no part holds the returned message, all lies in one text. */
static int
probe_text(const CaromMail *mail)
{
	const char *lines, *header = NULL, *text;
	gsize len;

	if (carom_looks_list(mail))
		return 0;
	if (carom_mail_may_say(mail, "Feedback-Type:") &&
	    (lines = feedback_lines(mail, &len)) != NULL && tell_of_a_message(lines, len) &&
	    (is_named(mail) || are_the_report(mail, lines)))
		return 70;
	if (carom_looks_letter(mail) || !tells_of_failure(mail))
		return 0;
	text = carom_mail_text(mail, &len);
	carom_excerpt_copy(text, len, &header);
	return header != NULL ? 65 : 0;
}

static int
complaint_probe(const CaromMail *mail)
{
	gsize len;

	if (says_feedback_report(mail))
		return 85;
	if (is_old_loop(mail) &&
	    (carom_mail_returned(mail) != NULL || offending_message(mail, &len) != NULL))
		return 85;
	if (carom_mail_n_parts(mail) > 1 && has_jmrp_fields(mail))
		return 80;
	if (is_xarf(mail))
		return 75;
	if (carom_mail_returned(mail) != NULL)
		return carom_mail_may_say(mail, "Feedback-Type:") &&
				       feedback_lines(mail, &len) != NULL
			       ? 70
			       : 0;
	return probe_text(mail);
}

/* The sentence of a failure report that lost its fields (OpenDMARC and those after its form). */
static void
guess_type(const CaromMail *mail, CaromReport *out)
{
	if (out->feedback.type == NULL && tells_of_failure(mail))
		out->feedback.type = "auth-failure";
}

/* "... for an email message received from IP 192.0.2.1 on Thu, ..." and "complaint about message
 * from 192.0.2.1" */
static void
take_ip_of_words(const CaromMail *mail, CaromReport *out)
{
	static const char *const leads[] = { "message received from IP ",
					     "complaint about message from ",
					     "by IP ",
					     "[SpamCop (",
					     "\nSource: ",
					     "Sender IP Address: " };
	const char *places[2];
	gsize len[2];

	if (out->feedback.source_ip != NULL)
		return;
	places[0] = carom_mail_subject(mail);
	len[0] = strlen(places[0]);
	places[1] = carom_mail_text(mail, &len[1]);
	for (gsize p = 0; p < G_N_ELEMENTS(places); p++)
		for (gsize i = 0; i < G_N_ELEMENTS(leads); i++) {
			const char *hit = carom_text_find(places[p], len[p], leads[i]);
			gsize n;

			if (hit == NULL)
				continue;
			hit += strlen(leads[i]);
			hit += strspn(hit, " [");
			n = strspn(hit, "0123456789abcdefABCDEF.:");
			while (n > 0 && (hit[n - 1] == '.' || hit[n - 1] == ':'))
				n--;
			if (n >= 7 && n < 46) {
				out->feedback.source_ip =
					carom_report_keep(out, hit, (gssize) n, 64);
				return;
			}
		}
}

/* X-ARF is about more than mail: attacks on logins and scans are no complaints of a recipient. */
static gboolean
xarf_is_about_mail(const CaromMail *mail)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len);

	return carom_text_find(text, len, "Category: abuse") != NULL &&
	       carom_text_find(text, len, "Report-Type: spam") != NULL;
}

static CaromStatus
complaint_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	const CaromFields *copy = carom_mail_returned(mail);
	gboolean found;
	gsize len, text_len, copy_len;
	const char *text = carom_mail_text(mail, &text_len), *lines = feedback_lines(mail, &len),
		   *offending = offending_message(mail, &copy_len);

	if (is_xarf(mail) && !says_feedback_report(mail) && !is_old_loop(mail) && lines == NULL &&
	    !xarf_is_about_mail(mail))
		return carom_status_fail(err, CAROM_MALFORMED,
					 "complaint: an X-ARF report that is not about spam");
	if (lines != NULL) {
		gsize until = carom_excerpt_copy(lines, len, NULL);

		/* a fields block looks like a message's header: the copy is what comes behind it */
		found = carom_complaint_fields_text(out, lines, until > 0 ? until : len);
	} else {
		found = FALSE;
	}
	if (copy == NULL && offending != NULL) {
		const char *cursor = offending;

		carom_report_take_returned(out, carom_fields_read(&cursor, offending + copy_len));
		copy = out->returned_fields;
	} else if (copy == NULL) {
		carom_report_take_returned(out, carom_excerpt_copy_fields(text, text_len));
		copy = out->returned_fields;
	}
	if (!found && copy == NULL)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "complaint: neither fields nor a returned message");
	guess_type(mail, out);
	take_ip_of_words(mail, out);
	carom_complaint_fields_finish(out, copy);
	return CAROM_OK;
}

const CaromParser carom_parser_complaint = {
	.name = "complaint",
	.reference =
		"Microsoft JMRP before 2026, AOL SComp, X-ARF, SpamCop, RFC 5965 without its second part",
	.probe = complaint_probe,
	.parse = complaint_parse,
};
