/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report/report.h"
#include "mail/address.h"
#include "mail/date.h"
#include "mail/message.h"
#include "mail/reply.h"
#include "base/text.h"

#include <string.h>

/* Most reports have one outcome, and a look at each of a few is quicker than a hash. */
#define MANY_OUTCOMES 16

static const char *const kind_names[CAROM_N_KINDS] = {
	[CAROM_KIND_UNRECOGNISED] = "unrecognised",
	[CAROM_KIND_BOUNCE] = "bounce",
	[CAROM_KIND_DELAY] = "delay",
	[CAROM_KIND_DELIVERY] = "delivery",
	[CAROM_KIND_COMPLAINT] = "complaint",
	[CAROM_KIND_UNSUBSCRIBE] = "unsubscribe",
	[CAROM_KIND_AUTO_REPLY] = "auto_reply",
	[CAROM_KIND_AUTH_REPORT] = "auth_report",
};

static const char *const action_names[CAROM_N_ACTIONS] = {
	[CAROM_ACTION_FAILED] = "failed",
	[CAROM_ACTION_DELAYED] = "delayed",
	[CAROM_ACTION_DELIVERED] = "delivered",
	[CAROM_ACTION_RELAYED] = "relayed",
	[CAROM_ACTION_EXPANDED] = "expanded",
	[CAROM_ACTION_COMPLAINED] = "complained",
	[CAROM_ACTION_UNSUBSCRIBED] = "unsubscribed",
};

static const struct {
	const char *name;
	CaromClass class;
} categories[CAROM_N_CATEGORIES] = {
#define CAROM_CATEGORY(id, name, class) [CAROM_CATEGORY_##id] = { name, CAROM_CLASS_##class },
#include "report/category.def"
#undef CAROM_CATEGORY
};

const char *
carom_report_kind_name(CaromKind kind)
{
	return kind_names[kind];
}

const char *
carom_report_action_name(CaromAction action)
{
	return action_names[action];
}

const char *
carom_report_class_name(CaromClass class)
{
	static const char *const names[] = { NULL, "hard", "soft", "block", "policy", "info" };

	return names[class];
}

const char *
carom_report_category_name(CaromCategory category)
{
	return categories[category].name;
}

CaromClass
carom_report_class_from_name(const char *name)
{
	for (int i = CAROM_CLASS_HARD; i <= CAROM_CLASS_INFO; i++)
		if (strcmp(carom_report_class_name((CaromClass) i), name) == 0)
			return (CaromClass) i;
	return CAROM_CLASS_NONE;
}

CaromClass
carom_report_category_class(CaromCategory category)
{
	return categories[category].class;
}

CaromCategory
carom_report_category_from_name(const char *name)
{
	for (int i = 1; i < CAROM_N_CATEGORIES; i++)
		if (strcmp(categories[i].name, name) == 0)
			return (CaromCategory) i;
	return CAROM_CATEGORY_NONE;
}

const char *
carom_report_confidence_name(CaromConfidence confidence)
{
	static const char *const names[] = { NULL, "proven", "matched", "claimed", "guessed" };

	return names[confidence];
}

CaromAction
carom_report_action_from_text(const char *text)
{
	static const struct {
		const char *word;
		CaromAction action;
	} words[] = {
		{ "failed", CAROM_ACTION_FAILED },         { "failure", CAROM_ACTION_FAILED },
		{ "fail", CAROM_ACTION_FAILED },           { "delayed", CAROM_ACTION_DELAYED },
		{ "deferred", CAROM_ACTION_DELAYED },      { "delivered", CAROM_ACTION_DELIVERED },
		{ "deliverable", CAROM_ACTION_DELIVERED }, { "relayed", CAROM_ACTION_RELAYED },
		{ "expanded", CAROM_ACTION_EXPANDED },     { "expired", CAROM_ACTION_FAILED },
		{ "error", CAROM_ACTION_FAILED },
	};

	if (text == NULL)
		return CAROM_ACTION_NONE;
	while (g_ascii_isspace(*text) || *text == '"')
		text++;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (carom_text_has_prefix(text, words[i].word))
			return words[i].action;
	return CAROM_ACTION_NONE;
}

CaromReport *
carom_report_new(void)
{
	CaromReport *report = g_new0(CaromReport, 1);

	report->chunk = g_string_chunk_new(4096);
	report->outcomes = g_ptr_array_new_with_free_func(g_free);
	report->authenticated = g_ptr_array_new();
	report->truncated = g_ptr_array_new();
	report->feedback.reported_domains = g_ptr_array_new();
	report->returned.to = g_ptr_array_new();
	report->returned.headers = g_ptr_array_new();
	return report;
}

