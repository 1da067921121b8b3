/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/address_normal.h"
#include "mail/address.h"

#include <idn2.h>
#include <string.h>

#define MAX_COMMENT_DEPTH 50

/*
 * The characters of an address (RFC 5322 section 3.4.1) without comments and
 * without white space around "@", ".", ":" and the ends. is_special tells for
 * each whether it stood there bare: a quoted "@" parts nothing.
 */
typedef struct {
	GString *chars;
	GByteArray *is_special;
	gboolean quoted; /* there were quotes, maybe with nothing in them */
} Spelling;

static void
add_char(Spelling *s, char c, guint8 special)
{
	g_string_append_c(s->chars, c);
	g_byte_array_append(s->is_special, &special, 1);
}

static void
cut_to(Spelling *s, gsize n)
{
	g_string_truncate(s->chars, n);
	g_byte_array_set_size(s->is_special, (guint) n);
}

static void
drop_first(Spelling *s, gsize n)
{
	g_string_erase(s->chars, 0, (gssize) n);
	if (n > 0)
		g_byte_array_remove_range(s->is_special, 0, (guint) n);
}

/* The first or last bare c, -1 if there is none. */
static gssize
find_special(const Spelling *s, char c, gboolean last)
{
	gssize found = -1;

	for (gsize i = 0; i < s->chars->len && (last || found < 0); i++)
		if (s->chars->str[i] == c && s->is_special->data[i])
			found = (gssize) i;
	return found;
}

/* The end of the comment that begins at p ("("), which may hold others; NULL if it has none. */
static const char *
skip_comment(const char *p, const char *end)
{
	int depth = 0;

	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		else if (*p == '(' && ++depth > MAX_COMMENT_DEPTH)
			return NULL;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

/* Adds what the quotes at p hold; the byte after them, NULL if they have no end. */
static const char *
read_quoted(Spelling *s, const char *p, const char *end)
{
	s->quoted = TRUE;
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end)
			p++;
		add_char(s, *p, FALSE);
	}
	return p < end ? p + 1 : NULL;
}

static gboolean
binds(char c)
{
	return strchr("@.:", c) != NULL;
}

/* What is read so far begins a source route, "@a.example,@b.example:". */
static gboolean
in_route(const Spelling *s)
{
	return s->chars->len > 0 && s->chars->str[0] == '@' && s->is_special->data[0] &&
	       find_special(s, ':', FALSE) < 0;
}

/* White space between two words is one space of the local part; elsewhere it is nothing. */
static void
add_pending_space(Spelling *s, gboolean *pending, char next)
{
	gsize n = s->chars->len;

	if (*pending && n > 0 && !binds(next) &&
	    !(s->is_special->data[n - 1] && binds(s->chars->str[n - 1])))
		add_char(s, ' ', FALSE);
	*pending = FALSE;
}

/* Takes the text apart. FALSE: quotes, a comment or a bracket without its other half. */
static gboolean
read_spelling(Spelling *s, const char *p, const char *end)
{
	gboolean pending = FALSE, bracket = FALSE;

	while (p < end) {
		if (*p == '(') {
			p = skip_comment(p, end);
			if (p == NULL)
				return FALSE;
			pending = TRUE;
			continue;
		}
		if (*p == ' ') {
			pending = TRUE;
			p++;
			continue;
		}
		if (*p == '<') { /* what stood before it was a name */
			cut_to(s, 0);
			bracket = TRUE;
			pending = FALSE;
			p++;
			continue;
		}
		if (*p == '>')
			return bracket;
		/* not one address; commas part the hosts of a source route */
		if (*p == ')' || *p == ';' || (*p == ',' && !in_route(s)))
			return FALSE;
		add_pending_space(s, &pending, *p);
		if (*p == '"') {
			p = read_quoted(s, p, end);
			if (p == NULL)
				return FALSE;
			continue;
		}
		if (*p == '\\') {
			if (++p == end)
				return FALSE;
			add_char(s, *p++, FALSE);
			continue;
		}
		add_char(s, *p++, TRUE);
	}
	return !bracket;
}

static gboolean
is_domain_char(guchar c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '_' || c >= 0x80;
}

/* TRUE for "[192.0.2.1]" and the like (RFC 5321 section 4.1.3). */
static gboolean
is_literal(const char *domain)
{
	gsize n = strlen(domain);

	return n >= 4 && domain[0] == '[' && domain[n - 1] == ']' &&
	       strspn(domain + 1, "0123456789abcdefghijklmnopqrstuvwxyz.:-") == n - 2;
}

static gboolean
is_domain(const char *domain)
{
	gsize n = strlen(domain);

	if (n == 0 || n > 255)
		return FALSE;
	if (*domain == '[')
		return is_literal(domain);
	for (gsize i = 0; i < n; i++)
		if (!is_domain_char((guchar) domain[i]) &&
		    (domain[i] != '.' || i == 0 || i == n - 1 || domain[i - 1] == '.'))
			return FALSE;
	return TRUE;
}

