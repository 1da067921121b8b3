/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/auth_results.h"

#include <string.h>

#define MAX_COMMENT_DEPTH 20

/* Properties of a DKIM result, as bits. */
enum { HAS_D = 1, HAS_I = 2, HAS_A = 4, HAS_S = 8, HAS_B = 16 };

/* One result while it is read. */
typedef struct {
	gboolean is_dkim, passes;
	gboolean is_odd; /* it says what no verifier says of a signature */
	guint has;
	char *d, *i;
} Result;

static void
result_clear(Result *result)
{
	g_clear_pointer(&result->d, g_free);
	g_clear_pointer(&result->i, g_free);
	memset(result, 0, sizeof *result);
}

/* Skips white space and comments. FALSE: a comment has no end. */
static gboolean
skip_cfws(const char **p)
{
	int depth = 0;

	for (; depth > 0 || g_ascii_isspace(**p) || **p == '('; (*p)++) {
		if (**p == '\0')
			return FALSE;
		if (**p == '(' && ++depth > MAX_COMMENT_DEPTH)
			return FALSE;
		if (depth > 0 && **p == ')')
			depth--;
		else if (depth > 0 && **p == '\\' && *++(*p) == '\0')
			return FALSE;
	}
	return TRUE;
}

static gboolean
is_keyword_char(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '_';
}

/* Keyword of RFC 5321 section 4.1.2, in lower case; NULL if there is none. */
static char *
take_keyword(const char **p)
{
	const char *start = *p;

	while (is_keyword_char(**p))
		(*p)++;
	return *p > start ? g_ascii_strdown(start, *p - start) : NULL;
}

static gboolean
take_char(const char **p, char c)
{
	if (**p != c)
		return FALSE;
	(*p)++;
	return TRUE;
}

/* A quoted string without its quotes into out. FALSE: it has no end. */
static gboolean
take_quoted(const char **p, GString *out)
{
	for ((*p)++; **p != '"'; (*p)++) {
		if (**p == '\\')
			(*p)++;
		if (**p == '\0')
			return FALSE;
		g_string_append_c(out, **p);
	}
	(*p)++;
	return TRUE;
}

/*
 * A value: a token, a quoted string, or an address whose local part may be one.
 * Unquoted it takes what verifiers write there ("/" and "=" of base64), and
 * ends at white space, ";" or a comment. NULL if there is none.
 */
