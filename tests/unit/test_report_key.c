/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "report/report_key.h"

static const char message[] = "From: mailer-daemon@mx.example\nTo: news@b.example\n"
			      "Subject: failure\nMessage-ID: <1@mx.example>\n\nuser unknown\n"
			      "  indented\n";

static void
is_the_same_when_delivered_again(void **state)
{
	static const struct {
		const char *name, *message;
	} rows[] = {
		{ "itself", message },
		{ "trace fields above",
		  "Return-Path: <>\nReceived: from a by b;\n\tTue, 10 Nov 2026\n"
		  "Delivered-To: news@b.example\nX-Original-To: news@b.example\n"
		  "From: mailer-daemon@mx.example\nTo: news@b.example\nSubject: failure\n"
		  "Message-ID: <1@mx.example>\n\nuser unknown\n  indented\n" },
		{ "results of filters",
		  "From: mailer-daemon@mx.example\nX-Spam-Status: No, score=1\n continued\n"
		  "To: news@b.example\nAuthentication-Results: mx; spf=none\n"
		  "Subject: failure\nMessage-ID: <1@mx.example>\n\nuser unknown\n  indented\n" },
		{ "seals", "ARC-Seal: i=1; a=x\nFrom: mailer-daemon@mx.example\n"
			   "To: news@b.example\nSubject: failure\nMessage-ID: <1@mx.example>\n\n"
			   "user unknown\n  indented\n" },
		{ "CR LF",
		  "From: mailer-daemon@mx.example\r\nTo: news@b.example\r\nSubject: failure\r\n"
		  "Message-ID: <1@mx.example>\r\n\r\nuser unknown\r\n  indented\r\n" },
		{ "blanks at line ends",
		  "From: mailer-daemon@mx.example \nTo: news@b.example\nSubject: failure\n"
		  "Message-ID: <1@mx.example>\n\nuser unknown  \n  indented\n" },
		{ "empty lines at the end",
		  "From: mailer-daemon@mx.example\nTo: news@b.example\nSubject: failure\n"
		  "Message-ID: <1@mx.example>\n\nuser unknown\n  indented\n\n\n" },
		{ "no last line end",
		  "From: mailer-daemon@mx.example\nTo: news@b.example\nSubject: failure\n"
		  "Message-ID: <1@mx.example>\n\nuser unknown\n  indented" },
	};
	g_autofree char *want = carom_report_key(message, strlen(message), "news@b.example");

	(void) state;
	assert_int_equal(strlen(want), 64);
	assert_int_equal(strspn(want, "0123456789abcdef"), 64);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_report_key(rows[i].message, strlen(rows[i].message),
							"news@b.example");

		row_string(rows[i].name, got, want);
	}
}

static void
differs_when_the_report_does(void **state)
{
	static const struct {
		const char *name, *message, *recipient;
	} rows[] = {
		{ "another recipient", message, "news+x@b.example" },
		{ "no recipient", message, NULL },
		{ "another body",
		  "From: mailer-daemon@mx.example\nTo: news@b.example\nSubject: failure\n"
		  "Message-ID: <1@mx.example>\n\nmailbox full\n  indented\n",
		  "news@b.example" },
		{ "another indent",
		  "From: mailer-daemon@mx.example\nTo: news@b.example\nSubject: failure\n"
		  "Message-ID: <1@mx.example>\n\nuser unknown\nindented\n",
		  "news@b.example" },
		{ "another Message-ID",
		  "From: mailer-daemon@mx.example\nTo: news@b.example\nSubject: failure\n"
		  "Message-ID: <2@mx.example>\n\nuser unknown\n  indented\n",
		  "news@b.example" },
		{ "a Received in the body",
		  "From: mailer-daemon@mx.example\nTo: news@b.example\nSubject: failure\n"
		  "Message-ID: <1@mx.example>\n\nReceived: x\nuser unknown\n  indented\n",
		  "news@b.example" },
		{ "a field more",
		  "X-Other: 1\nFrom: mailer-daemon@mx.example\nTo: news@b.example\n"
		  "Subject: failure\nMessage-ID: <1@mx.example>\n\nuser unknown\n  indented\n",
		  "news@b.example" },
	};
	g_autofree char *base = carom_report_key(message, strlen(message), "news@b.example");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_report_key(rows[i].message, strlen(rows[i].message),
							rows[i].recipient);

		row_true(rows[i].name, strcmp(got, base) != 0);
	}
}

static void
takes_any_bytes(void **state)
{
	g_autofree char *lower = carom_report_key(message, strlen(message), "News@B.Example");
	g_autofree char *same = carom_report_key(message, strlen(message), "news@b.example");
	g_autofree char *empty = carom_report_key("", 0, NULL);
	g_autofree char *nuls = carom_report_key("a\0b", 3, NULL),
			*cut = carom_report_key("a\0c", 3, NULL);

	(void) state;
	assert_string_equal(lower, same);
	assert_int_equal(strlen(empty), 64);
	assert_string_not_equal(nuls, cut);
}

UNIT_MAIN(cmocka_unit_test(is_the_same_when_delivered_again),
	  cmocka_unit_test(differs_when_the_report_does), cmocka_unit_test(takes_any_bytes))
