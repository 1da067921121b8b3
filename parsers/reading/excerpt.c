/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/address.h"
#include "parsers/reading/excerpt.h"
#include "mail/reply.h"
#include "base/text.h"

#include <string.h>

/* Words of the marker lines behind which servers put the copy. Matched caseless anywhere in a short
 * line. */
static const char *const markers[] = {
	"below this line is a copy of the message",
	"this is a copy of the message, including all the headers",
	"this is a copy of the message's headers",
	"this is a copy of your message, including all the headers",
	"original message follows",
	"message headers follow",
	"message header follows",
	"original message headers",
	"----- original message -----",
	"-----original message-----",
	"unsent message below",
	"unsent message follows",
	"returned message follows",
	"text of your message follows",
	"your original message follows",
	"original message header",
	"included is a copy of the message header",
	"copy of the original message",
	"the header of the original message",
	"returned mail follows",
	"undelivered message follows",
	"headers of the original message",
	"begin original message",
	"your message reads (in part)",
	"received message follows",
};

static const char *
next_line(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (gsize) (end - p));

	return nl ? nl + 1 : end;
}

/* A header field that opens a copied message: trace or identity fields, at the very start of a
 * line. */
static gboolean
opens_header(const char *p, const char *eol)
{
	static const char *const names[] = {
		"Received: ",     "Return-Path: ",  "Message-ID: ",      "Message-Id: ",
		"MIME-Version: ", "Mime-Version: ", "DKIM-Signature: ",  "X-Envelope-",
		"Delivered-To: ", "X-Sender: ",     "X-Originating-IP: "
	};

	if (p == eol || strchr("RrMmDdXx", *p) == NULL) /* as nearly every line of a text */
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if ((gsize) (eol - p) > strlen(names[i]) &&
		    g_ascii_strncasecmp(p, names[i], strlen(names[i])) == 0)
			return TRUE;
	return FALSE;
}

/* "Name: value" with a name that messages carry; what a copy's header consists of. */
static gboolean
is_header_line(const char *p, const char *eol)
{
	const char *q = p;

	while (q < eol && (g_ascii_isalnum(*q) || *q == '-' || *q == '_'))
		q++;
	return q > p + 1 && q < eol && *q == ':' && q + 1 < eol &&
	       (q[1] == ' ' || q[1] == '\t' || q[1] == '\n');
}

static gboolean
is_marker(const char *p, const char *eol)
{
	if (eol - p > 160 || eol - p < 12)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(markers); i++)
		if (carom_text_find(p, (gsize) (eol - p), markers[i]) != NULL)
			return TRUE;
	return FALSE;
}

/* At least three header fields in a row from p on, at least one of which only messages have. */
static gboolean
is_header_block(const char *p, const char *end)
{
	guint fields = 0;
	gboolean telling = FALSE;

	for (guint line = 0; p < end && line < 40; line++) {
		const char *eol = next_line(p, end);

		if (fields > 0 && (*p == ' ' || *p == '\t')) {
			p = eol;
			continue;
		}
		if (!is_header_line(p, eol))
			break;
		fields++;
		telling |= opens_header(p, eol) || carom_text_has_prefix(p, "Subject:") ||
			   carom_text_has_prefix(p, "Date:");
		p = eol;
	}
	return telling && fields >= 3;
}

gboolean
carom_excerpt_line(const char **cursor, const char *end, CaromLine *line)
{
	const char *next;

	if (*cursor >= end)
		return FALSE;
	next = next_line(*cursor, end);
	line->p = *cursor;
	line->eol = next;
	while (line->eol > line->p && g_ascii_isspace(line->eol[-1]))
		line->eol--;
	*cursor = next;
	return TRUE;
}

guint
carom_excerpt_indent(const CaromLine *line)
{
	guint n = 0;

	for (const char *p = line->p; p < line->eol && (*p == ' ' || *p == '\t'); p++)
		n += *p == '\t' ? 8 : 1;
	return n;
}

