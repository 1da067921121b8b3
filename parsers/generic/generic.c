/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generic - bounces of mail systems that nobody here has met
 *
 * A guess by looks: the sender is a mail system, the Subject or the text says
 * in one of many languages that a message did not arrive, and the text names
 * an address where such texts name the recipient. It never invents one: where
 * nothing names it, the outcome has no recipient, and the returned message's
 * only To is all that there is to guess from (resolve.c). What a person or a
 * list wrote about bounces is none.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "parsers/generic/generic_text.h"
#include "parsers/reading/looks.h"
#include "parsers/parser.h"
#include "parsers/reading/phrases.h"
#include "base/text.h"

#include <string.h>

/* How much speaks for a bounce before the text is read. */
typedef struct {
	guint daemon; /* 0..3, looks.h */
	gboolean null_path;
	guint subject;  /* kinds of phrases */
	gboolean named; /* has X-Failed-Recipients */
	guint sum;
} Evidence;

static Evidence
weigh_header(const CaromMail *mail)
{
	Evidence e = { 0 };

	e.daemon = carom_mail_system_sender(mail);
	e.null_path = carom_mail_system_null_path(mail);
	e.named = carom_mail_header(mail, "X-Failed-Recipients") != NULL;
	if (e.daemon == 0 && !e.null_path && !e.named)
		return e; /* a person: whatever the Subject says, it is theirs */
	e.subject = carom_phrases_of_subject(carom_mail_subject(mail));
	e.sum = e.daemon + (e.null_path ? 2 : 0) + (e.named ? 3 : 0);
	if (e.subject & CAROM_SUBJECT_FAILED)
		e.sum += 2;
	else if (e.subject & CAROM_SUBJECT_DELAYED)
		e.sum += 1;
	if (carom_looks_answer(mail) &&
	    (e.daemon < 2 ||
	     (e.daemon == 2 && !e.null_path && carom_mail_header(mail, "In-Reply-To") != NULL)))
		e.sum = 0;
	/* what a postmaster writes to a list is a letter, unless its Subject is a report's: some
	 * reports do go to lists */
	if (carom_looks_list(mail) && e.daemon < 3 && !e.null_path)
		e.sum = e.daemon == 2 && e.subject & CAROM_SUBJECT_FAILED &&
					!carom_looks_answer(mail)
				? 3
				: 0;
	return e;
}

/* Parts that bounces don't have: invitations, aggregate reports of DMARC and TLS. */
static gboolean
carries_something_else(const CaromMail *mail)
{
	return carom_mail_find(mail, "text/calendar") != NULL ||
	       carom_mail_find(mail, "application/tlsrpt+gzip") != NULL ||
	       carom_mail_find(mail, "application/tlsrpt+json") != NULL ||
	       carom_mail_find(mail, "message/disposition-notification") != NULL ||
	       carom_mail_find(mail, "message/feedback-report") != NULL;
}

static int
generic_probe(const CaromMail *mail)
{
	Evidence e = weigh_header(mail);

	if (e.sum < 2 || (e.sum == 2 && e.daemon < 2) || carries_something_else(mail))
		return 0;
	return e.sum >= 5 ? 45 : e.sum >= 3 ? 35 : 20;
}

static void
add_addresses(GPtrArray *out, const char *value)
{
	for (const char *end = value ? value + strlen(value) : NULL;
	     value != NULL && value < end && out->len < 100;) {
		char *address = carom_address_find(value, (gsize) (end - value), &value);

		if (address != NULL)
			g_ptr_array_add(out, address);
	}
}

/* Whom the report went to: that was the sender of what it reports on. */
static GPtrArray *
senders_of(const CaromMail *mail, const CaromFields *returned)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	add_addresses(out, carom_mail_header(mail, "To"));
	add_addresses(out, carom_mail_header(mail, "Delivered-To"));
	if (returned != NULL) {
		add_addresses(out, carom_fields_get(returned, "From"));
		add_addresses(out, carom_fields_get(returned, "Return-Path"));
		add_addresses(out, carom_fields_get(returned, "Sender"));
		add_addresses(out, carom_fields_get(returned, "Reply-To"));
	}
	return out;
}

static GPtrArray *
recipients_of(const CaromFields *returned)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	if (returned != NULL) {
		add_addresses(out, carom_fields_get(returned, "To"));
		add_addresses(out, carom_fields_get(returned, "Cc"));
		add_addresses(out, carom_fields_get(returned, "X-Envelope-To"));
		add_addresses(out, carom_fields_get(returned, "Delivered-To"));
	}
	return out;
}

