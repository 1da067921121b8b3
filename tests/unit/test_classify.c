/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "rules/classify.h"

#include <string.h>

static CaromConfig *config;
static CaromKnowledge *knowledge;

static int
load(void **state)
{
	g_autoptr(GError) error = NULL;

	(void) state;
	return carom_config_load(NULL, FALSE, &config, &error) == CAROM_OK &&
			       carom_knowledge_load(config, &knowledge, &error) == CAROM_OK
		       ? 0
		       : -1;
}

static int
unload(void **state)
{
	(void) state;
	carom_knowledge_free(knowledge);
	carom_config_free(config);
	return 0;
}

/* What a message with this header, about one recipient, is classified as. */
static CaromOutcome *
classified(const char *header, CaromReport *report, const char *recipient, CaromAction action,
	   const char *diagnostic, CaromFeedbackLoop *loop)
{
	CaromOutcome *outcome = carom_report_add(report, recipient, action);
	g_autoptr(CaromMail) mail = NULL;

	if (diagnostic != NULL)
		carom_report_outcome_set_diagnostic(report, outcome, diagnostic, -1);
	mail = carom_mail_open(header, strlen(header), &config->limits);
	carom_classify(knowledge, mail, report, loop);
	return outcome;
}

static void
each_outcome_has_a_verdict(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();
	const CaromOutcome *outcome;

	(void) state;
	report->kind = CAROM_KIND_BOUNCE;
	outcome = classified("From: a@example.com\n\n", report, "ani@gmail.com",
			     CAROM_ACTION_FAILED, "550 5.1.1 The address does not exist", NULL);
	assert_string_equal(outcome->provider, "gmail");
	assert_int_equal(outcome->category, CAROM_CATEGORY_RECIPIENT_UNKNOWN);
	assert_int_equal(outcome->class, CAROM_CLASS_HARD);
	assert_non_null(outcome->rule);
	assert_string_equal(report->rules, carom_rules_version(knowledge->rules));
}

static void
a_delay_is_never_hard(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();
	const CaromOutcome *outcome;

	(void) state;
	report->kind = CAROM_KIND_DELAY;
	outcome = classified("From: a@example.com\n\n", report, "ani@gmail.com",
			     CAROM_ACTION_DELAYED, "550 5.1.1 The address does not exist", NULL);
	assert_int_not_equal(outcome->class, CAROM_CLASS_HARD);
}

/* A forward: mailed to a domain of its own, refused at the provider that it forwards to. */
static void
numbers_go_by_the_address_that_was_mailed(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();
	CaromFeedbackLoop loop = { 0 };
	CaromOutcome *outcome;

	(void) state;
	report->kind = CAROM_KIND_BOUNCE;
	outcome = classified("From: a@example.com\n\n", report, "ani@gmail.com",
			     CAROM_ACTION_FAILED, "552 5.2.2 Mailbox full", &loop);
	outcome->subscriber = "ani@yahoo.com";
	carom_classify_subscriber(knowledge, &loop, report);
	assert_string_equal(outcome->provider, "yahoo_aol");
}

/* Microsoft's reports mask the recipient: the loop tells whose user complained. */
static void
a_complaint_counts_with_its_loop(void **state)
{
	g_autoptr(CaromReport) report = carom_report_new();
	CaromFeedbackLoop loop = { 0 };
	CaromOutcome *outcome;

	(void) state;
	report->kind = CAROM_KIND_COMPLAINT;
	report->feedback.said = TRUE;
	report->feedback.type = "abuse";
	outcome = classified("From: staff@hotmail.com\nSubject: complaint about message from "
			     "192.0.2.1\n\n",
			     report, NULL, CAROM_ACTION_COMPLAINED, NULL, &loop);
	outcome->subscriber = "ani@hosted.example";
	carom_classify_subscriber(knowledge, &loop, report);
	assert_string_equal(outcome->provider, "microsoft_consumer");
}

static void
a_reply_alone_has_one_too(void **state)
{
	CaromVerdict verdict;
	const char *provider = NULL;

	(void) state;
	carom_classify_reply(knowledge, "452 4.2.2 The mailbox is full", NULL, &verdict, &provider);
	assert_int_equal(verdict.category, CAROM_CATEGORY_MAILBOX_FULL);
	carom_classify_reply(knowledge, "", NULL, &verdict, &provider);
	assert_int_not_equal(verdict.class, CAROM_CLASS_HARD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_outcome_has_a_verdict),
		cmocka_unit_test(a_delay_is_never_hard),
		cmocka_unit_test(numbers_go_by_the_address_that_was_mailed),
		cmocka_unit_test(a_complaint_counts_with_its_loop),
		cmocka_unit_test(a_reply_alone_has_one_too),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	carom_message_init();
	failed = cmocka_run_group_tests(tests, load, unload);
	carom_message_shutdown();
	return failed;
}
