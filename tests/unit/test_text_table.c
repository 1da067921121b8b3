/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "parsers/reading/text_table.h"

#define FROM_DAEMON "From: MAILER-DAEMON@mx.example\nSubject: undeliverable\n\n"

/* What a report part looks like, and whom and what a row of that form finds in it. */
static void
finds_recipients_and_reasons(void **state)
{
	static const struct {
		CaromTextFormat row;
		const char *text;
		const char *want; /* "recipient: diagnostic" and a line end for each */
	} rows[] = {
		{ { .name = "alone, paragraph",
		    .start = { "could not deliver" },
		    .recipient = CAROM_RCPT_ALONE },
		  "Hello,\nCould not deliver to:\n\n  - alice@example.org,\n550 no such user\nat all\n\n"
		  "bob@example.org is fine\n",
		  "alice@example.org: 550 no such user at all\n" },
		{ { .name = "angle, rest of the line",
		    .recipient = CAROM_RCPT_ANGLE,
		    .reason_form = CAROM_REASON_REST },
		  "<alice@example.org>: mailbox full\nmore\n<bob@example.org>: no such user\n",
		  "alice@example.org: mailbox full\nbob@example.org: no such user\n" },
		{ { .name = "angle, all behind it",
		    .recipient = CAROM_RCPT_ANGLE,
		    .reason_form = CAROM_REASON_BEHIND },
		  "<alice@example.org>\n  mailbox full\n<bob@example.org>: no\nsuch user\n\nbye\n",
		  "alice@example.org: mailbox full\nbob@example.org: no such user\n" },
		{ { .name = "alone, and the rest of a broken line",
		    .recipient = CAROM_RCPT_ALONE,
		    .reason_form = CAROM_REASON_PARAGRAPH },
		  "alice@example.org\nrefused after RCPT\nTO:<alice@example.org>:\nno such user\n",
		  "alice@example.org: refused after RCPT TO:<alice@example.org>: no such user\n" },
		{ { .name = "opens, following lines",
		    .recipient = CAROM_RCPT_OPENS,
		    .reason_form = CAROM_REASON_FOLLOWING },
		  "alice@example.org on mx.example.org\n  550 unknown\n\nbye\n",
		  "alice@example.org: 550 unknown\n" },
		{ { .name = "opens, what follows a colon",
		    .recipient = CAROM_RCPT_OPENS,
		    .reason_form = CAROM_REASON_REST },
		  "alice@example.org:unknown user\n",
		  "alice@example.org: unknown user\n" },
		{ { .name = "after, a reason for all",
		    .recipient = CAROM_RCPT_AFTER,
		    .rcpt = { "Recipient:" },
		    .reason_form = CAROM_REASON_AFTER,
		    .reason = { "Reason:" } },
		  "Reason: over quota\n\nRecipient: <alice@example.org>\nRecipient:\n"
		  "  bob@example.org\n",
		  "alice@example.org: over quota\nbob@example.org: over quota\n" },
		{ { .name = "after, the mark is part of the reason",
		    .recipient = CAROM_RCPT_AFTER,
		    .rcpt = { "To:" },
		    .reason_form = CAROM_REASON_AFTER,
		    .reason = { "550 ", "450 " },
		    .reason_with_mark = TRUE,
		    .reason_end = " -->" },
		  "To: alice@example.org\n<-- 550 unknown -->\n",
		  "alice@example.org: 550 unknown\n" },
		{ { .name = "after, what leads to it is all that is said",
		    .recipient = CAROM_RCPT_AFTER,
		    .rcpt = { "User unknown:" } },
		  "User unknown: alice@example.org\n",
		  "alice@example.org: User unknown\n" },
		{ { .name = "between",
		    .recipient = CAROM_RCPT_BETWEEN,
		    .rcpt = { "addresses (" },
		    .rcpt_end = ")",
		    .reason_form = CAROM_REASON_PARAGRAPH },
		  "The addresses (alice@example.org,\nbob@example.org) failed.\n",
		  "alice@example.org: failed.\nbob@example.org: failed.\n" },
		{ { .name = "above",
		    .recipient = CAROM_RCPT_ANGLE,
		    .reason_form = CAROM_REASON_ABOVE },
		  "no such user\n<alice@example.org>\n<bob@example.org>\n\nfull\n"
		  "<carol@example.org>\n",
		  "alice@example.org: no such user\nbob@example.org: no such user\n"
		  "carol@example.org: full\n" },
		{ { .name = "an announced reason",
		    .recipient = CAROM_RCPT_AFTER,
		    .rcpt = { "Delivery to" } },
		  "Delivery to alice@example.org failed:\n\nno such user\n",
		  "alice@example.org: no such user\n" },
		{ { .name = "a list, then the reason", .recipient = CAROM_RCPT_ALONE },
		  "alice@example.org\nbob@example.org\nno such users\n",
		  "alice@example.org: no such users\nbob@example.org: no such users\n" },
		{ { .name = "the part ends at its mark",
		    .recipient = CAROM_RCPT_ALONE,
		    .end = { "--- copy" } },
		  "alice@example.org\nunknown\n--- copy ---\nbob@example.org\n",
		  "alice@example.org: unknown\n" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *name = rows[i].row.name;
		g_autofree char *message = g_strconcat(FROM_DAEMON, rows[i].text, NULL);
		g_autoptr(CaromMail) mail = carom_mail_open(message, strlen(message), NULL);
		g_autoptr(CaromReport) report = carom_report_new();
		g_autoptr(GString) got = g_string_new(NULL);
		g_autoptr(GError) error = NULL;

		row_int(name, carom_text_table_probe(mail, &rows[i].row, 1), 70);
		row_int(name, carom_text_table_parse(mail, &rows[i].row, 1, report, &error),
			CAROM_OK);
		row_string(name, report->format, name);
		row_int(name, report->kind, CAROM_KIND_BOUNCE);
		for (guint k = 0; k < report->outcomes->len; k++) {
			const CaromOutcome *outcome = report->outcomes->pdata[k];

			g_string_append_printf(got, "%s: %s\n", outcome->recipient,
					       outcome->diagnostic ? outcome->diagnostic : "-");
		}
		row_string(name, got->str, rows[i].want);
	}
}

/* All that a row sets must hold of the mail. */
static void
recognises_by_all_that_is_set(void **state)
{
	static const struct {
		CaromTextFormat row;
		const char *message;
		int sure;
	} rows[] = {
		{ { .name = "nothing set" }, FROM_DAEMON "x", 70 },
		{ { .name = "nothing set, a person's letter" },
		  "From: alice@example.org\nSubject: lunch\n\nx",
		  0 },
		{ { .name = "an answer to a report" },
		  "From: alice@example.org\nSubject: Re: failure\n\nx",
		  0 },
		{ { .name = "from", .from = { "daemon" } }, FROM_DAEMON "x", 70 },
		{ { .name = "not from", .from = { "postmaster" } }, FROM_DAEMON "x", 0 },
		{ { .name = "subject", .subject = { "no", "UNDELIVER" }, .sure = 80 },
		  FROM_DAEMON "x",
		  80 },
		{ { .name = "from, not subject", .from = { "daemon" }, .subject = { "delay" } },
		  FROM_DAEMON "x",
		  0 },
		{ { .name = "header", .header = { "Subject", "deliver" } }, FROM_DAEMON "x", 70 },
		{ { .name = "any value", .header = { "Subject" } }, FROM_DAEMON "x", 70 },
		{ { .name = "no such header", .header = { "X-Failed" } }, FROM_DAEMON "x", 0 },
		{ { .name = "start", .start = { "sorry" } }, FROM_DAEMON "hello\n * Sorry, ", 70 },
		{ { .name = "start within", .start = { "sorry" } }, FROM_DAEMON "I am sorry", 0 },
		{ { .name = "may start within", .start = { "sorry" }, .start_within = TRUE },
		  FROM_DAEMON "I am sorry",
		  70 },
		{ { .name = "also", .start = { "sorry" }, .also = { "the server" } },
		  FROM_DAEMON "Sorry,\nThe server said",
		  70 },
		{ { .name = "not also", .start = { "sorry" }, .also = { "the server" } },
		  FROM_DAEMON "Sorry",
		  0 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromMail) mail =
			carom_mail_open(rows[i].message, strlen(rows[i].message), NULL);

		row_int(rows[i].row.name, carom_text_table_probe(mail, &rows[i].row, 1),
			rows[i].sure);
	}
}

/* A row that finds a recipient in the text goes before one that would take it from elsewhere. */
static void
takes_who_stands_elsewhere_last(void **state)
{
	static const CaromTextFormat rows[] = {
		{ .name = "angle", .recipient = CAROM_RCPT_ANGLE },
		{ .name = "alone", .recipient = CAROM_RCPT_ALONE, .delay = { "will be tried" } },
	};
	static const struct {
		const char *name, *text, *format, *recipient;
		CaromKind kind;
	} mails[] = {
		{ "in the text", "bob@example.org\n", "alone", "bob@example.org",
		  CAROM_KIND_BOUNCE },
		{ "a delay", "bob@example.org\nIt will be tried again\n", "alone",
		  "bob@example.org", CAROM_KIND_DELAY },
		{ "in the header", "somebody\n", "angle", "alice@example.org", CAROM_KIND_BOUNCE },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(mails); i++) {
		g_autofree char *message = g_strconcat("X-Failed-Recipients: alice@example.org\n",
						       FROM_DAEMON, mails[i].text, NULL);
		g_autoptr(CaromMail) mail = carom_mail_open(message, strlen(message), NULL);
		g_autoptr(CaromReport) report = carom_report_new();
		g_autoptr(GError) error = NULL;

		row_int(mails[i].name,
			carom_text_table_parse(mail, rows, G_N_ELEMENTS(rows), report, &error),
			CAROM_OK);
		row_string(mails[i].name, report->format, mails[i].format);
		row_int(mails[i].name, report->kind, mails[i].kind);
		row_int(mails[i].name, report->outcomes->len, 1);
		row_string(mails[i].name,
			   ((const CaromOutcome *) report->outcomes->pdata[0])->recipient,
			   mails[i].recipient);
	}
}

static void
finds_nobody(void **state)
{
	static const CaromTextFormat row = { .name = "alone", .recipient = CAROM_RCPT_ALONE };
	static const char message[] = FROM_DAEMON "nobody is named here\n";
	g_autoptr(CaromMail) mail = carom_mail_open(message, strlen(message), NULL);
	g_autoptr(CaromReport) report = carom_report_new();
	GError *error = NULL;

	(void) state;
	assert_int_equal(carom_text_table_parse(mail, &row, 1, report, &error), CAROM_MALFORMED);
	row_error("nobody", error, "no row finds a recipient");
	assert_int_equal(report->outcomes->len, 0);
	assert_null(report->format);
}

UNIT_MAIN(cmocka_unit_test(finds_recipients_and_reasons),
	  cmocka_unit_test(recognises_by_all_that_is_set),
	  cmocka_unit_test(takes_who_stands_elsewhere_last), cmocka_unit_test(finds_nobody))
