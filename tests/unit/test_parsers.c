/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "parsers/parser.h"

#define BYTES(text) text, sizeof text - 1

static CaromReport *
parse(const char *message)
{
	g_autoptr(CaromMail) mail = carom_mail_open(message, strlen(message), NULL);
	CaromReport *report = carom_report_new();

	carom_parsers_read(mail, report);
	return report;
}

static void
each_parser_is_complete(void **state)
{
	gsize n;
	const CaromParser *const *parsers = carom_parsers(&n);

	(void) state;
	assert_true(n >= 2);
	for (gsize i = 0; i < n; i++) {
		row_true(parsers[i]->name, parsers[i]->name != NULL && *parsers[i]->name != '\0');
		row_true(parsers[i]->name,
			 parsers[i]->reference != NULL && *parsers[i]->reference != '\0');
		row_true(parsers[i]->name, parsers[i]->probe != NULL && parsers[i]->parse != NULL);
		for (gsize j = 0; j < i; j++)
			row_true(parsers[i]->name, strcmp(parsers[i]->name, parsers[j]->name) != 0);
	}
}

/* Messages that hold nothing for anybody: every parser must live through them and leave a clean
 * report. */
static void
no_parser_trips(void **state)
{
	static const struct {
		const char *name, *data;
		gsize len;
	} rows[] = {
		{ "nothing", BYTES("") },
		{ "NULs", BYTES("\0\0\0\0\0\0\0\0") },
		{ "header only",
		  BYTES("From: mailer-daemon@example.com\nSubject: failure notice") },
		{ "daemon without a text",
		  BYTES("From: mailer-daemon@example.com\nSubject: Returned mail\n\n") },
		{ "report without parts",
		  BYTES("From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/report; "
			"report-type=delivery-status; boundary=b\n\n") },
		{ "empty delivery-status",
		  BYTES("MIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n"
			"Content-Type: message/delivery-status\n\n--b--\n") },
		{ "empty feedback-report",
		  BYTES("MIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n"
			"Content-Type: message/feedback-report\n\n--b--\n") },
		{ "bytes", BYTES("From: mailer-daemon@x\n\n\377\376<\200@\201>: 550\n") },
	};
	gsize n;
	const CaromParser *const *parsers = carom_parsers(&n);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		for (gsize p = 0; p < n; p++) {
			g_autofree char *copy = g_malloc(MAX(rows[i].len, 1));
			g_autoptr(CaromMail) mail = NULL;
			g_autoptr(CaromReport) report = carom_report_new();
			int sure;

			memcpy(copy, rows[i].data, rows[i].len);
			mail = carom_mail_open(copy, rows[i].len, NULL);
			sure = parsers[p]->probe(mail);
			row_true(parsers[p]->name, sure >= 0 && sure <= 100);
			if (sure > 0 && parsers[p]->parse(mail, report, NULL) == CAROM_OK)
				row_true(parsers[p]->name,
					 report->kind != CAROM_KIND_UNRECOGNISED ||
						 report->outcomes->len == 0);
		}
}

/* What any report must be, whoever wrote it. */
static void
is_clean(const char *row, const CaromReport *report)
{
	row_true(row, report->outcomes->len <= CAROM_MAX_OUTCOMES);
	for (guint i = 0; i < report->outcomes->len; i++) {
		const CaromOutcome *o = report->outcomes->pdata[i];
		const char *const texts[] = {
			o->recipient, o->final_recipient, o->original_recipient, o->status,
			o->reply,     o->remote_mta,      o->diagnostic
		};

		row_true(row, o->recipient == NULL || strchr(o->recipient, '@') != NULL);
		row_true(row, o->reply == NULL || strlen(o->reply) == 3);
		row_true(row, o->category == CAROM_CATEGORY_NONE &&
				      o->rule == NULL); /* verdicts are not a parser's business */
		for (gsize t = 0; t < G_N_ELEMENTS(texts); t++) {
			row_true(row, texts[t] == NULL || *texts[t] != '\0');
			row_true(row, texts[t] == NULL || (g_utf8_validate(texts[t], -1, NULL) &&
							   strchr(texts[t], '\n') == NULL));
		}
	}
}

/* Each fixture is offered to each parser, also to those whose it is not, whole and cut off at odd
 * places. */