void
carom_report_free(CaromReport *report)
{
	if (report == NULL)
		return;
	g_clear_pointer(&report->by_recipient, g_hash_table_unref);
	g_ptr_array_free(report->outcomes, TRUE);
	g_ptr_array_free(report->authenticated, TRUE);
	g_ptr_array_free(report->truncated, TRUE);
	g_ptr_array_free(report->feedback.reported_domains, TRUE);
	g_ptr_array_free(report->returned.to, TRUE);
	g_ptr_array_free(report->returned.headers, TRUE);
	carom_fields_free(report->returned_fields);
	g_string_chunk_free(report->chunk);
	g_free(report);
}

const char *
carom_report_keep(CaromReport *report, const char *text, gssize len, gsize max)
{
	g_autofree char *clean = text ? carom_text_clean(text, len, max) : NULL;

	return clean && *clean ? g_string_chunk_insert(report->chunk, clean) : NULL;
}

const char *
carom_report_keep_address(CaromReport *report, const char *address)
{
	return carom_report_keep(report, address, -1, 2 * CAROM_ADDRESS_MAX);
}

/* FNV-1a, ASCII caseless. */
static guint
recipient_hash(gconstpointer key)
{
	guint32 hash = 2166136261u;

	for (const char *p = key; *p; p++)
		hash = (hash ^ (guchar) g_ascii_tolower(*p)) * 16777619u;
	return hash;
}

static gboolean
recipient_equal(gconstpointer a, gconstpointer b)
{
	return g_ascii_strcasecmp(a, b) == 0;
}

/* The first outcome of a recipient is the one that is found. */
static void
file_outcome(CaromReport *report, CaromOutcome *outcome)
{
	if (outcome->recipient != NULL &&
	    !g_hash_table_contains(report->by_recipient, outcome->recipient))
		g_hash_table_insert(report->by_recipient, (gpointer) outcome->recipient, outcome);
}

static CaromOutcome *
find_outcome(CaromReport *report, const char *recipient)
{
	if (report->by_recipient != NULL)
		return g_hash_table_lookup(report->by_recipient, recipient);
	for (guint i = 0; i < report->outcomes->len; i++) {
		CaromOutcome *outcome = report->outcomes->pdata[i];

		if (outcome->recipient != NULL && recipient_equal(outcome->recipient, recipient))
			return outcome;
	}
	return NULL;
}

CaromOutcome *
carom_report_add(CaromReport *report, const char *recipient, CaromAction action)
{
	CaromOutcome *outcome = recipient ? find_outcome(report, recipient) : NULL;

	if (outcome != NULL)
		return outcome;
	if (report->outcomes->len >= CAROM_MAX_OUTCOMES) {
		carom_report_note_truncated(report, "outcomes");
		return NULL;
	}
	outcome = g_new0(CaromOutcome, 1);
	outcome->recipient = carom_report_keep_address(report, recipient);
	outcome->action = action;
	g_ptr_array_add(report->outcomes, outcome);
	if (report->by_recipient != NULL) {
		file_outcome(report, outcome);
	} else if (report->outcomes->len == MANY_OUTCOMES) {
		report->by_recipient = g_hash_table_new(recipient_hash, recipient_equal);
		for (guint i = 0; i < report->outcomes->len; i++)
			file_outcome(report, report->outcomes->pdata[i]);
	}
	return outcome;
}

void
carom_report_note_truncated(CaromReport *report, const char *limit)
{
	for (guint i = 0; i < report->truncated->len; i++)
		if (strcmp(report->truncated->pdata[i], limit) == 0)
			return;
	g_ptr_array_add(report->truncated, (gpointer) limit);
}

void
carom_report_reset(CaromReport *report)
{
	GPtrArray *domains = report->feedback.reported_domains, *to = report->returned.to,
		  *headers = report->returned.headers;

	g_clear_pointer(&report->by_recipient, g_hash_table_unref);
	g_ptr_array_set_size(report->outcomes, 0);
	g_ptr_array_set_size(domains, 0);
	g_ptr_array_set_size(to, 0);
	g_ptr_array_set_size(headers, 0);
	g_ptr_array_set_size(report->truncated, 0);
	memset(&report->feedback, 0, sizeof report->feedback);
	memset(&report->returned, 0, sizeof report->returned);
	report->feedback.reported_domains = domains;
	report->returned.to = to;
	report->returned.headers = headers;
	g_clear_pointer(&report->returned_fields, carom_fields_free);
	report->kind = CAROM_KIND_UNRECOGNISED;
	report->format = NULL;
	report->reporter = NULL;
	report->never_kept = FALSE;
	report->returned_queue_id = NULL;
	report->is_probe = FALSE;
}

