/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/address.h"
#include "parsers/parser.h"
#include "intake/resolve.h"
#include "verp/verp.h"

/* A DSN whose copy begins with the Received field (or more) that is given. */
#define DSN_OF(mta, rcpt, copy)                                                                    \
	"MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; "         \
	"boundary=b\n\n--b\nContent-Type: text/plain\n\nx\n"                                       \
	"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; " mta                   \
	"\nX-Postfix-Queue-ID: 9XYZ\n\nFinal-Recipient: rfc822; " rcpt                             \
	"\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n--b\n"              \
	"Content-Type: text/rfc822-headers\n\n" copy "Subject: x\n\n--b--\n"

#define SUBMITTED(id)                                                                              \
	"Received: from app.example (unknown [127.0.0.1])\n\tby mx.own.example (Postfix) with "    \
	"ESMTP id " id "\n\tfor <a@example.org>; Tue, 10 Nov 2026 09:10:00 +0000\n"
#define DSN_BODY(mta, rcpt) DSN_OF(mta, rcpt, SUBMITTED("9XYZ"))

#define BY_CLEANUP                                                                                 \
	"Received: by mx.own.example (Postfix)\n\tid 4abc; Tue, 10 Nov 2026 09:10:01 +0000 "       \
	"(UTC)\n"
#define BY_SENDMAIL                                                                                \
	"Received: by mx.own.example (Postfix, from userid 1000)\n\tid 4abc; Tue, 10 Nov 2026 "    \
	"09:10:01 +0000 (UTC)\n"
#define BY_OUTBOUND                                                                                \
	"Received: from out.own.example (out.own.example [198.51.100.77])\n\tby mx.own.example "   \
	"(Postfix) with ESMTP id 4abc\n"
#define BY_SMTP                                                                                    \
	"Received: from mx.own.example (evil.example [192.0.2.66])\n\tby mx.own.example "          \
	"(Postfix) with ESMTP id 4abc\n"
#define FROM "From: MAILER-DAEMON@mx.own.example (Mail Delivery System)\n"

static CaromConfig *
config_of(const char *text)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file = unit_file(folder, "carom.conf", text);
	g_autoptr(GError) error = NULL;
	CaromConfig *config;

	if (carom_config_load(file, TRUE, &config, &error) != CAROM_OK)
		fail_msg("%s", error->message);
	unit_remove(folder);
	return config;
}

static CaromReport *
resolve(const CaromConfig *config, const CaromKeyring *keys, const CaromEnvelope *envelope,
	const char *message, const char *dkim)
{
	g_autoptr(CaromMail) mail = carom_mail_open(message, strlen(message), NULL);
	CaromReport *report = carom_report_new();

	carom_parsers_read(mail, report);
	carom_resolve(config, keys, envelope, mail, dkim, report);
	return report;
}

/* Only how a DSN came in can make it ours, never what it says; each row but the first ones lacks
 * one thing. */
