/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "report/report.h"

static void
names_everything(void **state)
{
	(void) state;
	for (int i = 0; i < CAROM_N_KINDS; i++)
		assert_non_null(carom_report_kind_name((CaromKind) i));
	assert_null(carom_report_action_name(CAROM_ACTION_NONE));
	for (int i = 1; i < CAROM_N_ACTIONS; i++)
		assert_non_null(carom_report_action_name((CaromAction) i));
	assert_null(carom_report_category_name(CAROM_CATEGORY_NONE));
	assert_int_equal(CAROM_N_CATEGORIES - 1, 35);
	for (int i = 1; i < CAROM_N_CATEGORIES; i++) {
		const char *name = carom_report_category_name((CaromCategory) i);

		assert_non_null(name);
		assert_int_equal(carom_report_category_from_name(name), i);
		row_true(name, carom_report_class_name(
				       carom_report_category_class((CaromCategory) i)) != NULL);
	}
	assert_int_equal(carom_report_category_from_name("no_such_category"), CAROM_CATEGORY_NONE);
	assert_null(carom_report_confidence_name(CAROM_CONFIDENCE_NONE));
	assert_string_equal(carom_report_confidence_name(CAROM_PROVEN), "proven");
	assert_string_equal(carom_report_confidence_name(CAROM_GUESSED), "guessed");
	/* better comes first: MIN() picks the better one */
	assert_true(CAROM_PROVEN < CAROM_MATCHED && CAROM_MATCHED < CAROM_CLAIMED &&
		    CAROM_CLAIMED < CAROM_GUESSED);
}