static void
offer_to_all(const char *path)
{
	g_autofree char *data = NULL;
	gsize len, n;
	const CaromParser *const *parsers = carom_parsers(&n);

	row_true(path, g_file_get_contents(path, &data, &len, NULL));
	for (guint cut = 0; cut < 4; cut++) {
		gsize part = len - len * cut / 7;
		g_autofree char *copy = g_memdup2(data, MAX(part, 1));
		g_autoptr(CaromMail) mail = carom_mail_open(copy, part, NULL);

		for (gsize p = 0; p < n; p++) {
			g_autoptr(CaromReport) report = carom_report_new();
			int sure = parsers[p]->probe(mail);

			row_true(path, sure >= 0 && sure <= 100);
			if (sure > 0 && parsers[p]->parse(mail, report, NULL) == CAROM_OK)
				is_clean(path, report);
		}
	}
}

static guint
offer_folder(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	guint n = 0;

	if (dir == NULL)
		return 0;
	for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		if (g_str_has_suffix(name, ".eml")) {
			offer_to_all(child);
			n++;
		} else {
			n += offer_folder(child);
		}
	}
	g_dir_close(dir);
	return n;
}

static void
every_fixture_to_every_parser(void **state)
{
	const char *source = g_getenv("CAROM_SOURCE");
	g_autofree char *fixtures =
		g_build_filename(source ? source : ".", "tests", "fixtures", NULL);

	(void) state;
	assert_true(offer_folder(fixtures) > 50);
}

/* Postfix says at which command it was refused, and folds its lines wherever it likes. */
static void
keeps_the_stage_of_real_reports(void **state)
{
	const char *source = g_getenv("CAROM_SOURCE");
	g_autofree char *folder = g_build_filename(source ? source : ".", "tests", "fixtures",
						   "real", "postfix", NULL);
	GDir *dir = g_dir_open(folder, 0, NULL);
	guint n = 0;

	(void) state;
	assert_non_null(dir);
	for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
		g_autofree char *path = g_build_filename(folder, name, NULL), *data = NULL;
		g_autoptr(CaromReport) report = NULL;
		guint stages = 0;

		if (!g_str_has_suffix(name, ".eml"))
			continue;
		row_true(name, g_file_get_contents(path, &data, NULL, NULL));
		if (strstr(data, "(in reply to ") == NULL)
			continue;
		report = parse(data);
		for (guint i = 0; i < report->outcomes->len; i++)
			stages += ((CaromOutcome *) report->outcomes->pdata[i])->stage != NULL;
		row_true(name, stages > 0);
		n++;
	}
	g_dir_close(dir);
	assert_true(n > 50);
}

#define DSN(fields)                                                                                \
	"From: MAILER-DAEMON@mx.example\nMIME-Version: 1.0\nContent-Type: multipart/report; "      \
	"report-type=delivery-status; boundary=b\n\n"                                              \
	"--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: "                                  \
	"message/delivery-status\n\n" fields "\n--b--\n"

/* A report about very many recipients is read to its end, or says that it was not. */
static void
reads_many_recipients(void **state)
{
	static const struct {
		guint n, kept;
		const char *truncated;
	} rows[] = { { 3000, 3000, NULL },
		     { CAROM_MAX_OUTCOMES + 1, CAROM_MAX_OUTCOMES, "outcomes" } };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) text =
			g_string_new("From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n"
				     "Hi. This is the qmail-send program at mx.example.\n\n");
		g_autoptr(CaromReport) report = NULL;

		for (guint n = 0; n < rows[i].n; n++)
			g_string_append_printf(text, "<u%u@example.net>:\nno such user\n\n", n);
		g_string_append(text, "--- Below this line is a copy of the message.\n");
		report = parse(text->str);
		row_int("many", report->outcomes->len, rows[i].kept);
		row_int("many", report->truncated->len, rows[i].truncated ? 1 : 0);
		if (rows[i].truncated != NULL)
			row_string("many", report->truncated->pdata[0], rows[i].truncated);
	}
}