char *
carom_excerpt_line_address(const CaromLine *line, const char **after)
{
	const char *p = line->p, *stop;
	char *address;

	while (p < line->eol && (*p == ' ' || *p == '\t'))
		p++;
	if (p < line->eol && *p == '<') {
		stop = memchr(p, '>', (gsize) (line->eol - p));
		if (stop == NULL)
			return NULL;
		address = carom_address_parse(p + 1, stop - p - 1);
		stop++;
	} else {
		/* a quoted local part may hold blanks */
		gboolean quoted = p < line->eol && *p == '"' &&
				  memchr(p + 1, '"', (gsize) (line->eol - p - 1)) != NULL;

		stop = quoted ? (const char *) memchr(p + 1, '"', (gsize) (line->eol - p - 1)) + 1
			      : p;
		while (stop < line->eol && !g_ascii_isspace(*stop) &&
		       strchr(",;()<>", *stop) == NULL)
			stop++;
		while (stop > p && strchr(":.", stop[-1]) != NULL)
			stop--;
		if (memchr(p, '@', (gsize) (stop - p)) == NULL)
			return NULL;
		address = carom_address_parse(p, stop - p);
	}
	if (address == NULL)
		return NULL;
	if (after != NULL) {
		while (stop < line->eol && (*stop == ':' || *stop == ' ' || *stop == '\t'))
			stop++;
		*after = stop;
	}
	return address;
}

gboolean
carom_excerpt_starts(const CaromLine *line, const char *words)
{
	const char *p = line->p;
	gsize n = strlen(words);

	while (p < line->eol && (*p == ' ' || *p == '\t'))
		p++;
	return (gsize) (line->eol - p) >= n && g_ascii_strncasecmp(p, words, n) == 0;
}

gboolean
carom_excerpt_says_nothing(const char *diagnostic)
{
	guint letters = 0;

	for (const char *p = diagnostic; p != NULL && *p; p++) {
		letters = g_ascii_isalpha(*p) || (guchar) *p >= 0x80 ? letters + 1 : 0;
		if (letters == 2)
			return FALSE;
	}
	return TRUE;
}

/*
 * Exim says what failed each time, and behind it that it has now tried long
 * enough: the cause is what counts, where there is one.
 */
static gsize
without_last_word(const char *words, gsize len)
{
	static const char given_up[] = ": retry timeout exceeded";
	const char *hit = carom_text_find(words, len, given_up);

	return hit != NULL && hit > words + 4 ? (gsize) (hit - words) : len;
}

void
carom_excerpt_explain(CaromReport *out, CaromOutcome *outcome, const char *text, gsize len)
{
	g_autofree char *clean = carom_text_clean(text, (gssize) len, CAROM_MAX_DIAGNOSTIC);
	gsize n = strlen(clean), host_len;
	const char *words = clean, *host, *stop = NULL;
	CaromReplyCodes codes;
	/* what servers add behind the reply that they quote */
	static const char *const tails[] = { " (in reply to ", " Giving up on ",
					     " I'm not going to try again",
					     " Message could not be delivered for",
					     " Message will be deleted" };

	carom_reply_codes(clean, n, &codes);
	if (outcome->stage == NULL)
		outcome->stage = codes.stage;
	host = outcome->remote_mta == NULL ? carom_reply_host(clean, n, &host_len) : NULL;
	if (host != NULL)
		outcome->remote_mta = carom_report_keep(out, host, (gssize) host_len, 255);
	/* "... said: 550 ..." and the like; a code amid other words stays amid them */
	if (codes.words != NULL &&
	    (codes.words - clean < 2 || codes.words[-2] == ':' ||
	     (codes.words - clean > 3 && codes.words[-2] == '<' && codes.words[-3] == '<'))) {
		words = codes.words;
		for (gsize i = 0; i < G_N_ELEMENTS(tails); i++) {
			const char *tail =
				carom_text_find(words, n - (gsize) (words - clean), tails[i]);

			if (tail != NULL && (stop == NULL || tail < stop))
				stop = tail;
		}
	}
	/* Courier: "mx.example.net [192.0.2.1]: <<< Network is down" */
	if (words == clean && codes.words == NULL &&
	    (stop = carom_text_find(clean, n, "<<< ")) != NULL) {
		words = stop + strlen("<<< ");
		stop = NULL;
	}
	carom_report_outcome_set_diagnostic(
		out, outcome, words,
		(gssize) without_last_word(words, stop ? (gsize) (stop - words) : strlen(words)));
}

