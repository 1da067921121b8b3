/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xarf - incident reports whose facts are a JSON document
 *
 * X-ARF 3 and XARF 4 send a mail of three parts: a text for people, a feedback
 * part that says little more than "Feedback-Type: xarf", and the report as
 * JSON. Version 4 names its members in lower case on one level, version 3 puts
 * them into "Report". Both tell of attacks of any kind; what is read here is
 * mail that somebody did not want. Whom it went to, and by which host, is
 * kept as it stands there.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/complaint_fields.h"
#include "parsers/parser.h"
#include "base/text.h"

#include <jansson.h>
#include <string.h>

/* Bytes of a sample that are decoded: the header is what is wanted of it. */
#define MAX_SAMPLE (64 * 1024)

/* The outer part that holds the JSON, by its type. */
static const CaromPart *
json_part(const CaromMail *mail)
{
	for (guint i = 0; i < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i);

		if (part->message == -1 && (g_str_has_suffix(part->type, "/json") ||
					    g_str_has_suffix(part->type, "+json")))
			return part;
	}
	return NULL;
}

static int
xarf_probe(const CaromMail *mail)
{
	const CaromPart *part = json_part(mail);
	const char *text;
	gsize len;

	if (part == NULL)
		return 0;
	text = carom_mail_part_text(mail, part, &len);
	/* surer than arf.c, which sees the feedback part */
	return carom_text_find(text, len, "\"xarf_version\"") != NULL ||
			       (carom_text_find(text, len, "\"ReporterInfo\"") != NULL &&
				carom_text_find(text, len, "\"Report\"") != NULL)
		       ? 97
		       : 0;
}

static const char *
string_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name)); /* NULL object is fine */
}

/* The names of one fact in version 4 and in version 3. */
static const char *
fact(const json_t *report, const char *now, const char *before)
{
	const char *value = string_of(report, now);

	return value ? value : string_of(report, before);
}

static gboolean
is_about_mail(const json_t *report)
{
	const char *category = string_of(report, "category"),
		   *type = fact(report, "type", "ReportType");

	if (category != NULL)
		return strcmp(category, "messaging") == 0;
	return type != NULL && g_ascii_strcasecmp(type, "spam") == 0;
}

/* RFC 3339, in UTC as everywhere else. */
static void
take_date(CaromReport *out, const char *value)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) date = value ? g_date_time_new_from_iso8601(value, utc) : NULL;
	g_autoptr(GDateTime) in_utc = date ? g_date_time_to_utc(date) : NULL;
	g_autofree char *text = in_utc ? g_date_time_format(in_utc, "%Y-%m-%dT%H:%M:%SZ") : NULL;

	out->feedback.arrived = carom_report_keep(out, text, -1, 40);
}

/* One recipient, or a list of them. */
static void
take_recipients(CaromReport *out, const json_t *value)
{
	const json_t *one;
	size_t i;

	if (json_is_string(value))
		carom_complaint_fields_get(out, "Original-Rcpt-To", json_string_value(value));
	json_array_foreach(value, i, one) if (json_is_string(one))
		carom_complaint_fields_get(out, "Original-Rcpt-To", json_string_value(one));
}

static void
take_facts(CaromReport *out, const json_t *root, const json_t *report)
{
	const json_t *reporter = json_object_get(root, "reporter"),
		     *info = json_object_get(root, "ReporterInfo"),
		     *rcpt = json_object_get(report, "smtp_to");
	const char *ip = fact(report, "source_identifier", "SourceIp"),
		   *from = fact(report, "smtp_from", "SmtpMailFromAddress"),
		   *domain = reporter ? string_of(reporter, "domain")
				      : string_of(info, "ReporterOrgDomain");

	if (ip != NULL)
		carom_complaint_fields_get(out, "Source-IP", ip);
	if (from != NULL)
		carom_complaint_fields_get(out, "Original-Mail-From", from);
	take_recipients(out, rcpt ? rcpt : json_object_get(report, "SmtpRcptToAddress"));
	take_date(out, fact(report, "timestamp", "Date"));
	out->reporter = carom_report_keep(out, domain, -1, 255);
}

