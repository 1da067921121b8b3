/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the shipped rules say of kinds of replies, in wording of our own: whom a
 * refusal is about, what is quoted and means nothing, what one word proves.
 */
#include "unit.h"

#include "config/datadir.h"
#include "mail/reply.h"
#include "rules/rules.h"

static CaromRules *rules;

static int
load_rules(void **state)
{
	g_autoptr(GError) error = NULL;

	(void) state;
	return carom_rules_load(carom_config_datadir(), NULL, FALSE, &rules, &error) == CAROM_OK
		       ? 0
		       : -1;
}

static int
free_rules(void **state)
{
	(void) state;
	carom_rules_free(rules);
	return 0;
}

/* Codes and stage are read out of the text where the row names none. */
static void
judge(const char *text, const char *provider, const char *stage, const char *action,
      CaromVerdict *out)
{
	CaromReplyCodes codes;
	CaromReply reply = { .provider = provider, .text = text, .action = action };

	carom_reply_codes(text, strlen(text), &codes);
	reply.status = codes.status[0] ? codes.status : NULL;
	reply.reply = codes.reply[0] ? codes.reply : NULL;
	reply.stage = stage ? stage : codes.stage;
	carom_rules_judge(rules, &reply, out);
}

typedef struct {
	const char *text, *categories, *class, *provider, *stage, *action;
} Row;

#define SAYS(reply, one_of, as) .text = (reply), .categories = (one_of), .class = (as)

static void
hold(const Row *rows, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		const Row *row = &rows[i];
		CaromVerdict verdict;
		const char *category;
		g_auto(GStrv) wanted = g_strsplit(row->categories, " ", -1);

		judge(row->text, row->provider, row->stage, row->action ? row->action : "failed",
		      &verdict);
		category = carom_report_category_name(verdict.category);
		if (category == NULL || !g_strv_contains((const char *const *) wanted, category))
			fail_msg("\"%s\" is %s by %s, not %s", row->text,
				 category ? category : "nothing", verdict.rule ? verdict.rule : "-",
				 row->categories);
		if (row->class != NULL)
			row_string(row->text, carom_report_class_name(verdict.class), row->class);
	}
}

