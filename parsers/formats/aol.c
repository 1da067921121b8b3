/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aol - AOL's own mail system, 1997 to 2017
 *
 * "Mail Delivery Problem": members are named by screen name alone, below a
 * sentence that says why. Names with a domain are members elsewhere.
 */
#include "config.h"

#include "mail/mail_system.h"
#include "mail/address.h"
#include "base/text.h"
#include "parsers/reading/text_table.h"

#include <string.h>

static const char *const says[CAROM_TEXT_MARKS] = { "Your mail to the following recipient",
						    "Your mail to the following screen name" };

/* aol.com, or the domain of AOL's that the report comes from: netscape.net, cs.com, aim.com. */
static const char *
domain_of(const CaromMail *mail)
{
	const char *domain = carom_address_domain(carom_mail_from(mail));

	if (domain == NULL)
		return NULL;
	for (const char *const *d = (const char *const[]){ "aol.com", "netscape.net", "cs.com",
							   "aim.com", "wmconnect.com", NULL };
	     *d != NULL; d++)
		if (g_ascii_strcasecmp(domain, *d) == 0)
			return *d;
	return NULL;
}

static int
aol_probe(const CaromMail *mail)
{
	const char *text;
	gsize len;

	if (domain_of(mail) == NULL || !carom_mail_system_is_role(carom_mail_from(mail)))
		return 0;
	text = carom_mail_text(mail, &len);
	return carom_text_table_find_mark(text, MIN(len, 500), says, NULL) != NULL ? 82 : 0;
}

/* The screen name or address on a line, without blanks; NULL if it is neither. */
static char *
member(const char *p, const char *eol, const char *domain)
{
	g_autofree char *name = NULL;

	while (p < eol && g_ascii_isspace(*p))
		p++;
	while (eol > p && g_ascii_isspace(eol[-1]))
		eol--;
	if (p == eol || eol - p > CAROM_ADDRESS_MAX || memchr(p, ' ', (gsize) (eol - p)) != NULL)
		return NULL;
	if (memchr(p, '@', (gsize) (eol - p)) != NULL)
		return carom_address_parse(p, eol - p);
	name = g_strdup_printf("%.*s@%s", (int) (eol - p), p, domain);
	return carom_address_parse(name, -1);
}

/* The first colon that ends a line, whatever blanks a relay put behind it. */
static const char *
end_of_sentence(const char *p, const char *end)
{
	while ((p = memchr(p, ':', (gsize) (end - p))) != NULL) {
		if (p[1 + strspn(p + 1, " \t")] == '\n')
			return p;
		p++;
	}
	return NULL;
}

static CaromStatus
aol_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len), *end = text + len,
		   *domain = domain_of(mail);
	const char *said = carom_text_table_find_mark(text, len, says, NULL), *colon;

	/* the sentence may run over lines and name the sender; the list stands below its colon */
	colon = said ? end_of_sentence(said, end) : NULL;
	if (colon == NULL)
		return carom_status_fail(err, CAROM_MALFORMED, "aol: no list of recipients");
	for (const char *p = colon + strcspn(colon, "\n") + 1; p < end;) {
		const char *nl = memchr(p, '\n', (gsize) (end - p)), *eol = nl ? nl : end;
		g_autofree char *address = member(p, eol, domain);
		CaromOutcome *outcome;

		if (address == NULL && out->outcomes->len > 0)
			break;
		outcome = address ? carom_report_add(out, address, CAROM_ACTION_FAILED) : NULL;
		if (outcome != NULL)
			carom_report_outcome_set_diagnostic(out, outcome, said, colon - said);
		p = eol + 1;
	}
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "aol: no recipient below the sentence");
	carom_text_table_set_returned(mail, out);
	out->kind = CAROM_KIND_BOUNCE;
	return CAROM_OK;
}

const CaromParser carom_parser_aol = {
	.name = "aol",
	.reference = "AOL Mail Delivery Subsystem, \"Mail Delivery Problem\"",
	.probe = aol_probe,
	.parse = aol_parse,
};