static void
knows_own_dsns(void **state)
{
	static const struct {
		const char *name;
		CaromEnvelope envelope;
		const char *message;
		CaromConfidence want;
	} rows[] = {
		{ "our own",
		  { .recipient = "news@b.example", .sender = "", .client_address = "" },
		  BY_CLEANUP FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_MATCHED },
		{ "the name in another case",
		  { .sender = "", .client_address = "" },
		  BY_CLEANUP FROM DSN_BODY("MX.Own.Example", "a@example.org"),
		  CAROM_MATCHED },
		{ "from the network that we named",
		  { .sender = "", .client_address = "198.51.100.77" },
		  BY_OUTBOUND FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_MATCHED },
		{ "from that network, IPv6",
		  { .sender = "", .client_address = "2001:db8:5::7" },
		  BY_OUTBOUND FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_MATCHED },
		{ "from just outside it",
		  { .sender = "", .client_address = "198.51.101.1" },
		  BY_SMTP FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
		{ "another's Reporting-MTA",
		  { .sender = "", .client_address = "" },
		  BY_CLEANUP FROM DSN_BODY("mx.other.example", "a@example.org"),
		  CAROM_GUESSED },
		{ "an SMTP client",
		  { .sender = "", .client_address = "192.0.2.66" },
		  BY_SMTP FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
		{ "a user of sendmail(1)",
		  { .sender = "", .client_address = "" },
		  BY_SENDMAIL FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
		{ "a user who adds a good Received",
		  { .sender = "", .client_address = "" },
		  BY_SENDMAIL BY_CLEANUP FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
		{ "by SMTP, then sent on by an alias",
		  { .sender = "", .client_address = "" },
		  BY_CLEANUP BY_SMTP FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
		{ "no Received at all",
		  { .sender = "", .client_address = "" },
		  FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
		{ "not told who the client was",
		  { .sender = "" },
		  BY_CLEANUP FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
		{ "somebody's envelope sender",
		  { .sender = "mallory@evil.example", .client_address = "" },
		  BY_CLEANUP FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
	};
	g_autoptr(CaromConfig) config = config_of(
		"[own]\nhostnames = mx.own.example\nnetworks = 198.51.100.0/24; 2001:db8:5::/48\n");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report =
			resolve(config, NULL, &rows[i].envelope, rows[i].message, NULL);
		const CaromOutcome *outcome = report->outcomes->pdata[0];

		row_string(rows[i].name, outcome->subscriber, "a@example.org");
		row_string(rows[i].name, outcome->resolved_by, "final");
		row_int(rows[i].name, outcome->confidence, rows[i].want);
	}
}

/* Where a message of ours went out from: the foreign host that took it tells. */
static void
knows_where_it_went_out_from(void **state)
{
#define BY_EXCHANGE                                                                                \
	"Received: from out.own.example (198.51.100.77) by mx.other.example\n"                     \
	" (10.1.1.1) with Microsoft SMTP Server id 15.20\n"
#define INSIDE                                                                                     \
	"Received: from mx.other.example (10.1.1.1) by store.other.example\n"                      \
	" (198.51.100.9) with Microsoft SMTP Server id 15.20\n"
	static const struct {
		const char *name, *client, *copy, *want;
	} rows[] = {
		{ "as Exchange writes it", "192.0.2.66", INSIDE BY_EXCHANGE, "198.51.100.77" },
		{ "as Postfix writes it", "192.0.2.66",
		  "Received: from out.own.example (out.own.example [IPv6:2001:db8:5::7])\n\tby "
		  "mx.other.example (Postfix) with ESMTP id 4abc\n",
		  "2001:db8:5::7" },
		{ "a stranger's", "192.0.2.66",
		  "Received: from x (x [192.0.2.1]) by mx.other.example with ESMTP\n", NULL },
		{ "inside of ours", "192.0.2.66",
		  "Received: from app (app [10.0.0.9]) by mx.other.example with ESMTP\n", NULL },
		{ "it was never out", "192.0.2.66", BY_OUTBOUND, NULL },
		{ "our own DSN", "", SUBMITTED("9XYZ") BY_EXCHANGE, NULL },
		{ "no Received", "192.0.2.66", "", NULL },
	};
	g_autoptr(CaromConfig) config =
		config_of("[own]\nhostnames = mx.own.example\nnetworks = 198.51.100.64/26; "
			  "2001:db8:5::/48; 10.0.0.0/8\n");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *message = g_strdup_printf(
			"%s" FROM DSN_OF("%s", "a@example.org", "%s"),
			*rows[i].client ? BY_SMTP : BY_CLEANUP,
			*rows[i].client ? "mx.other.example" : "mx.own.example", rows[i].copy);
		const CaromEnvelope envelope = { .recipient = "news@b.example",
						 .sender = "",
						 .client_address = rows[i].client };
		g_autoptr(CaromReport) report = resolve(config, NULL, &envelope, message, NULL);

		row_string(rows[i].name, report->returned.source_ip, rows[i].want);
	}
}

/* With no names configured, the host whose cleanup took the report in is the only one of ours. */
static void
knows_own_dsns_unconfigured(void **state)
{
	static const CaromEnvelope envelope = { .sender = "", .client_address = "" };
	static const struct {
		const char *message;
		CaromConfidence want;
	} rows[] = {
		{ BY_CLEANUP FROM DSN_BODY("mx.own.example", "a@example.org"), CAROM_MATCHED },
		{ BY_CLEANUP FROM DSN_BODY("mx.other.example", "a@example.org"), CAROM_GUESSED },
		{ BY_CLEANUP BY_SMTP FROM DSN_BODY("mx.own.example", "a@example.org"),
		  CAROM_GUESSED },
		{ BY_SENDMAIL FROM DSN_BODY("mx.own.example", "a@example.org"), CAROM_GUESSED },
	};
	g_autoptr(CaromConfig) config = config_of("[bounce]\ndomains = b.example\n");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report =
			resolve(config, NULL, &envelope, rows[i].message, NULL);
		const CaromOutcome *outcome = report->outcomes->pdata[0];

		row_int(rows[i].message, outcome->confidence, rows[i].want);
	}
}

static void
climbs_the_ladder(void **state)
{
	static const char config_text[] =
		"[bounce]\ndomains = b.example\n[own]\nhostnames = mx.own.example\n[senders]\n"
		"news@b.example = acme/newsletter\n";
	static const struct {
		const char *name;
		CaromEnvelope envelope;
		const char *message, *subscriber, *by;
		CaromConfidence confidence;
		const char *account, *stream;
	} rows[] = {
		{ "final",
		  { .recipient = "news@b.example", .client_address = "192.0.2.1" },
		  FROM DSN_BODY("mx.example", "alice@example.org"),
		  "alice@example.org",
		  "final",
		  CAROM_GUESSED,
		  "acme",
		  "newsletter" },
		{ "orcpt before final",
		  { .client_address = "192.0.2.1" },
		  FROM DSN_BODY(
			  "mx.example",
			  "forwarded@example.net\nOriginal-Recipient: rfc822;alice@example.org"),
		  "alice@example.org",
		  "orcpt",
		  CAROM_GUESSED,
		  NULL,
		  NULL },
		{ "classic VERP, no key: believed",
		  { .recipient = "news+alice=example.org@b.example",
		    .client_address = "192.0.2.1" },
		  FROM DSN_BODY("mx.example", "forwarded@example.net"),
		  "alice@example.org",
		  "verp",
		  CAROM_CLAIMED,
		  "acme",
		  "newsletter" },
		{ "classic VERP before aliases",
		  { .recipient = "carom@mx.own.example",
		    .original_recipient = "news+alice=example.org@b.example",
		    .client_address = "192.0.2.1" },
		  FROM DSN_BODY("mx.example", "forwarded@example.net"),
		  "alice@example.org",
		  "verp",
		  CAROM_CLAIMED,
		  "acme",
		  "newsletter" },
		{ "VERP on another domain is nobody's",
		  { .recipient = "news+alice=example.org@evil.example",
		    .client_address = "192.0.2.1" },
		  FROM DSN_BODY("mx.example", "bob@example.net"),
		  "bob@example.net",
		  "final",
		  CAROM_GUESSED,
		  NULL,
		  NULL },
		{ "our own DSN to a VERP address is better than claimed",
		  { .recipient = "news+alice=example.org@b.example",
		    .sender = "",
		    .client_address = "" },
		  BY_CLEANUP FROM DSN_BODY("mx.own.example", "alice@example.org"),
		  "alice@example.org",
		  "verp",
		  CAROM_MATCHED,
		  "acme",
		  "newsletter" },
	};
	g_autoptr(CaromConfig) config = config_of(config_text);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report =
			resolve(config, NULL, &rows[i].envelope, rows[i].message, NULL);
		const CaromOutcome *outcome;

		row_int(rows[i].name, report->outcomes->len, 1);
		outcome = report->outcomes->pdata[0];
		row_string(rows[i].name, outcome->subscriber, rows[i].subscriber);
		row_string(rows[i].name, outcome->resolved_by, rows[i].by);
		row_int(rows[i].name, outcome->confidence, rows[i].confidence);
		row_string(rows[i].name, outcome->account, rows[i].account);
		row_string(rows[i].name, outcome->stream, rows[i].stream);
	}
}

/* A report that names nobody is about the one whom the returned message went to; of two, nobody can
 * know which. */
static void
falls_back_on_the_copy(void **state)
{
	static const struct {
		const char *name, *copy;
		CaromKind kind;
		const char *want;
	} rows[] = {
		{ "one", "To: alice@example.org\nCc: x@example.org\n\n", CAROM_KIND_BOUNCE,
		  "alice@example.org" },
		{ "two", "To: alice@example.org, bob@example.org\n\n", CAROM_KIND_BOUNCE, NULL },
		{ "none", "Subject: x\n\n", CAROM_KIND_BOUNCE, NULL },
		{ "a delivery", "To: alice@example.org\n\n", CAROM_KIND_DELIVERY, NULL },
	};
	g_autoptr(CaromConfig) config = config_of("");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const CaromEnvelope envelope = { .client_address = "192.0.2.1" };
		g_autoptr(CaromMail) mail = carom_mail_open("", 0, NULL);
		g_autoptr(CaromReport) report = carom_report_new();
		const char *cursor = rows[i].copy;
		const CaromOutcome *outcome = carom_report_add(report, NULL, CAROM_ACTION_FAILED);

		report->kind = rows[i].kind;
		carom_report_take_returned(report,
					   carom_fields_read(&cursor, cursor + strlen(cursor)));
		carom_resolve(config, NULL, &envelope, mail, NULL, report);
		row_string(rows[i].name, outcome->recipient, rows[i].want);
		row_string(rows[i].name, outcome->resolved_by, rows[i].want ? "returned_to" : NULL);
		row_int(rows[i].name, outcome->confidence,
			rows[i].want ? CAROM_GUESSED : CAROM_CONFIDENCE_NONE);
	}
}

/* One return address is one recipient: it proves nothing about the others of the report. */
static void
verp_speaks_for_one(void **state)
{
	static const char message[] =
		FROM DSN_BODY("mx.example", "alice@example.org\nAction: failed\nStatus: 5.1.1\n\n"
					    "Final-Recipient: rfc822; bob@example.org");
	const CaromEnvelope envelope = { .recipient = "news+alice=example.org@b.example",
					 .client_address = "192.0.2.1" };
	g_autoptr(CaromConfig) config = config_of("[bounce]\ndomains = b.example\n");
	g_autoptr(CaromReport) report = resolve(config, NULL, &envelope, message, NULL);
	const CaromOutcome *alice, *bob;

	(void) state;
	assert_int_equal(report->outcomes->len, 2);
	alice = report->outcomes->pdata[0];
	bob = report->outcomes->pdata[1];
	assert_string_equal(alice->resolved_by, "verp");
	assert_int_equal(alice->confidence, CAROM_CLAIMED);
	assert_string_equal(bob->subscriber, "bob@example.org");
	assert_string_equal(bob->resolved_by, "final");
	assert_int_equal(bob->confidence, CAROM_GUESSED);
}

/* With a key, an unsigned address proves nothing any more, a signed one does, an old one only says.
 */
static void
a_key_changes_what_is_believed(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *file =
		unit_file(folder, "keys",
			  "a 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
	g_autoptr(CaromConfig) config = config_of(
		"[bounce]\ndomains = b.example\n[senders]\nnews@b.example = acme/newsletter\n");
	g_autoptr(CaromKeyring) ring = NULL;
	CaromVerpSettings settings = { .delimiters = "+", .lifetime = 30 };
	g_autofree char *today = NULL, *old = NULL, *forged = NULL;
	struct {
		const char *name, *recipient, *want;
		CaromConfidence confidence;
	} rows[4];

	(void) state;
	g_chmod(file, 0600);
	assert_int_equal(carom_keyring_load(file, &ring, NULL), CAROM_OK);
	settings.keys = ring;
	assert_int_equal(carom_verp_write(&settings, "news@b.example", "alice@example.org", 0,
					  carom_verp_today(), &today, NULL),
			 CAROM_OK);
	assert_int_equal(carom_verp_write(&settings, "news@b.example", "alice@example.org", 0,
					  carom_verp_today() - 400, &old, NULL),
			 CAROM_OK);
	forged = g_strdup(today);
	forged[strlen("news+")] = 'b';
	rows[0].name = "signed", rows[0].recipient = today, rows[0].want = "alice@example.org",
	rows[0].confidence = CAROM_PROVEN;
	rows[1].name = "expired", rows[1].recipient = old, rows[1].want = "alice@example.org",
	rows[1].confidence = CAROM_GUESSED;
	rows[2].name = "forged", rows[2].recipient = forged, rows[2].want = "forwarded@example.net",
	rows[2].confidence = CAROM_GUESSED;
	rows[3].name = "classic", rows[3].recipient = "news+alice=example.org@b.example",
	rows[3].want = "alice@example.org", rows[3].confidence = CAROM_GUESSED;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const CaromEnvelope envelope = { .recipient = rows[i].recipient,
						 .client_address = "192.0.2.1" };
		g_autoptr(CaromReport) report =
			resolve(config, ring, &envelope,
				FROM DSN_BODY("mx.example", "forwarded@example.net"), NULL);
		const CaromOutcome *outcome = report->outcomes->pdata[0];

		row_string(rows[i].name, outcome->subscriber, rows[i].want);
		row_int(rows[i].name, outcome->confidence, rows[i].confidence);
	}
	unit_remove(folder);
}

/* Our own Postfix writes reports about anybody's mail: what makes it ours is in the Received fields
 * that our hosts wrote, and even then only the Final-Recipient is proven. */
static void
backscatter_proves_nothing(void **state)
{
#define HOP(from, with, id, more)                                                                  \
	"Received: from " from "\n\tby mx.own.example (Postfix) with " with " id " id more         \
	"; Tue, 10 Nov 2026 09:10:00 +0000\n"
#define OWN(copy) BY_CLEANUP FROM DSN_OF("mx.own.example", "a@example.org", copy)
#define STRANGER "x (evil.example [192.0.2.66])"
#define LOCAL "localhost (localhost [127.0.0.1])"
	static const struct {
		const char *name, *message, *recipient;
		CaromConfidence want;
	} rows[] = {
		{ "from this host", OWN(HOP(LOCAL, "ESMTP", "9XYZ", "")), NULL, CAROM_MATCHED },
		{ "from this host, IPv6",
		  OWN(HOP("localhost (localhost [IPv6:::1])", "ESMTP", "9XYZ", "")), NULL,
		  CAROM_MATCHED },
		{ "from a network of ours",
		  OWN(HOP("app (app [198.51.100.8])", "ESMTP", "9XYZ", "")), NULL, CAROM_MATCHED },
		{ "after a login", OWN(HOP("laptop (x [203.0.113.9])", "ESMTPSA", "9XYZ", "")),
		  NULL, CAROM_MATCHED },
		{ "with what Postfix tells of TLS",
		  OWN("Received: from laptop (x [203.0.113.9])\n\t(using TLSv1.3 with cipher X (256/256 "
		      "bits))\n\t(No client certificate requested)\n\t(Authenticated sender: ann)\n\tby "
		      "mx.own.example (Postfix) with ESMTPSA id 9XYZ\n\tfor <a@example.org>; x\n"),
		  NULL, CAROM_MATCHED },
		{ "by sendmail(1)",
		  OWN("Received: by mx.own.example (Postfix, from userid 33)\n\tid 9XYZ; x\n"),
		  NULL, CAROM_MATCHED },
		{ "a stranger's", OWN(HOP(STRANGER, "ESMTP", "9XYZ", "")), NULL, CAROM_GUESSED },
		{ "a stranger's, over TLS", OWN(HOP(STRANGER, "ESMTPS", "9XYZ", "")), NULL,
		  CAROM_GUESSED },
		{ "a HELO that plays our part",
		  OWN(HOP("[127.0.0.1] (evil.example [192.0.2.66])", "ESMTP", "9XYZ", "")), NULL,
		  CAROM_GUESSED },
		{ "a HELO \"by\"", OWN(HOP("by (evil.example [192.0.2.66])", "ESMTP", "9XYZ", "")),
		  NULL, CAROM_GUESSED },
		{ "a good field below a stranger's",
		  OWN(HOP(STRANGER, "ESMTP", "9XYZ", "") HOP(LOCAL, "ESMTP", "9XYY", "")), NULL,
		  CAROM_GUESSED },
		{ "our field is gone, his stands there", OWN(HOP(LOCAL, "ESMTP", "8ABC", "")), NULL,
		  CAROM_GUESSED },
		{ "our field is gone", OWN(""), NULL, CAROM_GUESSED },
		{ "another host's",
		  OWN("Received: from " LOCAL "\n\tby mx.evil.example (Postfix) with "
		      "ESMTP id 9XYZ; x\n"),
		  NULL, CAROM_GUESSED },
		{ "a stranger's, through a content filter",
		  OWN(HOP(LOCAL, "ESMTP", "9XYZ", "")
			      HOP(STRANGER, "ESMTP", "8ABC", "\n\tfor <a@example.org>")),
		  NULL, CAROM_GUESSED },
		{ "the same, to several",
		  OWN(HOP(LOCAL, "ESMTP", "9XYZ", "") HOP(STRANGER, "ESMTP", "8ABC", "")), NULL,
		  CAROM_GUESSED },
		{ "a stranger's to a list of ours",
		  OWN(HOP(LOCAL, "ESMTP", "9XYZ", "")
			      HOP(STRANGER, "ESMTP", "8ABC", "\n\tfor <list@own.example>")),
		  NULL, CAROM_MATCHED },
		{ "sent on by local(8)",
		  OWN("Received: by mx.own.example (Postfix)\n\tid 9XYZ; x\nDelivered-To: f@own.example\n" HOP(
			  STRANGER, "ESMTP", "8ABC", "")),
		  NULL, CAROM_GUESSED },
		{ "unsigned VERP of the recipient", OWN(HOP(LOCAL, "ESMTP", "9XYZ", "")),
		  "news+a=example.org@b.example", CAROM_MATCHED },
		{ "unsigned VERP of somebody else", OWN(HOP(LOCAL, "ESMTP", "9XYZ", "")),
		  "news+victim=example.net@b.example", CAROM_GUESSED },
		{ "unsigned VERP, a stranger's mail", OWN(HOP(STRANGER, "ESMTP", "9XYZ", "")),
		  "news+a=example.org@b.example", CAROM_GUESSED },
		{ "ORCPT of the recipient",
		  BY_CLEANUP FROM DSN_OF(
			  "mx.own.example",
			  "a@example.org\nOriginal-Recipient: rfc822;\"A\"@Example.org",
			  HOP(LOCAL, "ESMTP", "9XYZ", "")),
		  NULL, CAROM_MATCHED },
		{ "ORCPT of somebody else",
		  BY_CLEANUP FROM DSN_OF(
			  "mx.own.example",
			  "a@example.org\nOriginal-Recipient: rfc822;victim@example.net",
			  HOP(LOCAL, "ESMTP", "9XYZ", "")),
		  NULL, CAROM_GUESSED },
		{ "sendmail -bv",
		  BY_CLEANUP FROM
		  "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; "
		  "boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; "
		  "mx.own.example\nX-Postfix-Queue-ID: 9XYZ\n\nFinal-Recipient: rfc822; a@example.org\n"
		  "Action: undeliverable\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\n"
		  "Received: by mx.own.example (Postfix, from userid 33)\n\tid 9XYZ; x\n\n--b--\n",
		  NULL, CAROM_GUESSED },
		{ "a DSN that local(8) sent on, our Received gone",
		  BY_CLEANUP
		  "Delivered-To: f@own.example\n" FROM DSN_BODY("mx.own.example", "a@example.org"),
		  NULL, CAROM_GUESSED },
	};
	g_autoptr(CaromConfig) config =
		config_of("[own]\nhostnames = mx.own.example\nnetworks = 198.51.100.0/24\n"
			  "[bounce]\ndomains = b.example\n");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const CaromEnvelope envelope = { .recipient = rows[i].recipient,
						 .sender = "",
						 .queue_id = "4abc",
						 .client_address = "" };
		g_autoptr(CaromReport) report =
			resolve(config, NULL, &envelope, rows[i].message, NULL);
		const CaromOutcome *outcome = report->outcomes->pdata[0];

		row_int(rows[i].name, outcome->confidence, rows[i].want);
	}
}

/* A DSN of ours bears the queue id under which we got it. */
static void
knows_the_queue_id(void **state)
{
	g_autoptr(CaromConfig) config = config_of("[own]\nhostnames = mx.own.example\n");
	const CaromEnvelope envelope = { .sender = "", .queue_id = "5def", .client_address = "" };
	g_autoptr(CaromReport) report =
		resolve(config, NULL, &envelope,
			BY_CLEANUP FROM DSN_BODY("mx.own.example", "a@example.org"), NULL);

	(void) state;
	assert_int_equal(((CaromOutcome *) report->outcomes->pdata[0])->confidence, CAROM_GUESSED);
}

/* A complaint is believed if the loop's own domain signed it, by the word of a server that we
 * trust, and if it is about mail of ours. */
static void
complaints_want_a_signature(void **state)
{
#define ARF_WITH(fields)                                                                           \
	"From: feedback@arf.example\nMIME-Version: 1.0\nContent-Type: multipart/report; "          \
	"report-type=feedback-report; boundary=b\n\n--b\nContent-Type: "                           \
	"message/feedback-report\n\n"                                                              \
	"Feedback-Type: abuse\nVersion: 1\nUser-Agent: x\n" fields "\n--b--\n"
#define ARF_OF(rcpt) ARF_WITH("Original-Rcpt-To: " rcpt)
#define OURS "Original-Rcpt-To: alice@example.org\nOriginal-Mail-From: <news@b.example.com>"
#define ARF BY_SMTP ARF_WITH(OURS)
#define PASS "Authentication-Results: mx.own.example; dkim=pass header.d=arf.example\n"
	static const struct {
		const char *name, *message;
		CaromConfidence want;
	} rows[] = {
		{ "signed by the loop",
		  "Authentication-Results: mx.own.example;\n"
		  "\tdkim=pass (2048-bit key) header.d=arf.example header.i=@arf.example\n" ARF,
		  CAROM_CLAIMED },
		{ "no result", ARF, CAROM_GUESSED },
		{ "somebody else's result",
		  "Authentication-Results: evil.example; dkim=pass header.d=arf.example\n" ARF,
		  CAROM_GUESSED },
		{ "signed by another",
		  "Authentication-Results: mx.own.example; dkim=pass header.d=evil.example\n" ARF,
		  CAROM_GUESSED },
		{ "failed",
		  "Authentication-Results: mx.own.example; dkim=fail header.d=arf.example\n" ARF,
		  CAROM_GUESSED },
		{ "another method's domain",
		  "Authentication-Results: mx.own.example; dkim=pass; spf=pass "
		  "header.d=arf.example\n" ARF,
		  CAROM_GUESSED },
		{ "the second signature",
		  "Authentication-Results: mx.own.example; dkim=pass header.d=esp.example; "
		  "dkim=pass header.d=ARF.example\n" ARF,
		  CAROM_CLAIMED },
		{ "a longer name",
		  "Authentication-Results: mx.own.example; dkim=pass "
		  "header.d=arf.example.evil.example\n" ARF,
		  CAROM_GUESSED },
		{ "below our Received", BY_SMTP PASS ARF_WITH(OURS), CAROM_GUESSED },
		{ "no Received of ours", PASS ARF_WITH(OURS), CAROM_GUESSED },
		{ "a Received of another queue id",
		  PASS
		  "Received: from x (x [192.0.2.1])\n\tby mx.own.example (Postfix) with ESMTP id "
		  "9abc\n" ARF_WITH(OURS),
		  CAROM_GUESSED },
		{ "put in by a host of ours that handed it on",
		  "Received: from mx (mx [198.51.100.5])\n\tby mx.own.example (Postfix) with ESMTP id "
		  "4abc\n" PASS BY_SMTP ARF_WITH(OURS),
		  CAROM_CLAIMED },
		{ "our domain in Reported-Domain",
		  PASS BY_SMTP ARF_WITH("Original-Rcpt-To: alice@example.org\nReported-Domain: "
					"example.com"),
		  CAROM_CLAIMED },
		{ "one of [own] domains",
		  PASS BY_SMTP ARF_WITH("Original-Rcpt-To: alice@example.org\nReported-Domain: "
					"mail.shop.example"),
		  CAROM_CLAIMED },
		{ "about somebody else's mail",
		  PASS BY_SMTP ARF_WITH("Original-Rcpt-To: alice@example.org\nOriginal-Mail-From: "
					"<x@evil.example>\nReported-Domain: evil.example"),
		  CAROM_GUESSED },
		{ "our envelope sender on somebody else's mail",
		  PASS BY_SMTP ARF_WITH(OURS "\nReported-Domain: evil.example"), CAROM_GUESSED },
		{ "somebody else's envelope sender",
		  PASS BY_SMTP ARF_WITH("Original-Rcpt-To: alice@example.org\nOriginal-Mail-From: "
					"<x@evil.example>\nReported-Domain: example.com"),
		  CAROM_GUESSED },
		{ "about nobody's mail", PASS BY_SMTP ARF_OF("alice@example.org"), CAROM_GUESSED },
		{ "a domain that only ends like ours",
		  PASS BY_SMTP ARF_WITH("Original-Rcpt-To: alice@example.org\nOriginal-Mail-From: "
					"<x@notb.example.com>"),
		  CAROM_GUESSED },
	};
	g_autoptr(CaromConfig) config =
		config_of("[trust]\nauthserv-ids = mx.own.example\n[own]\nhostnames = "
			  "mx.own.example\nnetworks = 198.51.100.0/24\ndomains = shop.example\n"
			  "[bounce]\ndomains = b.example.com\n");
	const CaromEnvelope envelope = { .client_address = "192.0.2.1", .queue_id = "4abc" };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report =
			resolve(config, NULL, &envelope, rows[i].message, "arf.example");
		const CaromOutcome *outcome;

		row_int(rows[i].name, report->outcomes->len, 1);
		outcome = report->outcomes->pdata[0];
		row_string(rows[i].name, outcome->subscriber, "alice@example.org");
		row_int(rows[i].name, outcome->confidence, rows[i].want);
	}
}

/* Whose mail it was is in the signed address: a number of [streams], one of the database, or the
 * address that it stands on. */
static void
a_signed_address_brings_the_stream_back(void **state)
{
	static const struct {
		guint stream;
		const char *account, *stream_name;
		guint number; /* for the database to look up */
	} rows[] = {
		{ 0, "acme", "newsletter", 0 },     { 7, "shop", "orders", 0 },
		{ 8, "acme", "newsletter", 0 },     { 1024, NULL, NULL, 1024 },
		{ 33554431, NULL, NULL, 33554431 },
	};
	g_autofree char *folder = unit_folder();
	g_autofree char *file =
		unit_file(folder, "keys",
			  "a 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
	g_autoptr(CaromKeyring) ring = NULL;
	g_autoptr(CaromConfig) config = config_of(
		"[bounce]\ndomains = b.example\n[senders]\nnews@b.example = acme/newsletter\n"
		"[streams]\n7 = shop/orders\n");

	(void) state;
	g_chmod(file, 0600);
	assert_int_equal(carom_keyring_load(file, &ring, NULL), CAROM_OK);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const CaromVerpSettings settings = { .keys = ring, .delimiters = "+" };
		g_autofree char *row = g_strdup_printf("stream %u", rows[i].stream), *to = NULL;
		CaromEnvelope envelope = { .client_address = "192.0.2.1" };
		g_autoptr(CaromReport) report = NULL;
		const CaromOutcome *outcome;

		row_int(row,
			carom_verp_write(&settings, "news@b.example", "alice@example.org",
					 rows[i].stream, carom_verp_today(), &to, NULL),
			CAROM_OK);
		envelope.recipient = to;
		report = resolve(config, ring, &envelope,
				 FROM DSN_BODY("mx.example", "alice@example.org"), NULL);
		outcome = report->outcomes->pdata[0];
		row_int(row, outcome->confidence, CAROM_PROVEN);
		row_string(row, outcome->account, rows[i].account);
		row_string(row, outcome->stream, rows[i].stream_name);
		row_int(row, outcome->stream_number, rows[i].number);
	}
	unit_remove(folder);
}

/* Whoever runs sendmail(1) brings any field along; before the queue the topmost is our verifier's.
 */
static void
reads_results_of_the_verifier(void **state)
{
	static const struct {
		const char *name;
		CaromEnvelope envelope;
		const char *message;
		guint want;
	} rows[] = {
		{ "by sendmail(1)", { .client_address = "" }, PASS ARF, 0 },
		{ "before the queue",
		  { .client_address = "192.0.2.1", .is_before_queue = TRUE },
		  PASS ARF_WITH(OURS),
		  1 },
		{ "before the queue, not on top",
		  { .client_address = "192.0.2.1", .is_before_queue = TRUE },
		  "X-First: x\n" PASS ARF_WITH(OURS),
		  0 },
		{ "before the queue, a stranger's below \"none\"",
		  { .client_address = "192.0.2.1", .is_before_queue = TRUE },
		  "Authentication-Results: mx.own.example; dkim=none\n" PASS ARF_WITH(OURS),
		  0 },
		{ "before the queue, a stranger's below the verifier's",
		  { .client_address = "192.0.2.1", .is_before_queue = TRUE },
		  "Authentication-Results: mx.own.example; dkim=pass header.d=isp.example\n" PASS
			  ARF_WITH(OURS),
		  1 },
	};
	g_autoptr(CaromConfig) config = config_of("[trust]\nauthserv-ids = mx.own.example\n");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report =
			resolve(config, NULL, &rows[i].envelope, rows[i].message, NULL);

		row_int(rows[i].name, report->authenticated->len, rows[i].want);
	}
}

