/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "parsers/reading/transcript.h"

static const char session[] = "The following addresses had errors.\n"
			      "   ----- Transcript of session follows -----\n"
			      "... while talking to mx.example.net.:\n"
			      ">>> RCPT To:<ann@example.net>\n"
			      "<<< 550-5.1.1 no such\n"
			      "<<< 550 mailbox\n"
			      "550 5.1.1 <ann@example.net>... User unknown\n"
			      ">>> RCPT To:<ben@example.net>\n"
			      "<<< 452 4.2.2 full\n"
			      "<ben@example.net>... Deferred: 452 4.2.2 full\n"
			      "carl... Deferred: local mailer is busy\n"
			      "554 5.0.0 Service unavailable\n"
			      "   ----- Unsent message follows -----\n"
			      "550 5.1.1 <late@example.net>... after the end\n";

static void
reads_entries(void **state)
{
	g_autoptr(CaromTranscript) t = carom_transcript_read(session, strlen(session));
	const CaromTranscriptReply *reply;

	(void) state;
	assert_int_equal(t->replies->len, 2);
	assert_int_equal(t->verdicts->len, 4);
	reply = &g_array_index(t->replies, CaromTranscriptReply, 0);
	assert_string_equal(reply->text, "550-5.1.1 no such 550 mailbox");
	assert_true(g_str_has_prefix(reply->host.p, "... while talking to mx.example.net"));
	assert_true(g_str_has_prefix(reply->command.p, ">>> RCPT To:<ann@"));
	assert_ptr_equal(carom_transcript_reply(t, "550-5.1.1 no such"), reply);
	assert_null(carom_transcript_reply(t, "no such"));
	assert_int_equal(carom_transcript_verdict(t, "ANN@example.net")->reply, 0);
	assert_non_null(carom_transcript_verdict(t, "carl@example.net")); /* a local user */
	assert_null(carom_transcript_verdict(t, "late@example.net"));
	assert_null(carom_transcript_read("no transcript here", 18));
	assert_null(carom_transcript_read("Transcript of session follows", 29));
}

static void
explains(void **state)
{
	static const struct {
		const char *name, *recipient, *begins;
		gboolean alone, found;
		const char *diagnostic, *status, *stage, *remote;
	} rows[] = {
		{ "by its own line", "ann@example.net", NULL, FALSE, TRUE,
		  "550-5.1.1 no such 550 mailbox", "5.1.1", "rcpt", "mx.example.net" },
		{ "the second", "ben@example.net", NULL, FALSE, TRUE, "452 4.2.2 full", "4.2.2",
		  "rcpt", "mx.example.net" },
		{ "by the reply's first line", "dan@example.net", "452 4.2.2 full", FALSE, TRUE,
		  "452 4.2.2 full", "4.2.2", "rcpt", "mx.example.net" },
		{ "nobody speaks of it", "dan@example.net", NULL, FALSE, FALSE, NULL, NULL, NULL,
		  NULL },
		{ "the only one: what is said at large", "dan@example.net", NULL, TRUE, TRUE,
		  "452 4.2.2 full", "4.2.2", "rcpt", "mx.example.net" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromTranscript) t = carom_transcript_read(session, strlen(session));
		g_autoptr(CaromReport) report = carom_report_new();
		CaromOutcome *o = carom_report_add(report, rows[i].recipient, CAROM_ACTION_FAILED);

		row_int(rows[i].name,
			carom_transcript_explain(t, report, o, rows[i].begins, rows[i].alone),
			rows[i].found);
		row_string(rows[i].name, o->diagnostic, rows[i].diagnostic);
		row_string(rows[i].name, o->status, rows[i].status);
		row_string(rows[i].name, o->stage, rows[i].stage);
		row_string(rows[i].name, o->remote_mta, rows[i].remote);
	}
}

/* A session about very many recipients is read once, and each of them is found at once. */
static void
finds_in_linear_time(void **state)
{
	gint64 start = g_get_monotonic_time();
	g_autoptr(GString) text = g_string_new("----- Transcript of session follows -----\n");
	g_autoptr(CaromTranscript) t = NULL;

	(void) state;
	for (guint i = 0; i < 20000; i++)
		g_string_append_printf(text, "550 5.1.1 <u%u@example.net>... User unknown\n", i);
	t = carom_transcript_read(text->str, text->len);
	for (guint i = 0; i < 20000; i++) {
		g_autofree char *address = g_strdup_printf("u%u@example.net", i);

		assert_non_null(carom_transcript_verdict(t, address));
	}
	assert_true(g_get_monotonic_time() - start < 5 * G_USEC_PER_SEC);
}

UNIT_MAIN(cmocka_unit_test(reads_entries), cmocka_unit_test(explains),
	  cmocka_unit_test(finds_in_linear_time))
