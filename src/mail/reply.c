/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/reply.h"
#include "base/text.h"

#include <string.h>

gsize
carom_reply_status_at(const char *text, gsize len, char out[12])
{
	const char *p = text, *end = text + len;
	int subject = 0, detail = 0;

	if (len < 5 || (*p != '2' && *p != '4' && *p != '5') || p[1] != '.')
		return 0;
	p += 2;
	for (; p < end && g_ascii_isdigit(*p) && subject < 3; p++, subject++)
		;
	if (subject == 0 || p >= end || *p != '.')
		return 0;
	p++;
	for (; p < end && g_ascii_isdigit(*p) && detail < 3; p++, detail++)
		;
	if (detail == 0)
		return 0;
	/* "5.1.1.3" is an IP number or a version, "5.1.1." ends a sentence */
	if (p < end && (g_ascii_isdigit(*p) || (*p == '.' && p + 1 < end && g_ascii_isdigit(p[1]))))
		return 0;
	memcpy(out, text, (gsize) (p - text));
	out[p - text] = '\0';
	return (gsize) (p - text);
}

/* What may stand right before a code. A letter, digit, dot, at sign or dash in front makes it part
 * of a word. */
static gboolean
opens_code(const char *text, const char *p)
{
	return p == text || strchr(" \t\n\r:;,([<#\"'=>*", p[-1]) != NULL;
}

/* An enhanced code follows "550 ", "550-", "(#", "[", or stands alone between blanks. */
static gboolean
find_status(const char *text, gsize len, char out[12])
{
	const char *end = text + len;

	for (const char *p = text; p + 4 < end; p++) {
		gsize n;

		if ((*p != '5' && *p != '4' && *p != '2') || p[1] != '.')
			continue;
		if (!opens_code(text, p) && !(p - text >= 4 && p[-1] == '-' &&
					      g_ascii_isdigit(p[-2]) && g_ascii_isdigit(p[-3])))
			continue;
		n = carom_reply_status_at(p, (gsize) (end - p), out);
		if (n > 0 && *p != '2' &&
		    (p + n >= end ||
		     !(g_ascii_isalnum(p[n]) || p[n] == '@' || p[n] == '_' || p[n] == '/')))
			return TRUE;
	}
	out[0] = '\0';
	return FALSE;
}

/* Three digits that open a reply: 4yz or 5yz with y in 0..7, then blank, dash or end. */
static gboolean
is_reply_at(const char *text, const char *p, const char *end)
{
	if (end - p < 3 || (*p != '4' && *p != '5') || p[1] < '0' || p[1] > '7' ||
	    !g_ascii_isdigit(p[2]))
		return FALSE;
	if (!opens_code(text, p))
		return FALSE;
	if (p + 3 == end || p[3] == ' ' || p[3] == '\t' || p[3] == '\n' || p[3] == '\r')
		return TRUE;
	/* "550-5.1.1", "550-text", "550:", "550," , "550)" and "550#5.1.1" */
	if (p[3] == '-')
		return p + 4 == end || !g_ascii_isdigit(p[4]) || (p + 6 < end && p[5] == '.');
	return (p[3] == ':' || p[3] == ',' || p[3] == ')' || p[3] == ']' || p[3] == '"' ||
		p[3] == '\'' || p[3] == '#' || p[3] == ';' || p[3] == '.') &&
	       !(p + 4 < end && g_ascii_isdigit(p[4]) && p[3] != '#');
}

/* A number that is no reply: "after 450 seconds", "[421 ms]". */
static gboolean
is_counted(const char *p, const char *end)
{
	static const char *const units[] = { "seconds", "minutes",    "hours",      "bytes",
					     "kb",      "mb",         "recipients", "messages",
					     "days",    "characters", "octets",     "times",
					     "byte" };
	const char *q = p + 3;

	while (q < end && *q == ' ')
		q++;
	for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
		if ((gsize) (end - q) >= strlen(units[i]) &&
		    g_ascii_strncasecmp(q, units[i], strlen(units[i])) == 0)
			return TRUE;
	return FALSE;
}

/* Reply codes that servers really use; amid a text no other number is taken for one. */
static gboolean
is_known_reply(const char *p)
{
	static const char known[] = "421 422 430 431 432 441 442 446 447 449 450 451 452 453 454 "
				    "455 456 458 459 471 472 "
				    "500 501 502 503 504 505 510 511 512 513 515 516 517 521 523 "
				    "525 530 531 533 534 535 538 539 540 541 542 543 546 547 "
				    "550 551 552 553 554 555 556 557 558 559 560 561 570 571 572 "
				    "573 574 575 576 577 579 580 581 582 591 ";
	char code[5] = { p[0], p[1], p[2], ' ', '\0' };

	return strstr(known, code) != NULL;
}

/*
 * Words that come right before the server's own reply. A reply found behind one
 * beats one found elsewhere. The last: Amazon SES (2017), "554 4.4.7 Message
 * expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>".
 */
static const char *const leads[] = { "minutes.<",  "said: ",    "says: ",  "responded: ",
				     "response: ", "replied: ", "reply: ", "talk to me: ",
				     "smtp; ",     "<<< ",      "error: ", "was: " };

