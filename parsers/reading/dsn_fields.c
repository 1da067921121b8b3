/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dsn_fields - the blocks of fields of a delivery status notification
 *
 * As servers write them: fields out of order, two recipients in one block, no
 * empty line after the per-message fields or one behind every field, a Status
 * that is a comment, no Action at all.
 */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/dsn_fields.h"
#include "parsers/generic/generic_text.h"
#include "parsers/reading/excerpt.h"
#include "parsers/reading/phrases.h"
#include "mail/reply.h"
#include "parsers/reading/transcript.h"
#include "base/text.h"

#include <string.h>

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

	if (semi != NULL && semi - value < 24 &&
	    memchr(value, ' ', (gsize) (semi - value)) == NULL) {
		semi++;
		return semi + strspn(semi, " \t");
	}
	return value;
}

/* The text for people beside the fields, read when it is first asked for. */
typedef struct {
	const CaromMail *mail;
	CaromReport *out;
	const char *text; /* NULL: not read yet */
	gsize len;        /* without the copy and without the fields */
	CaromTranscript *transcript;
} Beside;

static void
read_beside(Beside *b)
{
	static const char *const fields[] = { "\nReporting-MTA:", "\nOriginal-Recipient:",
					      "\nFinal-Recipient:" };

	if (b->text != NULL)
		return;
	b->text = carom_mail_text(b->mail, &b->len);
	b->len = carom_excerpt_copy(b->text, b->len, NULL);
	/* where all parts lie in one text, the fields are no words about the recipient */
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		const char *hit = carom_text_find(b->text, b->len, fields[i]);

		if (hit != NULL)
			b->len = (gsize) (hit - b->text);
	}
	b->transcript = carom_transcript_read(b->text, b->len);
}

static void
beside_clear(Beside *b)
{
	carom_transcript_free(b->transcript);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Beside, beside_clear)

/* Fields of one recipient while its block is read. */
typedef struct {
	const char *final, *original, *actual, *action, *status, *remote, *diagnostic;
} Recipient;

/* So many recipients of a report are looked for in its text; beyond, only the fields count. */
#define MAX_TEXT_LOOKUPS 100

/* A final DSN of OpenSMTPD (6.8) calls itself delayed: after its queue's ttl it says 4.4.7 and
 * "Envelope expired". */
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
	CaromAction action = carom_report_action_from_text(r->action);

	if (action == CAROM_ACTION_DELAYED && gave_up_after_all(mail, status))
		return CAROM_ACTION_FAILED;
	if (action != CAROM_ACTION_NONE)
		return action;
	/* no Action, or a word of nobody's: the status class tells */
	if (status != NULL && *status == '2')
		return CAROM_ACTION_DELIVERED;
	return CAROM_ACTION_FAILED;
}

/* What the text for people says about the address, without the address itself; NULL if nothing. */
static const char *
find_in_text(const char *text, gsize len, const char *address, gsize *n)
{
	const char *listed = carom_text_find(text, len, "Recipient address:"), *about, *after,
		   *reason;
	g_autofree char *first = NULL;
	CaromLine line;

	/* Sun's Messaging Server repeats the header of the message, To included, before its list */
	if (listed != NULL) {
		len -= (gsize) (listed - text);
		text = listed;
	}
	about = address ? carom_excerpt_about(text, len, address, n) : NULL;

	if (about == NULL)
		return NULL;
	line.p = about;
	line.eol = memchr(about, '\n', *n);
	line.eol = line.eol ? line.eol : about + *n;
	first = carom_excerpt_line_address(&line, &after);
	if (first != NULL) {
		*n -= (gsize) (after - about);
		about = after;
	}
	/* Haraka: "Intended Recipients: <a@b>", and on its next line "Failure Reason: Error: ...";
	 * Sun: "Reason: ..." */
	reason = carom_text_find(about, *n, "Reason: ");
	if (reason != NULL) {
		reason += strlen("Reason: ");
		*n -= (gsize) (reason - about);
		about = reason;
	}
	return about;
}

/* TRUE if the fields leave nothing open that the text could tell. */
static gboolean
says_all(const CaromOutcome *outcome, gboolean cut)
{
	return outcome->diagnostic != NULL && !cut && outcome->stage != NULL &&
	       outcome->remote_mta != NULL && outcome->reply != NULL;
}

