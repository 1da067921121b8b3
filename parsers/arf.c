/*
 * arf - abuse and authentication failure reports
 *
 * RFC 5965 (abuse, fraud, virus, other, not-spam), RFC 6591 (auth-failure) and
 * RFC 6430. Field names come in any case and order (Source-Ip, Received-Date),
 * version "0.1" is as good as "1", and the returned message may be whole,
 * headers only, or missing.
 */
#include "config.h"

#include "address.h"
#include "parser.h"
#include "text.h"

#include <string.h>

static int
arf_probe(const CaromMail *mail)
{
	return carom_mail_find(mail, "message/feedback-report") != NULL ? 95 : 0;
}

/* Fields that name the address complained about; hashed and redacted values stay what they are. */
static gboolean
names_recipient(const char *name)
{
	static const char *const names[] = { "Original-Rcpt-To", "Removal-Recipient", "Original-Recipient", "X-HmXmrOriginalRecipient" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_ascii_strcasecmp(name, names[i]) == 0)
			return TRUE;
	return FALSE;
}

static const char *
keep_ip(CaromReport *out, const char *value)
{
	value += strspn(value, " \t[");
	return carom_report_keep(out, value, (gssize) strcspn(value, " \t](;"), 64);
}

static void
read_field(CaromReport *out, const char *name, const char *value)
{
	CaromFeedback *f = &out->feedback;

	if (g_ascii_strcasecmp(name, "Feedback-Type") == 0) {
		g_autofree char *lower = g_ascii_strdown(value, -1);

		lower[strcspn(lower, " \t;(")] = '\0';
		f->type = carom_report_keep(out, lower, -1, 40);
	} else if (g_ascii_strcasecmp(name, "User-Agent") == 0) {
		f->user_agent = carom_report_keep(out, value, -1, CAROM_MAX_TEXT);
	} else if (g_ascii_strcasecmp(name, "Source-IP") == 0) {
		f->source_ip = keep_ip(out, value);
	} else if (g_ascii_strcasecmp(name, "Arrival-Date") == 0 || g_ascii_strcasecmp(name, "Received-Date") == 0) {
		g_autofree char *date = carom_header_date(value);

		f->arrived = carom_report_keep(out, date, -1, 40);
	} else if (g_ascii_strcasecmp(name, "Incidents") == 0) {
		guint64 n = g_ascii_strtoull(value, NULL, 10);

		f->incidents = n > 0 && n <= 1000000 ? (guint) n : 0;
	} else if (g_ascii_strcasecmp(name, "Original-Mail-From") == 0) {
		g_autofree char *address = carom_address_parse_typed(value);

		f->mail_from = carom_report_keep_address(out, address);
	} else if (g_ascii_strcasecmp(name, "Reported-Domain") == 0) {
		g_autofree char *lower = g_ascii_strdown(value, -1);

		if (f->reported_domains->len < 50 && *lower)
			g_ptr_array_add(f->reported_domains, (gpointer) carom_report_keep(out, lower, -1, 255));
	} else if (g_ascii_strcasecmp(name, "Reporting-MTA") == 0) {
		const char *semi = strchr(value, ';');

		out->reporter = carom_report_keep(out, semi ? semi + 1 : value, -1, 255);
	} else if (names_recipient(name)) {
		g_autofree char *address = carom_address_parse_typed(value);
		CaromOutcome *outcome = address ? carom_report_add(out, address, CAROM_ACTION_COMPLAINED) : NULL;

		if (outcome != NULL)
			outcome->original_recipient = outcome->recipient;
	} else {
		return;
	}
	f->said = TRUE;
}

/* Recipient fields that receivers put into the copy's header, best first; To is the last resort. */
static void
recipients_of_copy(CaromReport *out, const CaromFields *fields)
{
	static const char *const names[] = { "X-HmXmrOriginalRecipient", "X-Apparently-To", "X-Original-To", "Delivered-To", "To" };

	for (gsize i = 0; i < G_N_ELEMENTS(names) && out->outcomes->len == 0; i++) {
		const char *value = carom_fields_get(fields, names[i]);

		for (const char *end = value ? value + strlen(value) : NULL; value != NULL && value < end;) {
			g_autofree char *address = carom_address_find(value, (gsize) (end - value), &value);

			if (address != NULL)
				carom_report_add(out, address, CAROM_ACTION_COMPLAINED);
		}
	}
}

static CaromStatus
arf_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	const CaromPart *part = carom_mail_find(mail, "message/feedback-report");
	const CaromFields *copy = carom_mail_returned(mail);
	gsize len;
	const char *cursor = carom_part_text(mail, part, &len);

	for (const char *end = cursor + len;;) {
		g_autoptr(CaromFields) block = carom_fields_read(&cursor, end);
		const CaromField *fields;
		gsize n;

		if (block == NULL)
			break;
		fields = carom_fields_all(block, &n);
		for (gsize i = 0; i < n; i++)
			read_field(out, fields[i].name, fields[i].value);
	}
	if (!out->feedback.said && copy == NULL)
		return carom_fail(err, CAROM_MALFORMED, "arf: neither fields nor a returned message");
	if (out->feedback.type == NULL)
		out->feedback.type = "abuse"; /* RFC 5965 requires it; a report without one is a complaint all the same */
	out->feedback.said = TRUE;
	carom_report_set_returned(out, copy);
	if (copy != NULL)
		recipients_of_copy(out, copy);
	out->kind = strcmp(out->feedback.type, "auth-failure") == 0 ? CAROM_KIND_AUTH_REPORT : CAROM_KIND_COMPLAINT;
	return CAROM_OK;
}

const CaromParser carom_parser_arf = {
	.name = "rfc5965",
	.reference = "RFC 5965, RFC 6591",
	.probe = arf_probe,
	.parse = arf_parse,
};
