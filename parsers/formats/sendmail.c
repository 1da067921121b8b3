/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail - transcripts of sendmail 5 to 8 that come without a DSN part
 *
 * Sendmail 8 lists the addresses, with "(reason: ...)" since 8.10, and then
 * shows the session: ">>> RCPT To:<a@b>", "<<< 550 ...", and its own line
 * "550 5.1.1 <a@b>... User unknown". Sendmail 5 (BSD, Ultrix, SunOS, NEC,
 * the IDA kit) has the session alone. activehunter, KDDI's and others'
 * relays write the same sections.
 */
#include "config.h"

#include "mail/mail_system.h"
#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "parsers/parser.h"
#include "mail/reply.h"
#include "parsers/formats/sendmail.h"
#include "base/text.h"

#include <string.h>

/* So many recipients are looked for in the session, which is read from its start for each. */
#define MAX_EXPLAINED 250

static const char *
find_transcript(const char *text, gsize len)
{
	return carom_text_find(text, len, "Transcript of session follows");
}

static const char *
find_addresses(const char *text, gsize len)
{
	const char *p = carom_text_find(text, len, "The following address");
	const char *eol = p ? memchr(p, '\n', len - (gsize) (p - text)) : NULL;

	/* a rule of dashes stands before it, and "had" or "have" in it */
	if (eol == NULL || p == text || carom_text_find(p, (gsize) (eol - p), " ha") == NULL)
		return NULL;
	return p[-1] == '-' || (p - text > 1 && p[-1] == ' ' && p[-2] == '-') ? p : NULL;
}

/* A DSN that lost its message when the spool was full or broken: a header and this one line. */
static gboolean
is_empty(const CaromMail *mail)
{
	gsize len;
	const char *text;

	carom_mail_text(mail, &len);
	if (len >= 200) /* nothing to look for, and no need to copy the body */
		return FALSE;
	text = carom_mail_raw_body(mail, &len);
	return len < 200 && carom_text_find(text, len, "<<< No Message Collected >>>") != NULL;
}

static int
sendmail_probe(const CaromMail *mail)
{
	gsize len;
	const char *text;

	text = carom_mail_text(mail, &len);
	len = MIN(len, 16 * 1024);
	if (!carom_mail_system_sent(mail) &&
	    !carom_text_has_prefix(text, "The original message was received at "))
		return 0;
	if (find_transcript(text, len) != NULL)
		return carom_text_find(text, len, "In:  ") != NULL
			       ? 0
			       : 75; /* Postfix has a transcript of its own */
	if (find_addresses(text, len) != NULL)
		return 66;
	return is_empty(mail) ? 60 : 0;
}

/*
 * "550 5.1.1 <a@b>... User unknown" or "<a@b>... Deferred: ...": where its words begin, or NULL if
 * it isn't such a line. A local user has no domain there ("kijang... Deferred"): local, where it is
 * known, is who that is.
 */
static const char *
own_words(const CaromLine *line, const char *local, char **address)
{
	const char *p = line->p, *dots;
	char status[12];
	gsize n;
	CaromLine rest;

	if (line->eol - p > 4 && g_ascii_isdigit(p[0]) && g_ascii_isdigit(p[1]) &&
	    g_ascii_isdigit(p[2]) && (p[3] == ' ' || p[3] == '-'))
		p += 4;
	n = carom_reply_status_at(p, (gsize) (line->eol - p), status);
	p += n;
	p += strspn(p, " ");
	if (p >= line->eol)
		return NULL;
	dots = carom_text_find(p, (gsize) (line->eol - p), "...");
	if (dots == NULL)
		return NULL;
	rest.p = p;
	rest.eol = dots;
	*address = carom_excerpt_line_address(&rest, NULL);
	if (*address == NULL && local != NULL && (gsize) (dots - p) == strcspn(local, "@") &&
	    g_ascii_strncasecmp(p, local, (gsize) (dots - p)) == 0)
		*address = g_strdup(local);
	if (*address == NULL)
		return NULL;
	dots += 3;
	return dots + strspn(dots, " ");
}

/* What the session so far has said. */
typedef struct {
	CaromLine talking; /* "... while talking to mx.example.net.:" */
	CaromLine command; /* ">>> RCPT To:<a@b>" */
	GString *reply;    /* the "<<<" lines behind it, as one */
	gboolean open;     /* the last line was one of them */
} Session;