/* The words of the fields stay; what the text adds is the command and the codes. */
static void
add_codes(CaromReport *out, CaromOutcome *outcome, const char *about, gsize n)
{
	g_autofree char *clean = carom_text_clean(about, (gssize) n, CAROM_MAX_DIAGNOSTIC);
	CaromReplyCodes codes;

	carom_reply_codes(clean, strlen(clean), &codes);
	if (outcome->stage == NULL)
		outcome->stage = codes.stage;
	if (outcome->reply == NULL && codes.words != NULL &&
	    (outcome->status == NULL || strcmp(outcome->status + 1, ".0.0") == 0))
		carom_excerpt_explain(out, outcome, about, n);
}

/* TRUE if the text has a code or a phrase that is a reason. */
static gboolean
gives_reason(const char *text, gsize len)
{
	g_autofree char *clean = carom_text_clean(text, (gssize) len, CAROM_MAX_DIAGNOSTIC);
	CaromReplyCodes codes;

	carom_reply_codes(clean, strlen(clean), &codes);
	return codes.words != NULL || codes.status[0] != '\0' ||
	       (carom_phrases_of_text(clean, strlen(clean), CAROM_MAX_DIAGNOSTIC) &
		CAROM_TEXT_REASON) != 0;
}

/*
 * The whole text's reason, where what stands by the recipient gives none: it may
 * be the sentence above it, and below it a footer.
 */
static gboolean
explain_at_large(Beside *b, CaromOutcome *outcome)
{
	const CaromGenericKnown known = { .reporter = carom_mail_from(b->mail) };
	g_autoptr(CaromGenericText) text = carom_generic_text_read(b->text, b->len, &known);
	g_autofree char *reason = carom_generic_text_reason(text, outcome->recipient);

	if (!gives_reason(reason, strlen(reason)))
		return FALSE;
	carom_excerpt_explain(b->out, outcome, reason, strlen(reason));
	return TRUE;
}

/* What sendmail's session says; begins: the first line of the reply that is meant, or NULL. */
static gboolean
explain_by_transcript(Beside *b, CaromOutcome *outcome, const char *begins)
{
	gboolean alone = b->transcript != NULL && b->transcript->verdicts->len == 1;

	return outcome->recipient != NULL &&
	       carom_transcript_explain(b->transcript, b->out, outcome, begins, alone) &&
	       !carom_excerpt_says_nothing(outcome->diagnostic);
}

/*
 * Takes what the text for people says about the recipient, where the fields
 * say too little: no Diagnostic-Code, or one without any word in it, or without
 * a code where the text has one, or sendmail's first line of a reply that has
 * several.
 */
static void
explain(Beside *b, CaromOutcome *outcome, const char *final)
{
	const char *about, *diagnostic = outcome->diagnostic;
	gboolean cut = diagnostic != NULL && g_ascii_isdigit(diagnostic[0]) &&
		       strlen(diagnostic) > 3 && diagnostic[3] == '-';
	gboolean empty = carom_excerpt_says_nothing(diagnostic);
	gsize n = 0;

	if (b->out->outcomes->len > MAX_TEXT_LOOKUPS || outcome->action == CAROM_ACTION_DELIVERED ||
	    says_all(outcome, cut || empty))
		return;
	read_beside(b);
	if (empty || cut) {
		outcome->diagnostic = NULL;
		if (explain_by_transcript(b, outcome, empty && !cut ? NULL : diagnostic))
			return;
		if (diagnostic == NULL)
			diagnostic = outcome->diagnostic; /* a bare "421" */
		outcome->diagnostic = diagnostic;
	}
	about = find_in_text(b->text, b->len, outcome->recipient, &n);
	if (about == NULL && final != NULL)
		about = find_in_text(b->text, b->len, final, &n);
	if (about == NULL && outcome->recipient != NULL) {
		g_autofree char *unicode = carom_address_to_unicode(outcome->recipient);

		about = find_in_text(b->text, b->len, unicode, &n);
	}
	if (empty && (about == NULL || !gives_reason(about, n)) && explain_at_large(b, outcome))
		return;
	if (about == NULL || n == 0)
		return;
	if (!empty)
		add_codes(b->out, outcome, about, n);
	else
		carom_excerpt_explain(b->out, outcome, about, n);
	if (diagnostic != NULL && carom_excerpt_says_nothing(outcome->diagnostic))
		outcome->diagnostic = diagnostic;
}