static const char *
find_reply(const char *text, gsize len, const CaromGlance *glance)
{
	const char *end = text + len;

	for (gsize i = 0; i < G_N_ELEMENTS(leads); i++) {
		const char *p = text;

		if (!carom_text_glance_may_hold(glance, leads[i]))
			continue;
		while ((p = carom_text_find(p, (gsize) (end - p), leads[i])) != NULL) {
			p += strlen(leads[i]);
			if (is_reply_at(text, p, end))
				return p;
		}
	}
	/* a delivered one: "250 2.0.0 Ok: queued as ..." */
	if (len > 3 && text[0] == '2' && text[1] == '5' && g_ascii_isdigit(text[2]) &&
	    (text[3] == ' ' || text[3] == '-'))
		return text;
	for (const char *p = text; p + 2 < end; p++)
		if (is_reply_at(text, p, end) && (p == text || is_known_reply(p)) &&
		    !is_counted(p, end) &&
		    !(p - text >= 5 && (g_ascii_strncasecmp(p - 5, "port ", 5) == 0 ||
					g_ascii_strncasecmp(p - 5, "size ", 5) == 0)))
			return p;
	return NULL;
}

/* The enhanced code that follows a reply code: "550 5.1.1", "550-5.1.1", "550 #5.1.0",
 * "550-'5.7.1". */
static gboolean
status_behind(const char *reply, const char *end, char out[12])
{
	const char *p = reply + 3;

	while (p < end && p - reply < 8 && strchr(" -#'\"([:;,", *p) != NULL)
		p++;
	return p < end && *p != '2' && carom_reply_status_at(p, (gsize) (end - p), out) > 0;
}

/* The SMTP command that a text says it was refused at. */
static const struct {
	const char *phrase, *stage;
} stages[] = {
	/* Postfix: "(in reply to RCPT TO command)"; the end of DATA before DATA */
	{ "in reply to end of DATA", "eom" },
	{ "in reply to DATA", "data" },
	{ "in reply to RCPT", "rcpt" },
	{ "in reply to MAIL", "mail" },
	{ "in reply to EHLO", "helo" },
	{ "in reply to HELO", "helo" },
	{ "in reply to STARTTLS", "tls" },
	{ "in reply to AUTH", "auth" },
	/* Exim: "SMTP error from remote mail server after RCPT TO:<a@b>:" */
	{ "after RCPT TO", "rcpt" },
	{ "after pipelined RCPT TO", "rcpt" },
	{ "after end of data", "eom" },
	{ "after pipelined end of data", "eom" },
	{ "after sending data block", "eom" },
	{ "after DATA", "data" },
	{ "after pipelined DATA", "data" },
	{ "after MAIL FROM", "mail" },
	{ "after pipelined MAIL FROM", "mail" },
	{ "after EHLO", "helo" },
	{ "after HELO", "helo" },
	{ "after STARTTLS", "tls" },
	{ "after initial connection", "connect" },
	/* sendmail transcripts: ">>> RCPT To:<a@b>" and Courier's */
	{ ">>> RCPT", "rcpt" },
	{ ">>> MAIL", "mail" },
	{ ">>> DATA", "data" },
	{ ">>> EHLO", "helo" },
	{ ">>> HELO", "helo" },
	{ "in response to RCPT", "rcpt" },
	{ "in response to MAIL", "mail" },
	{ "in response to DATA", "data" },
	/* GMX: "SMTP error from remote server after RCPT command"; others: "(Error following RCPT
	   command)" */
	{ "after RCPT command", "rcpt" },
	{ "after MAIL command", "mail" },
	{ "after greeting", "connect" },
	{ "following RCPT command", "rcpt" },
	{ "following MAIL command", "mail" },
	{ "following DATA command", "data" },
	{ "following HELO command", "helo" },
	{ "following EHLO command", "helo" },
	/* qmail-remote */
	{ "does not like recipient", "rcpt" },
	{ "but sender was rejected", "mail" },
	{ "failed on DATA command", "data" },
	{ "failed after I sent the message", "eom" },
	{ "but greeting failed", "connect" },
	{ "but my name was rejected", "helo" },
	/* DragonFly dma */
	{ "did not like our RCPT", "rcpt" },
	{ "did not like our MAIL", "mail" },
	{ "did not like our DATA", "data" },
	{ "did not like our final DATA", "eom" },
	{ "did not like our EHLO", "helo" },
	{ "did not like our HELO", "helo" },
	/* Yahoo, until 2013: "Remote host said: 554 delivery error ... [RCPT_TO]" */
	{ "[RCPT_TO]", "rcpt" },
	{ "[MAIL_FROM]", "mail" },
	{ "[BODY]", "eom" },
	/* Postfix: refused by the banner, or lost before it */
	{ "refused to talk to me", "connect" },
	{ "while receiving the initial server greeting", "connect" },
	{ "while performing the EHLO handshake", "helo" },
	{ "while performing the HELO handshake", "helo" },
	{ "while sending MAIL FROM", "mail" },
	{ "while sending RCPT TO", "rcpt" },
	{ "while sending DATA command", "data" },
	{ "while sending end of data", "eom" },
	{ "while sending message body", "eom" },
};

