/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/postfix_log.h"

#include <string.h>

#define MIN_ID 5 /* octets of a queue id */

/* Where reading is: [p, end). */
typedef struct {
	const char *p, *end;
} Cursor;

static gboolean
skip(Cursor *c, const char *word)
{
	const gsize n = strlen(word);

	if ((gsize) (c->end - c->p) < n || memcmp(c->p, word, n) != 0)
		return FALSE;
	c->p += n;
	return TRUE;
}

/* Up to the first of the characters in stop, or the end; the cursor stays before it. */
static CaromPostfixPiece
until(Cursor *c, const char *stop)
{
	CaromPostfixPiece piece = { c->p, 0 };

	while (c->p < c->end && strchr(stop, *c->p) == NULL)
		c->p++;
	piece.len = (gsize) (c->p - piece.text);
	return piece;
}

/* A number of so many digits; FALSE: there is none. */
static gboolean
digits(Cursor *c, int n, int *out)
{
	*out = 0;
	if (c->end - c->p < n)
		return FALSE;
	for (; n > 0; n--, c->p++) {
		if (!g_ascii_isdigit(*c->p))
			return FALSE;
		*out = *out * 10 + (*c->p - '0');
	}
	return TRUE;
}

/* ---- the header of a line --------------------------------------------------------------- */

static gboolean
read_clock(Cursor *c, CaromPostfixStamp *out)
{
	return digits(c, 2, &out->hour) && skip(c, ":") && digits(c, 2, &out->minute) &&
	       skip(c, ":") && digits(c, 2, &out->second);
}

/* "Nov  8 22:00:00" */
static gboolean
read_traditional(Cursor *c, CaromPostfixStamp *out)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12 && out->month == 0; i++)
		if (c->end - c->p > 4 && memcmp(c->p, names + 3 * i, 3) == 0 && c->p[3] == ' ')
			out->month = i + 1;
	if (out->month == 0)
		return FALSE;
	c->p += 4;
	if (skip(c, " ") ? !digits(c, 1, &out->day) : !digits(c, 2, &out->day))
		return FALSE;
	return skip(c, " ") && read_clock(c, out);
}

/* "Z", "+07:00", "+0700", or nothing. */
static gboolean
read_offset(Cursor *c, CaromPostfixStamp *out)
{
	int hours, minutes, sign;

	out->has_offset = TRUE;
	if (skip(c, "Z"))
		return TRUE;
	sign = skip(c, "+") ? 1 : skip(c, "-") ? -1 : 0;
	out->has_offset = sign != 0;
	if (sign == 0)
		return TRUE;
	if (!digits(c, 2, &hours))
		return FALSE;
	skip(c, ":");
	if (!digits(c, 2, &minutes))
		return FALSE;
	out->offset = sign * (hours * 3600 + minutes * 60);
	return TRUE;
}

/* "2026-11-28T22:00:00.123456+07:00" */
static gboolean
read_iso(Cursor *c, CaromPostfixStamp *out)
{
	if (!digits(c, 4, &out->year) || !skip(c, "-") || !digits(c, 2, &out->month) ||
	    !skip(c, "-") || !digits(c, 2, &out->day) || (!skip(c, "T") && !skip(c, " ")) ||
	    !read_clock(c, out))
		return FALSE;
	if (skip(c, ".") || skip(c, ","))
		while (c->p < c->end && g_ascii_isdigit(*c->p))
			c->p++;
	return read_offset(c, out);
}

gboolean
carom_postfix_log_header(const char *line, gsize len, CaromPostfixHeader *out)
{
	Cursor c = { line, line + len };
	CaromPostfixPiece process;

	*out = (CaromPostfixHeader){ 0 };
	if (c.p < c.end && *c.p == '<') { /* a priority, as some relays leave it */
		until(&c, ">");
		skip(&c, ">");
	}
	out->when.text = c.p;
	if (c.p < c.end && g_ascii_isdigit(*c.p) ? !read_iso(&c, &out->stamp)
						 : !read_traditional(&c, &out->stamp))
		return FALSE;
	out->when.len = (gsize) (c.p - out->when.text);
	if (!skip(&c, " "))
		return FALSE;
	out->host = until(&c, " ");
	if (out->host.len == 0 || !skip(&c, " "))
		return FALSE;
	out->tag = until(&c, "[: ");
	if (out->tag.len == 0)
		return FALSE;
	if (skip(&c, "[")) {
		process = until(&c, "] ");
		if (process.len == 0 || !skip(&c, "]"))
			return FALSE;
	}
	if (!skip(&c, ": "))
		return FALSE;
	out->text = (CaromPostfixPiece){ c.p, (gsize) (c.end - c.p) };
	return TRUE;
}