void
carom_dsn_fields_explain(const CaromMail *mail, CaromReport *out, CaromOutcome *outcome,
			 const char *final)
{
	g_auto(Beside) b = { .mail = mail, .out = out };

	explain(&b, outcome, final);
}

/*
 * The Diagnostic-Code, and which of two codes counts. Status is often made up
 * by the reporting server (sendmail turns any 550 at RCPT into 5.1.1, and says
 * 4.4.7 of whatever lasted too long); the remote server's own stands right
 * behind its reply code.
 */
static void
set_diagnostic(CaromReport *out, CaromOutcome *outcome, const char *value)
{
	const char *stated = outcome->status, *text = strip_diagnostic_type(value);

	outcome->status = NULL;
	/* "X-Postfix; host mx.example.net[192.0.2.1] said: 550 ...": the words alone, like
	 * everybody else's */
	if (g_ascii_isdigit(*text))
		carom_report_outcome_set_diagnostic(out, outcome, text, -1);
	else
		carom_excerpt_explain(out, outcome, text, strlen(text));
	if (stated == NULL)
		return;
	if (outcome->status != NULL && strcmp(outcome->status, stated) != 0 &&
	    strcmp(stated + 1, ".0.0") != 0) {
		CaromReplyCodes codes;

		/*
		 * the class alone differs: the reporting server says how it took it (Postfix at
		 * connect, Haraka at the end); "#5.1.0" knows less than "5.1.1"
		 */
		carom_reply_codes(outcome->diagnostic, strlen(outcome->diagnostic), &codes);
		if (codes.reply[0] == '\0' || strcmp(codes.status + 1, ".0.0") == 0 ||
		    strcmp(codes.status + 1, stated + 1) == 0 ||
		    (g_str_has_suffix(codes.status, ".0") &&
		     strncmp(codes.status, stated, strlen(codes.status) - 1) == 0))
			outcome->status = stated;
	} else if (outcome->status == NULL) {
		outcome->status = stated;
	}
}

/* "Status: 5.2.2 (The mailbox is over its quota)", where nothing else says why. What the standard
 * itself calls the code says no more than the code. */
static void
take_status_comment(CaromReport *out, CaromOutcome *outcome, const char *status)
{
	const char *comment = status ? strchr(status, '(') : NULL, *close;

	if (comment == NULL)
		return;
	comment++;
	close = strrchr(comment, ')');
	if (close == NULL)
		close = comment + strlen(comment);
	if ((carom_phrases_of_text(comment, (gsize) (close - comment), CAROM_MAX_TEXT) &
	     CAROM_TEXT_REASON) != 0)
		carom_report_outcome_set_diagnostic(out, outcome, comment, close - comment);
}

static void
add_recipient(Beside *b, const Recipient *r)
{
	CaromReport *out = b->out;
	g_autofree char *final = carom_address_parse_typed(r->final);
	g_autofree char *original = carom_address_parse_typed(r->original);
	g_autofree char *actual = carom_address_parse_typed(r->actual);
	const char *best = final    ? final
			   : actual ? actual
				    : original,
		   *at = final ? strrchr(final, '@') : NULL;
	CaromOutcome *outcome;

	/* Sun's Messaging Server: "user@mailstore" is a host of its own that nobody mailed to */
	if (at != NULL && original != NULL && strchr(at, '.') == NULL && strchr(at, '[') == NULL)
		best = original;
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
		carom_report_outcome_set_status(out, outcome, r->status);
	outcome->action = action_of(b->mail, r, outcome->status);
	/* Postfix answering "sendmail -bv": "deliverable" and "undeliverable" */
	if (r->action != NULL && carom_text_find(r->action, strlen(r->action), "deliverable"))
		out->is_probe = TRUE;
	if (r->diagnostic != NULL)
		set_diagnostic(out, outcome, r->diagnostic);
	/* Haraka: "Status: 5.1.2 (550 ...)" keeps the reply in a comment; others say "(permanent
	 * failure)" there */
	if (outcome->diagnostic == NULL && r->status != NULL && strchr(r->status, '(') != NULL &&
	    g_ascii_isdigit(strchr(r->status, '(')[1])) {
		const char *comment = strchr(r->status, '(') + 1;
		gsize n = strlen(comment);

		carom_report_outcome_set_diagnostic(
			out, outcome, comment,
			(gssize) (n > 0 && comment[n - 1] == ')' ? n - 1 : n));
	}
	explain(b, outcome, original);
	if (outcome->diagnostic == NULL)
		take_status_comment(out, outcome, r->status);
}

