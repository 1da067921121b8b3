/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/address.h"
#include "mail/xtext.h"
#include "base/text.h"

#include <idn2.h>
#include <string.h>

/* Printable ASCII that RFC 5322 3.2.3 allows in an atom, and every byte of UTF-8 (RFC 6531). */
static gboolean
is_local_char(guchar c)
{
	return g_ascii_isalnum(c) || c >= 0x80 ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static gboolean
is_domain_char(guchar c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c >= 0x80;
}

static void
append_lower(GString *out, const char *p, const char *end)
{
	for (; p < end; p++)
		g_string_append_c(out, g_ascii_tolower(*p));
}

/* TRUE for an address literal, RFC 5321 4.1.3, which begins with a bracket. */
static gboolean
is_literal(const char *p, const char *end)
{
	if (end - p < 4 || end[-1] != ']')
		return FALSE;
	for (p++; p < end - 1; p++)
		if (!g_ascii_isalnum(*p) && *p != '.' && *p != ':')
			return FALSE;
	return TRUE;
}

/* TRUE for labels with one dot between. A single one will do: "user@localhost" is an address on
 * many systems. */
static gboolean
is_labels(const char *p, const char *end)
{
	gboolean in_label = FALSE;

	for (; p < end; p++) {
		if (!is_domain_char((guchar) *p) || (*p == '.' && !in_label))
			return FALSE;
		in_label = *p != '.';
	}
	return TRUE;
}

static gboolean append_domain(GString *out, const char *p, const char *end);

/* Appends a domain that is not all ASCII. FALSE if it is none. */
static gboolean
append_idn(GString *out, const char *p, const char *end)
{
	g_autofree char *u_labels = g_strndup(p, (gsize) (end - p));
	char *a_labels = NULL;
	gboolean sound;

	if (!g_utf8_validate(u_labels, -1, NULL) ||
	    idn2_to_ascii_8z(u_labels, &a_labels, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return FALSE;
	/* mapping may have made dots and at signs of their wide forms: what came out must be a
	 * domain too */
	end = a_labels + strlen(a_labels);
	sound = end > a_labels && end[-1] != '.' && append_domain(out, a_labels, end);
	idn2_free(a_labels);
	return sound;
}

/* Appends the domain [p, end) in lower case, as A-labels; FALSE if it is none. */
static gboolean
append_domain(GString *out, const char *p, const char *end)
{
	gboolean ascii = TRUE;

	while (end > p && end[-1] == '.')
		end--;
	if (end == p || end - p > 255)
		return FALSE;
	if (*p == '[' ? !is_literal(p, end) : !is_labels(p, end))
		return FALSE;
	for (const char *q = p; q < end; q++)
		ascii = ascii && (guchar) *q < 0x80;
	if (!ascii)
		return append_idn(out, p, end);
	append_lower(out, p, end);
	return TRUE;
}

/* Reads a quoted local part at p ('"'); returns the byte behind the closing quote or NULL. */
static const char *
skip_quoted(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : NULL;
}

/* What stands behind "mailto:", "smtp:" and a source route ("@a,@b:user@c", RFC 5321 appendix C),
 * in any order; NULL for a route without end. */
static const char *
skip_scheme_and_route(const char *p, const char *end)
{
	for (;;) {
		while (p < end && g_ascii_isspace(*p))
			p++;
		if (end - p > 7 && g_ascii_strncasecmp(p, "mailto:", 7) == 0) {
			p += 7;
		} else if (end - p > 5 && g_ascii_strncasecmp(p, "smtp:", 5) == 0) {
			p += 5;
		} else if (p < end && *p == '@') {
			p = memchr(p, ':', (gsize) (end - p));
			if (p == NULL)
				return NULL;
			p++;
		} else {
			return p;
		}
	}
}

/* The at sign after a quoted local part at p; NULL: there is none. */
static const char *
find_at_after_quoted(const char *p, const char *end)
{
	const char *at = skip_quoted(p, end);

	if (at == NULL || at >= end || *at != '@')
		return NULL;
	for (; p < at; p++)
		if ((guchar) *p < ' ' || *p == 0x7f)
			return NULL;
	return at;
}

/* The at sign after a local part at p that is not quoted; NULL: there is none. The last one parts:
 * a bare '@' before it is somebody's mistake. So is a space, but both are a sentence. */
static const char *
find_at(const char *p, const char *end)
{
	const char *at = memrchr(p, '@', (gsize) (end - p));

	if (at == NULL || at == p)
		return NULL;
	if (memchr(p, '@', (gsize) (at - p)) != NULL && memchr(p, ' ', (gsize) (end - p)) != NULL)
		return NULL;
	for (; p < at; p++)
		if (!is_local_char((guchar) *p) && *p != '@' && *p != ':' && *p != ' ')
			return NULL;
	return at;
}

/* addr-spec in exactly [p, end). */
static char *
parse_spec(const char *p, const char *end)
{
	g_autoptr(GString) out = NULL;
	const char *at;

	p = skip_scheme_and_route(p, end);
	if (p == NULL || end - p < 3 || end - p > CAROM_ADDRESS_MAX)
		return NULL;
	at = *p == '"' ? find_at_after_quoted(p, end) : find_at(p, end);
	if (at == NULL || !g_utf8_validate(p, at - p, NULL))
		return NULL;
	out = g_string_sized_new((gsize) (end - p) + 8);
	g_string_append_len(out, p, at - p);
	g_string_append_c(out, '@');
	if (!append_domain(out, at + 1, end) || out->len > CAROM_ADDRESS_MAX)
		return NULL;
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "<a@b>"@c: what is quoted is the local part, whatever it looks like. */
static gboolean
has_quoted_local_part(const char *p, const char *end)
{
	const char *quoted = p < end && *p == '"' ? skip_quoted(p, end) : NULL;

	return quoted != NULL && quoted < end && *quoted == '@' &&
	       memchr(quoted, '<', (gsize) (end - quoted)) == NULL;
}

/* "Display Name <a@b>": narrows to the last pair of brackets, if it holds an at sign. */
static gboolean
narrow_to_brackets(const char **p, const char **end)
{
	const char *close = memrchr(*p, '>', (gsize) (*end - *p));
	const char *open = close ? memrchr(*p, '<', (gsize) (close - *p)) : NULL;

	if (open == NULL || memchr(open, '@', (gsize) (close - open)) == NULL)
		return FALSE;
	*p = open + 1;
	*end = close;
	while (*p < *end && (g_ascii_isspace(**p) || **p == '<'))
		(*p)++;
	while (*end > *p && g_ascii_isspace((*end)[-1]))
		(*end)--;
	return TRUE;
}

/* "a@b (comment)" and "a@b, text": where the address ends, or end. */
static const char *
end_of_bare(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && !g_ascii_isspace(*q) && *q != '(' && *q != ',' && *q != ';')
		q++;
	return memchr(p, '@', (gsize) (q - p)) != NULL ? q : end;
}

char *
carom_address_parse(const char *text, gssize len)
{
	const char *p = text, *end;

	if (text == NULL)
		return NULL;
	end = text + (len < 0 ? strlen(text) : (gsize) len);
	while (p < end && g_ascii_isspace(*p))
		p++;
	while (end > p && (g_ascii_isspace(end[-1]) || end[-1] == ',' || end[-1] == ';'))
		end--;
	if (end - p > 4096)
		return NULL;
	if (!has_quoted_local_part(p, end) && !narrow_to_brackets(&p, &end) && p < end && *p != '"')
		end = end_of_bare(p, end);
	return parse_spec(p, end);
}

/* Undoes \x{HEX} of RFC 6533 section 3. */
static char *
utf8_addr_decode(const char *text)
{
	GString *out = g_string_sized_new(strlen(text));

	for (const char *p = text; *p; p++) {
		if (p[0] == '\\' && p[1] == 'x' && p[2] == '{') {
			char *stop = NULL;
			guint64 u = g_ascii_strtoull(p + 3, &stop, 16);

			if (stop != p + 3 && stop != NULL && *stop == '}' && u > 0x1f &&
			    u <= 0x10ffff && g_unichar_validate((gunichar) u)) {
				g_string_append_unichar(out, (gunichar) u);
				p = stop;
				continue;
			}
		}
		g_string_append_c(out, *p);
	}
	return g_string_free(out, FALSE);
}

char *
carom_address_parse_typed(const char *field)
{
	g_autofree char *decoded = NULL;
	const char *semi, *rest = field, *smtp;

	if (field == NULL)
		return NULL;
	semi = strchr(field, ';');
	if (semi != NULL && memchr(field, '@', (gsize) (semi - field)) == NULL &&
	    semi - field < 40) {
		rest = semi + 1;
		while (g_ascii_isspace(*rest))
			rest++;
		if (carom_text_has_prefix(field + strspn(field, " \t"), "utf-8"))
			decoded = utf8_addr_decode(rest);
		else if (carom_text_has_prefix(rest, "rfc822;"))
			rest += 7; /* "rfc822; rfc822;a@b": written twice by some */
		else if ((smtp = carom_text_find(rest, strlen(rest), "SMTP:")) != NULL &&
			 strchr(rest, '/') != NULL)
			rest = smtp +
			       5; /* X.400 with the SMTP address as a domain-defined attribute */
		if (decoded == NULL && strchr(rest, '+') != NULL)
			decoded = carom_xtext_decode_needed(rest);
	}
	return carom_address_parse(decoded ? decoded : rest, -1);
}

/* Where the local part before the @ at at begins; at itself if there is none. */
static const char *
local_start(const char *text, const char *at)
{
	const char *left = at;

	if (left > text && left[-1] == '"') {
		left--;
		while (left > text && left[-1] != '"' && left[-1] != '\n' && at - left < 66)
			left--;
		return left > text && left[-1] == '"' ? left - 1 : at;
	}
	while (left > text && at - left < 128 && is_local_char((guchar) left[-1]) &&
	       (guchar) left[-1] < 0x80)
		left--;
	/* punctuation of the sentence around, not of the address */
	while (left < at && strchr("'`*=/.|{}", *left) != NULL)
		left++;
	return left;
}

/* Where the domain after the @ at at ends; at + 1 if there is none. */
static const char *
domain_end(const char *at, const char *end)
{
	const char *right = at + 1;

	if (right < end && *right == '[') {
		while (right < end && *right != ']' && right - at < 64)
			right++;
		return right < end ? right + 1 : right;
	}
	while (right < end && is_domain_char((guchar) *right) && (guchar) *right < 0x80 &&
	       right - at <= 255)
		right++;
	while (right > at + 1 && (right[-1] == '.' || right[-1] == '-' || right[-1] == '_'))
		right--;
	return right;
}

char *
carom_address_find(const char *text, gsize len, const char **next)
{
	const char *p = text, *end = text + len, *at;

	while (p < end && (at = memchr(p, '@', (gsize) (end - p))) != NULL) {
		const char *left = local_start(text, at), *right = domain_end(at, end);
		char *found = left < at && right > at + 1 ? parse_spec(left, right) : NULL;

		if (found != NULL) {
			if (next)
				*next = right;
			return found;
		}
		p = at + 1;
	}
	if (next)
		*next = end;
	return NULL;
}

char *
carom_address_to_unicode(const char *address)
{
	const char *domain = carom_address_domain(address);
	char *spelled = NULL, *out;

	if (domain == NULL || strstr(domain, "xn--") == NULL ||
	    idn2_to_unicode_8z8z(domain, &spelled, 0) != IDN2_OK)
		return NULL;
	out = g_strdup_printf("%.*s%s", (int) (domain - address), address, spelled);
	idn2_free(spelled);
	return out;
}

const char *
carom_address_domain(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	return at && at[1] ? at + 1 : NULL;
}

gboolean
carom_address_domain_is_within(const char *domain, const char *zone)
{
	gsize n = strlen(domain), m = strlen(zone);

	return n >= m && g_ascii_strcasecmp(domain + n - m, zone) == 0 &&
	       (n == m || domain[n - m - 1] == '.');
}

gboolean
carom_address_is_masked(const char *address)
{
	static const char *const words[] = { "redacted", "masked", "hidden", "removed" };
	const char *at = strrchr(address, '@');
	gsize n = at ? (gsize) (at - address) : strlen(address);

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strlen(words[i]) == n && g_ascii_strncasecmp(address, words[i], n) == 0)
			return TRUE;
	/* MD5 has 32 digits, the shortest hash in use */
	return (n >= 3 && (strspn(address, "*") == n || strspn(address, "xX") == n)) ||
	       (n >= 32 && strspn(address, "0123456789abcdefABCDEF") == n);
}
