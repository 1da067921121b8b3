/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/pattern_literals.h"
#include "base/literals.h"

#include <string.h>

/*
 * A pattern is read as alternatives of sequences. In a sequence, every run of
 * plain characters must appear, and so must one of each group's alternatives;
 * the best of these is chosen, the one whose shortest literal is longest.
 */
typedef struct {
	const char *p;
	gsize min;       /* shorter literals are of no use */
	gboolean failed; /* syntax that is not understood: no set at all */
} Reader;

/* Each of them stands for some character or none, and means nothing beyond. */
#define KNOWN_ESCAPES "dDwWsSbBAZzGhHRK"

static GPtrArray *read_alternatives(Reader *r, guint depth);

static gsize
shortest(const GPtrArray *set)
{
	gsize least = G_MAXSIZE;

	for (guint i = 0; i < set->len; i++)
		least = MIN(least, strlen(set->pdata[i]));
	return set->len ? least : 0;
}

/* Keeps the better of two sets in *best. */
static void
offer(GPtrArray **best, GPtrArray *set)
{
	if (set == NULL)
		return;
	if (*best == NULL || shortest(set) > shortest(*best)) {
		if (*best != NULL)
			g_ptr_array_unref(*best);
		*best = set;
	} else {
		g_ptr_array_unref(set);
	}
}

static void
offer_run(const Reader *r, GPtrArray **best, GString *run)
{
	if (run->len >= r->min && (*best == NULL || run->len > shortest(*best))) {
		GPtrArray *set = g_ptr_array_new_with_free_func(g_free);
		gsize len;

		g_ptr_array_add(set, carom_literals_fold(run->str, run->len, &len));
		offer(best, set);
	}
	g_string_truncate(run, 0);
}

/* The length of "{2}", "{2,}" or "{2,3}" at p; 0 for another brace, of which PCRE2's versions think
 * differently. */
static gsize
braces(const char *p)
{
	const char *q = p + 1;

	if (!g_ascii_isdigit(*q))
		return 0;
	while (g_ascii_isdigit(*q))
		q++;
	if (*q == ',')
		q++;
	while (g_ascii_isdigit(*q))
		q++;
	return *q == '}' ? (gsize) (q + 1 - p) : 0;
}

/* Reads a quantifier at r->p. TRUE if what stands before it may be absent; *many if it may repeat.
 */
static gboolean
read_quantifier(Reader *r, gboolean *many)
{
	gboolean optional = FALSE;

	*many = FALSE;
	if (*r->p == '?' || *r->p == '*') {
		optional = TRUE;
		*many = *r->p == '*';
		r->p++;
	} else if (*r->p == '+') {
		*many = TRUE;
		r->p++;
	} else if (*r->p == '{' && braces(r->p) > 0) {
		optional = g_ascii_strtoull(r->p + 1, NULL, 10) == 0;
		*many = TRUE;
		r->p += braces(r->p);
	} else {
		return FALSE;
	}
	if (*r->p == '?' || *r->p == '+') /* lazy or possessive */
		r->p++;
	return optional;
}

static void
skip_class(Reader *r)
{
	r->p++; /* '[' */
	if (*r->p == '^')
		r->p++;
	if (*r->p == ']')
		r->p++;
	while (*r->p && *r->p != ']') {
		if (*r->p == '\\' && r->p[1])
			r->p++;
		else if (*r->p == '[' && r->p[1] == ':') {
			const char *end = r->p + 2 + (r->p[2] == '^');

			while (g_ascii_isalpha(*end))
				end++;
			if (end[0] == ':' && end[1] == ']')
				r->p = end + 1;
		}
		r->p++;
	}
	if (*r->p == ']')
		r->p++;
	else
		r->failed = TRUE;
}

/* Reads a group at '('; NULL if nothing must be in it, as in a look-around. */
static GPtrArray *
read_group(Reader *r, guint depth)
{
	gboolean ignore = FALSE;
	GPtrArray *set;

	r->p++;
	if (*r->p == '?') {
		r->p++;
		if (*r->p == ':' || *r->p == '>') {
			r->p++;
		} else if (*r->p == '=' || *r->p == '!' ||
			   (*r->p == '<' && (r->p[1] == '=' || r->p[1] == '!'))) {
			ignore = TRUE;
			r->p += *r->p == '<' ? 2 : 1;
		} else if (*r->p == '<' || *r->p == '\'' || (*r->p == 'P' && r->p[1] == '<')) {
			char close = *r->p == '\'' ? '\'' : '>';

			r->p = strchr(r->p + 1, close);
			if (r->p == NULL) {
				r->p = "";
				r->failed = TRUE;
				return NULL;
			}
			r->p++;
		} else {
			r->failed = TRUE; /* inline flags, conditions, recursion: not worth
					     understanding */
			return NULL;
		}
	} else if (*r->p == '*') {
		r->failed = TRUE;
		return NULL;
	}
	set = read_alternatives(r, depth + 1);
	if (*r->p == ')')
		r->p++;
	else
		r->failed = TRUE;
	if (ignore && set != NULL) {
		g_ptr_array_unref(set);
		set = NULL;
	}
	return set;
}

/* The plain characters at p that no quantifier can be meant for. */
static gsize
plain_run(const char *p)
{
	gsize n = strcspn(p, "\\[](){}.^$*+?|");

	if (n > 0 && p[n] != '\0' && strchr("{*+?", p[n]) != NULL)
		do
			n--;
		while (n > 0 && ((guchar) p[n] & 0xc0) == 0x80);
	return n;
}

