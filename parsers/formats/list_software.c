/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_software - refusals by mailing list managers
 *
 * fml (4 and 8) answers what it won't distribute by itself, from the list's
 * -admin address: "You a@b are not member", "NOT MEMBER article from a@b",
 * "reject mail from", "Ignored mail", "Loop Alert", "Security alert". The one
 * that this happened to is the list's own address.
 *
 * What Majordomo sends to the list's owner ("BOUNCE list@b: Non-member
 * submission") and what ezmlm sends to a subscriber whose mail bounced
 * ("Messages to you from the list seem to have been bouncing") tells nothing of
 * our mail to anybody: no report, and left alone.
 */
#include "config.h"

#include "mail/mail_system.h"
#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

/* The refusals among fml's many answers; guides, summaries and welcomes are none. */
static const char *const refusals[] = {
	"are not member",   "NOT MEMBER",        "reject mail",
	"rejected mail",    "Ignored mail",      "Spam mail from a spammer is blocked",
	"Loop Alert",       "Loop Back Warning", "Security alert",
	"Closed Mail List",
};

static gboolean
is_refusal(const char *subject)
{
	for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++)
		if (carom_text_find(subject, strlen(subject), refusals[i]) != NULL)
			return TRUE;
	return FALSE;
}

static int
list_software_probe(const CaromMail *mail)
{
	const char *server = carom_mail_header(mail, "X-MLServer");

	return server != NULL && carom_text_has_prefix(server, "fml") &&
			       is_refusal(carom_mail_subject(mail))
		       ? 82
		       : 0;
}

/* Addresses of the list's machinery: nobody's mail goes there. */
static gboolean
is_machinery(const char *address)
{
	static const char *const ends[] = { "-admin", "-ctl", "-request", "-subscribe", "-owner" };
	const char *at = strchr(address, '@');

	for (gsize i = 0; at != NULL && i < G_N_ELEMENTS(ends); i++) {
		gsize n = strlen(ends[i]);

		if ((gsize) (at - address) > n && g_ascii_strncasecmp(at - n, ends[i], n) == 0)
			return TRUE;
	}
	return carom_mail_system_is_role(address);
}

/* "<list@b.example>" in the text; else the sender, list-admin@b.example, without its "-admin". */
static char *
list_address(const CaromMail *mail, const char *text, gsize len)
{
	const char *end = text + MIN(len, 2000), *next, *from = carom_mail_from(mail), *at;
	g_autofree char *to = carom_address_parse(carom_mail_header(mail, "To"), -1);

	for (const char *p = text; (p = memchr(p, '<', (gsize) (end - p))) != NULL; p = next) {
		const char *close = memchr(p, '>', (gsize) (end - p));
		g_autofree char *address = close ? carom_address_parse(p + 1, close - p - 1) : NULL;

		next = p + 1;
		if (address != NULL && !is_machinery(address) &&
		    (to == NULL || g_ascii_strcasecmp(address, to) != 0))
			return g_steal_pointer(&address);
	}
	at = strchr(from, '@');
	if (at != NULL && at - from > 6 && g_ascii_strncasecmp(at - 6, "-admin", 6) == 0)
		return g_strdup_printf("%.*s%s", (int) (at - 6 - from), from, at);
	return NULL;
}

static CaromStatus
list_software_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len), *cursor = text, *end;
	g_autofree char *address = NULL;
	CaromOutcome *outcome;
	CaromLine line;

	len = carom_excerpt_copy(text, len, NULL);
	end = text + len;
	address = list_address(mail, text, len);
	if (address == NULL)
		return carom_status_fail(err, CAROM_MALFORMED, "list_software: no list address");
	outcome = carom_report_add(out, address, CAROM_ACTION_FAILED);
	/* the first line that says anything is the reason */
	while (carom_excerpt_line(&cursor, end, &line))
		if (line.eol - line.p > 10) {
			carom_report_outcome_set_diagnostic(out, outcome, line.p,
							    line.eol - line.p);
			break;
		}
	if (outcome->diagnostic == NULL)
		carom_report_outcome_set_diagnostic(out, outcome, carom_mail_subject(mail), -1);
	carom_excerpt_returned(mail, out, carom_mail_text(mail, NULL), len);
	out->kind = CAROM_KIND_BOUNCE;
	return CAROM_OK;
}

const CaromParser carom_parser_list_software = {
	.name = "fml",
	.reference = "fml 4 and 8, mailing list manager",
	.probe = list_software_probe,
	.parse = list_software_parse,
};