static void
reads_actions(void **state)
{
	static const struct {
		const char *text;
		CaromAction want;
	} rows[] = {
		{ "failed", CAROM_ACTION_FAILED },
		{ "FAILED", CAROM_ACTION_FAILED },
		{ " failed (bad address)", CAROM_ACTION_FAILED },
		{ "\"failed\"", CAROM_ACTION_FAILED },
		{ "failure", CAROM_ACTION_FAILED },
		{ "delayed", CAROM_ACTION_DELAYED },
		{ "delivered", CAROM_ACTION_DELIVERED },
		{ "relayed", CAROM_ACTION_RELAYED },
		{ "expanded", CAROM_ACTION_EXPANDED },
		{ "no idea", CAROM_ACTION_NONE },
		{ "", CAROM_ACTION_NONE },
		{ NULL, CAROM_ACTION_NONE },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_int(rows[i].text ? rows[i].text : "NULL",
			carom_report_action_from_text(rows[i].text), rows[i].want);
}

static void
keeps_clean_text_only(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();

	(void) state;
	assert_string_equal(carom_report_keep(report, " a\n b\001", -1, 100), "a b");
	assert_string_equal(carom_report_keep(report, "abcdef", -1, 3), "abc");
	assert_string_equal(carom_report_keep(report, "abcdef", 2, 100), "ab");
	assert_null(carom_report_keep(report, "", -1, 100));
	assert_null(carom_report_keep(report, " \n ", -1, 100));
	assert_null(carom_report_keep(report, NULL, -1, 100));
	assert_null(carom_report_keep_address(report, NULL));
}

static void
has_one_outcome_a_recipient(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();
	CaromOutcome *one = carom_report_add(report, "alice@example.com", CAROM_ACTION_FAILED);

	(void) state;
	assert_ptr_equal(carom_report_add(report, "ALICE@example.com", CAROM_ACTION_DELAYED), one);
	assert_int_equal(one->action, CAROM_ACTION_FAILED);
	assert_int_equal(report->outcomes->len, 1);
	assert_non_null(carom_report_add(report, NULL, CAROM_ACTION_FAILED));
	assert_int_equal(report->outcomes->len, 2);
	while (report->outcomes->len < CAROM_MAX_OUTCOMES) {
		g_autofree char *address =
			g_strdup_printf("a%u@example.com", report->outcomes->len);

		assert_non_null(carom_report_add(report, address, CAROM_ACTION_FAILED));
	}
	assert_int_equal(report->truncated->len, 0);
	assert_null(carom_report_add(report, "one-too-many@example.com", CAROM_ACTION_FAILED));
	assert_null(carom_report_add(report, "two-too-many@example.com", CAROM_ACTION_FAILED));
	assert_int_equal(report->truncated->len, 1);
	assert_string_equal(report->truncated->pdata[0], "outcomes");
	assert_ptr_equal(carom_report_add(report, "alice@example.com", CAROM_ACTION_FAILED), one);
	for (guint i = 2; i < report->outcomes->len; i++) {
		g_autofree char *address = g_strdup_printf("A%u@EXAMPLE.com", i);

		assert_ptr_equal(carom_report_add(report, address, CAROM_ACTION_FAILED),
				 report->outcomes->pdata[i]);
	}
	carom_report_reset(report);
	assert_int_equal(report->truncated->len, 0);
	assert_non_null(carom_report_add(report, "a2@example.com", CAROM_ACTION_DELAYED));
	assert_int_equal(report->outcomes->len, 1);
}

static void
takes_codes_from_the_diagnostic(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();
	CaromOutcome *outcome = carom_report_add(report, "a@example.com", CAROM_ACTION_FAILED);
	g_autofree char *huge = g_strnfill(10 * CAROM_MAX_DIAGNOSTIC, 'x');

	(void) state;
	carom_report_outcome_set_diagnostic(report, outcome,
					    "host mx.example[192.0.2.1] said: 550 5.1.1\n"
					    " no such user (in reply to RCPT TO command)",
					    -1);
	assert_string_equal(outcome->reply, "550");
	assert_string_equal(outcome->status, "5.1.1");
	assert_string_equal(outcome->stage, "rcpt");
	assert_null(strchr(outcome->diagnostic, '\n'));
	/* what was stated stays */
	carom_report_outcome_set_diagnostic(report, outcome, "421 nothing", -1);
	assert_string_equal(outcome->reply, "550");
	assert_string_equal(outcome->status, "5.1.1");
	outcome = carom_report_add(report, "b@example.com", CAROM_ACTION_FAILED);
	assert_true(carom_report_outcome_set_status(report, outcome, " 5.0.0 (undefined)"));
	carom_report_outcome_set_diagnostic(report, outcome, "550 5.2.2 full", -1);
	assert_string_equal(outcome->status, "5.2.2"); /* x.0.0 says no more than the action */
	assert_false(carom_report_outcome_set_status(report, outcome, "unknown"));
	outcome = carom_report_add(report, "c@example.com", CAROM_ACTION_FAILED);
	carom_report_outcome_set_diagnostic(report, outcome, huge, -1);
	assert_int_equal(strlen(outcome->diagnostic), CAROM_MAX_DIAGNOSTIC);
	assert_null(outcome->reply);
}

static void
knows_the_kind(void **state)
{
	static const struct {
		const char *name;
		CaromAction actions[3];
		CaromKind want;
	} rows[] = {
		{ "none", { 0 }, CAROM_KIND_UNRECOGNISED },
		{ "failed", { CAROM_ACTION_FAILED }, CAROM_KIND_BOUNCE },
		{ "delayed", { CAROM_ACTION_DELAYED }, CAROM_KIND_DELAY },
		{ "any failed",
		  { CAROM_ACTION_DELIVERED, CAROM_ACTION_DELAYED, CAROM_ACTION_FAILED },
		  CAROM_KIND_BOUNCE },
		{ "one delayed",
		  { CAROM_ACTION_DELIVERED, CAROM_ACTION_DELAYED },
		  CAROM_KIND_DELAY },
		{ "relayed", { CAROM_ACTION_RELAYED, CAROM_ACTION_EXPANDED }, CAROM_KIND_DELIVERY },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report = carom_report_new();

		for (guint n = 0; n < 3 && rows[i].actions[n] != CAROM_ACTION_NONE; n++) {
			g_autofree char *address = g_strdup_printf("a%u@example.com", n);

			carom_report_add(report, address, rows[i].actions[n]);
		}
		row_int(rows[i].name, carom_report_kind_of_outcomes(report), rows[i].want);
	}
}

static void
takes_the_returned_header(void **state)
{
	static const char header[] =
		"Return-Path: <news+bob=example.com@b.example>\n"
		"Message-ID: <one@news.example> (extra)\n"
		"From: =?utf-8?q?B=C3=BCro?= <news@b.example>\n"
		"To: Bob <bob@EXAMPLE.com>, carol@example.com\n"
		"Subject: =?utf-8?b?SMOkbGxv?=\nDate: Tue, 10 Nov 2026 09:10:01 +0700\n"
		"Feedback-ID: 1:2:3:acme\nList-Id: <news.example>\n";
	g_autoptr(CaromReport) report = carom_report_new();
	const char *cursor = header;

	(void) state;
	carom_report_take_returned(report, carom_fields_read(&cursor, header + strlen(header)));
	assert_string_equal(report->returned.message_id, "one@news.example");
	assert_string_equal(report->returned.from, "news@b.example");
	assert_string_equal(report->returned.subject, "H\303\244llo");
	assert_string_equal(report->returned.date, "2026-11-10T02:10:01Z");
	assert_string_equal(report->returned.return_path, "news+bob=example.com@b.example");
	assert_string_equal(report->returned.feedback_id, "1:2:3:acme");
	assert_int_equal(report->returned.to->len, 2);
	assert_string_equal(report->returned.to->pdata[0], "bob@example.com");
	assert_non_null(report->returned_fields);
	carom_report_add(report, "bob@example.com", CAROM_ACTION_FAILED);
	carom_report_reset(report);
	assert_null(report->returned.message_id);
	assert_int_equal(report->returned.to->len, 0);
	assert_int_equal(report->outcomes->len, 0);
	assert_null(report->returned_fields);
	carom_report_set_returned(report, NULL);
	carom_report_take_returned(report, NULL);
	assert_null(report->returned.from);
}

UNIT_MAIN(cmocka_unit_test(names_everything), cmocka_unit_test(reads_actions),
	  cmocka_unit_test(keeps_clean_text_only), cmocka_unit_test(has_one_outcome_a_recipient),
	  cmocka_unit_test(takes_codes_from_the_diagnostic), cmocka_unit_test(knows_the_kind),
	  cmocka_unit_test(takes_the_returned_header))
