/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/postfix_log.h"

#define NOON_28_NOVEMBER 1795867200 /* 2026-11-28T12:00:00Z */

static char *
text_of(const CaromPostfixPiece *piece)
{
	return piece->len > 0 ? g_strndup(piece->text, piece->len) : NULL;
}

static void
takes_lines_apart(void **state)
{
	static const struct {
		const char *line, *host, *tag, *text;
		gint64 time;
	} rows[] = {
		{ "Nov 28 12:00:00 mx postfix/smtp[123]: 4X: text", "mx", "postfix/smtp",
		  "4X: text", NOON_28_NOVEMBER },
		{ "Nov  8 12:00:00 mx.example.com postfix/smtp[1]: a", "mx.example.com",
		  "postfix/smtp", "a", NOON_28_NOVEMBER - 20 * 86400 },
		{ "2026-11-28T12:00:00.123456+00:00 mx postfix/smtp[1]: a", "mx", "postfix/smtp",
		  "a", NOON_28_NOVEMBER },
		{ "2026-11-28T19:00:00+0700 mx postfix-out/smtp[1]: a", "mx", "postfix-out/smtp",
		  "a", NOON_28_NOVEMBER },
		{ "2026-11-28T12:00:00Z mx kernel: a b", "mx", "kernel", "a b", NOON_28_NOVEMBER },
		{ "<22>Nov 28 12:00:00 mx postfix/smtp[123]: a", "mx", "postfix/smtp", "a",
		  NOON_28_NOVEMBER },
		/* December of the year before */
		{ "Dec 28 12:00:00 mx postfix/smtp[123]: a", "mx", "postfix/smtp", "a",
		  NOON_28_NOVEMBER - 335 * 86400 },
		/* no lines of a log */
		{ "", NULL, NULL, NULL, 0 },
		{ "Nov 28", NULL, NULL, NULL, 0 },
		{ "Nov 28 12:00 mx postfix/smtp[1]: a", NULL, NULL, NULL, 0 },
		{ "Foo 28 12:00:00 mx postfix/smtp[1]: a", NULL, NULL, NULL, 0 },
		{ "Nov 28 12:00:00 mx postfix/smtp[1", NULL, NULL, NULL, 0 },
		{ "Nov 28 12:00:00 mx postfix/smtp[1] a", NULL, NULL, NULL, 0 },
		{ "2026-11-28T12:00:00+00:0 mx postfix/smtp[1]: a", NULL, NULL, NULL, 0 },
		/* no time */
		{ "Nov 31 12:00:00 mx postfix/smtp[1]: a", "mx", "postfix/smtp", "a", -1 },
		{ "2026-13-28T12:00:00Z mx postfix/smtp[1]: a", "mx", "postfix/smtp", "a", -1 },
	};
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromPostfixHeader header;
		gboolean is_line =
			carom_postfix_log_header(rows[i].line, strlen(rows[i].line), &header);
		g_autofree char *host = is_line ? text_of(&header.host) : NULL;
		g_autofree char *tag = is_line ? text_of(&header.tag) : NULL;
		g_autofree char *text = is_line ? text_of(&header.text) : NULL;

		row_string(rows[i].line, host, rows[i].host);
		row_string(rows[i].line, tag, rows[i].tag);
		row_string(rows[i].line, text, rows[i].text);
		if (is_line)
			row_int(rows[i].line,
				carom_postfix_log_time(&header.stamp, utc, NOON_28_NOVEMBER),
				rows[i].time);
	}
}

static void
knows_the_zone_of_a_bare_time(void **state)
{
	g_autoptr(GTimeZone) jakarta = g_time_zone_new_identifier("Asia/Jakarta");
	const CaromPostfixStamp stamp = { .month = 11, .day = 28, .hour = 19 };
	/* New Year has just begun there and not yet here */
	const CaromPostfixStamp new_year = { .month = 1, .day = 1, .hour = 1 };

	(void) state;
	assert_int_equal(carom_postfix_log_time(&stamp, jakarta, NOON_28_NOVEMBER),
			 NOON_28_NOVEMBER);
	/* 2026-12-31T18:00:00Z */
	assert_int_equal(carom_postfix_log_time(&new_year, jakarta, 1798740000), 1798740000);
}

typedef struct {
	const char *tag, *text;
	CaromPostfixKind kind;
	const char *id, *address;
	CaromPostfixOutcome outcome;
	const char *relay, *said;
} Row;

#define TO                                                                                         \
	"to=<a@b.example>, relay=mx.b.example[192.0.2.1]:25, delay=1.2, "                          \
	"delays=0.1/0/0.5/0.6, dsn=2.0.0, "