static void
session_line(Session *s, const CaromLine *line)
{
	gboolean was_open = s->open;

	s->open = FALSE;
	if (carom_text_has_prefix(line->p, "... while talking to ") ||
	    carom_text_has_prefix(line->p, "While talking to ")) {
		s->talking = *line;
		s->command.p = NULL;
		g_string_truncate(s->reply, 0);
	} else if (carom_text_has_prefix(line->p, ">>> ")) {
		s->command = *line;
		g_string_truncate(s->reply, 0);
	} else if (carom_text_has_prefix(line->p, "<<< ")) {
		if (!was_open)
			g_string_truncate(s->reply, 0);
		else
			g_string_append_c(s->reply, ' ');
		if (s->reply->len < CAROM_MAX_DIAGNOSTIC)
			g_string_append_len(s->reply, line->p + 4, line->eol - line->p - 4);
		s->open = TRUE;
	}
}

/* Keeps what the session says, as one text: host, command and reply. */
static void
keep_reply(const Session *s, GString *best, GString *context)
{
	g_string_assign(best, s->reply->str);
	g_string_truncate(context, 0);
	if (s->talking.p != NULL)
		g_string_append_printf(context, "%.*s ",
				       (int) MIN(s->talking.eol - s->talking.p, 300), s->talking.p);
	/* DATA refused for want of a recipient (pipelining): the reply was to RCPT, nobody knows */
	if (s->command.p != NULL && !carom_text_has_prefix(s->command.p, ">>> DATA"))
		g_string_append_printf(context, "%.*s",
				       (int) MIN(s->command.eol - s->command.p, 300), s->command.p);
}

static void
set_context(CaromReport *out, CaromOutcome *outcome, const GString *context)
{
	CaromReplyCodes codes;
	const char *host;
	gsize n;

	carom_reply_codes(context->str, context->len, &codes);
	if (outcome->stage == NULL)
		outcome->stage = codes.stage;
	host = outcome->remote_mta == NULL ? carom_reply_host(context->str, context->len, &n)
					   : NULL;
	if (host != NULL)
		outcome->remote_mta = carom_report_keep(out, host, (gssize) n, 255);
}

/* TRUE if the reply's first line is the one that we know already, blanks aside. */
static gboolean
opens_with(const GString *reply, const char *begins)
{
	g_autofree char *clean =
		carom_text_clean(reply->str, (gssize) reply->len, CAROM_MAX_DIAGNOSTIC);

	return g_str_has_prefix(clean, begins);
}

gboolean
carom_sendmail_explain(CaromReport *out, CaromOutcome *outcome, const char *text, gsize len,
		       const char *recipient, const char *begins, gboolean alone)
{
	const char *cursor = find_transcript(text, len), *end = text + len;
	g_autoptr(GString) best = g_string_new(NULL), own = g_string_new(NULL),
			   large = g_string_new(NULL), context = g_string_new(NULL);
	Session s = { { NULL, NULL }, { NULL, NULL }, g_string_new(NULL), FALSE };
	g_autofree char *status_line = NULL;
	CaromLine line;

	if (cursor == NULL || (cursor = memchr(cursor, '\n', (gsize) (end - cursor))) == NULL) {
		g_string_free(s.reply, TRUE);
		return FALSE;
	}
	while (carom_excerpt_line(&cursor, end, &line)) {
		g_autofree char *address = NULL;
		const char *words;

		if (carom_text_has_prefix(line.p, "   -----") ||
		    carom_text_has_prefix(line.p, "  -----"))
			break;
		if (begins != NULL && s.open && !carom_text_has_prefix(line.p, "<<< ") &&
		    opens_with(s.reply, begins)) {
			keep_reply(&s, best, context);
			break;
		}
		session_line(&s, &line);
		words = own_words(&line, recipient, &address);
		if (words != NULL && g_ascii_strcasecmp(address, recipient) == 0) {
			/* "<a@b>... 550 Host unknown" brings its own reply along */
			gboolean brings = line.eol - words > 3 &&
					  (*words == '4' || *words == '5') &&
					  g_ascii_isdigit(words[1]) && g_ascii_isdigit(words[2]);

			g_free(status_line);
			status_line = g_strndup(line.p, (gsize) (line.eol - line.p));
			if (s.reply->len > 0 && !brings)
				keep_reply(&s, best, context);
			else
				g_string_append_len(g_string_truncate(own, 0),
						    brings ? words : line.p,
						    line.eol - (brings ? words : line.p));
		} else if (words == NULL && line.eol - line.p > 4 &&
			   (*line.p == '4' || *line.p == '5') && g_ascii_isdigit(line.p[1]) &&
			   g_ascii_isdigit(line.p[2]) && alone) {
			if (s.reply->len > 0 && best->len == 0)
				keep_reply(&s, best, context);
			else if (large->len == 0)
				g_string_append_len(large, line.p, line.eol - line.p);
		}
	}
	if (alone && best->len == 0 && own->len == 0 && large->len == 0 && s.reply->len > 0)
		keep_reply(&s, best, context);
	g_string_free(s.reply, TRUE);
	if (best->len + own->len == 0)
		g_string_assign(own, large->str);
	if (best->len + own->len == 0)
		return FALSE;
	set_context(out, outcome, context);
	if (outcome->diagnostic == NULL)
		carom_report_outcome_set_diagnostic(out, outcome, best->len ? best->str : own->str,
						    -1);
	if (outcome->status == NULL && status_line != NULL) {
		CaromReplyCodes codes;

		/* sendmail's own code for it, where the remote server states none */
		carom_reply_codes(status_line, strlen(status_line), &codes);
		if (codes.status[0] != '\0')
			carom_report_outcome_set_status(out, outcome, codes.status);
	}
	return TRUE;
}