/* The feedback part beside it has the User-Agent. Its type, "xarf", is none. */
static void
take_user_agent(const CaromMail *mail, CaromReport *out)
{
	const CaromPart *part = carom_mail_find(mail, "message/feedback-report");
	gsize len = 0;
	const char *cursor = part ? carom_mail_part_text(mail, part, &len) : "",
		   *end = cursor + len;
	g_autoptr(CaromFields) fields = carom_fields_read(&cursor, end);
	const char *value = fields ? carom_fields_get(fields, "User-Agent") : NULL;

	if (value != NULL)
		carom_complaint_fields_get(out, "User-Agent", value);
}

/* The header of the message among "evidence" (or "Samples"), in base64 or as it is. */
static CaromFields *
sample_fields(const json_t *samples)
{
	const json_t *sample;
	size_t i;

	json_array_foreach(samples, i, sample)
	{
		const char *type = fact(sample, "content_type", "ContentType"),
			   *payload = fact(sample, "payload", "Payload");
		const json_t *flag = json_object_get(sample, "Base64Encoded");
		const char *cursor, *end;
		g_autofree char *start = NULL, *bytes = NULL;
		gsize n;

		if (type == NULL || payload == NULL ||
		    (!carom_text_has_prefix(type, "message/") &&
		     !carom_text_has_prefix(type, "text/rfc822-headers")))
			continue;
		start = g_strndup(payload, MIN(strlen(payload), MAX_SAMPLE / 3 * 4));
		if (json_is_false(flag)) {
			cursor = start;
			end = start + strlen(start);
		} else {
			bytes = (char *) g_base64_decode(start, &n);
			cursor = bytes;
			end = bytes + n;
		}
		return carom_fields_read(&cursor, end);
	}
	return NULL;
}

/* What the report itself tells of a message that it does not show. */
static CaromFields *
told_fields(const json_t *report)
{
	static const struct {
		const char *now, *before, *field;
	} facts[] = { { "message_id", "SmtpMessageId", "Message-ID" },
		      { "subject", "SmtpMessageSubject", "Subject" } };
	CaromFields *fields = carom_fields_new();

	for (gsize i = 0; i < G_N_ELEMENTS(facts); i++) {
		const char *value = fact(report, facts[i].now, facts[i].before);

		if (value != NULL)
			carom_fields_add(fields, facts[i].field, strlen(facts[i].field), value,
					 strlen(value));
	}
	return fields;
}

static CaromStatus
xarf_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	const CaromFields *copy = carom_mail_returned(mail);
	const json_t *report, *samples;
	json_t *root;
	const char *text;
	gsize len;

	text = carom_mail_part_text(mail, json_part(mail), &len);
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	report = json_object_get(root, "Report");
	if (!json_is_object(report))
		report = root;
	if (!json_is_object(root) || !is_about_mail(report)) {
		json_decref(root);
		return carom_status_fail(err, CAROM_MALFORMED, "xarf: no report about mail");
	}
	take_facts(out, root, report);
	take_user_agent(mail, out);
	if (copy == NULL) {
		samples = json_object_get(report, "evidence");
		carom_report_take_returned(
			out, sample_fields(samples ? samples : json_object_get(report, "Samples")));
		if (out->returned_fields == NULL)
			carom_report_take_returned(out, told_fields(report));
		copy = out->returned_fields;
	}
	json_decref(root);
	carom_complaint_fields_finish(out, copy);
	return CAROM_OK;
}

const CaromParser carom_parser_xarf = {
	.name = "xarf",
	.reference = "XARF 4, X-ARF 3: reports about spam",
	.probe = xarf_probe,
	.parse = xarf_parse,
};
