/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aggregate_report - statistics of others about our domains, by mail
 *
 * DMARC aggregate reports (RFC 7489 section 7.2.1.1: a zipped XML file whose
 * name is "receiver!domain!begin!end", and a Subject of fixed form) and TLS
 * reports (RFC 8460 section 5.3). They name no recipient and no message of
 * ours, and other programs read their files: here they are told from mail that
 * nobody understands, and counted.
 */
#include "config.h"

#include "parsers/parser.h"
#include "base/text.h"

#include <string.h>

/* The value of the parameter in a field such as Content-Disposition; *n its length. NULL if it is
 * not there. Borrowed. */
static const char *
parameter(const char *field, const char *name, gsize *n)
{
	const char *p = field ? carom_text_find(field, strlen(field), name) : NULL;

	if (p == NULL)
		return NULL;
	p += strlen(name);
	p += *p == '"';
	*n = strcspn(p, "\";\r\n");
	return p;
}

/* "receiver!domain!begin!end[!id].xml.gz" of the part; NULL if its file has another name. */
static const char *
dmarc_file(const CaromMail *mail, const CaromPart *part, gsize *n)
{
	static const struct {
		const char *field, *parameter;
	} places[] = { { "Content-Disposition", "filename=" }, { "Content-Type", "name=" } };

	for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
		const char *name = parameter(carom_mail_part_header(mail, part, places[i].field),
					     places[i].parameter, n);
		guint marks = 0;

		for (gsize k = 0; name != NULL && k < *n; k++)
			marks += name[k] == '!';
		if (marks >= 3)
			return name;
	}
	return NULL;
}

/* A file that XML may come in, zipped or not. */
static gboolean
may_hold_xml(const CaromPart *part)
{
	static const char *const types[] = { "application/gzip",
					     "application/x-gzip",
					     "application/zip",
					     "application/x-zip",
					     "application/x-zip-compressed",
					     "application/octet-stream",
					     "application/xml",
					     "text/xml" };

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(part->type, types[i]) == 0)
			return TRUE;
	return FALSE;
}

/* The part with the file of a DMARC aggregate report, or NULL. */
static const CaromPart *
dmarc_part(const CaromMail *mail)
{
	const char *subject = carom_mail_subject(mail);
	gboolean says = carom_text_find(subject, strlen(subject), "Report Domain:") != NULL &&
			carom_text_find(subject, strlen(subject), "Submitter:") != NULL;
	gsize n;

	for (guint i = 0; i < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i);

		if (part->message == -1 && may_hold_xml(part) &&
		    (says || dmarc_file(mail, part, &n) != NULL))
			return part;
	}
	return NULL;
}

static gboolean
is_tls_report(const CaromMail *mail)
{
	const char *type = carom_mail_type_param(mail, "report-type");

	return (type != NULL && g_ascii_strcasecmp(type, "tlsrpt") == 0) ||
	       carom_mail_find(mail, "application/tlsrpt+gzip") != NULL ||
	       carom_mail_find(mail, "application/tlsrpt+json") != NULL;
}

static int
aggregate_report_probe(const CaromMail *mail)
{
	return is_tls_report(mail) || dmarc_part(mail) != NULL ? 93 : 0;
}

/* Who made it: the Subject's "Submitter: receiver.example", or the file's name. */
static void
read_submitter(const CaromMail *mail, const CaromPart *part, CaromReport *out)
{
	static const char label[] = "Submitter:";
	const char *subject = carom_mail_subject(mail),
		   *hit = carom_text_find(subject, strlen(subject), label);
	gsize n = 0;

	if (hit != NULL) {
		hit += strlen(label);
		hit += strspn(hit, " <");
		n = strcspn(hit, " >,;");
	} else if ((hit = dmarc_file(mail, part, &n)) != NULL) {
		n = strcspn(hit, "!");
	}
	out->reporter = carom_report_keep(out, hit, (gssize) n, 255);
}

static CaromStatus
aggregate_report_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	(void) err;
	if (is_tls_report(mail)) {
		out->format = "rfc8460";
		out->reporter = carom_report_keep(
			out, carom_mail_header(mail, "TLS-Report-Submitter"), -1, 255);
	} else {
		out->format = "rfc7489";
		read_submitter(mail, dmarc_part(mail), out);
	}
	out->kind = CAROM_KIND_AUTH_REPORT;
	out->never_kept = TRUE;
	return CAROM_OK;
}

const CaromParser carom_parser_aggregate_report = {
	.name = "aggregate_report",
	.reference = "RFC 7489 section 7.2.1.1, RFC 8460 section 5.3",
	.probe = aggregate_report_probe,
	.parse = aggregate_report_parse,
};