void
carom_excerpt_returned(const CaromMail *mail, CaromReport *out, const char *text, gsize len)
{
	const CaromFields *fields = carom_mail_returned(mail);

	if (fields != NULL)
		carom_report_set_returned(out, fields);
	else
		carom_report_take_returned(out, carom_excerpt_copy_fields(text, len));
}

char *
carom_excerpt_only_to(const CaromReport *out)
{
	return out->returned.to->len == 1 ? g_strdup(out->returned.to->pdata[0]) : NULL;
}

/* Where word stands next from p on, or end; *hit is what an earlier call found, NULL before the
 * first. */
static const char *
next_word(const char **hit, const char *p, const char *end, const char *word)
{
	if (*hit == NULL || *hit < p) {
		*hit = carom_text_find(p, (gsize) (end - p), word);
		if (*hit == NULL)
			*hit = end;
	}
	return *hit;
}

/* Mailman's rule and what stands below it up to the end: a list has forwarded the report, whose
 * addresses are not meant. */
static gboolean
is_list_footer(const char *p, const char *eol, const char *end)
{
	gsize n = strspn(p, "_");

	return n == 47 && p + n + 1 >= eol && end - eol < 600 &&
	       carom_text_find(eol, (gsize) (end - eol), "mailing list") != NULL;
}

gsize
carom_excerpt_copy(const char *text, gsize len, const char **header)
{
	const char *end = text + len, *message = NULL, *follows = NULL;

	if (header != NULL)
		*header = NULL;
	for (const char *p = text; p < end; p = next_line(p, end)) {
		const char *eol = next_line(p, end), *q;

		/* every marker has one of these words: most lines are done with here */
		if ((next_word(&message, p, end, "message") < eol ||
		     next_word(&follows, p, end, "mail follows") < eol) &&
		    is_marker(p, eol)) {
			/* the copy's header follows within a few lines, or nothing does */
			q = eol;
			for (guint skip = 0; header != NULL && q < end && skip < 6;
			     skip++, q = next_line(q, end))
				if (is_header_line(q, next_line(q, end)) &&
				    is_header_block(q, end)) {
					*header = q;
					break;
				}
			return (gsize) (p - text);
		}
		if (*p == '_' && is_list_footer(p, eol, end))
			return (gsize) (p - text);
		if ((opens_header(p, eol) || carom_text_has_prefix(p, "From: ") ||
		     carom_text_has_prefix(p, "Date: ") || carom_text_has_prefix(p, "Subject: ")) &&
		    (p == text || p[-1] == '\n') && is_header_block(p, end)) {
			if (header != NULL)
				*header = p;
			return (gsize) (p - text);
		}
	}
	return len;
}

CaromFields *
carom_excerpt_copy_fields(const char *text, gsize len)
{
	const char *header;

	carom_excerpt_copy(text, len, &header);
	return header ? carom_fields_read(&header, text + len) : NULL;
}

/*
 * A line that names another recipient ends what was said about this one:
 * "<a@b>..." or "a@b: ...", but not "<a@b>... User unknown" that a reply goes on with.
 */