void
carom_reply_codes(const char *text, gsize len, CaromReplyCodes *out)
{
	CaromGlance glance;
	const char *reply;

	carom_text_glance_take(&glance, text, len);
	reply = find_reply(text, len, &glance);
	memset(out, 0, sizeof *out);
	if (reply != NULL) {
		memcpy(out->reply, reply, 3);
		out->words = reply;
		out->paired = status_behind(reply, text + len, out->status);
	}
	/* "550 4.7.1": the reply's own digit says whether it is final; keep both as stated */
	if (!out->paired)
		find_status(text, len, out->status);
	for (gsize i = 0; i < G_N_ELEMENTS(stages); i++)
		if (carom_text_glance_may_hold(&glance, stages[i].phrase) &&
		    carom_text_find(text, len, stages[i].phrase) != NULL) {
			out->stage = stages[i].stage;
			break;
		}
}

/* Bytes of a host name or IP number, also in brackets, at p; 0 if there is none. */
static gsize
host_at(const char *p, const char *end)
{
	const char *q = p;
	gboolean dot = FALSE;

	if (q < end && *q == '[')
		q++;
	for (; q < end && (g_ascii_isalnum(*q) || strchr(".-_:", *q) != NULL); q++)
		dot |= *q == '.' || (*q == ':' && q + 1 < end && q[1] == ':');
	if (q < end && *q == ']')
		q++;
	while (q > p && strchr(".-_:", q[-1]) != NULL)
		q--;
	return dot && q - p >= 4 && q - p <= 255 ? (gsize) (q - p) : 0;
}

static gboolean
goes_on_with(const char *p, const char *end, const char *words)
{
	gsize n = strlen(words);

	return (gsize) (end - p) >= n && memcmp(p, words, n) == 0;
}

/* Courier, Exim: "mx.example.net [192.0.2.1]: ..." opens the text. NULL: it doesn't. */
static const char *
find_opening_host(const char *text, const char *end, gsize *n)
{
	const char *close;

	*n = host_at(text, end);
	if (*n == 0 || *text == '[' || !goes_on_with(text + *n, end, " ["))
		return NULL;
	close = memchr(text + *n, ']', (gsize) (end - text) - *n);
	return close != NULL && close + 1 < end && close[1] == ':' ? text : NULL;
}

/* Whether what comes after a name, at rest, keeps "host x not found" out. */
static gboolean
is_after_host(const char *rest, const char *end)
{
	return rest == end || strchr("[:>,)", *rest) != NULL || goes_on_with(rest, end, " [") ||
	       goes_on_with(rest, end, " (") || goes_on_with(rest, end, " said");
}

/* Postfix and Exim, sendmail, qmail: the name comes after words. */
static const char *
find_host_after(const char *text, const char *end, gsize *n)
{
	static const struct {
		const char *words;
		gboolean sure; /* whatever comes after the name */
	} before[] = {
		{ "host ", FALSE },
		{ "talking to ", TRUE },
		{ "connect to ", TRUE },
		{ "connected to ", TRUE },
		{ "conversation with ", TRUE },
		{ "lost connection with ", TRUE },
		{ "giving up on ", TRUE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(before); i++)
		for (const char *p = text;
		     (p = carom_text_find(p, (gsize) (end - p), before[i].words)) != NULL;) {
			p += strlen(before[i].words);
			p += p < end && *p == '<';
			*n = host_at(p, end);
			if (*n > 0 && (before[i].sure || is_after_host(p + *n, end)))
				return p;
		}
	return NULL;
}

/* The name that ends at stop: back over "[192.0.2.1]" and the name before it. */
static const char *
find_host_until(const char *text, const char *stop, gsize *n)
{
	const char *p = stop;

	for (guint word = 0; p > text && word < 2; word++) {
		while (p > text && !g_ascii_isspace(p[-1]))
			p--;
		*n = host_at(p, stop);
		if (*n > 0 && (*p != '[' || word == 1 || p == text))
			return p;
		if (p > text)
			p--;
	}
	return NULL;
}

/* dma, qmail: words come after the name. */
static const char *
find_host_before(const char *text, const char *end, gsize *n)
{
	static const char *const behind[] = { " did not like our ", " does not like recipient",
					      " failed after I sent", " failed on DATA" };

	for (gsize i = 0; i < G_N_ELEMENTS(behind); i++) {
		const char *stop = carom_text_find(text, (gsize) (end - text), behind[i]);
		const char *host = stop ? find_host_until(text, stop, n) : NULL;

		if (host != NULL)
			return host;
	}
	return NULL;
}

const char *
carom_reply_host(const char *text, gsize len, gsize *n)
{
	const char *end = text + len, *host = find_opening_host(text, end, n);

	if (host == NULL)
		host = find_host_after(text, end, n);
	if (host == NULL)
		host = find_host_before(text, end, n);
	return host;
}