gboolean
carom_report_outcome_set_status(CaromReport *report, CaromOutcome *outcome, const char *text)
{
	char status[12];

	while (text != NULL && g_ascii_isspace(*text))
		text++;
	if (text == NULL || carom_reply_status_at(text, strlen(text), status) == 0)
		return FALSE;
	outcome->status = g_string_chunk_insert(report->chunk, status);
	return TRUE;
}

/* x.0.0 says no more than the action does, so a code in the remote server's own words is better. */
static gboolean
is_generic_status(const char *status)
{
	return status == NULL || strcmp(status + 1, ".0.0") == 0;
}

void
carom_report_outcome_set_diagnostic(CaromReport *report, CaromOutcome *outcome, const char *text,
				    gssize len)
{
	CaromReplyCodes codes;

	outcome->diagnostic = carom_report_keep(report, text, len, CAROM_MAX_DIAGNOSTIC);
	if (outcome->diagnostic == NULL)
		return;
	carom_reply_codes(outcome->diagnostic, strlen(outcome->diagnostic), &codes);
	if (codes.status[0] != '\0' && is_generic_status(outcome->status))
		outcome->status = g_string_chunk_insert(report->chunk, codes.status);
	if (codes.reply[0] != '\0' && outcome->reply == NULL)
		outcome->reply = g_string_chunk_insert(report->chunk, codes.reply);
	if (codes.stage != NULL && outcome->stage == NULL)
		outcome->stage = codes.stage;
	if (outcome->remote_mta == NULL) {
		gsize n;
		const char *host =
			carom_reply_host(outcome->diagnostic, strlen(outcome->diagnostic), &n);

		outcome->remote_mta =
			host ? carom_report_keep(report, host, (gssize) n, 255) : NULL;
	}
}

/* "<id@host>" without its brackets */
static const char *
keep_message_id(CaromReport *report, const char *value)
{
	const char *open, *close;

	if (value == NULL)
		return NULL;
	open = strchr(value, '<');
	close = open ? strchr(open, '>') : NULL;
	if (close != NULL)
		return carom_report_keep(report, open + 1, close - open - 1, CAROM_MAX_ID);
	return carom_report_keep(report, value, -1, CAROM_MAX_ID);
}

void
carom_report_set_returned(CaromReport *report, const CaromFields *fields)
{
	CaromReturned *r = &report->returned;
	g_autofree char *subject = NULL, *date = NULL, *from = NULL, *path = NULL;
	const char *to;

	if (fields == NULL)
		return;
	if (report->returned_fields != fields) {
		carom_fields_free(report->returned_fields);
		report->returned_fields = carom_fields_ref(fields);
	}
	r->message_id = keep_message_id(report, carom_fields_get(fields, "Message-ID"));
	from = carom_address_parse(carom_fields_get(fields, "From"), -1);
	r->from = carom_report_keep_address(report, from);
	subject = carom_mail_header_decode(carom_fields_get(fields, "Subject"));
	r->subject = carom_report_keep(report, subject, -1, CAROM_MAX_TEXT);
	date = carom_date_read(carom_fields_get(fields, "Date"));
	r->date = carom_report_keep(report, date, -1, 40);
	path = carom_address_parse(carom_fields_get(fields, "Return-Path"), -1);
	r->return_path = carom_report_keep_address(report, path);
	r->feedback_id = carom_report_keep(report, carom_fields_get(fields, "Feedback-ID"), -1,
					   CAROM_MAX_ID);
	r->list_id =
		carom_report_keep(report, carom_fields_get(fields, "List-Id"), -1, CAROM_MAX_ID);
	g_ptr_array_set_size(r->to, 0);
	to = carom_fields_get(fields, "To");
	for (const char *end = to ? to + strlen(to) : NULL;
	     to != NULL && to < end && r->to->len < 50;) {
		g_autofree char *address = carom_address_find(to, (gsize) (end - to), &to);

		if (address != NULL)
			g_ptr_array_add(r->to,
					(gpointer) carom_report_keep_address(report, address));
	}
}

void
carom_report_take_returned(CaromReport *report, CaromFields *fields)
{
	carom_report_set_returned(report, fields);
	carom_fields_free(fields);
}

CaromKind
carom_report_kind_of_outcomes(const CaromReport *report)
{
	CaromKind kind = CAROM_KIND_DELIVERY;

	for (guint i = 0; i < report->outcomes->len; i++) {
		const CaromOutcome *outcome = report->outcomes->pdata[i];

		if (outcome->action == CAROM_ACTION_FAILED)
			return CAROM_KIND_BOUNCE;
		if (outcome->action == CAROM_ACTION_DELAYED)
			kind = CAROM_KIND_DELAY;
	}
	return report->outcomes->len ? kind : CAROM_KIND_UNRECOGNISED;
}