static char *
take_value(const char **p)
{
	g_autoptr(GString) out = g_string_new(NULL);
	const char *start = *p;

	while (**p != '\0' && !g_ascii_isspace(**p) && **p != ';' && **p != '(') {
		if (**p == ')' || **p == '\\')
			return NULL;
		if (**p == '"') {
			if (!take_quoted(p, out))
				return NULL;
			continue;
		}
		g_string_append_c(out, *(*p)++);
	}
	return *p > start ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

static gboolean
consists_of(const char *value, const char *more)
{
	for (; *value; value++)
		if (!g_ascii_isalnum(*value) && strchr(more, *value) == NULL)
			return FALSE;
	return TRUE;
}

/* The domain of "i" is that of "d" or lies below it (RFC 6376 section 3.5). */
static gboolean
is_within(const char *i, const char *d)
{
	const char *at = strrchr(i, '@');
	const char *domain = at ? at + 1 : i;
	gsize n = strlen(domain), m = strlen(d);

	return n >= m && g_ascii_strcasecmp(domain + n - m, d) == 0 &&
	       (n == m || domain[n - m - 1] == '.') && consists_of(domain, ".-_");
}

/* Takes over a property "header.NAME" of a DKIM result. */
static void
note_property(Result *result, const char *name, char *value)
{
	static const struct {
		const char *name;
		guint bit;
		const char *more; /* that it may consist of, besides letters and digits */
	} known[] = { { "d", HAS_D, ".-_" },
		      { "i", HAS_I, NULL },
		      { "a", HAS_A, "-" },
		      { "s", HAS_S, ".-_" },
		      { "b", HAS_B, "+/=" } };

	for (gsize k = 0; k < G_N_ELEMENTS(known); k++) {
		if (strcmp(known[k].name, name) != 0)
			continue;
		if (result->has & known[k].bit ||
		    (known[k].more != NULL && !consists_of(value, known[k].more)))
			result->is_odd = TRUE;
		result->has |= known[k].bit;
		if (known[k].bit == HAS_D && result->d == NULL)
			result->d = g_ascii_strdown(value, -1);
		if (known[k].bit == HAS_I && result->i == NULL)
			result->i = g_strdup(value);
		return;
	}
	result->is_odd = TRUE;
}

/* "ptype.property=value". FALSE: it has not that form. */
static gboolean
read_property(const char **p, char *type, Result *result)
{
	static const char *const types[] = { "header", "smtp", "body", "policy", "dns" };
	g_autofree char *name = NULL, *value = NULL;
	gboolean known = FALSE;

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
		known |= strcmp(types[i], type) == 0;
	if (!known || !skip_cfws(p) || !take_char(p, '.') || !skip_cfws(p) ||
	    (name = take_keyword(p)) == NULL || !skip_cfws(p) || !take_char(p, '=') ||
	    !skip_cfws(p) || (value = take_value(p)) == NULL)
		return FALSE;
	if (result->is_dkim && strcmp(type, "header") == 0)
		note_property(result, name, value);
	else if (result->is_dkim)
		result->is_odd = TRUE;
	return TRUE;
}

/* "method=result", its reason and its properties, up to ";" or the end. */
static gboolean
read_result(const char **p, Result *result, gboolean *is_none)
{
	g_autofree char *method = take_keyword(p), *said = NULL;
	gboolean first = TRUE;

	if (method == NULL || !skip_cfws(p))
		return FALSE;
	*is_none = strcmp(method, "none") == 0 && **p == '\0';
	if (*is_none)
		return TRUE;
	if (take_char(p, '/') &&
	    (!skip_cfws(p) || !g_ascii_isdigit(**p) || strspn(*p, "0123456789") > 5))
		return FALSE;
	*p += strspn(*p, "0123456789");
	if (!skip_cfws(p) || !take_char(p, '=') || !skip_cfws(p) ||
	    (said = take_keyword(p)) == NULL)
		return FALSE;
	result->is_dkim = strcmp(method, "dkim") == 0;
	result->passes = strcmp(said, "pass") == 0;
	for (;; first = FALSE) {
		g_autofree char *word = NULL, *reason = NULL;
		const char *before = *p;

		if (!skip_cfws(p))
			return FALSE;
		if (**p == '\0' || **p == ';')
			return TRUE;
		/* words are parted, and the reason comes first */
		if (*p == before || (word = take_keyword(p)) == NULL || !skip_cfws(p))
			return FALSE;
		if (first && strcmp(word, "reason") == 0 && **p == '=') {
			(*p)++;
			if (!skip_cfws(p) || (reason = take_value(p)) == NULL)
				return FALSE;
		} else if (!read_property(p, word, result)) {
			return FALSE;
		}
	}
}

/* What all results of a field say together. */
typedef struct {
	GPtrArray *domains; /* of signatures that hold */
	guint has;          /* the properties that each of those has */
	gboolean is_odd;
	gboolean tells_of_dkim;
} Sum;

static void
sum_up(Sum *sum, Result *result)
{
	sum->tells_of_dkim |= result->is_dkim;
	if (!result->is_dkim || !result->passes)
		return;
	if (result->is_odd || result->d == NULL ||
	    (result->i != NULL && !is_within(result->i, result->d)) ||
	    (sum->domains->len > 0 && sum->has != result->has))
		sum->is_odd = TRUE;
	sum->has = result->has;
	g_ptr_array_add(sum->domains, g_steal_pointer(&result->d));
}

/* Everything after the authserv-id. */
static gboolean
read_results(const char *p, Sum *sum)
{
	guint n = 0;

	for (;;) {
		Result result = { 0 };
		gboolean sound, is_none = FALSE;

		if (!skip_cfws(&p))
			return FALSE;
		if (*p == '\0')
			return n > 0;
		if (!take_char(&p, ';') || !skip_cfws(&p) || ++n > CAROM_AUTH_RESULTS_MAX_RESULTS)
			return FALSE;
		if (*p == '\0') /* a ";" at the end, as some write it */
			return n > 1;
		sound = read_result(&p, &result, &is_none);
		if (sound && !is_none)
			sum_up(sum, &result);
		result_clear(&result);
		if (!sound)
			return FALSE;
	}
}

static gboolean
is_printable_ascii(const char *value)
{
	for (; *value; value++)
		if ((guchar) *value >= 0x7f || ((guchar) *value < ' ' && *value != '\t'))
			return FALSE;
	return TRUE;
}

gboolean
carom_auth_results_read(const char *value, char **id, GPtrArray *domains, gboolean *tells_of_dkim)
{
	const char *p = value;
	g_autofree char *who = NULL;
	Sum sum = { .domains = NULL };
	gboolean sound;

	*id = NULL;
	*tells_of_dkim = FALSE;
	if (value == NULL || strlen(value) > CAROM_AUTH_RESULTS_MAX || !is_printable_ascii(value) ||
	    !skip_cfws(&p) || (who = take_value(&p)) == NULL || !skip_cfws(&p))
		return FALSE;
	p += strspn(p, "0123456789"); /* authres-version */
	sum.domains = g_ptr_array_new_with_free_func(g_free);
	sound = read_results(p, &sum);
	for (guint i = 0; sound && !sum.is_odd && i < sum.domains->len; i++)
		g_ptr_array_add(domains, g_strdup(sum.domains->pdata[i]));
	g_ptr_array_unref(sum.domains);
	*tells_of_dkim = sound && sum.tells_of_dkim;
	if (sound)
		*id = g_steal_pointer(&who);
	return sound;
}