/* Signed or not: a mask is nobody's address, but it doesn't stand in the way of our own token. */
static void
masks_suppress_nobody(void **state)
{
#define SIGNED PASS BY_SMTP
	static const struct {
		const char *name, *message, *subscriber;
		CaromConfidence want;
	} rows[] = {
		{ "a word", SIGNED ARF_OF("redacted@example.org"), "redacted@example.org",
		  CAROM_GUESSED },
		{ "a hash", SIGNED ARF_OF("9e107d9d372bb6826bd81d3542a419d6@example.org"),
		  "9e107d9d372bb6826bd81d3542a419d6@example.org", CAROM_GUESSED },
		{ "and our return address",
		  SIGNED ARF_OF("redacted@example.org\n"
				"Original-Mail-From: <news+alice=example.org@b.own.example>"),
		  "alice@example.org", CAROM_CLAIMED },
	};
	g_autoptr(CaromConfig) config = config_of("[trust]\nauthserv-ids = mx.own.example\n"
						  "[bounce]\ndomains = b.own.example\n");
	const CaromEnvelope envelope = { .client_address = "192.0.2.1" };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(CaromReport) report =
			resolve(config, NULL, &envelope, rows[i].message, "arf.example");
		const CaromOutcome *outcome;

		row_int(rows[i].name, report->outcomes->len, 1);
		outcome = report->outcomes->pdata[0];
		row_string(rows[i].name, outcome->subscriber, rows[i].subscriber);
		row_int(rows[i].name, outcome->confidence, rows[i].want);
	}
}