static gboolean
is_ascii(const char *text)
{
	for (; *text; text++)
		if ((guchar) *text >= 0x80)
			return FALSE;
	return TRUE;
}

/* The domain in lower case and as A-labels; NULL if it is none. */
static char *
normal_domain(const char *spelled)
{
	g_autofree char *lower = g_ascii_strdown(spelled, -1);
	char *a = NULL;
	g_autofree char *labels = NULL;

	while (g_str_has_suffix(lower, "."))
		lower[strlen(lower) - 1] = '\0';
	if (is_ascii(lower))
		return is_domain(lower) ? g_steal_pointer(&lower) : NULL;
	if (!is_domain(lower) || idn2_to_ascii_8z(lower, &a, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	/* mapping makes dots and brackets of their wide forms: what came out must be a domain too
	 */
	labels = g_ascii_strdown(a, -1);
	idn2_free(a);
	while (g_str_has_suffix(labels, "."))
		labels[strlen(labels) - 1] = '\0';
	return is_domain(labels) && *labels != '[' ? g_steal_pointer(&labels) : NULL;
}

static gboolean
is_atom_char(guchar c)
{
	return g_ascii_isalnum(c) || c >= 0x80 || strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL;
}

/* The local part in lower case, in quotes if it wants them. */
static char *
normal_local(const char *local, gsize n)
{
	GString *out = g_string_sized_new(n + 2);
	gboolean quote = FALSE;

	for (gsize i = 0; i < n; i++)
		quote |= !is_atom_char((guchar) local[i]);
	if (quote)
		g_string_append_c(out, '"');
	for (gsize i = 0; i < n; i++) {
		if (local[i] == '"' || local[i] == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, g_ascii_tolower(local[i]));
	}
	if (quote)
		g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

/*
 * Where local part and domain are, as Postfix's trivial-rewrite(8) finds them:
 * the last "@"; without one, "domain!local" (swap_bangpath) and "local%domain"
 * (allow_percent_hack). FALSE: nowhere.
 */
static gboolean
split(const Spelling *s, const char **local, gsize *local_len, char **domain)
{
	const char *text = s->chars->str;
	gssize at = find_special(s, '@', TRUE);
	gssize bang = at < 0 ? find_special(s, '!', FALSE) : -1;

	if (bang >= 0) {
		*local = text + bang + 1;
		*local_len = s->chars->len - (gsize) bang - 1;
		*domain = g_strndup(text, (gsize) bang);
		return TRUE;
	}
	if (at < 0)
		at = find_special(s, '%', TRUE);
	if (at < 0)
		return FALSE;
	*local = text;
	*local_len = (gsize) at;
	*domain = g_strdup(text + at + 1);
	return TRUE;
}

static char *
normal_of(Spelling *s)
{
	g_autofree char *spelled = NULL, *domain = NULL, *out = NULL, *plain = NULL;
	const char *local, *below;
	gsize local_len;

	/* a source route (RFC 5321 appendix C) names hosts on the way, not the mailbox */
	if (s->chars->len > 0 && s->chars->str[0] == '@' && s->is_special->data[0]) {
		gssize colon = find_special(s, ':', FALSE);

		if (colon >= 0)
			drop_first(s, (gsize) colon + 1);
	}
	if (!split(s, &local, &local_len, &spelled))
		return NULL;
	if (local_len > 0 && *local == '@' && s->is_special->data[0])
		return NULL; /* a route that leads nowhere */
	/* "@.example.org" is all that lies below a domain */
	below = local_len == 0 && *spelled == '.' ? "." : "";
	domain = normal_domain(spelled + strlen(below));
	if (domain == NULL)
		return NULL;
	if (local_len == 0) /* "@example.org" is a domain, "" before it is nobody */
		return s->chars->str[0] == '@' && *domain != '[' && !s->quoted
			       ? g_strconcat("@", below, domain, NULL)
			       : NULL;
	plain = normal_local(local, local_len);
	out = g_strconcat(plain, "@", domain, NULL);
	return strlen(out) <= CAROM_ADDRESS_MAX ? g_steal_pointer(&out) : NULL;
}

char *
carom_address_normal(const char *text, gssize len)
{
	Spelling s = { .quoted = FALSE };
	gsize n = text == NULL ? 0 : len < 0 ? strlen(text) : (gsize) len;
	g_autofree char *line = NULL;
	char *out = NULL;

	if (n == 0 || n > CAROM_ADDRESS_NORMAL_MAX || !g_utf8_validate(text, (gssize) n, NULL))
		return NULL;
	line = g_strndup(text, n);
	for (gsize i = 0; i < n; i++) {
		if (line[i] == '\t' || line[i] == '\r' || line[i] == '\n')
			line[i] = ' ';
		if ((guchar) line[i] < ' ' || line[i] == 0x7f)
			return NULL;
	}
	s.chars = g_string_sized_new(n);
	s.is_special = g_byte_array_sized_new((guint) n);
	if (read_spelling(&s, line, line + n))
		out = normal_of(&s);
	g_string_free(s.chars, TRUE);
	g_byte_array_unref(s.is_special);
	return out;
}
