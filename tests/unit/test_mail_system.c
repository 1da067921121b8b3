/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/mail_system.h"
#include "parsers/parser.h"

static CaromMail *
mail_of(const char *header)
{
	return carom_mail_open(header, strlen(header), NULL);
}

static void
knows_senders(void **state)
{
	static const struct {
		const char *header;
		CaromSender sender;
		gboolean sent, maybe;
	} rows[] = {
		{ "From: Alice <alice@example.org>\n\n", CAROM_SENDER_PERSON, FALSE, FALSE },
		{ "From: MAILER-DAEMON@mx.example\n\n", CAROM_SENDER_DAEMON, TRUE, TRUE },
		{ "From: Mail Delivery System <x@mx.example>\n\n", CAROM_SENDER_DAEMON, TRUE,
		  TRUE },
		{ "From: =?utf-8?q?Mail_Delivery_System?= <x@mx.example>\n\n", CAROM_SENDER_DAEMON,
		  TRUE, TRUE },
		{ "From: Mail Delivery System via Helpdesk <help@example.org>\n\n",
		  CAROM_SENDER_PERSON, FALSE, FALSE },
		{ "From: <postmaster@mx.example>\n\n", CAROM_SENDER_SYSTEM, TRUE, TRUE },
		{ "From: abuse@mx.example\n\n", CAROM_SENDER_PERSON, TRUE, FALSE },
		{ "From: root@mx.example\n\n", CAROM_SENDER_MACHINE, FALSE, TRUE },
		{ "From: bounces@mx.example\n\n", CAROM_SENDER_SYSTEM, TRUE, TRUE },
		{ "From: bounces.fan@mx.example\n\n", CAROM_SENDER_PERSON, FALSE, FALSE },
		{ "Return-Path: <>\nFrom: alice@example.org\n\n", CAROM_SENDER_PERSON, TRUE, TRUE },
		{ "Return-Path: <double-bounce@mx.example>\nFrom: alice@example.org\n\n",
		  CAROM_SENDER_PERSON, TRUE, TRUE },
		{ "Auto-Submitted: auto-replied\nFrom: alice@example.org\n\n", CAROM_SENDER_PERSON,
		  FALSE, TRUE },
		{ "Subject: no From\n\n", CAROM_SENDER_MACHINE, TRUE, TRUE },
		{ "Return-Path: <>\nFrom: <>\n\n", CAROM_SENDER_SYSTEM, TRUE, TRUE },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromMail) mail = mail_of(rows[i].header);

		for (guint twice = 0; twice < 2; twice++) { /* the answer is kept */
			row_int(rows[i].header, carom_mail_system_sender(mail), rows[i].sender);
			row_int(rows[i].header, carom_mail_system_sent(mail), rows[i].sent);
			row_int(rows[i].header, carom_mail_system_maybe_sent(mail), rows[i].maybe);
		}
	}
}

static void
knows_roles(void **state)
{
	(void) state;
	assert_true(carom_mail_system_is_role("MAILER-DAEMON@example.com"));
	assert_true(carom_mail_system_is_role("postmaster"));
	assert_true(carom_mail_system_is_role("PostMaster@example.com"));
	assert_true(carom_mail_system_is_role("mail_daemon@example.com"));
	assert_true(carom_mail_system_is_role("abuse@example.com"));
	assert_false(carom_mail_system_is_role("postmaster.fan@example.com"));
	assert_false(carom_mail_system_is_role("alice@example.com"));
	assert_false(carom_mail_system_is_role(""));
}

/* All fields of that name count, and a broken one ends nothing but itself. */
static void
reads_failed_recipients(void **state)
{
	g_autoptr(CaromMail) mail = mail_of("X-Failed-Recipients: a@example.org,\n"
					    "\tb@example.org\nX-Failed-Recipients: nobody\n"
					    "X-Failed-Recipients: <c@example.org>\n\n");
	g_autoptr(CaromMail) none = mail_of("Subject: x\n\n");
	const GPtrArray *failed = carom_mail_system_failed_recipients(mail);

	(void) state;
	assert_int_equal(failed->len, 3);
	assert_string_equal(failed->pdata[1], "b@example.org");
	assert_string_equal(failed->pdata[2], "c@example.org");
	assert_ptr_equal(carom_mail_system_failed_recipients(mail), failed);
	assert_int_equal(carom_mail_system_failed_recipients(none)->len, 0);
}

/* The same text is the same format, whatever the mail system calls itself. */
static void
one_answer_for_all_readers(void **state)
{
	static const char *const senders[] = { "mailer-daemon",  "MAILER-DAEMON", "mail_daemon",
					       "maildelivery",   "post_master",   "postmaster",
					       "mail-daemon",    "mailerdaemon",  "mailer",
					       "mail.delivery1", "bounces",       "MDaemon" };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(senders); i++) {
		g_autofree char *message = g_strdup_printf(
			"From: %s@mx.example\nSubject: failure notice\n\n"
			"I'm afraid I wasn't able to deliver your message to the following "
			"addresses.\n\n<ghost@example.org>:\nSorry, no mailbox here.\n\n"
			"--- Below this line is a copy of the message.\n\nSubject: hello\n",
			senders[i]);
		g_autoptr(CaromMail) mail = mail_of(message);
		g_autoptr(CaromReport) report = carom_report_new();

		carom_parsers_read(mail, report);
		row_string(senders[i], report->format, "qmail");
		row_int(senders[i], report->outcomes->len, 1);
	}
}

UNIT_MAIN(cmocka_unit_test(knows_senders), cmocka_unit_test(knows_roles),
	  cmocka_unit_test(reads_failed_recipients), cmocka_unit_test(one_answer_for_all_readers))