/* Our own return address is nobody's mailbox, and of several splits the report's recipient tells.
 */
static void
tells_own_addresses_and_splits(void **state)
{
#define RETURNED(path, to)                                                                         \
	"--b\nContent-Type: text/rfc822-headers\n\nReturn-Path: <" path ">\nTo: " to               \
	"\nFrom: news@shop.example\nSubject: x\n\n--b--\n"
	static const struct {
		const char *name, *to, *final, *returned, *recipient, *subscriber, *by;
		CaromConfidence confidence;
	} rows[] = {
		{ "the sender as Final-Recipient", "news+ann=far.example@b.example",
		  "news+ann=far.example@b.example", "", "ann@far.example", "ann@far.example",
		  "verp", CAROM_CLAIMED },
		{ "the plain sender, and the copy's To", "news@b.example", "news@b.example",
		  RETURNED("news@b.example", "ann@far.example"), "ann@far.example",
		  "ann@far.example", "returned_to", CAROM_GUESSED },
		{ "the sender in To of the copy, too", "news@b.example", "news@b.example",
		  RETURNED("news@b.example", "news@b.example"), NULL, NULL, NULL,
		  CAROM_CONFIDENCE_NONE },
		{ "a reader of our own domain stays", "news@b.example", "ann@b.example",
		  RETURNED("news@b.example", "ann@b.example"), "ann@b.example", "ann@b.example",
		  "final", CAROM_GUESSED },
		{ "confirmed by the report", "news-return-7-ann=far.example@b.example",
		  "ann@far.example", "", "ann@far.example", "ann@far.example", "verp",
		  CAROM_CLAIMED },
		{ "confirmed the other way", "my-news-ann=far.example@b.example",
		  "news-ann@far.example", "", "news-ann@far.example", "news-ann@far.example",
		  "verp", CAROM_CLAIMED },
		{ "confirmed by nothing: what the report says", "my-news-ann=far.example@b.example",
		  "else@far.example", "", "else@far.example", "else@far.example", "final",
		  CAROM_GUESSED },
	};
	g_autoptr(CaromConfig) config = config_of("[bounce]\ndomains = b.example\n");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const CaromEnvelope envelope = { .recipient = rows[i].to, .sender = "" };
		g_autofree char *message = g_strdup_printf(
			"From: MAILER-DAEMON@far.example\nMIME-Version: 1.0\nContent-Type: "
			"multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
			"Content-Type: message/delivery-status\n\nReporting-MTA: dns; "
			"far.example\n\nFinal-Recipient: rfc822; %s\nAction: failed\n"
			"Status: 5.1.1\n\n%s",
			rows[i].final, *rows[i].returned ? rows[i].returned : "--b--\n");
		g_autoptr(CaromReport) report = resolve(config, NULL, &envelope, message, NULL);
		const CaromOutcome *o = report->outcomes->pdata[0];

		row_int(rows[i].name, report->outcomes->len, 1);
		row_string(rows[i].name, o->recipient, rows[i].recipient);
		row_string(rows[i].name, o->subscriber, rows[i].subscriber);
		row_string(rows[i].name, o->resolved_by, rows[i].by);
		row_int(rows[i].name, o->confidence, rows[i].confidence);
	}
}

