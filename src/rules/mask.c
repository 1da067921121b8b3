/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/mask.h"
#include "base/text.h"

#include <string.h>

#define MAX_QUOTED 64 /* bytes of a local part, RFC 5321 4.5.3.1.1 */
#define MIN_ID 12     /* characters; shorter ones are error codes */

/* Ends of names that are hosts; others of two labels may be a sentence without its blank. */
static const char *const host_ends[] = {
	"com",      "net",       "org",         "edu",     "gov",    "mil",   "int",    "info",
	"biz",      "name",      "pro",         "mobi",    "arpa",   "asia",  "cat",    "coop",
	"jobs",     "tel",       "travel",      "example", "test",   "local", "lan",    "invalid",
	"internal", "localhost", "localdomain", "intern",  "home",   "corp",  "online", "site",
	"shop",     "store",     "xyz",         "top",     "club",   "app",   "dev",    "cloud",
	"email",    "host",      "website",     "space",   "tech",   "live",  "news",   "agency",
	"digital",  "goog",      "google",      "yandex",  "berlin", "swiss", NULL
};

/* Words that a reply sets in quotes or brackets and that are no local part. */
static const char *const own_words[] = {
	"data",       "helo",         "ehlo",         "lhlo",     "mail",    "rcpt", "from",
	"to",         "cc",           "bcc",          "sender",   "subject", "date", "received",
	"message-id", "reply-to",     "auth",         "starttls", "noop",    "vrfy", "quit",
	"rset",       "content-type", "delivered-to", NULL
};

static gboolean
in_list(const char *const *list, const char *word, gsize len)
{
	for (; *list; list++)
		if (strlen(*list) == len && g_ascii_strncasecmp(*list, word, len) == 0)
			return TRUE;
	return FALSE;
}

/* The letters of [from, to) become 'x'; a character of several bytes becomes as many. */
static void
mute(char *from, const char *to)
{
	for (; from < (char *) to; from++)
		if (g_ascii_isalpha(*from) || (guchar) *from >= 0x80)
			*from = 'x';
}

/* "virus.exe" in a list of attachments: the name is somebody's, the ending is ours to read. */
static const char *const file_ends[] = { "exe",  "scr",  "pif", "bat",  "cmd",  "vbs", "js",  "jar",
					 "zip",  "rar",  "7z",  "gz",   "iso",  "img", "lnk", "doc",
					 "docx", "docm", "xls", "xlsx", "xlsm", "ppt", "pdf", "rtf",
					 "html", "htm",  "eml", "txt",  "csv",  NULL };

static gboolean
is_file(const char *p, const char *end)
{
	const char *dot = memchr(p, '.', (gsize) (end - p));

	return dot != NULL && dot > p && in_list(file_ends, dot + 1, (gsize) (end - dot - 1));
}

/* What may stand inside an address, a host name, a URL's rest or an id. */
static inline gboolean
is_token_char(char c)
{
	return c != ' ' && c != '<' && c != '>' && c != '(' && c != ')' && c != '[' && c != ']' &&
	       c != '"' && c != ',' && c != ';' && c != '\\';
}

/* Without these no name, number or URL has its form, and no id its length. */
static gboolean
may_be_host(const char *p, const char *end)
{
	if (end - p >= MIN_ID)
		return TRUE;
	for (; p < end; p++)
		if (*p == '.' || *p == ':')
			return TRUE;
	return FALSE;
}

static const char *
scheme_end(const char *p, const char *end)
{
	static const char *const schemes[] = { "http://", "https://", "mailto:", "ftp://", "www." };

	for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
		gsize n = strlen(schemes[i]);

		if ((gsize) (end - p) > n && g_ascii_strncasecmp(p, schemes[i], n) == 0)
			return p + n;
	}
	return NULL;
}

/* Labels and dots, at least one of each on either side, no word in CamelCase, and an end that ends
 * hosts. */
static gboolean
is_host(const char *p, const char *end)
{
	const char *label = p;
	guint dots = 0, letters = 0;

	for (const char *q = p; q < end; q++) {
		if (*q == '.') {
			if (q == label)
				return FALSE;
			dots++;
			label = q + 1;
		} else if (g_ascii_isalpha(*q)) {
			letters++;
			/* "RESOLVER.ADR.RecipNotFound" names an error */
			if (q > label && g_ascii_isupper(*q) && g_ascii_islower(q[-1]))
				return FALSE;
		} else if (!g_ascii_isdigit(*q) && *q != '-' && *q != '_' && (guchar) *q < 0x80) {
			return FALSE;
		}
	}
	if (dots == 0 || letters == 0 || end - label < 2)
		return FALSE;
	if (g_ascii_isupper(label[0]) && g_ascii_islower(label[1]))
		return FALSE; /* "unknown.Please" */
	for (const char *q = label; q < end; q++)
		if (!g_ascii_isalpha(*q) && (guchar) *q < 0x80 &&
		    !(end - label > 4 && strncmp(label, "xn--", 4) == 0))
			return FALSE;
	return dots >= 2 || end - label == 2 || in_list(host_ends, label, (gsize) (end - label));
}

static gboolean
is_ipv6(const char *p, const char *end)
{
	guint colons = 0;

	for (; p < end; p++)
		if (*p == ':')
			colons++;
		else if (!g_ascii_isxdigit(*p) && *p != '.')
			return FALSE;
	return colons >= 2;
}

