/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report/report_json.h"

/*
 * Written straight into the line. A JSON library would make an object of each
 * member first, and cost as much as all the reading before it.
 */

/* The member's name, behind whatever stands before it in the same object. */
static void
name_member(GString *out, const char *name)
{
	char before = out->str[out->len - 1];

	if (before != '{' && before != '[')
		g_string_append_c(out, ',');
	g_string_append_c(out, '"');
	g_string_append(out, name);
	g_string_append_len(out, "\":", 2);
}

/* RFC 8259 section 7. Texts in reports have no controls; should one ever have, it is escaped as
 * well. */
static void
write_string(GString *out, const char *value)
{
	const char *start = value, *p = value;

	g_string_append_c(out, '"');
	for (; *p; p++)
		if (*p == '"' || *p == '\\' || (guchar) *p < ' ') {
			g_string_append_len(out, start, p - start);
			if ((guchar) *p < ' ')
				g_string_append_printf(out, "\\u%04x", (guchar) *p);
			else
				g_string_append_printf(out, "\\%c", *p);
			start = p + 1;
		}
	g_string_append_len(out, start, p - start);
	g_string_append_c(out, '"');
}

static void
set(GString *out, const char *name, const char *value)
{
	if (value != NULL) {
		name_member(out, name);
		write_string(out, value);
	}
}

static void
set_number(GString *out, const char *name, guint64 value)
{
	name_member(out, name);
	g_string_append_printf(out, "%" G_GUINT64_FORMAT, value);
}

static void
set_array(GString *out, const char *name, const GPtrArray *strings)
{
	gboolean any = FALSE;

	if (strings->len == 0)
		return;
	name_member(out, name);
	g_string_append_c(out, '[');
	for (guint i = 0; i < strings->len; i++)
		if (strings->pdata[i] != NULL) {
			if (any)
				g_string_append_c(out, ',');
			write_string(out, strings->pdata[i]);
			any = TRUE;
		}
	g_string_append_c(out, ']');
}

/* Opens the object name; end_object() closes it, or takes it back if nothing came into it. */
static gsize
begin_object(GString *out, const char *name)
{
	gsize start = out->len;

	name_member(out, name);
	g_string_append_c(out, '{');
	return start;
}

static void
end_object(GString *out, gsize start)
{
	if (out->str[out->len - 1] == '{')
		g_string_truncate(out, start);
	else
		g_string_append_c(out, '}');
}

static void
set_feedback(GString *out, const CaromFeedback *f)
{
	gsize start = begin_object(out, "feedback");

	set(out, "type", f->type);
	set(out, "user_agent", f->user_agent);
	set(out, "source_ip", f->source_ip);
	set(out, "arrived", f->arrived);
	if (f->incidents > 0)
		set_number(out, "incidents", f->incidents);
	set(out, "mail_from", f->mail_from);
	set_array(out, "reported_domain", f->reported_domains);
	end_object(out, start);
}

static void
set_returned(GString *out, const CaromReturned *r)
{
	gsize start = begin_object(out, "returned");

	set(out, "message_id", r->message_id);
	set(out, "from", r->from);
	set_array(out, "to", r->to);
	set(out, "subject", r->subject);
	set(out, "date", r->date);
	set(out, "return_path", r->return_path);
	set(out, "feedback_id", r->feedback_id);
	set(out, "list_id", r->list_id);
	end_object(out, start);
}

static void
write_outcome(GString *out, const CaromOutcome *outcome)
{
	g_string_append_c(out, '{');
	set(out, "recipient", outcome->recipient);
	set(out, "final_recipient", outcome->final_recipient);
	set(out, "original_recipient", outcome->original_recipient);
	set(out, "action", carom_report_action_name(outcome->action));
	set(out, "status", outcome->status);
	set(out, "reply", outcome->reply);
	set(out, "stage", outcome->stage);
	set(out, "remote_mta", outcome->remote_mta);
	set(out, "diagnostic", outcome->diagnostic);
	set(out, "category", carom_report_category_name(outcome->category));
	set(out, "class", carom_report_class_name(outcome->class));
	set(out, "rule", outcome->rule);
	set(out, "blocklist", outcome->blocklist);
	set(out, "provider", outcome->provider);
	set(out, "subscriber", outcome->subscriber);
	if (outcome->address_id > 0)
		set_number(out, "address_id", outcome->address_id);
	if (outcome->stream_number > 0)
		set_number(out, "stream_number", outcome->stream_number);
	set(out, "account", outcome->account);
	set(out, "stream", outcome->stream);
	set(out, "sent_on", outcome->sent_on);
	set(out, "token", outcome->token);
	set(out, "resolved_by", outcome->resolved_by);
	set(out, "confidence", carom_report_confidence_name(outcome->confidence));
	g_string_append_c(out, '}');
}