/* What the section's own line says of the addresses behind it. */
static CaromAction
section_action(const CaromLine *line)
{
	gsize n = (gsize) (line->eol - line->p);

	if (carom_text_find(line->p, n, "transient non-fatal") != NULL ||
	    carom_text_find(line->p, n, "non-fatal") != NULL)
		return CAROM_ACTION_DELAYED;
	if (carom_text_find(line->p, n, "successful") != NULL ||
	    carom_text_find(line->p, n, "delivery notifications") != NULL)
		return CAROM_ACTION_DELIVERED;
	return CAROM_ACTION_FAILED;
}

/* "(reason: 550 5.1.1 ...)" without its brackets; FALSE if the line is another one. */
static gboolean
reason_of(const CaromLine *line, const char *word, const char **p, gsize *n)
{
	if (!carom_excerpt_starts(line, word))
		return FALSE;
	*p = (const char *) memchr(line->p, ':', (gsize) (line->eol - line->p)) + 1;
	*p += strspn(*p, " ");
	*n = line->eol > *p ? (gsize) (line->eol - *p) : 0;
	if (*n > 0 && (*p)[*n - 1] == ')')
		(*n)--;
	return TRUE;
}

/* One address of the list: "<a@b>", "a@b  (unrecoverable error)" (8.6), ">>> a@b <a@b>"
 * (activehunter), "a@b [User unknown]". */
static CaromOutcome *
read_address(CaromReport *out, const CaromLine *line, CaromAction action)
{
	CaromLine rest = *line;
	const char *after;
	g_autofree char *address = NULL;
	CaromOutcome *outcome;

	if (carom_excerpt_starts(&rest, ">>> "))
		rest.p = strstr(rest.p, ">>> ") + 4;
	address = carom_excerpt_line_address(&rest, &after);
	if (address == NULL)
		return NULL;
	if (carom_text_find(after, (gsize) (rest.eol - after), "transient failure") != NULL ||
	    carom_text_find(after, (gsize) (rest.eol - after), "warning") != NULL)
		action = CAROM_ACTION_DELAYED;
	outcome = carom_report_add(out, address, action);
	if (outcome != NULL && outcome->diagnostic == NULL && *after == '[' && rest.eol[-1] == ']')
		carom_report_outcome_set_diagnostic(out, outcome, after + 1, rest.eol - after - 2);
	return outcome;
}

