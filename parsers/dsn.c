/*
 * dsn - delivery status notifications
 *
 * RFC 3464, its internationalised form (RFC 6533), and what servers make of
 * them: fields out of order, two recipients in one block, no empty line after
 * the per-message fields, a Status that is a comment, no Action at all.
 */
#include "config.h"

#include "dsn.h"

#include "address.h"
#include "excerpt.h"
#include "parser.h"
#include "text.h"

#include <string.h>

static gboolean
is_status_part(const CaromPart *part)
{
	return part->message == -1 && (strcmp(part->type, "message/delivery-status") == 0 || strcmp(part->type, "message/global-delivery-status") == 0);
}

static int
dsn_probe(const CaromMail *mail)
{
	for (guint i = 0; i < carom_mail_n_parts(mail); i++)
		if (is_status_part(carom_mail_part(mail, i)))
			return 90;
	return 0;
}

/* The host in "dns; mx.example.net (192.0.2.1)". */
static const char *
keep_mta(CaromReport *out, const char *value)
{
	const char *semi = value ? strchr(value, ';') : NULL;
	gsize n;

	if (value == NULL)
		return NULL;
	value = semi && semi - value < 20 ? semi + 1 : value;
	value += strspn(value, " \t");
	n = strcspn(value, " \t(");
	if (n > 1 && value[n - 1] == '.')
		n--;
	return carom_report_keep(out, value, (gssize) n, 255);
}

/* "smtp; 550 5.1.1 ..." without its type, which RFC 3464 2.3.6 puts first. */
static const char *
strip_diagnostic_type(const char *value)
{
	const char *semi = strchr(value, ';');

	if (semi != NULL && semi - value < 24 && memchr(value, ' ', (gsize) (semi - value)) == NULL) {
		semi++;
		return semi + strspn(semi, " \t");
	}
	return value;
}

/* Fields of one recipient while its block is read. */
typedef struct {
	const char *final, *original, *actual, *action, *status, *remote, *diagnostic;
} Recipient;

/* A final DSN of OpenSMTPD (6.8) calls itself delayed: after its queue's ttl it says 4.4.7 and "Envelope expired". */
static gboolean
gave_up_after_all(const CaromMail *mail, const char *status)
{
	gsize len;
	const char *text;

	if (status == NULL || strcmp(status, "4.4.7") != 0)
		return FALSE;
	text = carom_mail_text(mail, &len);
	return carom_text_find(text, len, "Envelope expired") != NULL;
}

static CaromAction
action_of(const CaromMail *mail, const Recipient *r, const char *status)
{
	CaromAction action = carom_action_from_text(r->action);

	if (action == CAROM_ACTION_DELAYED && gave_up_after_all(mail, status))
		return CAROM_ACTION_FAILED;
	if (action != CAROM_ACTION_NONE)
		return action;
	/* no Action, or a word of nobody's: the status class tells */
	if (status != NULL && *status == '2')
		return CAROM_ACTION_DELIVERED;
	return CAROM_ACTION_FAILED;
}

/* Takes what the text for people says about the recipient, where the fields say too little. */
static void
add_from_text(const CaromMail *mail, CaromReport *out, CaromOutcome *outcome)
{
	gsize len, about_len;
	const char *text = carom_mail_text(mail, &len), *about;

	if (outcome->recipient == NULL)
		return;
	len = carom_excerpt_copy(text, len, NULL);
	about = carom_excerpt_about(text, len, outcome->recipient, &about_len);
	if (about != NULL)
		carom_outcome_set_diagnostic(out, outcome, about, (gssize) about_len);
}