/* Nobody has named a recipient before RCPT, and x.1.7 and x.1.8 are the sender's. */
static void
the_sender_is_no_dead_recipient(void **state)
{
	static const Row rows[] = {
		{ SAYS("550 5.1.7 no such mailbox", "sender_rejected", "policy") },
		{ SAYS("550 5.1.8 address not known", "sender_rejected sender_dns", "policy") },
		{ SAYS("553 5.1.7 mailbox syntax is bad", "sender_rejected", "policy") },
		{ SAYS("550 5.1.8 no such domain", "sender_dns", "policy") },
		{ SAYS("host mx.b.example[192.0.2.20] said: 550 5.1.1 unknown user (in reply to MAIL "
		       "FROM command)",
		       "sender_rejected", "policy") },
		{ SAYS("550 5.1.1 user unknown", "sender_rejected", "policy"), .stage = "mail" },
		{ SAYS("550 account disabled", "sender_rejected", "policy"), .stage = "mail" },
		{ SAYS("550 no such domain", "sender_dns", "policy"), .stage = "mail" },
		{ SAYS("550 5.7.1 <shop@news.example>: refused", "sender_rejected", "policy"),
		  .stage = "mail" },
		{ SAYS("550 user unknown", "ip_reputation", "block"), .stage = "connect" },
		{ SAYS("550 5.1.1 user unknown", "ip_reputation", "block"), .stage = "helo" },
		{ SAYS("535 5.7.8 no such user", "tls_required", "policy"), .stage = "auth" },
		{ SAYS("550 5.1.1 user unknown", "recipient_unknown", "hard"), .stage = "rcpt" },
		{ SAYS("550 5.1.1 user unknown", "recipient_unknown", "hard") },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

/* What failed is the receiver's own, or is said of us: the recipient beside it is not dead. */
static void
the_failing_one_is_meant(void **state)
{
	static const Row rows[] = {
		{ SAYS("550 LDAP query error, recipient not verified", "remote_system", "soft") },
		{ SAYS("550 mail store is corrupt, no user found", "remote_system", "soft") },
		{ SAYS("451 virus scanner timed out", "remote_system", "soft") },
		{ SAYS("451 anti-spam milter not available", "remote_system", "soft") },
		{ SAYS("550 unknown user or wrong password", "tls_required", "policy") },
		{ SAYS("550 Bad address in From header", "format_protocol", "policy") },
		{ SAYS("550 The sender is not an existing user", "sender_rejected", "policy") },
		{ SAYS("550 Le remitente no es un usuario conocido", "sender_rejected", "policy") },
		{ SAYS("550 Your address is not found", "sender_rejected", "policy") },
		{ SAYS("550 You are not a known user", "sender_rejected relay_denied", "policy") },
		{ SAYS("550 You are not in the contacts of the user", "recipient_restricted",
		       "block") },
		{ SAYS("550 Your account is locked, it has sent spam", "sender_rejected",
		       "policy") },
		{ SAYS("550 5.1.1 Sender address rejected: undeliverable address: unknown user",
		       "sender_rejected", "policy") },
		{ SAYS("550 no room: the inbox has no space", "mailbox_full", "soft") },
		{ SAYS("550 The recipient is not a valid user", "recipient_unknown", "hard") },
		{ SAYS("550 domaine du destinataire inconnu", "domain_unknown", "hard") },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

static void
what_is_temporary_is_not_hard(void **state)
{
	static const Row rows[] = {
		{ SAYS("450 4.1.1 user unknown", "recipient_unknown", "soft") },
		{ SAYS("450 user unknown", "recipient_unknown", "soft") },
		{ SAYS("user unknown", "recipient_unknown", "soft"), .action = "delayed" },
		{ SAYS("user unknown", "recipient_unknown", "hard") },
	};
	const CaromReply ours = { .text = "550 no such user", .reply = "550", .of_sender = TRUE };
	CaromVerdict verdict;

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
	carom_rules_judge(rules, &ours, &verdict);
	assert_int_equal(verdict.category, CAROM_CATEGORY_SENDER_REJECTED);
	assert_int_equal(verdict.class, CAROM_CLASS_POLICY);
}

/* What speaks of us is no proof, also where a word of it is said of recipients. */
static void
what_is_ours_is_not_hard(void **state)
{
	static const Row rows[] = {
		{ SAYS("550 your sender address is unknown here", "sender_rejected", "policy") },
		{ SAYS("553 the envelope sender is not a valid user", "sender_rejected",
		       "policy") },
		{ SAYS("550 the sending host is unknown", "ip_reputation sender_dns", NULL) },
		{ SAYS("554 from domain unresolvable", "sender_dns", "policy"),
		  .provider = "yahoo_aol" },
		{ SAYS("550 your IP sits in our jail: banned", "ip_reputation", "block") },
		{ SAYS("550 the IP you come from is disabled here", "ip_reputation", "block") },
		{ SAYS("554 IP range locked", "ip_reputation", "block") },
		{ SAYS("550 mail from your IP is administratively blocked", "ip_reputation",
		       "block") },
		{ SAYS("554 unwelcome session rejected [3]", "ip_reputation", "block") },
		{ SAYS("550 Ihre IP-Adresse ist gesperrt", "ip_reputation", "block") },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

static void
bare_codes_are_humble(void **state)
{
	static const Row rows[] = {
		{ SAYS("553 no", "undetermined", "soft") },
		{ SAYS("556 no", "undetermined", "soft") },
		{ SAYS("521 no", "undetermined", "soft") },
		{ SAYS("551 no", "undetermined", "soft") },
		{ SAYS("501 no", "format_protocol", "policy") },
		{ SAYS("550 no", "undetermined", "soft") },
		{ SAYS("550 5.7.9 no", "content_policy", "block") },
		{ SAYS("550 5.7.6 no", "content_policy", "block") },
		{ SAYS("530 5.7.0 no", "tls_required", "policy") },
		{ SAYS("553 from must equal the login", "sender_rejected undetermined", NULL) },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

static void
not_every_quota_is_a_mailbox(void **state)
{
	static const Row rows[] = {
		{ SAYS("451 spool quota exceeded", "remote_system", "soft") },
		{ SAYS("421 session quota exceeded", "connection_limit", "soft") },
		{ SAYS("451 quota of your IP exceeded", "rate_limited", "soft") },
		{ SAYS("451 4.7.1 quota of domain exceeded", "rate_limited", "soft") },
		{ SAYS("554 traffic quota exceeded", "rate_limited", "soft") },
		{ SAYS("452 4.5.3 hourly quota exceeded for recipient", "rate_limited", "soft") },
		{ SAYS("450 outgoing quota exceeded", "rate_limited", "soft") },
		{ SAYS("552 <budi@b.example> quota exceeded", "mailbox_full", "soft") },
		{ SAYS("552 user quota exceeded", "mailbox_full", "soft") },
		{ SAYS("552 quota exceeded", "mailbox_full", "soft") },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

static void
an_address_stands_for_its_noun(void **state)
{
	static const Row rows[] = {
		{ SAYS("550 budi@b.example was disabled", "recipient_disabled", "soft") },
		{ SAYS("550 budi@b.example is not active", "recipient_disabled", "soft") },
		{ SAYS("550 mailbox budi@b.example unavailable",
		       "recipient_unknown recipient_disabled", NULL) },
		{ SAYS("550 unknown budi@b.example", "recipient_unknown", "hard") },
		{ SAYS("550 no alias budi in here", "recipient_unknown", "hard") },
		{ SAYS("552 budi@b.example is full", "mailbox_full", "soft") },
		{ SAYS("550 <budi> is disabled", "recipient_disabled", "soft") },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

static void
a_provider_hides_no_clearer_text(void **state)
{
	static const Row rows[] = {
		{ SAYS("450 4.7.1 Helo command rejected: no such host", "sender_dns", NULL),
		  .provider = "apple" },
		{ SAYS("451 4.7.1 Greylisted", "greylisted", NULL), .provider = "apple" },
		{ SAYS("450 4.7.0 TLS is required here", "tls_required", NULL),
		  .provider = "apple" },
		{ SAYS("421 4.7.0 slow down please", "rate_limited", NULL), .provider = "apple" },
		{ SAYS("552 5.2.2 quota of user exceeded (UserSearch)", "mailbox_full", "soft"),
		  .provider = "sfr_free_fr" },
		{ SAYS("550 5.2.1 account closed, never used (UserSearch)", "recipient_disabled",
		       "soft"),
		  .provider = "sfr_free_fr" },
		{ SAYS("550 5.7.1 DKIM missing on your domain LPN007_402", "auth_spf_dkim", NULL),
		  .provider = "laposte" },
		{ SAYS("451 temporarily deferred: unresolvable from domain", "sender_dns", NULL),
		  .provider = "yahoo_aol" },
		{ SAYS("421 temporarily unavailable IB101", "remote_system", NULL),
		  .provider = "godaddy" },
		{ SAYS("554 192.0.2.8 is on the XBL of Spamhaus. IB105", "dnsbl_listed", NULL),
		  .provider = "godaddy" },
		{ SAYS("550 too many messages per session IB510", "connection_limit", NULL),
		  .provider = "godaddy" },
		{ SAYS("421 slow down, too many messages AUP#In-1600", "rate_limited", NULL),
		  .provider = "charter_spectrum" },
		{ SAYS("550 sender rejected AUP#In-1600", "sender_rejected", NULL),
		  .provider = "charter_spectrum" },
		{ SAYS("554 message failed DKIM and SPF [CS01] rejected due to local policy",
		       "auth_spf_dkim", NULL),
		  .provider = "apple" },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

static void
one_word_is_no_proof(void **state)
{
	static const Row rows[] = {
		{ SAYS("554 5.7.7 too many identical X-headers", "format_protocol", "policy") },
		{ SAYS("552 too many lines", "format_protocol", "policy") },
		{ SAYS("501 too many parameters", "format_protocol", "policy") },
		{ SAYS("554 too many MIME parts inside", "format_protocol", "policy") },
		{ SAYS("550 5.6.7 remote server did not announce SMTPUTF8", "format_protocol",
		       "policy") },
		{ SAYS("422 licence has expired", "undetermined remote_system", "soft") },
		{ SAYS("451 the subscription of this site has expired",
		       "undetermined remote_system recipient_disabled", "soft") },
		{ SAYS("451 we are no open relay", "relay_denied", "policy") },
		{ SAYS("554 5.7.1 you hit our spam trap", "ip_reputation", "block") },
		{ SAYS("452 too many new messages; try again later", "rate_limited", "soft") },
		{ SAYS("554 this message is not allowed - [77]", "content_policy", "block") },
		{ SAYS("550 message expired in the queue", "expired", "soft") },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

static void
an_unknown_reason_is_still_the_recipients(void **state)
{
	static const Row rows[] = {
		{ SAYS("554 5.7.1 <budi@b.example>: Recipient address rejected: No-Thanks.",
		       "recipient_restricted", "block") },
		{ SAYS("554 5.7.1 <budi@b.example>: Recipient address rejected: departed",
		       "recipient_restricted recipient_unknown", NULL) },
		{ SAYS("550 5.1.1 Recipient address rejected: not configured to receive mail",
		       "recipient_unknown recipient_disabled", NULL) },
		{ SAYS("550 destinatario desconocido o buzón lleno", "mailbox_full", "soft") },
		{ SAYS("550 user unknown or mailbox full", "mailbox_full", "soft") },
	};

	(void) state;
	hold(rows, G_N_ELEMENTS(rows));
}

/* Replies that quote an address (%A) or a local part in quotes (%L). */
static const char *const replies[] = {
	"550 5.1.1 <%A>: Recipient address rejected: User unknown in local recipient table",
	"550 5.1.1 <%A>... User unknown",
	"550 5.1.1 unknown user %A",
	"550 <%A> no such user here",
	"550 no mailbox here for \"%L\"",
	"550 user '%L' does not exist",
	"550 RCPT TO:<%A> unknown",
	"550 %A: mailbox not found",
	"553 5.1.3 <%A>: Bad recipient address syntax",
	"550 5.1.0 <%A> address rejected",
	"550 5.1.6 %A has moved",
	"550 5.2.1 <%A>: account disabled",
	"550 %A is inactive",
	"550 account <%A> is closed",
	"525 5.7.13 <%A>: Recipient address rejected: account suspended",
	"552 5.2.2 <%A>: mailbox full",
	"452 4.2.2 <%A> is over quota",
	"552 mailbox %A has exceeded its limit",
	"554 5.2.2 %A: quota exceeded",
	"450 4.7.1 <%A>: Recipient address rejected: Greylisted",
	"451 4.7.1 <%A>: please try again in 300 seconds",
	"450 4.2.1 <%A>: too many messages per hour",
	"452 4.5.3 <%A>: too many recipients",
	"421 4.7.0 too many connections while sending to %A",
	"554 5.7.1 <%A>: Relay access denied",
	"550 relaying to <%A> prohibited",
	"550 5.7.1 <%A>: Sender address rejected: not owned by user",
	"553 5.1.8 <%A>: Sender address rejected: Domain not found",
	"550 sender %A is not allowed",
	"550 sender verify failed for <%A>",
	"554 5.7.1 <%A>: Recipient address rejected: Access denied",
	"550 5.7.1 <%A> does not accept mail from outside",
	"550 you are not allowed to send to %A",
	"550 5.7.1 list <%A> is for members only",
	"550 5.7.1 message to %A refused by local policy",
	"554 5.7.1 message for <%A> is spam",
	"554 virus found in message for <%A>",
	"554 attachment type not allowed for %A",
	"552 5.3.4 message for <%A> is too large",
	"554 5.6.0 message to <%A> has a malformed header",
	"550 5.7.23 SPF check failed for <%A>",
	"550 5.7.20 no valid DKIM signature, recipient %A",
	"550 5.7.1 DMARC policy of the domain of <%A> says reject",
	"530 5.7.0 must issue STARTTLS first, <%A>",
	"550 5.7.1 authentication required to send to <%A>",
	"554 client host rejected while sending to <%A>: blocked using bl.test",
	"550 5.7.1 your IP has a bad reputation, mail to %A refused",
	"550 5.7.25 no reverse DNS for your host, mail for %A refused",
	"504 5.5.2 helo command rejected, recipient <%A>",
	"451 4.3.0 <%A>: temporary lookup failure",
	"451 4.3.0 internal error while delivering to <%A>",
	"452 4.3.1 insufficient system storage for <%A>",
	"554 5.4.6 <%A>: too many hops",
	"550 5.4.6 mail for <%A> loops back to myself",
	"550 5.1.2 <%A>: host not found",
	"450 4.4.3 <%A>: name server timeout",
	"556 5.1.10 <%A>: domain does not accept mail",
	"450 4.4.1 connect to mx for <%A>: connection timed out",
	"421 4.4.2 lost connection while delivering <%A>",
	"554 5.4.7 <%A>: message expired",
	"503 5.5.1 bad sequence of commands before <%A>",
	"500 5.5.2 unrecognized command from <%A>",
	"550 <%A>",
	"550 5.7.1 <%A>",
	"553 <%A>",
	"554 <%A> refused",
	"450 <%A>",
	"550 5.1.1 \"%L\" is not a user here",
	"550 5.2.2 mailbox of '%L' is full",
	"550 <%L> is disabled",
	"550 Empfänger <%A> unbekannt",
	"550 Postfach <%A> ist voll",
	"550 le destinataire <%A> est inconnu",
	"552 boîte pleine pour <%A>",
	"550 usuario <%A> desconocido",
	"552 buzón lleno: <%A>",
	"550 utente <%A> inesistente",
	"550 destinatário <%A> inválido",
	"550 gebruiker <%A> onbekend",
	"550 mottagaren <%A> finns inte",
	"550 użytkownik <%A> nie istnieje",
	"550 uživatel <%A> neexistuje",
	"550 пользователь <%A> не найден",
	"552 ящик <%A> переполнен",
	"550 alıcı <%A> bulunamadı",
	"550 pengguna <%A> tidak ditemukan",
	"552 kotak surat <%A> penuh",
	"550 người nhận <%A> không tồn tại",
	"550 宛先 <%A> が存在しません",
	"550 收件人 <%A> 不存在",
	"552 邮箱 <%A> 已满",
	"550 사용자 <%A> 를 찾을 수 없습니다",
	"550 ไม่พบผู้ใช้ <%A>",
	"550 المستخدم <%A> غير موجود",
	"550 χρήστης <%A> άγνωστος",
	"550 címzett <%A> ismeretlen",
	"550 kasutajat <%A> ei leitud",
	"421 4.3.2 service not available for <%A>",
	"550 5.3.0 <%A>: command died with status 1",
	"550 5.7.1 delivery to <%A> is not authorized",
};

static const char *const local_parts[] = {
	"virus",     "spam",       "full",          "quota",      "blocked",
	"blacklist", "relay",      "sender",        "unknown",    "user",
	"mailbox",   "disabled",   "moved",         "policy",     "greylist",
	"dmarc",     "spf",        "dkim",          "timeout",    "expired",
	"loop",      "too.many",   "toolarge",      "attachment", "phishing",
	"bulk",      "denied",     "rejected",      "refused",    "ip",
	"rbl",       "helo.bad",   "nosuch",        "invalid",    "abuse",
	"complaint", "reputation", "dns",           "tls",        "auth",
	"no-reply",  "postmaster", "mailer-daemon", "over-quota", "suspended",
	"inactive",  "closed",     "spamtrap",      "hourly",     "try.again.later",
};

static const char *const domains[] = {
	"b.example",
	"virus.example",
	"spam.test",
	"full.example.com",
	"blocked.example",
	"blacklist.example",
	"relay.test",
	"unknown.example",
	"no-such-host.test",
	"quota.example",
	"policy.example.net",
	"greylist.example",
	"dmarc.example",
	"spf.test",
	"mail-loop.example",
	"timeout.example",
	"too-many.example",
	"disabled.example",
	"moved.example",
	"phish.example",
	"reputation.test",
	"sender.example",
	"mailbox.example",
	"user.unknown.example",
	"xn--bcher-kva.example",
};

static char *
fill(const char *reply, const char *local, const char *domain)
{
	g_auto(GStrv) at_address = g_strsplit(reply, "%A", -1);
	g_autofree char *address = g_strconcat(local, "@", domain, NULL);
	g_autofree char *with_address = g_strjoinv(address, at_address);
	g_auto(GStrv) at_local = g_strsplit(with_address, "%L", -1);

	return g_strjoinv(local, at_local);
}

static void
no_address_is_vocabulary(void **state)
{
	(void) state;
	assert_true(G_N_ELEMENTS(replies) >= 100 && G_N_ELEMENTS(local_parts) >= 50 &&
		    G_N_ELEMENTS(domains) >= 25);
	for (gsize i = 0; i < G_N_ELEMENTS(replies); i++) {
		g_autofree char *plain = fill(replies[i], "budi", "b.example");
		CaromVerdict want;

		judge(plain, NULL, NULL, "failed", &want);
		for (gsize j = 0; j < G_N_ELEMENTS(local_parts); j++) {
			g_autofree char *text = fill(replies[i], local_parts[j],
						     domains[(i + j) % G_N_ELEMENTS(domains)]);
			CaromVerdict got;

			judge(text, NULL, NULL, "failed", &got);
			row_string(text, carom_report_category_name(got.category),
				   carom_report_category_name(want.category));
			row_int(text, got.class, want.class);
		}
	}
}

static void
nothing_is_hard_before_a_recipient_is_named(void **state)
{
	static const char *const stages[] = { "connect", "helo", "mail" };

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(replies); i++)
		for (gsize j = 0; j < G_N_ELEMENTS(local_parts); j++)
			for (gsize s = 0; s < G_N_ELEMENTS(stages); s++) {
				g_autofree char *text =
					fill(replies[i], local_parts[j],
					     domains[(i + j) % G_N_ELEMENTS(domains)]);
				CaromVerdict verdict;

				judge(text, NULL, stages[s], "failed", &verdict);
				row_true(text, verdict.class != CAROM_CLASS_HARD);
				row_true(text,
					 verdict.category < CAROM_CATEGORY_RECIPIENT_UNKNOWN ||
						 verdict.category > CAROM_CATEGORY_MAILBOX_FULL);
				row_true(text,
					 verdict.category != CAROM_CATEGORY_RECIPIENT_RESTRICTED);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sender_is_no_dead_recipient),
		cmocka_unit_test(the_failing_one_is_meant),
		cmocka_unit_test(what_is_temporary_is_not_hard),
		cmocka_unit_test(what_is_ours_is_not_hard),
		cmocka_unit_test(bare_codes_are_humble),
		cmocka_unit_test(not_every_quota_is_a_mailbox),
		cmocka_unit_test(an_address_stands_for_its_noun),
		cmocka_unit_test(a_provider_hides_no_clearer_text),
		cmocka_unit_test(one_word_is_no_proof),
		cmocka_unit_test(an_unknown_reason_is_still_the_recipients),
		cmocka_unit_test(no_address_is_vocabulary),
		cmocka_unit_test(nothing_is_hard_before_a_recipient_is_named),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load_rules, free_rules);
}
