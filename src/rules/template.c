/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/template.h"
#include "mail/reply.h"
#include "rules/mask.h"

#include <string.h>

#define MIN_ID 6      /* characters of a word in which letters and digits take turns */
#define MAX_SLUG 40   /* characters of a rule's id */
#define MIN_LITERAL 4 /* of what a pattern looks for: carom-rules(5) */

/* ---- templates ------------------------------------------------------------------------- */

/* A copy with addresses and hosts made mute. */
static char *
masked(const char *text, gsize len)
{
	g_autofree char *addresses = carom_mask(text, len, CAROM_MASK_ADDRESSES);
	char *hosts = carom_mask(addresses ? addresses : text, len, CAROM_MASK_HOSTS);

	if (hosts != NULL)
		return hosts;
	return addresses ? g_steal_pointer(&addresses) : g_strndup(text, len);
}

static gboolean
is_framing(char c)
{
	return c != '\0' && strchr("<>()[]{}\"'`,;:.!?", c) != NULL;
}

/* "550", "5.7.1", also with a '#' or "-" about it. */
static gboolean
is_code(const char *p, gsize n)
{
	char status[12];

	if (n == 3 && *p >= '2' && *p <= '5' && g_ascii_isdigit(p[1]) && g_ascii_isdigit(p[2]))
		return TRUE;
	return n > 0 && carom_reply_status_at(p, n, status) == n;
}

/* Letters and digits that take turns: an id that is too short to be masked. */
static gboolean
is_id(const char *p, gsize n)
{
	guint turns = 0;

	for (gsize i = 0; i < n; i++) {
		if (!g_ascii_isalnum(p[i]))
			return FALSE;
		turns += i > 0 && g_ascii_isdigit(p[i]) != g_ascii_isdigit(p[i - 1]);
	}
	return n >= MIN_ID && turns >= 2;
}

/* A word of letters that ends in few digits is a code of the server's own: "TSS04". */
static gboolean
keeps_digits(const char *p, gsize n)
{
	gsize digits = 0;

	while (digits < n && g_ascii_isdigit(p[n - digits - 1]))
		digits++;
	return digits > 0 && digits < 5 && digits < n && g_ascii_isalpha(p[n - digits - 1]);
}

static void
append_numbers(GString *out, const char *p, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		if (!g_ascii_isdigit(p[i]))
			g_string_append_c(out, p[i]);
		else if (out->len == 0 || out->str[out->len - 1] != '#')
			g_string_append_c(out, '#');
	}
}

/* One word of text, whose masked copy is mute. */
static void
append_word(GString *out, const char *word, const char *mute, gsize n)
{
	gsize before = 0, after = 0;

	while (before < n && is_framing(word[before]))
		before++;
	while (after < n - before && is_framing(word[n - after - 1]))
		after++;
	g_string_append_len(out, word, (gssize) before);
	word += before;
	mute += before;
	n -= before + after;
	if (memcmp(word, mute, n) != 0 || is_id(word, n)) {
		/* "mx.example.net[192.0.2.1]": what it opened ends with it */
		const gsize inner = after > 0 && word[n] == ']' && memchr(word, '[', n) != NULL;

		g_string_append_c(out, '*');
		n += inner;
		after -= inner;
	} else if (is_code(word, n) || keeps_digits(word, n) ||
		   (n > 4 && word[3] == '-' && is_code(word, 3) && is_code(word + 4, n - 4)))
		g_string_append_len(out, word, (gssize) n);
	else
		append_numbers(out, word, n);
	g_string_append_len(out, word + n, (gssize) after);
}

char *
carom_template_of(const char *text, gsize len)
{
	g_autofree char *mute = masked(text, len);
	GString *out = g_string_sized_new(len);
	const char *p = text, *end = text + len;

	while (p < end) {
		const char *stop = p;

		while (stop < end && *stop != ' ')
			stop++;
		if (out->len > 0 && stop > p)
			g_string_append_c(out, ' ');
		append_word(out, p, mute + (p - text), (gsize) (stop - p));
		p = stop + (stop < end);
	}
	return g_string_free(out, FALSE);
}

/* ---- rules ------------------------------------------------------------------------------ */

/* Up to three words of the text, for a name. */
static char *
slug_of(const char *text)
{
	GString *out = g_string_new("local");
	guint words = 0;

	for (const char *p = text; *p && words < 3 && out->len < MAX_SLUG;) {
		gsize n = 0;

		while (g_ascii_isalpha(p[n]))
			n++;
		if (n >= 3) {
			g_autofree char *lower = g_ascii_strdown(p, (gssize) MIN(n, 12));

			g_string_append_printf(out, "-%s", lower);
			words++;
		}
		p += n > 0 ? n : 1;
	}
	return g_string_free(out, FALSE);
}

/* One stretch of a template between its marks, as a pattern. FALSE: too short to be looked for. */
static gboolean
append_literal(GString *out, const char *p, gsize n)
{
	g_autofree char *trimmed = g_strstrip(g_strndup(p, n));

	if (strlen(trimmed) < MIN_LITERAL)
		return FALSE;
	if (out->len > 0)
		g_string_append(out, ".{1,120}");
	for (const char *q = trimmed; *q; q++) {
		if (strchr("\\^$.[]|()?*+{}", *q) != NULL)
			g_string_append_c(out, '\\');
		g_string_append_c(out, *q);
	}
	return TRUE;
}

/* "  status=5.7.1", or by the reply code, or nothing. */
static char *
condition_of(const CaromReplyCodes *codes)
{
	if (codes->status[0] != '\0')
		return g_strdup_printf("  status=%s", codes->status);
	return codes->reply[0] ? g_strdup_printf("  reply=%s", codes->reply) : g_strdup("");
}

char *
carom_template_rule(const char *template_text)
{
	CaromReplyCodes codes;
	const char *words;
	g_autoptr(GString) pattern = g_string_new(NULL);
	g_autofree char *slug = NULL, *conditions = NULL;

	carom_reply_codes(template_text, strlen(template_text), &codes);
	words = codes.words ? codes.words : template_text;
	while (*words && !g_ascii_isalpha(*words) && (guchar) *words < 0x80)
		words++;
	for (const char *p = words; *p;) {
		const gsize n = strcspn(p, "*#");

		append_literal(pattern, p, n);
		p += n + (p[n] != '\0');
	}
	if (pattern->len == 0)
		return NULL;
	slug = slug_of(words);
	conditions = condition_of(&codes);
	return g_strdup_printf("%s  CATEGORY%s\n\t/%s/\n\t> %s", slug, conditions, pattern->str,
			       template_text);
}
