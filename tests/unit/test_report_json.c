/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "report/report_json.h"

#include <jansson.h>

/* Walks the value: no null and no empty string, array or object anywhere. */
static void
holds_nothing_empty(const char *where, const json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;

	row_true(where, !json_is_null(value));
	if (json_is_string(value))
		row_true(where, json_string_length(value) > 0);
	if (json_is_array(value))
		row_true(where, json_array_size(value) > 0);
	if (json_is_object(value))
		row_true(where, json_object_size(value) > 0);
	json_object_foreach((json_t *) value, key, child) holds_nothing_empty(key, child);
	json_array_foreach((json_t *) value, i, child) holds_nothing_empty(where, child);
}

static json_t *
json_of(const CaromReport *report, CaromJsonUse use)
{
	g_autofree char *line = carom_report_json_write(report, use);
	json_error_t error;
	json_t *value = json_loads(line, JSON_REJECT_DUPLICATES, &error);

	if (value == NULL)
		fail_msg("%s: %s", error.text, line);
	if (strchr(line, '\n') != NULL)
		fail_msg("more than one line: %s", line);
	return value;
}

static void
an_empty_report_says_its_kind(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();
	json_t *value = json_of(report, CAROM_JSON_RECORD);

	(void) state;
	holds_nothing_empty("report", value);
	assert_int_equal(json_object_size(value), 3);
	assert_int_equal(json_integer_value(json_object_get(value, "version")), CAROM_JSON_VERSION);
	assert_string_equal(json_string_value(json_object_get(value, "kind")), "unrecognised");
	assert_int_equal(json_integer_value(json_object_get(value, "size")), 0);
	json_decref(value);
}

static void
says_all_that_is_known(void **state)
{
	static const char *const members[] = {
		"recipient",   "final_recipient", "original_recipient",
		"action",      "status",          "reply",
		"stage",       "remote_mta",      "diagnostic",
		"category",    "class",           "rule",
		"blocklist",   "provider",        "subscriber",
		"account",     "stream",          "sent_on",
		"resolved_by", "confidence"
	};
	g_autoptr(CaromReport) report = carom_report_new();
	CaromOutcome *o = carom_report_add(report, "alice@example.com", CAROM_ACTION_FAILED);
	json_t *value, *outcome;

	(void) state;
	o->final_recipient = o->original_recipient = o->subscriber = o->recipient;
	o->status = "5.1.1", o->reply = "550", o->stage = "rcpt", o->remote_mta = "mx.example",
	o->diagnostic = "550 \"no\" \\ \303\244 \342\202\254";
	o->category = CAROM_CATEGORY_RECIPIENT_UNKNOWN, o->class = CAROM_CLASS_HARD, o->rule = "r",
	o->blocklist = "bl.example", o->provider = "p";
	o->account = "a", o->stream = "s", o->sent_on = "2026-11-10", o->resolved_by = "verp",
	o->confidence = CAROM_PROVEN;
	report->kind = CAROM_KIND_BOUNCE;
	report->key = "k", report->queue_id = "q", report->sender = "s",
	report->client_address = "192.0.2.1", report->rules = "v";
	g_ptr_array_add(report->truncated, (gpointer) "depth");
	g_ptr_array_add(report->authenticated, (gpointer) "dkim:example.com");
	report->feedback.incidents = 3;
	report->feedback.said = TRUE;
	value = json_of(report, CAROM_JSON_RECORD);
	holds_nothing_empty("report", value);
	outcome = json_array_get(json_object_get(value, "outcomes"), 0);
	for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
		row_true(members[i], json_is_string(json_object_get(outcome, members[i])));
	assert_int_equal(json_object_size(outcome), G_N_ELEMENTS(members));
	assert_string_equal(json_string_value(json_object_get(outcome, "diagnostic")),
			    "550 \"no\" \\ \303\244 \342\202\254");
	assert_string_equal(json_string_value(json_object_get(outcome, "class")), "hard");
	assert_int_equal(json_integer_value(
				 json_object_get(json_object_get(value, "feedback"), "incidents")),
			 3);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(value, "truncated"), 0)), "depth");
	assert_non_null(json_object_get(value, "key"));
	json_decref(value);
	/* people see the facts, not what only the database needs */
	value = json_of(report, CAROM_JSON_FACTS);
	assert_null(json_object_get(value, "key"));
	assert_null(json_object_get(value, "queue_id"));
	assert_null(json_object_get(value, "rules"));
	json_decref(value);
}

static void
writes_text_for_people(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();
	CaromOutcome *o = carom_report_add(report, "alice@example.com", CAROM_ACTION_FAILED);
	g_autofree char *text = NULL;

	(void) state;
	o->category = CAROM_CATEGORY_MAILBOX_FULL, o->class = CAROM_CLASS_SOFT, o->status = "5.2.2",
	o->diagnostic = "552 full";
	report->kind = CAROM_KIND_BOUNCE;
	carom_report_add(report, NULL,
			 CAROM_ACTION_NONE); /* nothing known: still no crash, no "(null)" */
	text = carom_report_json_write_text(report);
	assert_non_null(strstr(text, "alice@example.com"));
	assert_non_null(strstr(text, "mailbox_full"));
	assert_non_null(strstr(text, "552 full"));
	assert_null(strstr(text, "(null)"));
}

UNIT_MAIN(cmocka_unit_test(an_empty_report_says_its_kind), cmocka_unit_test(says_all_that_is_known),
	  cmocka_unit_test(writes_text_for_people))