/* What read_block() has of the recipient that is being read, and the blocks that its values lie in.
 */
typedef struct {
	Recipient r;
	GPtrArray *blocks;
} Pending;

static void
flush(Beside *b, Pending *pending)
{
	add_recipient(b, &pending->r);
	memset(&pending->r, 0, sizeof pending->r);
	g_ptr_array_set_size(pending->blocks, 0);
}

/*
 * TRUE if the block goes on with the recipient of the one before: SurfControl
 * and gateways put an empty line behind every field.
 */
static gboolean
goes_on(const Recipient *r, const CaromFields *block)
{
	gboolean final = carom_fields_get(block, "Final-Recipient") != NULL;

	if (r->final == NULL && r->original == NULL)
		return FALSE;
	if (carom_fields_get(block, "Original-Recipient") != NULL || (final && r->final != NULL))
		return FALSE;
	return (r->action == NULL || carom_fields_get(block, "Action") == NULL) &&
	       (r->status == NULL || carom_fields_get(block, "Status") == NULL) &&
	       (r->diagnostic == NULL || carom_fields_get(block, "Diagnostic-Code") == NULL);
}

static void
read_block(Beside *b, Pending *pending, CaromFields *block)
{
	Recipient *r = &pending->r;
	gsize n;
	const CaromField *fields = carom_fields_all(block, &n);

	if (!goes_on(r, block))
		flush(b, pending);
	g_ptr_array_add(pending->blocks, block);
	for (gsize i = 0; i < n; i++) {
		const char *name = fields[i].name, *value = fields[i].value;

		if (g_ascii_strcasecmp(name, "Final-Recipient") == 0) {
			if (r->final != NULL) { /* no empty line between two recipients */
				add_recipient(b, r);
				memset(r, 0, sizeof *r);
			}
			r->final = value;
		} else if (g_ascii_strcasecmp(name, "Original-Recipient") == 0) {
			if (r->original != NULL && r->final != NULL) {
				add_recipient(b, r);
				memset(r, 0, sizeof *r);
			}
			r->original = value;
		} else if (g_ascii_strcasecmp(name, "X-Actual-Recipient") == 0) {
			r->actual = value;
		} else if (g_ascii_strcasecmp(name, "Action") == 0) {
			r->action = value;
		} else if (g_ascii_strcasecmp(name, "Status") == 0) {
			r->status = value;
		} else if (g_ascii_strcasecmp(name, "Remote-MTA") == 0) {
			r->remote = value;
		} else if (g_ascii_strcasecmp(name, "Diagnostic-Code") == 0) {
			if (r->diagnostic == NULL)
				r->diagnostic = value;
		} else if (g_ascii_strcasecmp(name, "Reporting-MTA") == 0) {
			b->out->reporter = keep_mta(b->out, value);
		} else if (carom_text_has_prefix(name, "X-") &&
			   carom_text_has_suffix(name, "-Queue-ID")) {
			/* between the two stands Postfix's mail_name */
			b->out->returned_queue_id = carom_report_keep(b->out, value, -1, 64);
		}
	}
}

gboolean
carom_dsn_fields_read(const CaromMail *mail, CaromReport *out, const char *p, const char *end)
{
	guint before = out->outcomes->len;
	g_auto(Beside) b = { .mail = mail, .out = out };
	Pending pending = { .blocks = g_ptr_array_new_with_free_func(
				    (GDestroyNotify) carom_fields_free) };

	for (;;) {
		CaromFields *block = carom_fields_read(&p, end);

		if (block == NULL)
			break;
		read_block(&b, &pending, block);
	}
	flush(&b, &pending);
	g_ptr_array_free(pending.blocks, TRUE);
	return out->outcomes->len > before;
}
