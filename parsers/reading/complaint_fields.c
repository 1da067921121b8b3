/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/reading/complaint_fields.h"
#include "mail/address.h"
#include "mail/date.h"
#include "base/text.h"

#include <string.h>

/* The first address of a host among what else stands there: "dns; mx [192.0.2.1]",
 * "[IPv6:2001:db8::1]", "192.0.2.1:25", "unknown". */
static const char *
keep_ip(CaromReport *out, const char *value)
{
	static const char between[] = " \t[](),;<>\"";

	for (const char *p = value + strspn(value, between); *p; p += strspn(p, between)) {
		gsize n = strcspn(p, between), digits = strspn(p, "0123456789.");
		g_autofree char *word = NULL;

		if (carom_text_has_prefix(p, "ipv6:")) {
			p += strlen("ipv6:");
			n -= strlen("ipv6:");
		} else if (digits > 6 && p[digits] == ':') {
			word = g_strndup(p, digits); /* a port follows */
		}
		if (word == NULL)
			word = g_strndup(p, n);
		if (g_hostname_is_ip_address(word))
			return carom_report_keep(out, word, -1, 64);
		p += n;
	}
	return NULL;
}

static const char *
keep_date(CaromReport *out, const char *value)
{
	g_autofree char *date = carom_date_read(value);

	return carom_report_keep(out, date, -1, 40);
}

static void
take_type(CaromReport *out, const char *value)
{
	g_autofree char *lower = g_ascii_strdown(value, -1);

	g_strstrip(lower);
	lower[strcspn(lower, " \t;(,")] = '\0';
	out->feedback.type = carom_report_keep(out, lower, -1, 40);
}

static void
take_incidents(CaromReport *out, const char *value)
{
	guint64 n = g_ascii_strtoull(value, NULL, 10);

	out->feedback.incidents = n > 0 && n <= 1000000 ? (guint) n : 0;
}

static void
take_mail_from(CaromReport *out, const char *value)
{
	g_autofree char *address = carom_address_parse_typed(value);

	out->feedback.mail_from = carom_report_keep_address(out, address);
}

/* "example.net" or "dns; Example.NET (comment)" */
static void
take_domain(CaromReport *out, const char *value)
{
	GPtrArray *domains = out->feedback.reported_domains;
	const char *semi = strchr(value, ';');
	g_autofree char *lower = NULL;
	const char *kept;

	value = semi && semi - value < 10 ? semi + 1 : value;
	value += strspn(value, " \t<");
	lower = g_ascii_strdown(value, (gssize) strcspn(value, " \t;(>"));
	kept = carom_report_keep(out, lower, -1, 255);
	if (kept == NULL || domains->len >= 50)
		return;
	for (guint i = 0; i < domains->len; i++)
		if (strcmp(domains->pdata[i], kept) == 0)
			return;
	g_ptr_array_add(domains, (gpointer) kept);
}

static void
take_reporter(CaromReport *out, const char *value)
{
	const char *semi = strchr(value, ';');

	value = semi ? semi + 1 : value;
	value += strspn(value, " \t");
	out->reporter = carom_report_keep(out, value, (gssize) strcspn(value, " \t("), 255);
}

static void
add_recipient(CaromReport *out, const char *address)
{
	CaromOutcome *outcome =
		address ? carom_report_add(out, address, CAROM_ACTION_COMPLAINED) : NULL;

	if (outcome != NULL)
		outcome->original_recipient = outcome->recipient;
}

/*
 * One address or several in one field. What stands there is kept as it is, a
 * hash at the reporter's domain too: it tells one complainer from another, and
 * what it stands for only our own token can say.
 */
static void
take_recipients(CaromReport *out, const char *value)
{
	const char *end = value + strlen(value);
	guint n = 0;

	if (strchr(value, ',') == NULL) {
		g_autofree char *address = carom_address_parse_typed(value);

		if (address != NULL) {
			add_recipient(out, address);
			return;
		}
	}
	/* a list, or an address in quotes or among words */
	while (value < end && n++ <= CAROM_MAX_OUTCOMES) {
		g_autofree char *address = carom_address_find(value, (gsize) (end - value), &value);

		add_recipient(out, address);
	}
}

static void
take_user_agent(CaromReport *out, const char *value)
{
	out->feedback.user_agent = carom_report_keep(out, value, -1, CAROM_MAX_TEXT);
}

static void
take_source_ip(CaromReport *out, const char *value)
{
	out->feedback.source_ip = keep_ip(out, value);
}

static void
take_arrived(CaromReport *out, const char *value)
{
	const char *date = keep_date(out, value);

	if (date != NULL)
		out->feedback.arrived = date;
}

/* Validity's own word for the type, in reports that forget Feedback-Type: "complaint". */
static void
take_abuse_type(CaromReport *out, const char *value)
{
	if (out->feedback.type == NULL && carom_text_has_prefix(value, "complaint"))
		out->feedback.type = "abuse";
}

/* RFC 6591 3.1: only a failure report has it, so it tells the type where that is missing. */
static void
take_auth_failure(CaromReport *out, const char *value)
{
	(void) value;
	if (out->feedback.type == NULL)
		out->feedback.type = "auth-failure";
}