static void
add_recipient(const CaromMail *mail, CaromReport *out, const Recipient *r)
{
	g_autofree char *final = carom_address_parse_typed(r->final);
	g_autofree char *original = carom_address_parse_typed(r->original);
	g_autofree char *actual = carom_address_parse_typed(r->actual);
	const char *best = final ? final : actual ? actual : original;
	CaromOutcome *outcome;

	if (r->final == NULL && r->original == NULL && r->action == NULL && r->status == NULL)
		return; /* the per-message block, or nothing */
	if (best == NULL && r->diagnostic == NULL && r->status == NULL)
		return;
	outcome = carom_report_add(out, best, CAROM_ACTION_NONE);
	if (outcome == NULL || outcome->action != CAROM_ACTION_NONE)
		return; /* the same recipient again: the first word counts */
	outcome->final_recipient = carom_report_keep_address(out, final);
	outcome->original_recipient = carom_report_keep_address(out, original);
	outcome->remote_mta = keep_mta(out, r->remote);
	if (r->status != NULL)
		carom_outcome_set_status(out, outcome, r->status);
	outcome->action = action_of(mail, r, outcome->status);
	if (r->diagnostic != NULL)
		carom_outcome_set_diagnostic(out, outcome, strip_diagnostic_type(r->diagnostic), -1);
	if (outcome->diagnostic == NULL && outcome->action != CAROM_ACTION_DELIVERED)
		add_from_text(mail, out, outcome);
	/* Haraka: "Status: 5.1.2 (550 ...)" keeps the reply in a comment */
	if (outcome->diagnostic == NULL && r->status != NULL && strchr(r->status, '(') != NULL)
		carom_outcome_set_diagnostic(out, outcome, r->status, -1);
}

static void
read_block(const CaromMail *mail, CaromReport *out, const CaromFields *block)
{
	Recipient r = { 0 };
	gsize n;
	const CaromField *fields = carom_fields_all(block, &n);

	for (gsize i = 0; i < n; i++) {
		const char *name = fields[i].name, *value = fields[i].value;

		if (g_ascii_strcasecmp(name, "Final-Recipient") == 0) {
			if (r.final != NULL) { /* no empty line between two recipients */
				add_recipient(mail, out, &r);
				memset(&r, 0, sizeof r);
			}
			r.final = value;
		} else if (g_ascii_strcasecmp(name, "Original-Recipient") == 0) {
			if (r.original != NULL && r.final != NULL) {
				add_recipient(mail, out, &r);
				memset(&r, 0, sizeof r);
			}
			r.original = value;
		} else if (g_ascii_strcasecmp(name, "X-Actual-Recipient") == 0) {
			r.actual = value;
		} else if (g_ascii_strcasecmp(name, "Action") == 0) {
			r.action = value;
		} else if (g_ascii_strcasecmp(name, "Status") == 0) {
			r.status = value;
		} else if (g_ascii_strcasecmp(name, "Remote-MTA") == 0) {
			r.remote = value;
		} else if (g_ascii_strcasecmp(name, "Diagnostic-Code") == 0) {
			if (r.diagnostic == NULL)
				r.diagnostic = value;
		} else if (g_ascii_strcasecmp(name, "Reporting-MTA") == 0) {
			out->reporter = keep_mta(out, value);
		}
	}
	add_recipient(mail, out, &r);
}

gboolean
carom_dsn_read(const CaromMail *mail, CaromReport *out, const char *p, const char *end)
{
	guint before = out->outcomes->len;

	for (;;) {
		g_autoptr(CaromFields) block = carom_fields_read(&p, end);

		if (block == NULL)
			break;
		read_block(mail, out, block);
	}
	return out->outcomes->len > before;
}

static CaromStatus
dsn_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	for (guint i = 0; i < carom_mail_n_parts(mail); i++) {
		const CaromPart *part = carom_mail_part(mail, i);
		const char *cursor;
		gsize len;

		if (!is_status_part(part))
			continue;
		cursor = carom_part_text(mail, part, &len);
		carom_dsn_read(mail, out, cursor, cursor + len);
	}
	if (out->outcomes->len == 0)
		return carom_fail(err, CAROM_MALFORMED, "dsn: no recipient in the delivery-status part");
	carom_report_set_returned(out, carom_mail_returned(mail));
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_dsn = {
	.name = "rfc3464",
	.reference = "RFC 3464, RFC 6533, RFC 3461",
	.probe = dsn_probe,
	.parse = dsn_parse,
};
