/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/reply.h"

static void
reads_codes(void **state)
{
	static const struct {
		const char *text, *reply, *status, *stage;
	} rows[] = {
		{ "550 5.1.1 no such user", "550", "5.1.1", NULL },
		{ "550-5.1.1 no such\n550 5.1.1 user", "550", "5.1.1", NULL },
		{ "550 #5.1.0 Address rejected", "550", "5.1.0", NULL },
		{ "550 sorry, no mailbox here by that name (#5.1.1)", "550", "5.1.1", NULL },
		{ "452 4.2.2 over quota", "452", "4.2.2", NULL },
		{ "421 Service not available", "421", "", NULL },
		{ "5.1.1 user unknown", "", "5.1.1", NULL },
		{ "5.7.26", "", "5.7.26", NULL },
		{ "5.1.10 null MX", "", "5.1.10", NULL },
		{ "user unknown", "", "", NULL },
		{ "", "", "", NULL },
		{ "host mx.example[192.0.2.1] said: 550 5.7.1 no (in reply to RCPT TO command)",
		  "550", "5.7.1", "rcpt" },
		{ "host mx.example[192.0.2.1] said: 554 no (in reply to end of DATA command)",
		  "554", "", "eom" },
		{ "host mx.example said: 501 no (in reply to MAIL FROM command)", "501", "",
		  "mail" },
		/* numbers that are no codes */
		{ "connect to 10.5.1.1[10.5.1.1]:25: Connection refused", "", "", NULL },
		{ "Connection to 192.0.2.1 port 465 timed out", "", "", NULL },
		{ "Refused, message size 443 is not the matter", "", "", NULL },
		{ "SMTP error from remote server after RCPT command: host: mx.b.example 550 no "
		  "such user",
		  "550", "", "rcpt" },
		{ "<a@b.example>: 550 no such user (Error following RCPT command)", "550", "",
		  "rcpt" },
		{ "message is 552 bytes too long", "", "", NULL },
		{ "Postfix 2.5.1 is old", "", "", NULL },
		{ "alice550@example.com", "", "", NULL },
		{ "queue id 550A1B", "", "", NULL },
		{ "version 5.1.1.3 of it", "", "", NULL },
		{ "the year 5501", "", "", NULL },
		/* a delivered one says so first of all; amid a text it is no reply */
		{ "250 2.0.0 Ok", "250", "", NULL },
		{ "relayed, 250 2.0.0 Ok", "", "", NULL },
		/* two codes of which one is the remote server's */
		{ "5.1.0 - Unknown address error 550-'5.7.1 <a@b.example>... Access denied'", "550",
		  "5.7.1", NULL },
		{ "554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 "
		  "Connection timed out>",
		  "421", "4.4.2", NULL },
		{ "421 Service unavailable (#4.3.2)", "421", "4.3.2", NULL },
		/* other servers' words for the command */
		{ "192.0.2.1 does not like recipient. Remote host said: 550 no", "550", "",
		  "rcpt" },
		{ "192.0.2.1 failed after I sent the message. Remote host said: 554 no", "554", "",
		  "eom" },
		{ "mx.b.example [192.0.2.1] did not like our EHLO: 550 no", "550", "", "helo" },
		{ "host mx.b.example[192.0.2.1] refused to talk to me: 421 busy", "421", "",
		  "connect" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromReplyCodes codes;

		carom_reply_codes(rows[i].text, strlen(rows[i].text), &codes);
		row_string(rows[i].text, codes.reply, rows[i].reply);
		row_string(rows[i].text, codes.status, rows[i].status);
		row_string(rows[i].text, codes.stage, rows[i].stage);
	}
}

static void
finds_the_host(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "host mx.b.example[192.0.2.1] said: 550 no", "mx.b.example" },
		{ "SMTP error from remote mail server after RCPT TO:<a@b.example>: host "
		  "mx.b.example [192.0.2.1]: 550 no",
		  "mx.b.example" },
		{ "mx.b.example [192.0.2.1]: Connection refused", "mx.b.example" },
		{ "... while talking to mx.b.example.:", "mx.b.example" },
		{ "connect to mx.b.example[192.0.2.1]:25: Connection timed out", "mx.b.example" },
		{ "mx.b.example [192.0.2.1] did not like our RCPT TO: 550 no", "mx.b.example" },
		{ "192.0.2.1 does not like recipient. Remote host said: 550 no", "192.0.2.1" },
		{ "Connected to 192.0.2.1 but sender was rejected.", "192.0.2.1" },
		{ "[192.0.2.1] did not like our RCPT TO: 550 no", "[192.0.2.1]" },
		/* hosts that nobody talked to */
		{ "Host or domain name not found. Name service error for name=b.example", NULL },
		{ "DNS lookup failure: host nowhere.example not found", NULL },
		{ "550 5.1.1 no such user", NULL },
		{ "", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		gsize n = 0;
		const char *host = carom_reply_host(rows[i].text, strlen(rows[i].text), &n);
		g_autofree char *got = host ? g_strndup(host, n) : NULL;

		row_string(rows[i].text, got, rows[i].want);
	}
}

static void
reads_a_status_at_the_start(void **state)
{
	static const struct {
		const char *text;
		gsize len;
		const char *want;
	} rows[] = {
		{ "5.1.1", 5, "5.1.1" },
		{ "4.222.999x", 9, "4.222.999" },
		{ "2.0.0 (delivered)", 5, "2.0.0" },
		{ "5.1.1.", 5, "5.1.1" },
		{ "5.1.1.1", 0, "" },
		{ "5.1", 0, "" },
		{ "5.1.", 0, "" },
		{ "3.1.1", 0, "" },
		{ "5.1234.1", 0, "" },
		{ "5.1.1234", 0, "" },
		{ "", 0, "" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		char status[12] = "";
		gsize len = carom_reply_status_at(rows[i].text, strlen(rows[i].text), status);

		row_int(rows[i].text, len, rows[i].len);
		if (len > 0)
			row_string(rows[i].text, status, rows[i].want);
	}
}

/* Never past len: the rest belongs to somebody else. */
static void
stops_at_the_length(void **state)
{
	static const char text[] = "550 5.1.1 no such user";

	(void) state;
	for (gsize len = 0; len <= strlen(text); len++) {
		g_autofree char *copy =
			g_malloc(len ? len : 1); /* so that a sanitizer sees a byte too far */
		CaromReplyCodes codes;

		memcpy(copy, text, len);
		carom_reply_codes(copy, len, &codes);
		assert_true(codes.status[0] == '\0' || len >= 9);
		assert_true(codes.reply[0] == '\0' || len >= 3);
	}
}

static void
names_the_host(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "host mx.example.net[192.0.2.1] said: 550 no", "mx.example.net" },
		{ "while talking to mx.example.net.:", "mx.example.net" },
		{ "550 no such user", NULL },
		{ "", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		gsize n = 0;
		const char *host = carom_reply_host(rows[i].text, strlen(rows[i].text), &n);
		g_autofree char *got = host ? g_strndup(host, n) : NULL;

		row_string(rows[i].text, got, rows[i].want);
	}
}

UNIT_MAIN(cmocka_unit_test(reads_codes), cmocka_unit_test(finds_the_host),
	  cmocka_unit_test(reads_a_status_at_the_start), cmocka_unit_test(stops_at_the_length),
	  cmocka_unit_test(names_the_host))