/* Reads one character that stands for itself into run, which ends if it may be missing or many. */
static void
read_character(Reader *r, GPtrArray **best, GString *run)
{
	const char *start = r->p, *next = g_utf8_next_char(start);
	gsize before = run->len;
	gboolean optional, many;

	g_string_append_len(run, start, next - start);
	r->p = next;
	optional = read_quantifier(r, &many);
	if (optional)
		g_string_truncate(run, before);
	if (optional || many)
		offer_run(r, best, run);
}

/* Reads a group at '(', and offers what must be in it. */
static void
offer_group(Reader *r, guint depth, GPtrArray **best, GString *run)
{
	gboolean many;
	GPtrArray *set;

	offer_run(r, best, run);
	set = read_group(r, depth);
	if (read_quantifier(r, &many))
		g_clear_pointer(&set, g_ptr_array_unref);
	offer(best, set);
}

/* Skips a class, an anchor or a dot: some character or none. */
static void
skip_any(Reader *r, GPtrArray **best, GString *run)
{
	gboolean many;

	offer_run(r, best, run);
	if (*r->p == '[')
		skip_class(r);
	else
		r->p++;
	read_quantifier(r, &many);
}

/* Reads what a backslash begins: a character that stands for itself, or \d, \b, \s, a back
 * reference, which are some character or none. */
static void
read_escape(Reader *r, GPtrArray **best, GString *run)
{
	r->p++;
	if (g_ascii_isalnum(*r->p)) {
		r->failed = strchr(KNOWN_ESCAPES, *r->p) == NULL;
		skip_any(r, best, run);
	} else if (*r->p != '\0') {
		read_character(r, best, run);
	} else {
		r->failed = TRUE;
	}
}

static GPtrArray *
read_sequence(Reader *r, guint depth)
{
	g_autoptr(GString) run = g_string_new(NULL);
	GPtrArray *best = NULL;

	while (*r->p && *r->p != '|' && *r->p != ')' && !r->failed) {
		const gsize plain = plain_run(r->p);

		if (plain > 0) {
			g_string_append_len(run, r->p, (gssize) plain);
			r->p += plain;
		} else if (*r->p == '(') {
			offer_group(r, depth, &best, run);
		} else if (strchr("[.^$", *r->p) != NULL) {
			skip_any(r, &best, run);
		} else if (*r->p == '\\') {
			read_escape(r, &best, run);
		} else if (strchr("{*+?", *r->p) != NULL) {
			r->failed = TRUE; /* a quantifier upon a quantifier */
		} else {
			read_character(r, &best, run);
		}
	}
	offer_run(r, &best, run);
	return best;
}

static GPtrArray *
read_alternatives(Reader *r, guint depth)
{
	GPtrArray *all = NULL;
	gboolean open = FALSE; /* an alternative without a literal makes the set useless */

	if (depth > 20) {
		r->failed = TRUE;
		return NULL;
	}
	for (;;) {
		GPtrArray *one = read_sequence(r, depth);

		if (one == NULL) {
			open = TRUE;
		} else if (all == NULL) {
			all = one;
		} else {
			g_ptr_array_extend_and_steal(all, one);
		}
		if (*r->p != '|' || r->failed)
			break;
		r->p++;
	}
	if ((open || r->failed) && all != NULL) {
		g_ptr_array_unref(all);
		all = NULL;
	}
	return all;
}

GPtrArray *
carom_pattern_literals(const char *pattern, gsize min)
{
	Reader r = { .p = pattern, .min = min };
	GPtrArray *set = read_alternatives(&r, 0);

	if (set != NULL && (r.failed || *r.p != '\0' || shortest(set) < min)) {
		g_ptr_array_unref(set);
		set = NULL;
	}
	return set;
}

/* What ends the escape at p ('\\'); NULL for one whose meaning reaches further. */
static const char *
skip_escape(const char *p)
{
	if (p[1] == '\0' || (g_ascii_isalnum(p[1]) && strchr(KNOWN_ESCAPES, p[1]) == NULL))
		return NULL;
	return p + 2;
}

const char *
carom_pattern_literals_part_end(const char *p, gboolean *plain)
{
	guint depth = 0;

	*plain = *p != '\0' && *p != '|';
	while (*p && (*p != '|' || depth > 0)) {
		Reader r = { .p = p };

		switch (*p) {
		case '\\':
			*plain = FALSE;
			p = skip_escape(p);
			if (p == NULL)
				return NULL;
			continue;
		case '[':
			*plain = FALSE;
			skip_class(&r);
			if (r.failed)
				return NULL;
			p = r.p;
			continue;
		case '(':
			*plain = FALSE;
			depth++;
			/* flags and verbs act on what comes after their group as well */
			if (p[1] == '*' || (p[1] == '?' && strchr(":>=!<'P", p[2]) == NULL))
				return NULL;
			break;
		case ')':
			if (depth-- == 0)
				return NULL;
			break;
		case '{':
		case '}':
		case '.':
		case '^':
		case '$':
		case '*':
		case '+':
		case '?':
			*plain = FALSE;
			break;
		default:
			break;
		}
		p++;
	}
	return depth == 0 ? p : NULL;
}