/* Late, or lost? A text that says both has given up. */
static CaromAction
action_of(const Evidence *e, guint kinds)
{
	if (kinds & CAROM_TEXT_GAVE_UP)
		return CAROM_ACTION_FAILED;
	if (kinds & CAROM_TEXT_DELAYED)
		return CAROM_ACTION_DELAYED;
	if ((e->subject & CAROM_SUBJECT_DELAYED) && !(e->subject & CAROM_SUBJECT_FAILED))
		return CAROM_ACTION_DELAYED;
	return CAROM_ACTION_FAILED;
}

/* "while talking to mx.example.net.:" */
static void
take_remote(CaromReport *out, CaromOutcome *outcome, const char *text, gsize len)
{
	static const char *const leads[] = { "while talking to ", "remote-mta: dns; ",
					     "remote-mta:" };

	for (gsize i = 0; i < G_N_ELEMENTS(leads); i++) {
		const char *hit = carom_text_find(text, len, leads[i]);
		gsize n;

		if (hit == NULL || (hit > text && g_ascii_isalnum(hit[-1])))
			continue;
		hit += strlen(leads[i]);
		hit += strspn(hit, " \t<[");
		n = strspn(hit,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
		while (n > 0 && (hit[n - 1] == '.' || hit[n - 1] == '-'))
			n--;
		if (n > 3 && n < 255 && memchr(hit, '.', n) != NULL) {
			outcome->remote_mta = carom_report_keep(out, hit, (gssize) n, 255);
			return;
		}
	}
}

static void
add_outcome(CaromReport *out, const CaromGenericText *t, const char *recipient, CaromAction action,
	    const char *text, gsize len)
{
	CaromOutcome *outcome = carom_report_add(out, recipient, action);
	g_autofree char *reason = NULL;

	if (outcome == NULL || outcome->diagnostic != NULL)
		return;
	reason = carom_generic_text_reason(t, recipient);
	carom_excerpt_explain(out, outcome, reason, strlen(reason));
	if (outcome->remote_mta == NULL)
		take_remote(out, outcome, text, len);
}

/* The address that a Subject names: "Undeliverable: a@b", "You a@b are not member". */
static char *
recipient_of_subject(const CaromMail *mail, const GPtrArray *senders)
{
	const char *subject = carom_mail_subject(mail);
	g_autofree char *address = carom_address_find(subject, strlen(subject), NULL);

	for (guint i = 0; address != NULL && i < senders->len; i++)
		if (g_ascii_strcasecmp(senders->pdata[i], address) == 0)
			return NULL;
	return g_steal_pointer(&address);
}

/* The first byte behind the next empty line. */
static gsize
skip_block(const char *text, gsize len, gsize from)
{
	for (; from + 1 < len; from++)
		if (text[from] == '\n' && text[from + 1 + strspn(text + from + 1, " \t\r")] == '\n')
			return from + 1;
	return len;
}

/* One message while it is read. */
typedef struct {
	Evidence evidence;
	const char *text; /* for people */
	gsize len;        /* of it without the copy */
	const CaromFields *returned;
	CaromFields *inline_copy; /* what returned is, where the text holds the copy */
	gboolean has_copy;
	GPtrArray *senders, *recipients;
	CaromGenericText *read;
	const GPtrArray *found; /* recipients that the text names */
	int best;
} Reading;

static void
reading_clear(Reading *r)
{
	carom_generic_text_free(r->read);
	carom_fields_free(r->inline_copy);
	g_ptr_array_free(r->senders, TRUE);
	g_ptr_array_free(r->recipients, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

static void
read_message(const CaromMail *mail, Reading *r)
{
	CaromGenericKnown known;
	gsize all;

	r->evidence = weigh_header(mail);
	r->text = carom_mail_text(mail, &all);
	r->len = carom_excerpt_copy(r->text, all, NULL);
	r->returned = carom_mail_returned(mail);
	if (r->returned == NULL)
		r->returned = r->inline_copy = carom_excerpt_copy_fields(r->text, all);
	r->has_copy = r->returned != NULL || r->len < all;
	r->senders = senders_of(mail, r->returned);
	r->recipients = recipients_of(r->returned);
	known = (CaromGenericKnown){ .senders = r->senders,
				     .recipients = r->recipients,
				     .reporter = carom_mail_from(mail) };
	r->read = carom_generic_text_read(r->text, r->len, &known);
	r->found = carom_generic_text_recipients(r->read, &r->best);
	if (r->best == 0 && r->len < 200 && r->len < all) {
		/* what looked like the copy's header is the report's own: "To:", "Date:",
		 * "Subject:", and then the text */
		gsize from = skip_block(r->text, all, r->len);

		carom_generic_text_free(r->read);
		r->text += from;
		r->len = carom_excerpt_copy(r->text, all - from, NULL);
		r->read = carom_generic_text_read(r->text, r->len, &known);
		r->found = carom_generic_text_recipients(r->read, &r->best);
	}
}

/* The less the sender looks like a mail system, the more the text has to say. */
static gboolean
is_bounce(const Reading *r)
{
	const Evidence *e = &r->evidence;
	guint kinds = carom_generic_text_kinds(r->read);
	gboolean subject = (e->subject & (CAROM_SUBJECT_FAILED | CAROM_SUBJECT_DELAYED)) != 0;
	gboolean text = (kinds & (CAROM_TEXT_FAILED | CAROM_TEXT_DELAYED)) ||
			(kinds & CAROM_TEXT_REASON && e->subject & CAROM_SUBJECT_FAILED);

	if (e->sum >= 7)
		return TRUE;
	if (e->sum >= 5)
		return text || subject || e->named;
	if (!text || !(r->has_copy || r->best >= 6))
		return FALSE;
	return e->sum >= 3 || (r->has_copy && r->best >= 4);
}

static gboolean
went_to_sender(const Reading *r)
{
	for (guint i = 0; i < r->recipients->len; i++)
		for (guint j = 0; j < r->senders->len; j++)
			if (g_ascii_strcasecmp(r->recipients->pdata[i], r->senders->pdata[j]) == 0)
				return TRUE;
	return FALSE;
}

/*
 * Mail systems whose texts need no row of their own, as they say plainly what
 * they have to say: told by their name, and so is the format.
 */
static const char *
product_of(const CaromMail *mail, const Reading *r)
{
	static const struct {
		const char *format, *says;
	} products[] = {
		{ "kerio", "Kerio" },
		{ "icewarp", "IceWarp" },
		{ "icewarp", "Merak" },
		{ "surgemail", "SurgeMail" },
		{ "masqmail", "masqmail" },
		{ "mercury", "Electronic Postmaster" }, /* Pegasus' Mercury/32 */
		{ "mailgun", "Mailgun" },
		{ "facebook", "by Facebook" },
		{ "docomo", "@docomo.ne.jp" },
		{ "t_online", "@t-online.de" },
		{ "earthlink", "@earthlink.net" },
	};
	const char *places[] = { carom_mail_header(mail, "From"),
				 carom_mail_header(mail, "X-Mailer") };

	for (gsize i = 0; i < G_N_ELEMENTS(products); i++) {
		const char *says = products[i].says;

		/* an address is its owner's name only where it sends */
		if (*says != '@' && carom_text_find(r->text, MIN(r->len, 4000), says) != NULL)
			return products[i].format;
		for (gsize n = 0; n < G_N_ELEMENTS(places); n++)
			if (places[n] != NULL &&
			    carom_text_find(places[n], strlen(places[n]), says) != NULL)
				return products[i].format;
	}
	return NULL;
}

static CaromStatus
generic_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	g_auto(Reading) r = { 0 };
	const GPtrArray *named = carom_mail_system_failed_recipients(mail), *recipients;
	CaromAction action;

	read_message(mail, &r);
	if (!is_bounce(&r))
		return carom_status_fail(err, CAROM_MALFORMED,
					 "generic: too little speaks for a bounce");
	action = action_of(&r.evidence, carom_generic_text_kinds(r.read));
	recipients = named->len > 0 ? named : r.found;
	for (guint i = 0; i < recipients->len; i++)
		add_outcome(out, r.read, recipients->pdata[i], action, r.text, r.len);
	if (recipients == r.found && carom_generic_text_is_cut(r.read))
		carom_report_note_truncated(out, "outcomes");
	if (out->outcomes->len == 0) {
		g_autofree char *subject = recipient_of_subject(mail, r.senders);

		/* a copy that went to the sender is a report in a report: its To is nobody's who
		 * failed */
		if (subject == NULL && went_to_sender(&r))
			return carom_status_fail(err, CAROM_MALFORMED,
						 "generic: what came back is a report itself");
		if (subject == NULL && r.returned == NULL && r.evidence.sum < 7)
			return carom_status_fail(err, CAROM_MALFORMED,
						 "generic: no recipient and no returned message");
		add_outcome(out, r.read, subject, action, r.text, r.len);
	}
	if (r.inline_copy != NULL)
		carom_report_take_returned(out, g_steal_pointer(&r.inline_copy));
	else
		carom_report_set_returned(out, r.returned);
	out->format = product_of(mail, &r);
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_generic = {
	.name = "generic",
	.reference = "no server in particular",
	.probe = generic_probe,
	.parse = generic_parse,
};
