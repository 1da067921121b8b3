/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dma - the DragonFly Mail Agent
 *
 * One plain text for each recipient, from the null name "MAILER-DAEMON <>":
 *
 *	This is the DragonFly Mail Agent v0.13 at a.example.
 *
 *	There was an error delivering your mail to <user@b.example>.
 *
 *	mx.b.example [192.0.2.1] did not like our RCPT TO:
 *	550 5.1.1 unknown
 *
 *	Message headers follow.
 *
 * "v0.13 on a.example" in some builds; the copy is whole ("Original message
 * follows.") if FULLBOUNCE is set. A reply may have empty lines in it.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

#define OPENING "This is the DragonFly Mail Agent"
#define NAMING "There was an error delivering your mail to "

static int
dma_probe(const CaromMail *mail)
{
	gsize len;
	const char *text;

	text = carom_mail_text(mail, &len);
	return carom_text_has_prefix(text + strspn(text, " \t\n"), OPENING) &&
			       carom_text_find(text, MIN(len, 1000), NAMING) != NULL
		       ? 85
		       : 0;
}

static const char *
reporter_of(CaromReport *out, const char *text)
{
	const char *eol = text + strcspn(text, "\n"),
		   *p = carom_text_find(text, (gsize) (eol - text), " at ");
	gsize n;

	if (p == NULL && (p = carom_text_find(text, (gsize) (eol - text), " on ")) == NULL)
		return NULL;
	p += 4;
	n = strcspn(p, " \n");
	while (n > 0 && p[n - 1] == '.')
		n--;
	return carom_report_keep(out, p, (gssize) n, 255);
}

static CaromStatus
dma_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len),
		   *start = carom_text_find(text, len, OPENING);
	const char *named = carom_text_find(text, len, NAMING), *stop, *eol;
	g_autofree char *address = NULL;
	CaromOutcome *outcome;

	named = named ? named + strlen(NAMING) : NULL;
	eol = named ? named + strcspn(named, "\n") : NULL;
	address = named ? carom_address_find(named, (gsize) (eol - named), &stop) : NULL;
	if (address == NULL)
		return carom_status_fail(err, CAROM_MALFORMED, "dma: no recipient");
	outcome = carom_report_add(out, address, CAROM_ACTION_FAILED);
	stop = text + carom_excerpt_copy(text, len, NULL);
	if (stop > eol)
		carom_excerpt_explain(out, outcome, eol, (gsize) (stop - eol));
	out->reporter = start ? reporter_of(out, start) : NULL;
	carom_excerpt_returned(mail, out, text, len);
	out->kind = CAROM_KIND_BOUNCE;
	return CAROM_OK;
}

const CaromParser carom_parser_dma = {
	.name = "dma",
	.reference = "dma(8), mail.c, bounce()",
	.probe = dma_probe,
	.parse = dma_parse,
};