static gboolean
names_recipient(const char *p, const char *eol)
{
	const char *start = p, *at = NULL;

	while (p < eol && (*p == ' ' || *p == '\t'))
		p++;
	if (p < eol && *p == '<')
		return p[1] != '<' && memchr(p, '@', (gsize) (eol - p)) != NULL;
	if (p > start)
		return FALSE;
	for (; p < eol && !g_ascii_isspace(*p); p++)
		if (*p == '@')
			at = p;
	return at != NULL && p - at > 3 && p[-1] == ':';
}

/* Nothing but one address up to the end of the line, not in parentheses as a quoted one is. */
static gboolean
is_bare_address(const char *p, const char *end)
{
	const char *q = p, *at = NULL;

	for (; q < end && !g_ascii_isspace(*q) && *q != '('; q++)
		if (*q == '@')
			at = q;
	while (q < end && (*q == ' ' || *q == '\t' || *q == '\r'))
		q++;
	return at != NULL && at > p && (q == end || *q == '\n');
}

static guint
indent_of(const char *p, const char *end)
{
	CaromLine line = { p, end };

	return carom_excerpt_indent(&line);
}

/*
 * How many blanks stand before the mention at hit, where it opens its line
 * that starts at start; G_MAXUINT where it doesn't. What a server folded stands
 * further in than the recipient that it began with, also where the rest begins
 * with an address that the remote server quotes.
 */
static guint
indent_of_mention(const char *start, const char *hit, const char *end)
{
	const char *p = start + strspn(start, " \t");

	return p == hit || (p + 1 == hit && *p == '<') ? indent_of(start, end) : G_MAXUINT;
}

/* Where the paragraph ends that goes on from p: at an empty line, or at what is said of another
 * recipient, which stands no further in than indent. */
static const char *
paragraph_end(const char *p, const char *end, guint indent)
{
	while (p < end) {
		const char *eol = next_line(p, end), *q = p;

		while (q < eol && g_ascii_isspace(*q))
			q++;
		if (q == eol || (indent_of(p, eol) <= indent &&
				 (names_recipient(p, eol) || is_bare_address(q, end))))
			return p;
		p = eol;
	}
	return p;
}

/* TRUE for a reply right after the address: "a@b: 550" says it all. */
static gboolean
is_followed_by_code(const char *p, const char *end)
{
	while (p < end && strchr(">: \t", *p) != NULL)
		p++;
	return end - p > 2 && (*p == '4' || *p == '5') && g_ascii_isdigit(p[1]) &&
	       g_ascii_isdigit(p[2]);
}

/* What follows an address that stands alone: after empty lines, and after other addresses, the last
 * of which *start is set to come after. */
static const char *
after_addresses(const char *p, const char *end, const char **start)
{
	while (p < end && (g_ascii_isspace(*p) || is_bare_address(p, end))) {
		if (g_ascii_isspace(*p)) {
			p++;
		} else {
			p = next_line(p, end);
			*start = p;
		}
	}
	return p;
}

const char *
carom_excerpt_about(const char *text, gsize len, const char *recipient, gsize *out_len)
{
	const char *end = text + len, *hit = text;
	gsize n = strlen(recipient);

	for (; (hit = carom_text_find(hit, (gsize) (end - hit), recipient)) != NULL; hit += n) {
		const char *start = hit, *stop, *p;

		while (start > text && start[-1] != '\n')
			start--;
		stop = paragraph_end(next_line(hit, end), end, indent_of_mention(start, hit, end));
		/* a mention with nothing but itself on its paragraph says nothing: what is said may
		 * follow further down */
		if ((gsize) (stop - start) > n + 12 || hit + n >= end ||
		    is_followed_by_code(hit + n, stop)) {
			*out_len = (gsize) (stop - start);
			return start;
		}
		p = after_addresses(stop, end, &start);
		if (p < end) {
			while (p < end && !(p[0] == '\n' && p + 1 < end && p[1] == '\n'))
				p++;
			*out_len = (gsize) (p - start);
			return start;
		}
	}
	return NULL;
}
