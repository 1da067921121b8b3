/* SPDX-License-Identifier: BSD-2-Clause */
/* LMTP conversations over a socket pair; the intake is played here. */
#include "unit.h"

#include "serve/lmtp_protocol.h"

#include <sys/socket.h>
#include <unistd.h>

static CaromMemoryBudget budget;
static const CaromDaemonIntake intake = { .budget = &budget };

/* What came to the intake, one line a recipient. */
static GString *taken;
static gsize max_bytes, held_by_others;

CaromStatus
carom_daemon_intake_take(const CaromDaemonIntake *where, const CaromEnvelope *envelope,
			 const CaromBytes *message, CaromReport **report, GError **err)
{
	g_autofree char *text = g_strndup(message->data ? message->data : "", message->len);

	assert_ptr_equal(where, &intake);
	assert_null(report);
	g_strdelimit(text, "\n", '|');
	g_string_append_printf(taken, "%s %s %s %s %s %" G_GSIZE_FORMAT " %s\n", envelope->sender,
			       envelope->recipient,
			       envelope->original_recipient ? envelope->original_recipient : "-",
			       envelope->client_address ? envelope->client_address : "-",
			       envelope->queue_id ? envelope->queue_id : "-", message->size, text);
	return strstr(envelope->recipient, "away") == NULL
		       ? CAROM_OK
		       : carom_status_fail(err, CAROM_RETRY, "away\r\n250 forged");
}

CaromSnapshot *
carom_snapshots_get(CaromSnapshots *snapshots)
{
	static CaromConfig config;
	static CaromKnown known = { .config = &config };
	static CaromSnapshot snapshot = { .known = &known };

	(void) snapshots;
	config.limits.bytes = max_bytes;
	return &snapshot;
}

void
carom_snapshot_unref(CaromSnapshot *snapshot)
{
	(void) snapshot;
}

/* What the server answers to all of it. The caller's. */
static char *
converse(const char *said)
{
	CaromLmtpProtocol *protocol;
	GString *answers = g_string_new(NULL);
	char buffer[4096];
	gssize n;
	int ends[2];

	g_string_truncate(taken, 0);
	budget.held = held_by_others;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[0], said, strlen(said)), strlen(said));
	shutdown(ends[0], SHUT_WR);
	protocol = carom_lmtp_protocol_new(&intake, ends[1]);
	carom_lmtp_protocol_serve(protocol);
	assert_false(carom_lmtp_protocol_is_busy(protocol));
	carom_lmtp_protocol_free(protocol);
	close(ends[1]);
	while ((n = read(ends[0], buffer, sizeof buffer)) > 0)
		g_string_append_len(answers, buffer, n);
	close(ends[0]);
	assert_int_equal(budget.held, held_by_others);
	return g_string_free(answers, FALSE);
}

/* The codes of the answers, those of LHLO left out. */
static char *
codes_of(const char *answers)
{
	GString *codes = g_string_new(NULL);
	g_auto(GStrv) lines = g_strsplit(answers, "\r\n", -1);

	for (char **line = lines; *line && **line; line++)
		if ((*line)[3] == ' ' && strcmp(*line, "250 SIZE") != 0)
			g_string_append_printf(codes, "%.3s ", *line);
	return g_string_free(codes, FALSE);
}

static int
set_up(void **state)
{
	(void) state;
	taken = g_string_new(NULL);
	max_bytes = 1000;
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	g_string_free(taken, TRUE);
	return 0;
}

#define ENVELOPE "LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\n"

static void
commands_have_their_answers(void **state)
{
	static const struct {
		const char *said, *codes;
	} rows[] = {
		{ "", "220 " },
		{ "QUIT\r\n", "220 221 " },
		{ "quit\n", "220 221 " },
		{ "QUIT\r\nNOOP\r\n", "220 221 " },
		{ "NOOP\r\nVRFY x\r\nHELP\r\n\r\nRSET\r\n", "220 250 252 500 500 250 " },
		{ "RCPT TO:<a@b>\r\n", "220 503 " },
		{ "DATA\r\n", "220 503 " },
		{ "MAIL FROM:<a@b> SIZE=1 BODY=8BITMIME\r\nMAIL FROM:<>\r\n", "220 250 503 " },
		{ "MAIL FROM: <a@b>\r\nRCPT TO:<>\r\nRCPT TO:a@b\r\nRCPT <a@b>\r\n",
		  "220 250 501 501 501 " },
		{ "MAIL a@b\r\nMAIL FROM:<a@b\r\nMAIL\r\n", "220 501 501 501 " },
		{ "MAIL FROM:<\"a>b\"@c>\r\nRCPT TO:<\"x\\\">y\"@b>\r\n", "220 250 250 " },
		{ "MAIL FROM:<>\r\nLHLO x\r\nMAIL FROM:<>\r\n", "220 250 250 " },
		{ ENVELOPE "DATA\r\n.\r\nQUIT\r\n", "220 250 250 354 250 221 " },
		{ ENVELOPE "RCPT TO:<away@b.example>\r\nDATA\r\nx\r\n.\r\n",
		  "220 250 250 250 354 250 451 " },
		{ ENVELOPE "DATA\r\nx\r\n", "220 250 250 354 " },
		{ ENVELOPE "DATA\r\nx\r\n.\r\nDATA\r\n", "220 250 250 354 250 503 " },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *answers = converse(rows[i].said);
		g_autofree char *codes = codes_of(answers);

		row_string(rows[i].said, codes, rows[i].codes);
	}
}