gint64
carom_postfix_log_time(const CaromPostfixStamp *stamp, GTimeZone *zone, gint64 latest)
{
	g_autoptr(GTimeZone) fixed =
		stamp->has_offset ? g_time_zone_new_offset(stamp->offset) : NULL;
	g_autoptr(GDateTime) now = NULL;
	int year = stamp->year;

	if (year == 0) {
		now = g_date_time_new_from_unix_utc(latest + 86400);
		year = now ? g_date_time_get_year(now) : 1970;
	}
	for (int tries = 0; tries < 5; tries++, year--) { /* 29 February is rare */
		/* a leap second is the last of its minute */
		g_autoptr(GDateTime) at =
			g_date_time_new(fixed ? fixed : zone, year, stamp->month, stamp->day,
					stamp->hour, stamp->minute, MIN(stamp->second, 59));
		const gint64 time = at ? g_date_time_to_unix(at) : -1;

		if (stamp->year != 0)
			return stamp->second <= 60 ? time : -1;
		if (at != NULL && time <= latest + 86400)
			return time;
	}
	return -1;
}

/* ---- what Postfix says of a message ------------------------------------------------------ */

static gboolean
is_id(const CaromPostfixPiece *id)
{
	if (id->len < MIN_ID || id->len > CAROM_POSTFIX_LOG_ID_MAX ||
	    (id->len == 7 && memcmp(id->text, "NOQUEUE", 7) == 0))
		return FALSE;
	for (gsize i = 0; i < id->len; i++)
		if (!g_ascii_isalnum(id->text[i]))
			return FALSE;
	return TRUE;
}

/* After "<": past a local part in quotes, for whose text somebody else is to blame. */
static void
skip_quoted(Cursor *c)
{
	if (c->p >= c->end || *c->p != '"')
		return;
	for (const char *p = c->p + 1; p < c->end; p++) {
		if (*p == '\\' && p + 1 < c->end)
			p++;
		else if (*p == '"') {
			c->p = p + 1;
			return;
		}
	}
}

/* "<address>" up to the first ">" that text comes after. */
static gboolean
read_address(Cursor *c, const char *after, CaromPostfixPiece *out)
{
	const gsize n = strlen(after);
	Cursor look;

	if (!skip(c, "<"))
		return FALSE;
	out->text = c->p;
	look = *c;
	skip_quoted(&look);
	for (const char *p = look.p; p < c->end; p++) {
		if (*p != '>' || (gsize) (c->end - p) <= n || memcmp(p + 1, after, n) != 0)
			continue;
		out->len = (gsize) (p - out->text);
		c->p = p + 1 + n;
		return TRUE;
	}
	return FALSE;
}

/* "1.2", "0.1/0/0/1", "5.1.1": what no blank and no comma is in. */
static gboolean
read_numbers(Cursor *c, CaromPostfixPiece *out)
{
	*out = until(c, ", ");
	if (out->len == 0 || out->len > 64)
		return FALSE;
	for (gsize i = 0; i < out->len; i++)
		if (!g_ascii_isdigit(out->text[i]) && out->text[i] != '.' && out->text[i] != '/')
			return FALSE;
	return TRUE;
}

static gboolean
is_word(const CaromPostfixPiece *piece, const char *word)
{
	return piece->len == strlen(word) && memcmp(piece->text, word, piece->len) == 0;
}

static gboolean
read_outcome(const CaromPostfixPiece *status, CaromPostfixOutcome *out)
{
	static const struct {
		const char *word;
		CaromPostfixOutcome outcome;
	} words[] = { { "sent", CAROM_POSTFIX_SENT },
		      { "bounced", CAROM_POSTFIX_BOUNCED },
		      { "deferred", CAROM_POSTFIX_DEFERRED },
		      { "SOFTBOUNCE", CAROM_POSTFIX_DEFERRED } };

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (is_word(status, words[i].word)) {
			*out = words[i].outcome;
			return TRUE;
		}
	return FALSE;
}

/* The id in "250 2.0.0 Ok: queued as 4XkT2s1". */
static void
read_queued_as(const CaromPostfixPiece *said, CaromPostfixPiece *out)
{
	static const char words[] = "queued as ";
	const char *found = g_strstr_len(said->text, (gssize) said->len, words);
	Cursor c = { found, said->text + said->len };

	if (found == NULL)
		return;
	skip(&c, words);
	*out = until(&c, " ,;)");
	if (!is_id(out))
		*out = (CaromPostfixPiece){ 0 };
}

/* "relay=mx.example.net[192.0.2.1]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent
 * (250 ok)", after the address. */