char *
carom_report_json_write(const CaromReport *report, CaromJsonUse use)
{
	GString *out = g_string_sized_new(1024);

	g_string_append_c(out, '{');
	set_number(out, "version", CAROM_JSON_VERSION);
	set(out, "file", report->file);
	set(out, "kind", carom_report_kind_name(report->kind));
	set(out, "format", report->format);
	set_number(out, "size", report->size);
	set(out, "message_id", report->message_id);
	set(out, "from", report->from);
	set(out, "subject", report->subject);
	set(out, "date", report->date);
	set(out, "to", report->to);
	set(out, "reporter", report->reporter);
	set_array(out, "authenticated", report->authenticated);
	set_array(out, "truncated", report->truncated);
	if (use == CAROM_JSON_RECORD) {
		set(out, "key", report->key);
		set(out, "queue_id", report->queue_id);
		set(out, "sender", report->sender);
		set(out, "client_address", report->client_address);
		set(out, "rules", report->rules);
	}
	if (report->feedback.said)
		set_feedback(out, &report->feedback);
	set_returned(out, &report->returned);
	if (report->outcomes->len > 0) {
		name_member(out, "outcomes");
		for (guint i = 0; i < report->outcomes->len; i++) {
			g_string_append_c(out, i == 0 ? '[' : ',');
			write_outcome(out, report->outcomes->pdata[i]);
		}
		g_string_append_c(out, ']');
	}
	g_string_append_c(out, '}');
	return g_string_free(out, FALSE);
}

static void
put(GString *out, const char *label, const char *value)
{
	if (value != NULL)
		g_string_append_printf(out, "  %-12s %s\n", label, value);
}

static const char *
or_nothing(const char *text)
{
	return text ? text : "";
}

static void
write_outcome_text(GString *out, const CaromOutcome *o)
{
	const char *action = carom_report_action_name(o->action);

	g_string_append_printf(out, "  %s%s%s\n", o->recipient ? o->recipient : "(nobody named)",
			       action ? " " : "", or_nothing(action));
	if (o->category != CAROM_CATEGORY_NONE)
		g_string_append_printf(out, "    %s (%s)%s%s\n",
				       carom_report_category_name(o->category),
				       carom_report_class_name(o->class),
				       o->rule ? ", by rule " : "", or_nothing(o->rule));
	if (o->status != NULL || o->reply != NULL)
		g_string_append_printf(out, "    code         %s%s%s\n", or_nothing(o->reply),
				       o->reply && o->status ? " " : "", or_nothing(o->status));
	if (o->diagnostic != NULL)
		g_string_append_printf(out, "    said         %s\n", o->diagnostic);
	if (o->provider != NULL)
		g_string_append_printf(out, "    provider     %s\n", o->provider);
	if (o->subscriber != NULL)
		g_string_append_printf(out, "    mailed       %s (by %s, %s)\n", o->subscriber,
				       o->resolved_by ? o->resolved_by : "-",
				       o->confidence ? carom_report_confidence_name(o->confidence)
						     : "-");
}

char *
carom_report_json_write_text(const CaromReport *report)
{
	GString *out = g_string_new(NULL);

	if (report->file != NULL)
		g_string_append_printf(out, "%s: ", report->file);
	g_string_append(out, carom_report_kind_name(report->kind));
	if (report->format != NULL)
		g_string_append_printf(out, " (%s)", report->format);
	g_string_append_c(out, '\n');
	put(out, "from", report->from);
	put(out, "subject", report->subject);
	put(out, "reporter", report->reporter);
	put(out, "feedback", report->feedback.said ? report->feedback.type : NULL);
	put(out, "sent from", report->feedback.source_ip);
	put(out, "about", report->returned.subject);
	for (guint i = 0; i < report->outcomes->len; i++)
		write_outcome_text(out, report->outcomes->pdata[i]);
	for (guint i = 0; i < report->truncated->len; i++)
		g_string_append_printf(out, "  cut at the limit on %s\n",
				       (const char *) report->truncated->pdata[i]);
	return g_string_free(out, FALSE);
}
