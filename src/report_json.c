#include "config.h"

#include "report_json.h"

#include <jansson.h>
#include <stdlib.h>

static void
set(json_t *object, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new_nocheck(object, name, json_string_nocheck(value));
}

static void
set_array(json_t *object, const char *name, const GPtrArray *strings)
{
	json_t *array;

	if (strings->len == 0)
		return;
	array = json_array();
	for (guint i = 0; i < strings->len; i++)
		if (strings->pdata[i] != NULL)
			json_array_append_new(array, json_string_nocheck(strings->pdata[i]));
	json_object_set_new_nocheck(object, name, array);
}

/* Adds child under name, or drops it if nothing is in it. */
static void
set_object(json_t *object, const char *name, json_t *child)
{
	if (json_object_size(child) > 0)
		json_object_set_new_nocheck(object, name, child);
	else
		json_decref(child);
}

static json_t *
feedback_json(const CaromFeedback *f)
{
	json_t *o = json_object();

	set(o, "type", f->type);
	set(o, "user_agent", f->user_agent);
	set(o, "source_ip", f->source_ip);
	set(o, "arrived", f->arrived);
	if (f->incidents > 0)
		json_object_set_new_nocheck(o, "incidents", json_integer(f->incidents));
	set(o, "mail_from", f->mail_from);
	set_array(o, "reported_domain", f->reported_domains);
	return o;
}

static json_t *
returned_json(const CaromReturned *r)
{
	json_t *o = json_object();

	set(o, "message_id", r->message_id);
	set(o, "from", r->from);
	set_array(o, "to", r->to);
	set(o, "subject", r->subject);
	set(o, "date", r->date);
	set(o, "return_path", r->return_path);
	set(o, "feedback_id", r->feedback_id);
	set(o, "list_id", r->list_id);
	return o;
}

static json_t *
outcome_json(const CaromOutcome *outcome)
{
	json_t *o = json_object();

	set(o, "recipient", outcome->recipient);
	set(o, "final_recipient", outcome->final_recipient);
	set(o, "original_recipient", outcome->original_recipient);
	set(o, "action", carom_action_name(outcome->action));
	set(o, "status", outcome->status);
	set(o, "reply", outcome->reply);
	set(o, "stage", outcome->stage);
	set(o, "remote_mta", outcome->remote_mta);
	set(o, "diagnostic", outcome->diagnostic);
	set(o, "category", carom_category_name(outcome->category));
	set(o, "class", carom_class_name(carom_category_class(outcome->category)));
	set(o, "rule", outcome->rule);
	set(o, "blocklist", outcome->blocklist);
	set(o, "provider", outcome->provider);
	set(o, "subscriber", outcome->subscriber);
	if (outcome->address_id > 0)
		json_object_set_new_nocheck(o, "address_id", json_integer((json_int_t) outcome->address_id));
	set(o, "account", outcome->account);
	set(o, "stream", outcome->stream);
	set(o, "sent_on", outcome->sent_on);
	set(o, "resolved_by", outcome->resolved_by);
	set(o, "confidence", carom_confidence_name(outcome->confidence));
	return o;
}

char *
carom_report_to_json(const CaromReport *report, CaromJsonUse use)
{
	json_t *o = json_object();
	char *line, *copy;

	set(o, "file", report->file);
	set(o, "kind", carom_kind_name(report->kind));
	set(o, "format", report->format);
	json_object_set_new_nocheck(o, "size", json_integer((json_int_t) report->size));
	set(o, "message_id", report->message_id);
	set(o, "from", report->from);
	set(o, "subject", report->subject);
	set(o, "date", report->date);
	set(o, "to", report->to);
	set(o, "reporter", report->reporter);
	set_array(o, "authenticated", report->authenticated);
	set_array(o, "truncated", report->truncated);
	if (use == CAROM_JSON_RECORD) {
		set(o, "key", report->key);
		set(o, "queue_id", report->queue_id);
		set(o, "sender", report->sender);
		set(o, "client_address", report->client_address);
		set(o, "rules", report->rules);
	}
	if (report->feedback.said)
		set_object(o, "feedback", feedback_json(&report->feedback));
	set_object(o, "returned", returned_json(&report->returned));
	if (report->outcomes->len > 0) {
		json_t *array = json_array();

		for (guint i = 0; i < report->outcomes->len; i++)
			json_array_append_new(array, outcome_json(report->outcomes->pdata[i]));
		json_object_set_new_nocheck(o, "outcomes", array);
	}
	line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	copy = g_strdup(line);
	free(line);
	return copy;
}

static void
put(GString *out, const char *label, const char *value)
{
	if (value != NULL)
		g_string_append_printf(out, "  %-12s %s\n", label, value);
}

char *
carom_report_to_text(const CaromReport *report)
{
	GString *out = g_string_new(NULL);

	if (report->file != NULL)
		g_string_append_printf(out, "%s: ", report->file);
	g_string_append(out, carom_kind_name(report->kind));
	if (report->format != NULL)
		g_string_append_printf(out, " (%s)", report->format);
	g_string_append_c(out, '\n');
	put(out, "from", report->from);
	put(out, "subject", report->subject);
	put(out, "reporter", report->reporter);
	put(out, "feedback", report->feedback.said ? report->feedback.type : NULL);
	put(out, "about", report->returned.subject);
	for (guint i = 0; i < report->outcomes->len; i++) {
		const CaromOutcome *o = report->outcomes->pdata[i];
		const char *action = carom_action_name(o->action);

		g_string_append_printf(out, "  %s %s\n", o->recipient ? o->recipient : "(nobody named)", action ? action : "");
		if (o->category != CAROM_CATEGORY_NONE)
			g_string_append_printf(out, "    %s (%s), by rule %s\n", carom_category_name(o->category),
			                       carom_class_name(carom_category_class(o->category)), o->rule ? o->rule : "-");
		if (o->status != NULL || o->reply != NULL)
			g_string_append_printf(out, "    code         %s %s\n", o->reply ? o->reply : "", o->status ? o->status : "");
		if (o->diagnostic != NULL)
			g_string_append_printf(out, "    said         %s\n", o->diagnostic);
		if (o->provider != NULL)
			g_string_append_printf(out, "    provider     %s\n", o->provider);
		if (o->subscriber != NULL)
			g_string_append_printf(out, "    mailed       %s (by %s, %s)\n", o->subscriber, o->resolved_by ? o->resolved_by : "-",
			                       o->confidence ? carom_confidence_name(o->confidence) : "-");
	}
	for (guint i = 0; i < report->truncated->len; i++)
		g_string_append_printf(out, "  cut at the limit on %s\n", (const char *) report->truncated->pdata[i]);
	return g_string_free(out, FALSE);
}
