/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report/report_json.h"
#include "base/json.h"

static void
set_array(GString *out, const char *name, const GPtrArray *strings)
{
	if (strings->len == 0)
		return;
	carom_json_name(out, name);
	carom_json_begin_array(out);
	for (guint i = 0; i < strings->len; i++)
		if (strings->pdata[i] != NULL)
			carom_json_string(out, strings->pdata[i]);
	carom_json_end_array(out);
}

/* Opens the object name; end_object() closes it, or takes it back if nothing came into it. */
static gsize
begin_object(GString *out, const char *name)
{
	gsize start = out->len;

	carom_json_name(out, name);
	carom_json_begin_object(out);
	return start;
}

static void
end_object(GString *out, gsize start)
{
	if (out->str[out->len - 1] == '{')
		g_string_truncate(out, start);
	else
		carom_json_end_object(out);
}

static void
set_feedback(GString *out, const CaromFeedback *f)
{
	gsize start = begin_object(out, "feedback");

	carom_json_member(out, "type", f->type);
	carom_json_member(out, "user_agent", f->user_agent);
	carom_json_member(out, "source_ip", f->source_ip);
	carom_json_member(out, "arrived", f->arrived);
	if (f->incidents > 0)
		carom_json_member_integer(out, "incidents", f->incidents);
	carom_json_member(out, "mail_from", f->mail_from);
	set_array(out, "reported_domain", f->reported_domains);
	end_object(out, start);
}

/* names and values, one after the other */
static void
set_headers(GString *out, const GPtrArray *headers)
{
	if (headers->len == 0)
		return;
	carom_json_name(out, "headers");
	carom_json_begin_object(out);
	for (guint i = 0; i + 1 < headers->len; i += 2)
		carom_json_member(out, headers->pdata[i], headers->pdata[i + 1]);
	carom_json_end_object(out);
}

static void
set_returned(GString *out, const CaromReturned *r)
{
	gsize start = begin_object(out, "returned");

	carom_json_member(out, "message_id", r->message_id);
	carom_json_member(out, "from", r->from);
	set_array(out, "to", r->to);
	carom_json_member(out, "subject", r->subject);
	carom_json_member(out, "date", r->date);
	carom_json_member(out, "return_path", r->return_path);
	carom_json_member(out, "feedback_id", r->feedback_id);
	carom_json_member(out, "list_id", r->list_id);
	carom_json_member(out, "source_ip", r->source_ip);
	set_headers(out, r->headers);
	end_object(out, start);
}

static void
write_outcome(GString *out, const CaromOutcome *outcome)
{
	carom_json_begin_object(out);
	carom_json_member(out, "recipient", outcome->recipient);
	carom_json_member(out, "final_recipient", outcome->final_recipient);
	carom_json_member(out, "original_recipient", outcome->original_recipient);
	carom_json_member(out, "action", carom_report_action_name(outcome->action));
	carom_json_member(out, "status", outcome->status);
	carom_json_member(out, "reply", outcome->reply);
	carom_json_member(out, "stage", outcome->stage);
	carom_json_member(out, "remote_mta", outcome->remote_mta);
	carom_json_member(out, "diagnostic", outcome->diagnostic);
	carom_json_member(out, "category", carom_report_category_name(outcome->category));
	carom_json_member(out, "class", carom_report_class_name(outcome->class));
	carom_json_member(out, "rule", outcome->rule);
	carom_json_member(out, "blocklist", outcome->blocklist);
	carom_json_member(out, "provider", outcome->provider);
	carom_json_member(out, "subscriber", outcome->subscriber);
	if (outcome->address_id > 0)
		carom_json_member_integer(out, "address_id", outcome->address_id);
	if (outcome->stream_number > 0)
		carom_json_member_integer(out, "stream_number", outcome->stream_number);
	carom_json_member(out, "account", outcome->account);
	carom_json_member(out, "stream", outcome->stream);
	carom_json_member(out, "sent_on", outcome->sent_on);
	carom_json_member(out, "token", outcome->token);
	carom_json_member(out, "resolved_by", outcome->resolved_by);
	carom_json_member(out, "confidence", carom_report_confidence_name(outcome->confidence));
	carom_json_end_object(out);
}

char *
carom_report_json_write(const CaromReport *report, CaromJsonUse use)
{
	GString *out = g_string_sized_new(1024);

	carom_json_begin_object(out);
	carom_json_member_integer(out, "version", CAROM_JSON_VERSION);
	carom_json_member(out, "file", report->file);
	carom_json_member(out, "kind", carom_report_kind_name(report->kind));
	carom_json_member(out, "format", report->format);
	carom_json_member_integer(out, "size", report->size);
	carom_json_member(out, "message_id", report->message_id);
	carom_json_member(out, "from", report->from);
	carom_json_member(out, "subject", report->subject);
	carom_json_member(out, "date", report->date);
	carom_json_member(out, "to", report->to);
	carom_json_member(out, "reporter", report->reporter);
	set_array(out, "authenticated", report->authenticated);
	set_array(out, "truncated", report->truncated);
	if (use == CAROM_JSON_RECORD) {
		carom_json_member(out, "key", report->key);
		carom_json_member(out, "queue_id", report->queue_id);
		carom_json_member(out, "sender", report->sender);
		carom_json_member(out, "client_address", report->client_address);
		carom_json_member(out, "arrived", report->arrived);
		carom_json_member(out, "unsigned_verp", report->unsigned_verp);
		carom_json_member(out, "rules", report->rules);
	}
	if (report->feedback.said)
		set_feedback(out, &report->feedback);
	set_returned(out, &report->returned);
	if (report->outcomes->len > 0) {
		carom_json_name(out, "outcomes");
		carom_json_begin_array(out);
		for (guint i = 0; i < report->outcomes->len; i++)
			write_outcome(out, report->outcomes->pdata[i]);
		carom_json_end_array(out);
	}
	carom_json_end_object(out);
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
