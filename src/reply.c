#include "config.h"

#include "reply.h"
#include "text.h"

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

/* What may stand right before a code. A letter, digit, dot, at sign or dash in front makes it part of a word. */
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
		if (!opens_code(text, p) && !(p - text >= 4 && p[-1] == '-' && g_ascii_isdigit(p[-2]) && g_ascii_isdigit(p[-3])))
			continue;
		n = carom_reply_status_at(p, (gsize) (end - p), out);
		if (n > 0 && *p != '2' && (p + n >= end || !(g_ascii_isalnum(p[n]) || p[n] == '@' || p[n] == '_' || p[n] == '/')))
			return TRUE;
	}
	out[0] = '\0';
	return FALSE;
}

/* Three digits that open a reply: 4yz or 5yz with y in 0..7, then blank, dash or end. */
static gboolean
is_reply_at(const char *text, const char *p, const char *end)
{
	if (end - p < 3 || (*p != '4' && *p != '5') || p[1] < '0' || p[1] > '7' || !g_ascii_isdigit(p[2]))
		return FALSE;
	if (!opens_code(text, p))
		return FALSE;
	if (p + 3 == end || p[3] == ' ' || p[3] == '\t' || p[3] == '\n' || p[3] == '\r')
		return TRUE;
	/* "550-5.1.1", "550-text", "550:", "550," , "550)" and "550#5.1.1" */
	if (p[3] == '-')
		return p + 4 == end || !g_ascii_isdigit(p[4]) || (p + 6 < end && p[5] == '.');
	return (p[3] == ':' || p[3] == ',' || p[3] == ')' || p[3] == ']' || p[3] == '"' || p[3] == '\'' || p[3] == '#' || p[3] == ';' || p[3] == '.')
	    && !(p + 4 < end && g_ascii_isdigit(p[4]) && p[3] != '#');
}

/* A number that is no reply: "after 450 seconds", "port 465", "[421 ms]". */
static gboolean
is_counted(const char *p, const char *end)
{
	static const char *const units[] = { "seconds", "minutes", "hours", "bytes", "kb", "mb", "recipients", "messages", "days", "characters", "octets", "times", "byte" };
	const char *q = p + 3;

	while (q < end && *q == ' ')
		q++;
	for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
		if ((gsize) (end - q) >= strlen(units[i]) && g_ascii_strncasecmp(q, units[i], strlen(units[i])) == 0)
			return TRUE;
	return FALSE;
}

/* Words that come right before the server's own reply. A reply found behind one beats one found elsewhere. */
static const char *const leads[] = { "said: ", "says: ", "responded: ", "response: ", "replied: ", "reply: ", "smtp; ", "<<< ", "error: ", "remote host said: ", "was: " };

static gboolean
find_reply(const char *text, gsize len, char out[4])
{
	const char *end = text + len, *best = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(leads) && best == NULL; i++) {
		const char *p = text;

		while ((p = carom_text_find(p, (gsize) (end - p), leads[i])) != NULL) {
			p += strlen(leads[i]);
			if (is_reply_at(text, p, end)) {
				best = p;
				break;
			}
		}
	}
	for (const char *p = text; best == NULL && p + 2 < end; p++)
		if (is_reply_at(text, p, end) && !is_counted(p, end) && !(p - text >= 5 && g_ascii_strncasecmp(p - 5, "port ", 5) == 0))
			best = p;
	if (best == NULL) {
		out[0] = '\0';
		return FALSE;
	}
	memcpy(out, best, 3);
	out[3] = '\0';
	return TRUE;
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
	{ "while talking to", NULL },
	{ "in response to RCPT", "rcpt" },
	{ "in response to MAIL", "mail" },
	{ "in response to DATA", "data" },
};

void
carom_reply_codes(const char *text, gsize len, CaromReplyCodes *out)
{
	find_status(text, len, out->status);
	find_reply(text, len, out->reply);
	/* "550 4.7.1": the reply's own digit says whether it is final; keep both as stated */
	out->stage = NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(stages); i++)
		if (stages[i].stage != NULL && carom_text_find(text, len, stages[i].phrase) != NULL) {
			out->stage = stages[i].stage;
			break;
		}
}
