/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "rules/feedback_loop.h"

static const char text[] = "feedback-loop big  \"Big ISP\"\n\tprovider big_isp\n"
			   "\tfrom feedback@arf.big.example\n\tfrom @fbl.big.example\n"
			   "\tdkim ARF.big.example\n\tuser-agent Big-Feedback\n\theader X-Big-Id\n"
			   "\trecipient-field X-Big-Recipient\n"
			   "feedback-loop small  \"Small one\"\n\tsubject complaint about\n"
			   "feedback-loop relay  \"A relay\"\n\tfrom fbl@relay.example\n";

static void
tells_whose_loop_it_is(void **state)
{
	static const struct {
		const char *name, *message, *agent, *provider, *dkim, *reporter, *recipient;
	} rows[] = {
		{ "from", "From: Feedback@ARF.big.example\n\nx", NULL, "big_isp", "arf.big.example",
		  "big_isp", NULL },
		{ "from that domain", "From: robot7@fbl.big.example\n\nx", NULL, "big_isp",
		  "arf.big.example", "big_isp", NULL },
		{ "not from below it", "From: robot7@evil-fbl.big.example\n\nx", NULL, NULL, NULL,
		  NULL, NULL },
		{ "user agent", "From: a@other.example\n\nx", "big-feedback/2.0", "big_isp",
		  "arf.big.example", "big_isp", NULL },
		{ "header, and who complained",
		  "From: a@other.example\nX-Big-Id: 1\nX-Big-Recipient: alice@big.example\n\nx",
		  NULL, "big_isp", "arf.big.example", "big_isp", "alice@big.example" },
		{ "the sender counts more than another's marks",
		  "From: fbl@relay.example\nX-Big-Id: 1\n\nx", "Big-Feedback/2.0", NULL, NULL,
		  "relay", NULL },
		{ "subject; no provider: the loop's own name",
		  "From: a@other.example\nSubject: Complaint about a message\n\nx", NULL, NULL,
		  NULL, "small", NULL },
		{ "none", "From: a@other.example\nSubject: hello\n\nx", NULL, NULL, NULL, NULL,
		  NULL },
	};
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "feedback-loops", text);
	g_autoptr(CaromFeedbackLoops) loops = NULL;

	(void) state;
	assert_int_equal(carom_feedback_loops_load(file, &loops, NULL), CAROM_OK);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromMail) mail =
			carom_mail_open(rows[i].message, strlen(rows[i].message), NULL);
		g_autoptr(CaromReport) report = carom_report_new();
		CaromFeedbackLoop loop;

		report->kind = CAROM_KIND_COMPLAINT;
		report->feedback.user_agent = rows[i].agent;
		loop = carom_feedback_loop_apply(loops, mail, report);
		row_string(rows[i].name, loop.provider, rows[i].provider);
		row_string(rows[i].name, loop.dkim, rows[i].dkim);
		row_string(rows[i].name, report->reporter, rows[i].reporter);
		row_int(rows[i].name, report->outcomes->len, rows[i].recipient != NULL);
		if (rows[i].recipient != NULL)
			row_string(rows[i].name,
				   ((CaromOutcome *) report->outcomes->pdata[0])->recipient,
				   rows[i].recipient);
	}
	unit_remove(folder);
	carom_feedback_loops_free(NULL);
}

/* What the report itself says beats the loop's own field. */
static void
leaves_a_named_recipient_alone(void **state)
{
	static const char message[] =
		"From: feedback@arf.big.example\nX-Big-Recipient: other@big.example\n\nx";
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "feedback-loops", text);
	g_autoptr(CaromFeedbackLoops) loops = NULL;
	g_autoptr(CaromMail) mail = carom_mail_open(message, strlen(message), NULL);
	g_autoptr(CaromReport) report = carom_report_new();

	(void) state;
	assert_int_equal(carom_feedback_loops_load(file, &loops, NULL), CAROM_OK);
	carom_report_add(report, "alice@big.example", CAROM_ACTION_COMPLAINED);
	carom_feedback_loop_apply(loops, mail, report);
	assert_int_equal(report->outcomes->len, 1);
	assert_string_equal(((CaromOutcome *) report->outcomes->pdata[0])->recipient,
			    "alice@big.example");
	unit_remove(folder);
}

static void
bad_files_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "\tfrom a@b.example\n",
		  "feedback-loops:1: a line before the first feedback-loop" },
		{ "loop x\n", "feedback-loops:1: \"loop\" where feedback-loop ID was expected" },
		{ "feedback-loop\n", "feedback-loops:1: " },
		{ "feedback-loop a \"A\"\n\tfrom\n", "feedback-loops:2: from wants a value" },
		{ "feedback-loop a \"A\"\n\tcolour red\n",
		  "feedback-loops:2: \"colour\" is none of" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder = unit_folder();
		g_autofree char *file = unit_file(folder, "feedback-loops", rows[i].text);
		CaromFeedbackLoops *loops;
		GError *error = NULL;

		row_int(rows[i].text, carom_feedback_loops_load(file, &loops, &error),
			CAROM_MISUSE);
		row_error(rows[i].text, error, rows[i].says);
		unit_remove(folder);
	}
}

UNIT_MAIN(cmocka_unit_test(tells_whose_loop_it_is),
	  cmocka_unit_test(leaves_a_named_recipient_alone),
	  cmocka_unit_test(bad_files_name_file_and_line))