static void
what_is_told_comes_to_the_intake(void **state)
{
	static const struct {
		const char *said, *taken;
	} rows[] = {
		{ ENVELOPE "DATA\r\nA: b\r\n\r\n..c\r\n.d\r\n.\r\n",
		  " a@b.example - - - 11 A: b||.c|d|\n" },
		{ ENVELOPE "DATA\r\n.\r\n", " a@b.example - - - 0 \n" },
		{ "MAIL FROM:<s@x.example>\r\nRCPT TO:<a@b> ORCPT=rfc822;o+2Bx+40c\r\n"
		  "RCPT TO:<d@b>\r\nDATA\r\nx\r\n.\r\n",
		  "s@x.example a@b o+x@c - - 2 x|\ns@x.example d@b - - - 2 x|\n" },
		{ "XFORWARD NAME=x ADDR=192.0.2.1 PROTO=ESMTP\r\n"
		  "XFORWARD IDENT=4XkT2s1 SOURCE=REMOTE\r\n" ENVELOPE "DATA\r\nx\r\n.\r\n",
		  " a@b.example - 192.0.2.1 4XkT2s1 2 x|\n" },
		{ "XFORWARD ADDR=IPv6:2001:db8::1\r\n" ENVELOPE "DATA\r\nx\r\n.\r\n",
		  " a@b.example - 2001:db8::1 - 2 x|\n" },
		{ "XFORWARD ADDR=[UNAVAILABLE] IDENT=[UNAVAILABLE]\r\n" ENVELOPE
		  "DATA\r\nx\r\n.\r\n",
		  " a@b.example -  - 2 x|\n" },
		{ "XFORWARD SOURCE=LOCAL\r\n" ENVELOPE "DATA\r\nx\r\n.\r\n",
		  " a@b.example -  - 2 x|\n" },
		{ "XFORWARD ADDR=192.0.2.1\r\nXFORWARD SOURCE=LOCAL\r\n" ENVELOPE
		  "DATA\r\nx\r\n.\r\n",
		  " a@b.example - 192.0.2.1 - 2 x|\n" },
		/* XFORWARD holds for one message */
		{ "XFORWARD ADDR=192.0.2.1 IDENT=4X\r\n" ENVELOPE "DATA\r\nx\r\n.\r\n"
		  "MAIL FROM:<>\r\nRCPT TO:<c@d>\r\nDATA\r\ny\r\n.\r\n",
		  " a@b.example - 192.0.2.1 4X 2 x|\n c@d - - - 2 y|\n" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_free(converse(rows[i].said));
		row_string(rows[i].said, taken->str, rows[i].taken);
	}
}

static void
an_error_s_text_makes_no_second_answer(void **state)
{
	g_autofree char *answers =
		converse("MAIL FROM:<>\r\nRCPT TO:<away@b>\r\nDATA\r\nx\r\n.\r\n");

	(void) state;
	assert_null(strstr(answers, "\n250 forged"));
	assert_non_null(strstr(answers, "451 4.3.0 Not recorded: away"));
}

static void
a_message_over_the_limit_is_cut_and_counted(void **state)
{
	g_autofree char *answers = NULL, *codes = NULL;

	(void) state;
	max_bytes = 4;
	answers = converse(ENVELOPE "DATA\r\n123\r\n456\r\n.\r\n");
	codes = codes_of(answers);
	assert_string_equal(codes, "220 250 250 354 250 ");
	assert_string_equal(taken->str, " a@b.example - - - 8 123|\n");
}

static void
what_finds_no_room_is_put_off_at_its_end(void **state)
{
	const gsize all = 64 * 1024 * 1024;
	g_autofree char *answers = NULL, *codes = NULL;

	(void) state;
	held_by_others = all;
	answers = converse(ENVELOPE "RCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n");
	held_by_others = 0;
	codes = codes_of(answers);
	assert_string_equal(codes, "220 250 250 250 354 452 452 250 ");
	assert_string_equal(taken->str, "");
}

static void
a_hundred_recipients_and_no_more(void **state)
{
	GString *said = g_string_new("MAIL FROM:<>\r\n");
	g_autofree char *answers = NULL;

	(void) state;
	for (int i = 0; i < 101; i++)
		g_string_append_printf(said, "RCPT TO:<a%d@b>\r\n", i);
	answers = converse(said->str);
	assert_non_null(strstr(answers, "452 4.5.3 "));
	g_string_truncate(said, said->len - strlen("RCPT TO:<a100@b>\r\n"));
	g_free(answers);
	answers = converse(said->str);
	assert_null(strstr(answers, "452 "));
	g_string_free(said, TRUE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_MAIN(TEST(commands_have_their_answers), TEST(what_is_told_comes_to_the_intake),
	  TEST(an_error_s_text_makes_no_second_answer),
	  TEST(a_message_over_the_limit_is_cut_and_counted),
	  TEST(what_finds_no_room_is_put_off_at_its_end), TEST(a_hundred_recipients_and_no_more))