static void
reads_dsns(void **state)
{
	static const struct {
		const char *name, *message;
		CaromKind kind;
		guint n;
		const char *recipient;
		CaromAction action;
		const char *status, *reply, *reporter, *remote;
	} rows[] = {
		{ "as the RFC has it",
		  DSN("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@example.org\n"
		      "Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; in.example.org\n"
		      "Diagnostic-Code: smtp; 550 5.1.1 no"),
		  CAROM_KIND_BOUNCE, 1, "a@example.org", CAROM_ACTION_FAILED, "5.1.1", "550",
		  "mx.example", "in.example.org" },
		{ "delayed",
		  DSN("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@example.org\n"
		      "Action: delayed\nStatus: 4.4.1"),
		  CAROM_KIND_DELAY, 1, "a@example.org", CAROM_ACTION_DELAYED, "4.4.1", NULL,
		  "mx.example", NULL },
		{ "delivered",
		  DSN("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@example.org\n"
		      "Action: delivered\nStatus: 2.1.5"),
		  CAROM_KIND_DELIVERY, 1, "a@example.org", CAROM_ACTION_DELIVERED, "2.1.5", NULL,
		  "mx.example", NULL },
		{ "two, one of them failed",
		  DSN("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@example.org\n"
		      "Action: delayed\nStatus: 4.0.0\n\nFinal-Recipient: rfc822; b@example.org\n"
		      "Action: failed\nStatus: 5.0.0"),
		  CAROM_KIND_BOUNCE, 2, "a@example.org", CAROM_ACTION_DELAYED, "4.0.0", NULL,
		  "mx.example", NULL },
		{ "two in one block",
		  DSN("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@example.org\n"
		      "Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; b@example.org\n"
		      "Action: failed\nStatus: 5.2.2"),
		  CAROM_KIND_BOUNCE, 2, "a@example.org", CAROM_ACTION_FAILED, "5.1.1", NULL,
		  "mx.example", NULL },
		{ "no empty line behind the first fields",
		  DSN("Reporting-MTA: dns; mx.example\nFinal-Recipient: rfc822; a@example.org\n"
		      "Action: failed\nStatus: 5.1.1"),
		  CAROM_KIND_BOUNCE, 1, "a@example.org", CAROM_ACTION_FAILED, "5.1.1", NULL,
		  "mx.example", NULL },
		{ "a space before colons",
		  DSN("Reporting-MTA : dns; mx.example\n\n"
		      "Final-Recipient : rfc822; a@example.org\nAction : failed\nStatus : 5.1.1"),
		  CAROM_KIND_BOUNCE, 1, "a@example.org", CAROM_ACTION_FAILED, "5.1.1", NULL,
		  "mx.example", NULL },
		{ "no action",
		  DSN("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@example.org\n"
		      "Status: 5.1.1"),
		  CAROM_KIND_BOUNCE, 1, "a@example.org", CAROM_ACTION_FAILED, "5.1.1", NULL,
		  "mx.example", NULL },
		{ "original recipient alone",
		  DSN("Reporting-MTA: dns; mx.example\n\n"
		      "Original-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.1.1"),
		  CAROM_KIND_BOUNCE, 1, "a@example.org", CAROM_ACTION_FAILED, "5.1.1", NULL,
		  "mx.example", NULL },
		{ "the same one twice",
		  DSN("Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@example.org\n"
		      "Action: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; A@example.org\n"
		      "Action: failed\nStatus: 5.1.1"),
		  CAROM_KIND_BOUNCE, 1, "a@example.org", CAROM_ACTION_FAILED, "5.1.1", NULL,
		  "mx.example", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report = parse(rows[i].message);
		const CaromOutcome *outcome;

		row_string(rows[i].name, carom_report_kind_name(report->kind),
			   carom_report_kind_name(rows[i].kind));
		row_string(rows[i].name, report->format, "rfc3464");
		row_int(rows[i].name, report->outcomes->len, rows[i].n);
		outcome = report->outcomes->pdata[0];
		row_string(rows[i].name, outcome->recipient, rows[i].recipient);
		row_int(rows[i].name, outcome->action, rows[i].action);
		row_string(rows[i].name, outcome->status, rows[i].status);
		row_string(rows[i].name, outcome->reply, rows[i].reply);
		row_string(rows[i].name, report->reporter, rows[i].reporter);
		row_string(rows[i].name, outcome->remote_mta, rows[i].remote);
	}
}

#define ARF(fields, copy)                                                                          \
	"From: fbl@example.com\nMIME-Version: 1.0\nContent-Type: multipart/report; "               \
	"report-type=feedback-report; boundary=b\n\n"                                              \
	"--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: "                                  \
	"message/feedback-report\n\n" fields "\n--b\nContent-Type: message/rfc822\n\n" copy        \
	"\n--b--\n"

static void
reads_complaints(void **state)
{
	static const struct {
		const char *name, *message;
		CaromKind kind;
		const char *type, *recipient;
	} rows[] = {
		{ "abuse",
		  ARF("Feedback-Type: abuse\nVersion: 1\nUser-Agent: x\n"
		      "Original-Rcpt-To: a@example.org",
		      "To: other@example.org\n\nx"),
		  CAROM_KIND_COMPLAINT, "abuse", "a@example.org" },
		{ "version 0.1, other case",
		  ARF("feedback-type: Abuse\nVERSION: 0.1\nuser-agent: x\n"
		      "original-rcpt-to: <a@example.org>",
		      "To: other@example.org\n\nx"),
		  CAROM_KIND_COMPLAINT, "abuse", "a@example.org" },
		{ "not spam",
		  ARF("Feedback-Type: not-spam\nVersion: 1\nUser-Agent: x",
		      "To: a@example.org\n\nx"),
		  CAROM_KIND_COMPLAINT, "not-spam", "a@example.org" },
		{ "authentication failure",
		  ARF("Feedback-Type: auth-failure\nVersion: 1\nUser-Agent: x\nAuth-Failure: dmarc",
		      "To: a@example.org\n\nx"),
		  CAROM_KIND_AUTH_REPORT, "auth-failure", NULL },
		{ "recipient from the copy",
		  ARF("Feedback-Type: abuse\nVersion: 1\nUser-Agent: x",
		      "From: news@b.example\nTo: a@example.org\n\nx"),
		  CAROM_KIND_COMPLAINT, "abuse", "a@example.org" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report = parse(rows[i].message);

		row_string(rows[i].name, carom_report_kind_name(report->kind),
			   carom_report_kind_name(rows[i].kind));
		row_string(rows[i].name, report->format, "rfc5965");
		row_string(rows[i].name, report->feedback.type, rows[i].type);
		if (rows[i].recipient != NULL) {
			row_int(rows[i].name, report->outcomes->len, 1);
			row_string(rows[i].name,
				   ((CaromOutcome *) report->outcomes->pdata[0])->recipient,
				   rows[i].recipient);
			row_int(rows[i].name, ((CaromOutcome *) report->outcomes->pdata[0])->action,
				CAROM_ACTION_COMPLAINED);
		}
	}
}

/* What is no report, however much it looks like one. */
static void
leaves_other_mail_alone(void **state)
{
	static const struct {
		const char *name, *message;
	} rows[] = {
		{ "a letter", "From: Alice <alice@example.org>\nTo: bob@example.com\n"
			      "Subject: lunch?\nMessage-ID: <1@example.org>\n\n"
			      "See you at noon.\n" },
		{ "a question about a bounce",
		  "From: Alice <alice@example.org>\nTo: bob@example.com\n"
		  "Subject: Re: undeliverable?\nMessage-ID: <2@example.org>\n\n"
		  "I got this, what does it mean?\n\n"
		  "> <carol@example.net>: 550 5.1.1 User unknown\n" },
		{ "a newsletter",
		  "From: news@example.org\nTo: bob@example.com\n"
		  "Subject: How to fix delivery failures\nList-Id: <n.example.org>\n"
		  "Message-ID: <3@example.org>\n\n"
		  "A delivery failure such as 550 5.1.1 user unknown means that alice@example.com "
		  "does not exist.\n" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report = parse(rows[i].message);

		row_string(rows[i].name, carom_report_kind_name(report->kind), "unrecognised");
		row_int(rows[i].name, report->outcomes->len, 0);
	}
}

UNIT_MAIN(cmocka_unit_test(each_parser_is_complete), cmocka_unit_test(no_parser_trips),
	  cmocka_unit_test(every_fixture_to_every_parser), cmocka_unit_test(reads_many_recipients),
	  cmocka_unit_test(keeps_the_stage_of_real_reports), cmocka_unit_test(reads_dsns),
	  cmocka_unit_test(reads_complaints), cmocka_unit_test(leaves_other_mail_alone))