static void
take_nothing(CaromReport *out, const char *value)
{
	(void) out;
	(void) value;
}

/* RFC 5965 3.1 to 3.3, RFC 6591 3.2, and the private fields that identify a recipient. */
static const struct {
	const char *name;
	void (*take)(CaromReport *out, const char *value);
} known[] = {
	{ "Feedback-Type", take_type },
	{ "User-Agent", take_user_agent },
	{ "Version", take_nothing }, /* 1, 1.0 and Yahoo's 0.1 say the same */
	{ "Source-IP", take_source_ip },
	{ "Arrival-Date", take_arrived },
	{ "Received-Date", take_arrived }, /* the name of the drafts before RFC 5965 */
	{ "Incidents", take_incidents },
	{ "Original-Mail-From", take_mail_from },
	{ "Original-Rcpt-To", take_recipients },
	{ "Removal-Recipient", take_recipients },
	{ "Original-Recipient", take_recipients },
	{ "X-HmXmrOriginalRecipient", take_recipients },
	{ "Reported-Domain", take_domain },
	{ "Reporting-MTA", take_reporter },
	{ "Abuse-Type", take_abuse_type },
	{ "Auth-Failure", take_auth_failure },
};

gboolean
carom_complaint_fields_get(CaromReport *out, const char *name, const char *value)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (g_ascii_strcasecmp(known[i].name, name) == 0) {
			if (*value != '\0')
				known[i].take(out, value);
			out->feedback.said = TRUE;
			return TRUE;
		}
	return FALSE;
}

gboolean
carom_complaint_fields_text(CaromReport *out, const char *text, gsize len)
{
	const char *cursor = text, *end = text + len;
	gboolean found = FALSE;

	for (;;) {
		g_autoptr(CaromFields) block = carom_fields_read(&cursor, end);
		const CaromField *fields;
		gsize n;

		if (block == NULL)
			return found;
		fields = carom_fields_all(block, &n);
		for (gsize i = 0; i < n; i++)
			found |= carom_complaint_fields_get(out, fields[i].name, fields[i].value);
	}
}

/* The one address in a field, or NULL where it holds several: nobody knows then which of them
 * complained. */
static char *
only_address(const char *value)
{
	const char *next, *end = value ? value + strlen(value) : NULL;
	g_autofree char *first =
		value ? carom_address_find(value, (gsize) (end - value), &next) : NULL;
	g_autofree char *second =
		first ? carom_address_find(next, (gsize) (end - next), NULL) : NULL;

	if (second != NULL && g_ascii_strcasecmp(first, second) != 0)
		return NULL;
	return g_steal_pointer(&first);
}

/*
 * TRUE if the copy names the address as its sender's own, or as the list's:
 * newsletters put one of these into To. Whom they mailed stands elsewhere.
 */
static gboolean
is_senders_own(const CaromFields *copy, const char *address)
{
	static const char *const names[] = { "From",      "Sender",      "Reply-To",
					     "List-Post", "Return-Path", "X-BeenThere",
					     "Errors-To", "Mailing-List" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *p = carom_fields_get(copy, names[i]), *end = p ? p + strlen(p) : NULL;

		for (guint n = 0; p != NULL && p < end && n < 10; n++) {
			g_autofree char *own = carom_address_find(p, (gsize) (end - p), &p);

			if (own != NULL && g_ascii_strcasecmp(own, address) == 0)
				return TRUE;
		}
	}
	return FALSE;
}

/*
 * The recipient by the copy's header. To is whom the sender mailed; the fields
 * of the last hop say where that was forwarded to, and serve where To names a
 * list or nobody. An authentication failure concerns the address mailed only.
 */
static void
recipient_of_copy(CaromReport *out, const CaromFields *copy, gboolean complaint)
{
	static const char *const names[] = { "X-HmXmrOriginalRecipient",
					     "X-Apparently-To",
					     "To",
					     "X-Original-To",
					     "Delivered-To",
					     "Envelope-To",
					     "X-Envelope-To" };

	for (gsize i = 0; i < G_N_ELEMENTS(names) && out->outcomes->len == 0; i++) {
		g_autofree char *address = NULL;

		if (!complaint && strcmp(names[i], "To") != 0)
			continue;
		address = only_address(carom_fields_get(copy, names[i]));
		if (address != NULL && !is_senders_own(copy, address))
			carom_report_add(out, address, CAROM_ACTION_COMPLAINED);
	}
}

void
carom_complaint_fields_finish(CaromReport *out, const CaromFields *copy)
{
	gboolean complaint;

	if (out->feedback.type == NULL)
		out->feedback.type = "abuse"; /* RFC 5965 requires it; a report without one is a
						 complaint all the same */
	out->feedback.said = TRUE;
	complaint = strcmp(out->feedback.type, "auth-failure") != 0;
	carom_report_set_returned(out, copy);
	if (copy != NULL)
		recipient_of_copy(out, copy, complaint);
	/* nobody complained of anything: who reads the events must not find that word */
	for (guint i = 0; !complaint && i < out->outcomes->len; i++)
		((CaromOutcome *) out->outcomes->pdata[i])->action = CAROM_ACTION_NONE;
	out->kind = complaint ? CAROM_KIND_COMPLAINT : CAROM_KIND_AUTH_REPORT;
}