/* Letters and digits mixed, long enough to be nobody's error code. */
static gboolean
is_id(const char *p, const char *end)
{
	guint turns = 0;

	if (end - p < MIN_ID)
		return FALSE;
	for (const char *q = p; q < end; q++) {
		if (!g_ascii_isalnum(*q))
			return FALSE;
		turns += q > p && g_ascii_isdigit(*q) != g_ascii_isdigit(q[-1]);
	}
	return turns >= 3;
}

/* Punctuation that ends a sentence or a clause belongs to no name. */
static const char *
trim(const char *p, const char *end)
{
	while (end > p && strchr(".:?!'-/", end[-1]) != NULL)
		end--;
	return end;
}

/* The address around the at sign in [p, end). "to:alice@b.example:User unknown": none goes on
 * across a colon; in a URL, none across what parts its values. */
static void
mask_address(char *p, const char *at, const char *end)
{
	const char *marks = scheme_end(p, end) ? ":/?&;=" : ":";
	const char *stop = at;

	for (const char *q = p; q < at; q++)
		if (strchr(marks, *q) != NULL)
			p = (char *) q + 1;
	while (stop < end && strchr(marks, *stop) == NULL)
		stop++;
	mute(p, stop);
	/* its dots end no sentence either */
	for (; p < stop; p++)
		if (*p == '.')
			*p = 'x';
}

/* A stretch of token characters without blanks; "host=mx.example.net" is cut at the sign. TRUE:
 * something was masked. */
static gboolean
mask_hosts(char *p, const char *end)
{
	const char *behind = scheme_end(p, end);
	gboolean any = FALSE;

	if (behind != NULL) {
		mute((char *) behind, end);
		return TRUE;
	}
	if (is_ipv6(p, end)) {
		mute(p, end);
		return TRUE;
	}
	while (p < end) {
		const char *stop = p;

		while (stop < end && strchr("=/:|#!&?%+*$@", *stop) == NULL)
			stop++;
		if (is_host(p, trim(p, stop)) || is_id(p, stop)) {
			mute(p, stop);
			any = TRUE;
		} else if (is_file(p, trim(p, stop))) {
			mute(p, memchr(p, '.', (gsize) (stop - p)));
			any = TRUE;
		}
		p = (char *) stop + 1;
	}
	return any;
}

static gboolean
mask_token(char *p, const char *end, CaromMask mask)
{
	const char *at;

	end = trim(p, end);
	if (mask == CAROM_MASK_HOSTS)
		return may_be_host(p, end) && mask_hosts(p, end);
	at = memchr(p, '@', (gsize) (end - p));
	if (at != NULL)
		mask_address(p, at, end);
	return at != NULL;
}

/* The end of a single word in quotes or brackets that opens at p, the closing sign; NULL if it is
 * none. */
static const char *
quoted_end(const char *text, const char *p, const char *end)
{
	const char close = *p == '<' ? '>' : *p == '`' ? '\'' : *p;
	const char *q = p + 1;

	if (p > text && strchr(" :(,;=", p[-1]) == NULL)
		return NULL;
	while (q < end && *q != close && *q != ' ' && *q != '@' && q - p <= MAX_QUOTED)
		q++;
	if (q == end || *q != close || q == p + 1)
		return NULL;
	/* "user's", and a quotation that only begins here */
	if (close == '\'' && q + 1 < end && g_ascii_isalnum(q[1]))
		return NULL;
	/* "<DATA>", "'From'"; who writes them small means a local part */
	return g_ascii_isupper(p[1]) && in_list(own_words, p + 1, (gsize) (q - p - 1)) ? NULL : q;
}

/* The closing quote of a local part of several words, "a b"@c.example; NULL if there is none. */
static const char *
quoted_local_end(const char *p, const char *end)
{
	const char *q = p + 1;

	while (q < end && *q != '"' && q - p <= MAX_QUOTED)
		q++;
	return q + 1 < end && *q == '"' && q[1] == '@' ? q : NULL;
}

static gboolean
has_letter(const char *p, const char *end)
{
	for (; p < end; p++)
		if (g_ascii_isalpha(*p) || (guchar) *p >= 0x80)
			return TRUE;
	return FALSE;
}

char *
carom_mask(const char *text, gsize len, CaromMask mask)
{
	char *out, *p;
	const char *end;
	gboolean any = FALSE;

	if (mask == CAROM_MASK_ADDRESSES && strpbrk(text, "@<\"'`") == NULL)
		return NULL;
	out = p = g_strndup(text, len);
	end = out + len;
	while (p < end) {
		const char *stop = NULL;

		if (mask == CAROM_MASK_ADDRESSES && strchr("<\"'`", *p) != NULL)
			stop = quoted_end(out, p, end);
		if (stop == NULL && mask == CAROM_MASK_ADDRESSES && *p == '"')
			stop = quoted_local_end(p, end);
		if (stop != NULL) {
			any |= has_letter(p + 1, stop);
			mute(p + 1, stop);
			p = (char *) stop + 1;
			continue;
		}
		if (!is_token_char(*p) || *p == '\'') {
			p++;
			continue;
		}
		stop = p;
		while (stop < end && is_token_char(*stop))
			stop++;
		any |= mask_token(p, stop, mask);
		p = (char *) stop;
	}
	if (!any)
		g_clear_pointer(&out, g_free);
	return out;
}