static gboolean
read_delivery_rest(Cursor c, CaromPostfixEvent *out)
{
	CaromPostfixPiece number, status;

	out->relay = until(&c, ",[ ");
	until(&c, ",");
	if (skip(&c, ", conn_use=") && !read_numbers(&c, &number))
		return FALSE;
	if (!skip(&c, ", delay=") || !read_numbers(&c, &number))
		return FALSE;
	if (skip(&c, ", delays=") && !read_numbers(&c, &number))
		return FALSE;
	if (!skip(&c, ", dsn=") || !read_numbers(&c, &number) || !skip(&c, ", status="))
		return FALSE;
	status = until(&c, " ");
	if (!read_outcome(&status, &out->outcome) || !skip(&c, " ("))
		return FALSE;
	out->said = (CaromPostfixPiece){ c.p, (gsize) (c.end - c.p) };
	if (out->said.len > 0 && out->said.text[out->said.len - 1] == ')')
		out->said.len--;
	out->kind = CAROM_POSTFIX_DELIVERY;
	read_queued_as(&out->said, &out->queued_as);
	return TRUE;
}

static gboolean
read_delivery(Cursor c, CaromPostfixEvent *out)
{
	CaromPostfixPiece original;
	Cursor direct = c;

	if (read_address(&direct, ", relay=", &out->address) && read_delivery_rest(direct, out)) {
		/* an address in the form of another line's middle ends at the first sign of it */
		const char *by_alias =
			g_strstr_len(out->address.text, (gssize) out->address.len, ">, orig_to=<");

		if (by_alias != NULL && out->address.text[0] != '"')
			out->address.len = (gsize) (by_alias - out->address.text);
		else if (by_alias != NULL && read_address(&c, ", orig_to=", &original))
			out->address = original;
		return TRUE;
	}
	return FALSE;
}

/* "<a@b.example>, size=1234, nrcpt=1 (queue active)", or "<…>, status=expired, …" */
static gboolean
read_sender(Cursor c, CaromPostfixEvent *out)
{
	Cursor other = c;

	out->kind = CAROM_POSTFIX_SENDER;
	if (read_address(&c, ", size=", &out->address))
		return TRUE;
	out->kind = CAROM_POSTFIX_EXPIRED;
	return read_address(&other, ", status=expired", &out->address);
}

/* The address in "host.example[192.0.2.1]"; the name is that host's own word. */
static gboolean
read_host(Cursor *c, CaromPostfixPiece *address)
{
	until(c, "[, ");
	if (!skip(c, "["))
		return FALSE;
	skip(c, "IPv6:");
	*address = until(c, "]");
	return TRUE;
}

/* "host.example[192.0.2.1], sasl_method=PLAIN, sasl_username=app, orig_queue_id=…" */
static gboolean
read_client(Cursor c, CaromPostfixEvent *out)
{
	if (!read_host(&c, &out->client))
		return FALSE;
	out->kind = CAROM_POSTFIX_CLIENT;
	for (until(&c, ","); skip(&c, ", "); until(&c, ",")) {
		if (skip(&c, "sasl_username="))
			out->login = until(&c, ",");
		else if (skip(&c, "orig_queue_id="))
			out->original_id = until(&c, ",");
		else if (skip(&c, "orig_client="))
			read_host(&c, &out->original_client);
	}
	return TRUE;
}

/* The last word of "postfix/submission/smtpd". */
static CaromPostfixPiece
agent_of(const CaromPostfixPiece *tag)
{
	const char *slash = g_strrstr_len(tag->text, (gssize) tag->len, "/");

	if (slash == NULL)
		return (CaromPostfixPiece){ tag->text, 0 };
	return (CaromPostfixPiece){ slash + 1, tag->len - (gsize) (slash + 1 - tag->text) };
}

gboolean
carom_postfix_log_event(const CaromPostfixPiece *tag, const CaromPostfixPiece *text,
			CaromPostfixEvent *out)
{
	Cursor c = { text->text, text->text + text->len };
	const CaromPostfixPiece agent = agent_of(tag);

	*out = (CaromPostfixEvent){ 0 };
	if (agent.len == 0)
		return FALSE;
	out->id = until(&c, ": ");
	if (!is_id(&out->id) || !skip(&c, ": "))
		return FALSE;
	if (is_word(&agent, "qmgr") || is_word(&agent, "nqmgr")) {
		if (skip(&c, "removed") && c.p == c.end)
			out->kind = CAROM_POSTFIX_REMOVED;
		return out->kind != CAROM_POSTFIX_OTHER ||
		       (skip(&c, "from=") && read_sender(c, out));
	}
	if (is_word(&agent, "smtpd"))
		return skip(&c, "client=") && read_client(c, out);
	if (is_word(&agent, "pickup")) {
		out->kind = CAROM_POSTFIX_PICKUP;
		return skip(&c, "uid=");
	}
	out->leaves =
		is_word(&agent, "smtp") || is_word(&agent, "error") || is_word(&agent, "retry");
	return skip(&c, "to=") && read_delivery(c, out);
}