/* What an application puts into its return addresses is kept for it, and is nobody's address. */
/* Fields of the returned mail for the application: clean, bounded, and no more than it asked for.
 */
static void
keeps_headers(void **state)
{
	static const CaromEnvelope envelope = { .recipient = "news@b.example", .sender = "" };
	g_autoptr(CaromConfig) config =
		config_of("[bounce]\ndomains = b.example\n"
			  "headers = X-Order; x-customer; X-None; X-Long\n");
	g_autofree char *longest = g_strnfill(900, 'x');
	g_autofree char *message = g_strconcat(
		FROM DSN_OF("mx.other.example", "a@example.org",
			    "x-order: 4711\nX-Customer: ani\n \t\001b\nX-Secret: no\nX-Long: "),
		NULL);
	g_autofree char *filled = NULL;
	g_auto(GStrv) halves = g_strsplit(message, "X-Long: ", 2);
	g_autoptr(CaromReport) report = NULL;
	const GPtrArray *headers;

	(void) state;
	filled = g_strconcat(halves[0], "X-Long: ", longest, "\n", halves[1], NULL);
	report = resolve(config, NULL, &envelope, filled, NULL);
	headers = report->returned.headers;
	assert_int_equal(headers->len, 6);
	assert_string_equal(headers->pdata[0], "X-Order");
	assert_string_equal(headers->pdata[1], "4711");
	assert_string_equal(headers->pdata[2], "x-customer");
	assert_string_equal(headers->pdata[3], "ani b");
	assert_int_equal(strlen(headers->pdata[5]), CAROM_MAX_HEADER);
}

