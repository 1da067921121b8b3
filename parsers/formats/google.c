/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * google - Gmail, Google Workspace and Google Groups
 *
 * Until about 2016 Gmail wrote a plain text (X-Failed-Recipients, "Technical
 * details of permanent failure:", at its end "(state 14)", the point of the
 * SMTP dialogue). Since then it sends a DSN (dsn.c), whose text is read here
 * where the DSN part is lost. Groups answer in the sender's language and name
 * the group in X-Failed-Recipients only.
 */
#include "config.h"

#include "mail/address.h"
#include "mail/mail_system.h"
#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

static const CaromTextFormat rows[] = {
	{
		.name = "gmail",
		.reference = "Gmail and Google Workspace, 2004 to 2016",
		.start = { "Delivery to the following recipient",
			   "This is an automatically generated Delivery Status Notification" },
		.also = { "Technical details of ", "----- Original message -----",
			  "has been delayed" },
		.from = { "googlemail.com", "@google.com", "@gmail.com" },
		.sure = 82,
		.recipient = CAROM_RCPT_ALONE,
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "other server returned was:", "Technical details of permanent failure:",
			    "Technical details of temporary failure:",
			    "Technical details of delay:" },
		.end = { "----- Original message -----", "----- Message header follows -----" },
		.delay = { "has been delayed", "THIS IS A WARNING MESSAGE ONLY",
			   "Message will be retried" },
	},
	/* no DSN part: "** Address not found **", "** Message blocked **", "** Delivery incomplete
	 **" */
	{
		.name = "gmail",
		.reference = "Gmail and Google Workspace since 2016",
		.start = { "** " },
		.from = { "googlemail.com", "@google.com", "@gmail.com" },
		.also = { "The response from the remote server was:", "The response was:",
			  "Learn more" },
		.sure = 82,
		.recipient = CAROM_RCPT_AFTER,
		.rcpt = { "wasn't delivered to", "delivering your message to", "Your message to",
			  "no longer delivered to", "couldn't be delivered to" },
		.reason_form = CAROM_REASON_AFTER,
		.reason = { "The response from the remote server was:", "The response was:" },
		.delay = { "Delivery incomplete", "temporary problem", "will retry" },
	},
};

/* Where Gmail's client stood in the dialogue when it failed. */
static const struct {
	const char *state, *stage;
} states[] = {
	{ "(state 6)", "connect" }, { "(state 7)", "helo" },  { "(state 8)", "helo" },
	{ "(state 9)", "helo" },    { "(state 12)", "mail" }, { "(state 13)", "rcpt" },
	{ "(state 14)", "rcpt" },   { "(state 15)", "data" }, { "(state 17)", "eom" },
	{ "(state 18)", "eom" },
};

static gboolean
from_google(const CaromMail *mail)
{
	const char *from = carom_mail_from(mail), *domain = carom_address_domain(from);

	return domain != NULL && (g_ascii_strcasecmp(domain, "googlemail.com") == 0 ||
				  g_ascii_strcasecmp(domain, "google.com") == 0 ||
				  g_ascii_strcasecmp(domain, "gmail.com") == 0);
}

/* The mark of a Groups answer in all its languages: the help page, and the group in the header. */
static gboolean
is_groups(const CaromMail *mail)
{
	const char *text;
	gsize len;

	if (carom_mail_header(mail, "X-Failed-Recipients") == NULL || !from_google(mail))
		return FALSE;
	text = carom_mail_text(mail, &len);
	len = MIN(len, 6000);
	return carom_text_find(text, len, "groups.google.com/support") != NULL ||
	       carom_text_find(text, len, "support.google.com/a/") != NULL ||
	       carom_text_find(text, len, "\n\nGoogle Groups") != NULL;
}

static int
google_probe(const CaromMail *mail)
{
	if (carom_mail_header(mail, "X-Failed-Recipients") == NULL && !from_google(mail))
		return 0;
	return is_groups(mail) ? 84 : carom_text_table_probe(mail, rows, G_N_ELEMENTS(rows));
}

/*
 * The paragraph below the greeting says it, in the sender's language; the line
 * with the help page says in all of them that Groups speaks.
 */
static GString *
groups_words(const CaromMail *mail)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len), *said = strstr(text, "\n\n"), *stop, *help;
	GString *words;

	said = said ? said + 2 : text;
	stop = strstr(said, "\n\n");
	words = g_string_new_len(said,
				 MIN(stop ? stop - said : (gssize) strlen(said), CAROM_MAX_TEXT));
	help = carom_text_find(text, MIN(len, 6000), "https://groups.google.com/support");
	if (help != NULL) {
		g_string_append_c(words, ' ');
		g_string_append_len(words, help, (gssize) strcspn(help, " \n"));
	}
	return words;
}

static CaromStatus
parse_groups(const CaromMail *mail, CaromReport *out, GError **err)
{
	const GPtrArray *failed = carom_mail_system_failed_recipients(mail);
	g_autoptr(GString) words = groups_words(mail);

	for (guint i = 0; i < failed->len; i++) {
		CaromOutcome *outcome =
			carom_report_add(out, failed->pdata[i], CAROM_ACTION_FAILED);

		if (outcome == NULL)
			break;
		carom_report_outcome_set_diagnostic(out, outcome, words->str, (gssize) words->len);
	}
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "google: no group in X-Failed-Recipients");
	carom_text_table_set_returned(mail, out);
	out->format = "google_groups";
	out->reporter = "Google Groups";
	out->kind = CAROM_KIND_BOUNCE;
	return CAROM_OK;
}

static CaromStatus
google_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	CaromStatus status;

	if (is_groups(mail))
		return parse_groups(mail, out, err);
	status = carom_text_table_parse(mail, rows, G_N_ELEMENTS(rows), out, err);
	for (guint i = 0; status == CAROM_OK && i < out->outcomes->len; i++) {
		CaromOutcome *outcome = g_ptr_array_index(out->outcomes, i);

		for (gsize k = 0; outcome->stage == NULL && outcome->diagnostic != NULL &&
				  k < G_N_ELEMENTS(states);
		     k++)
			if (strstr(outcome->diagnostic, states[k].state) != NULL)
				outcome->stage = states[k].stage;
	}
	return status;
}

const CaromParser carom_parser_google = {
	.name = "google",
	.reference = "Gmail, Google Workspace, Google Groups",
	.probe = google_probe,
	.parse = google_parse,
};