static void
read_addresses(CaromReport *out, const char *text, gsize len)
{
	const char *cursor = find_addresses(text, len), *end = text + len, *p;
	CaromAction action = CAROM_ACTION_NONE;
	CaromOutcome *outcome = NULL;
	gboolean unnamed = FALSE;
	CaromLine line;
	gsize n;

	while (cursor != NULL && cursor > text && cursor[-1] != '\n')
		cursor--;
	while (cursor != NULL && carom_excerpt_line(&cursor, end, &line)) {
		if (carom_text_find(line.p, (gsize) (line.eol - line.p), "The following address") !=
		    NULL) {
			action = section_action(&line);
			outcome = NULL;
			continue;
		}
		if (carom_excerpt_starts(&line, "-----"))
			break;
		if (line.p == line.eol)
			continue;
		if (reason_of(&line, "(reason:", &p, &n)) {
			if (outcome != NULL && outcome->diagnostic == NULL && n > 0)
				carom_report_outcome_set_diagnostic(out, outcome, p, (gssize) n);
		} else if (reason_of(&line, "(expanded from:", &p, &n)) {
			g_autofree char *from = carom_address_parse(p, (gssize) n);

			/* a command, a file or a local name: the address before the alias is all
			 * there is */
			if (outcome == NULL && unnamed && from != NULL)
				outcome = carom_report_add(out, from, action);
			else if (outcome != NULL && from != NULL &&
				 g_ascii_strcasecmp(from, outcome->recipient) != 0)
				outcome->original_recipient = carom_report_keep_address(out, from);
		} else if (carom_excerpt_indent(&line) < 4 || carom_excerpt_starts(&line, ">>> ") ||
			   outcome == NULL) {
			outcome = read_address(out, &line, action);
			unnamed = outcome == NULL;
		}
	}
}

/* Version 5: only the session's own lines name anybody. "250 a@b... Deferred" is no failure yet. */
static void
read_session(CaromReport *out, const char *text, gsize len)
{
	const char *cursor = find_transcript(text, len), *end = text + len;
	CaromLine line;

	while (cursor != NULL && carom_excerpt_line(&cursor, end, &line)) {
		g_autofree char *address = NULL;

		if ((*line.p == '4' || *line.p == '5') && own_words(&line, NULL, &address) != NULL)
			carom_report_add(out, address, CAROM_ACTION_FAILED);
	}
}

/* The reason's own words stay, unless they are the first line of several; host, stage and status
 * may come with the session. */
static void
explain_rest(CaromReport *out, CaromOutcome *outcome, const char *text, gsize len)
{
	const char *reason = outcome->diagnostic;
	gboolean cut = reason != NULL && strlen(reason) > 3 && reason[3] == '-' &&
		       g_ascii_isdigit(reason[0]);

	if (cut)
		outcome->diagnostic = NULL;
	carom_sendmail_explain(out, outcome, text, len, outcome->recipient, cut ? reason : NULL,
			       out->outcomes->len == 1);
	if (outcome->diagnostic == NULL)
		outcome->diagnostic = reason;
}

static CaromStatus
sendmail_parse(const CaromMail *mail, CaromReport *out, GError **err)
{
	gsize len;
	const char *text = carom_mail_text(mail, &len);
	gsize stop = carom_excerpt_copy(text, len, NULL);
	gboolean warning =
		carom_text_find(text, stop, "THIS IS A WARNING MESSAGE ONLY") != NULL ||
		carom_text_find(text, stop, "YOU DO NOT NEED TO RESEND YOUR MESSAGE") != NULL;

	carom_excerpt_returned(mail, out, text, len);
	read_addresses(out, text, stop);
	if (out->outcomes->len == 0)
		read_session(out, text, stop);
	if (out->outcomes->len == 0 && find_transcript(text, stop) != NULL) {
		g_autofree char *to = carom_excerpt_only_to(out);

		if (to != NULL)
			carom_report_add(out, to, CAROM_ACTION_FAILED);
	}
	/* a message lost before it had a recipient: still a failure that somebody should count */
	if (out->outcomes->len == 0 && is_empty(mail))
		carom_report_add(out, NULL, CAROM_ACTION_FAILED);
	if (out->outcomes->len == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "sendmail: no recipient");
	for (guint i = 0; i < out->outcomes->len; i++) {
		CaromOutcome *outcome = out->outcomes->pdata[i];

		if (warning)
			outcome->action = CAROM_ACTION_DELAYED;
		if (outcome->recipient != NULL && i < MAX_EXPLAINED)
			explain_rest(out, outcome, text, stop);
	}
	out->kind = carom_report_kind_of_outcomes(out);
	return CAROM_OK;
}

const CaromParser carom_parser_sendmail = {
	.name = "sendmail",
	.reference = "sendmail 5.x to 8.x, returntosender() in savemail.c",
	.probe = sendmail_probe,
	.parse = sendmail_parse,
};