static const Row rows[] = {
	{ "postfix/smtp", "4Xk12: " TO "status=sent (250 2.0.0 Ok)", CAROM_POSTFIX_DELIVERY,
	  "4Xk12", "a@b.example", CAROM_POSTFIX_SENT, "mx.b.example", "250 2.0.0 Ok" },
	{ "postfix/smtp",
	  "4Xk12: to=<a@b.example>, orig_to=<x@y.example>, relay=none, conn_use=2, delay=1, "
	  "delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to b.example[192.0.2.1]:25: "
	  "Connection timed out)",
	  CAROM_POSTFIX_DELIVERY, "4Xk12", "a@b.example", CAROM_POSTFIX_DEFERRED, "none",
	  "connect to b.example[192.0.2.1]:25: Connection timed out" },
	{ "postfix-out/relay/smtp", "4Xk12: " TO "status=bounced (host said: 550 5.1.1 (x))",
	  CAROM_POSTFIX_DELIVERY, "4Xk12", "a@b.example", CAROM_POSTFIX_BOUNCED, "mx.b.example",
	  "host said: 550 5.1.1 (x)" },
	{ "postfix/smtp", "4Xk12: " TO "status=SOFTBOUNCE (x)", CAROM_POSTFIX_DELIVERY, "4Xk12",
	  "a@b.example", CAROM_POSTFIX_DEFERRED, "mx.b.example", "x" },
	{ "postfix/qmgr", "4Xk12: from=<s@b.example>, size=10, nrcpt=1 (queue active)",
	  CAROM_POSTFIX_SENDER, "4Xk12", "s@b.example", 0, NULL, NULL },
	{ "postfix/qmgr", "4Xk12: from=<>, size=10, nrcpt=1 (queue active)", CAROM_POSTFIX_SENDER,
	  "4Xk12", NULL, 0, NULL, NULL },
	{ "postfix/qmgr", "4Xk12: from=<s@b.example>, status=expired, returned to sender",
	  CAROM_POSTFIX_EXPIRED, "4Xk12", "s@b.example", 0, NULL, NULL },
	{ "postfix/qmgr", "4Xk12: removed", CAROM_POSTFIX_REMOVED, "4Xk12", NULL, 0, NULL, NULL },
	{ "postfix/pickup", "4Xk12: uid=0 from=<root>", CAROM_POSTFIX_PICKUP, "4Xk12", NULL, 0,
	  NULL, NULL },
	{ "postfix/smtpd", "4Xk12: client=unknown[192.0.2.9]", CAROM_POSTFIX_CLIENT, "4Xk12", NULL,
	  0, NULL, NULL },
	/* what a stranger put there */
	{ "postfix/smtp",
	  "4Xk12: to=<\"x>, relay=evil, delay=1, dsn=5.1.1, status=bounced (y\"@b.example>, "
	  "relay=mx.b.example[192.0.2.1]:25, delay=1.2, delays=0/0/0/0, dsn=2.0.0, status=sent "
	  "(250 ok)",
	  CAROM_POSTFIX_DELIVERY, "4Xk12",
	  "\"x>, relay=evil, delay=1, dsn=5.1.1, status=bounced (y\"@b.example", CAROM_POSTFIX_SENT,
	  "mx.b.example", "250 ok" },
	{ "postfix/smtp",
	  "4Xk12: " TO "status=sent (250 >, relay=x, delay=1, dsn=5.0.0, status=bounced (no))",
	  CAROM_POSTFIX_DELIVERY, "4Xk12", "a@b.example", CAROM_POSTFIX_SENT, "mx.b.example",
	  "250 >, relay=x, delay=1, dsn=5.0.0, status=bounced (no)" },
	/* nothing that counts */
	{ "postfix/smtp", "4Xk12: " TO "status=deliverable (x)", 0, NULL, NULL, 0, NULL, NULL },
	{ "postfix/smtp", "4Xk12: " TO "status=sent", 0, NULL, NULL, 0, NULL, NULL },
	{ "postfix/smtp", "4Xk12: to=<a@b.example>, status=sent (x)", 0, NULL, NULL, 0, NULL,
	  NULL },
	{ "postfix/smtp", "4Xk12: to=<a@b.example", 0, NULL, NULL, 0, NULL, NULL },
	{ "postfix/smtp", "4Xk12: host mx said: 450 no", 0, NULL, NULL, 0, NULL, NULL },
	{ "postfix/smtpd", "NOQUEUE: client=unknown[192.0.2.9]", 0, NULL, NULL, 0, NULL, NULL },
	{ "postfix/smtpd", "warning: client=unknown", 0, NULL, NULL, 0, NULL, NULL },
	{ "postfix/smtp", "4-k12: " TO "status=sent (x)", 0, NULL, NULL, 0, NULL, NULL },
	{ "kernel", "4Xk12: " TO "status=sent (x)", 0, NULL, NULL, 0, NULL, NULL },
	{ "postfix/qmgr", "4Xk12: removed by hand", 0, NULL, NULL, 0, NULL, NULL },
	{ "postfix/smtp", "", 0, NULL, NULL, 0, NULL, NULL },
};