static void
keeps_foreign_tokens(void **state)
{
	static const struct {
		const char *name, *tokens, *to, *token;
	} rows[] = {
		{ "none set", "", "news+bounce_5f3759df@b.example", NULL },
		{ "Mautic's", "tokens = bounce_([0-9a-f]+)@\n", "news+bounce_5f3759df@b.example",
		  "5f3759df" },
		{ "an address without one", "tokens = bounce_([0-9a-f]+)@\n", "news@b.example",
		  NULL },
		{ "an empty group", "tokens = bounce_(x*)\n", "news+bounce_5f@b.example", NULL },
		{ "a pattern without end", "tokens = ^(a+)+$\n",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.example", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text =
			g_strconcat("[bounce]\ndomains = b.example\n", rows[i].tokens, NULL);
		g_autoptr(CaromConfig) config = config_of(text);
		const CaromEnvelope envelope = { .recipient = rows[i].to, .sender = "" };
		g_autoptr(CaromReport) report =
			resolve(config, NULL, &envelope,
				FROM DSN_BODY("far.example", "ann@far.example"), NULL);
		const CaromOutcome *o = report->outcomes->pdata[0];

		row_string(rows[i].name, o->token, rows[i].token);
		row_string(rows[i].name, o->subscriber, "ann@far.example");
	}
}

UNIT_MAIN(cmocka_unit_test(keeps_foreign_tokens), cmocka_unit_test(keeps_headers),
	  cmocka_unit_test(tells_own_addresses_and_splits), cmocka_unit_test(knows_own_dsns),
	  cmocka_unit_test(knows_where_it_went_out_from),
	  cmocka_unit_test(knows_own_dsns_unconfigured), cmocka_unit_test(climbs_the_ladder),
	  cmocka_unit_test(falls_back_on_the_copy), cmocka_unit_test(verp_speaks_for_one),
	  cmocka_unit_test(a_signed_address_brings_the_stream_back),
	  cmocka_unit_test(a_key_changes_what_is_believed),
	  cmocka_unit_test(complaints_want_a_signature),
	  cmocka_unit_test(backscatter_proves_nothing), cmocka_unit_test(knows_the_queue_id),
	  cmocka_unit_test(reads_results_of_the_verifier), cmocka_unit_test(masks_suppress_nobody))