static void
reads_what_postfix_says(void **state)
{
	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const Row *row = &rows[i];
		const CaromPostfixPiece tag = { row->tag, strlen(row->tag) };
		const CaromPostfixPiece text = { row->text, strlen(row->text) };
		CaromPostfixEvent event;
		gboolean counts = carom_postfix_log_event(&tag, &text, &event);
		g_autofree char *id = counts ? text_of(&event.id) : NULL;
		g_autofree char *address = counts ? text_of(&event.address) : NULL;
		g_autofree char *relay = counts ? text_of(&event.relay) : NULL;
		g_autofree char *said = counts ? text_of(&event.said) : NULL;

		row_int(row->text, counts, row->kind != CAROM_POSTFIX_OTHER);
		row_string(row->text, id, row->id);
		row_string(row->text, address, row->address);
		row_string(row->text, relay, row->relay);
		row_string(row->text, said, row->said);
		if (counts)
			row_int(row->text, event.kind, row->kind);
		if (counts && row->kind == CAROM_POSTFIX_DELIVERY)
			row_int(row->text, event.outcome, row->outcome);
	}
}

static void
knows_who_handed_it_in(void **state)
{
	static const char text[] = "4Xk12: client=localhost[127.0.0.1], orig_queue_id=4Xk11, "
				   "orig_client=a.example[192.0.2.9], sasl_method=PLAIN, "
				   "sasl_username=app";
	const CaromPostfixPiece tag = { "postfix/submission/smtpd", 24 };
	const CaromPostfixPiece piece = { text, strlen(text) };
	CaromPostfixEvent event;

	(void) state;
	assert_true(carom_postfix_log_event(&tag, &piece, &event));
	g_autofree char *client = text_of(&event.client), *login = text_of(&event.login);
	g_autofree char *before = text_of(&event.original_id);
	assert_string_equal(client, "127.0.0.1");
	assert_string_equal(login, "app");
	assert_string_equal(before, "4Xk11");
	g_autofree char *first = text_of(&event.original_client);
	assert_string_equal(first, "192.0.2.9");
}

static void
tells_what_leaves_and_under_which_id(void **state)
{
	static const struct {
		const char *tag, *said, *queued_as;
		gboolean leaves;
	} cases[] = {
		{ "postfix/smtp", "250 2.0.0 Ok: queued as 4XkT2s1", "4XkT2s1", TRUE },
		{ "postfix/smtp", "250 2.0.0 from MTA(x): 250 Ok: queued as 4XkT2s1)", "4XkT2s1",
		  TRUE },
		{ "postfix/smtp", "250 2.0.0 Ok: queued as <x>", NULL, TRUE },
		{ "postfix/error", "x", NULL, TRUE },
		{ "postfix/lmtp", "x", NULL, FALSE },
		{ "postfix/pipe", "x", NULL, FALSE },
		{ "postfix/local", "x", NULL, FALSE },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text =
			g_strdup_printf("4Xk12: " TO "status=sent (%s)", cases[i].said);
		const CaromPostfixPiece tag = { cases[i].tag, strlen(cases[i].tag) };
		const CaromPostfixPiece piece = { text, strlen(text) };
		CaromPostfixEvent event;

		row_true(cases[i].said, carom_postfix_log_event(&tag, &piece, &event));
		g_autofree char *queued_as = text_of(&event.queued_as);
		row_string(cases[i].said, queued_as, cases[i].queued_as);
		row_int(cases[i].tag, event.leaves, cases[i].leaves);
	}
}

UNIT_MAIN(cmocka_unit_test(takes_lines_apart), cmocka_unit_test(knows_the_zone_of_a_bare_time),
	  cmocka_unit_test(reads_what_postfix_says), cmocka_unit_test(knows_who_handed_it_in),
	  cmocka_unit_test(tells_what_leaves_and_under_which_id))
