/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/text.h"

#include <string.h>

/* Sixteen bytes at a time, by the compiler's own vectors: any compiler that reads our other code,
 * any processor. */
typedef guint8 Block __attribute__((vector_size(16)));

static inline Block
load_block(const char *p)
{
	Block block;

	memcpy(&block, p, sizeof block);
	return block;
}

/* The first of the sixteen bytes that is not 0, and clears it in halves; 16 if all are. */
static inline guint
next_set(guint64 halves[2])
{
	for (guint i = 0; i < 2; i++)
		if (halves[i] != 0) {
			guint at = (guint) __builtin_ctzll(GUINT64_FROM_LE(halves[i])) / 8;

			halves[i] &= ~GUINT64_TO_LE((guint64) 0xff << (8 * at));
			return 8 * i + at;
		}
	return 16;
}

static inline gboolean
any_set(Block block)
{
	guint64 halves[2];

	memcpy(halves, &block, sizeof halves);
	return (halves[0] | halves[1]) != 0;
}

/* How many of the bytes at p are printable ASCII and no space. */
static gsize
plain_run(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && (guchar) *q > ' ' && (guchar) *q < 0x7f)
		q++;
	return (gsize) (q - p);
}

/*
 * Characters without a width: they turn the text after them around, or hide in
 * it, so that a person reads something else than what stands there.
 */
static gboolean
is_invisible(gunichar u)
{
	return (u >= 0x200b && u <= 0x200f) || (u >= 0x202a && u <= 0x202e) ||
	       (u >= 0x2060 && u <= 0x206f) || u == 0x061c || u == 0x180e || u == 0xfeff;
}

/* One character of a text, as it stands in a clean one: n bytes of the text, or a mark in place of
 * what is no UTF-8. */
typedef struct {
	const char *text; /* what to write */
	gsize n_text;
	gsize n_read; /* bytes of the text that it stands for */
	gboolean space, invisible;
} Character;

static Character
character_at(const char *p, const char *end)
{
	gunichar u;
	gsize n;

	if ((guchar) *p <= ' ' || *p == 0x7f)
		return (Character){ .n_read = 1, .space = TRUE };
	if ((guchar) *p < 0x80) {
		n = plain_run(p, end);
		return (Character){ p, n, n, FALSE, FALSE };
	}
	u = g_utf8_get_char_validated(p, end - p);
	if (u == (gunichar) -1 || u == (gunichar) -2)
		return (Character){ "\xEF\xBF\xBD", 3, 1, FALSE, FALSE };
	n = (gsize) (g_utf8_next_char(p) - p);
	if (is_invisible(u))
		return (Character){ .n_read = n, .invisible = TRUE };
	return (Character){ p, n, n, g_unichar_isspace(u) || g_unichar_iscntrl(u), FALSE };
}

void
carom_text_clean_append(GString *out, const char *text, gssize len, gsize max)
{
	const char *p = text;
	const char *end = text + (len < 0 ? strlen(text) : (gsize) len);
	gsize start = out->len;
	gboolean space = FALSE;

	while (p < end) {
		Character c = character_at(p, end);
		gsize left = max - (out->len - start), gap = space ? 1 : 0;

		if (c.space) {
			space = out->len > start;
			p += c.n_read;
			continue;
		}
		if (c.invisible) {
			p += c.n_read;
			continue;
		}
		/* a run of plain characters may be cut anywhere, others not at all */
		if ((guchar) *p < 0x80)
			c.n_text = c.n_read = MIN(c.n_read, left > gap ? left - gap : 0);
		if (c.n_text == 0 || c.n_text + gap > left)
			break;
		if (space)
			g_string_append_c(out, ' ');
		g_string_append_len(out, c.text, (gssize) c.n_text);
		p += c.n_read;
		space = FALSE;
	}
}

char *
carom_text_clean(const char *text, gssize len, gsize max)
{
	GString *out = g_string_sized_new(64);

	carom_text_clean_append(out, text, len, max);
	return g_string_free(out, FALSE);
}

char *
carom_text_printable(const char *text, gsize max)
{
	char *clean = carom_text_clean(text ? text : "", -1, max);

	for (char *p = clean; *p; p++)
		if ((guchar) *p < ' ')
			*p = '?';
	return clean;
}

/* Parsers look for hundreds of phrases in each text, nearly all of which aren't there: that has to
 * be quick. */
const char *
carom_text_find(const char *hay, gsize hay_len, const char *needle)
{
	gsize n = strlen(needle);
	const char *p = hay, *end;
	guint8 first, last, first_case, last_case;

	if (n == 0)
		return hay;
	if (n > hay_len)
		return NULL;
	/* the bit that differs between the cases of a letter, so that or-ing it in folds just these
	 */
	first_case = g_ascii_isalpha(needle[0]) ? 0x20 : 0;
	last_case = g_ascii_isalpha(needle[n - 1]) ? 0x20 : 0;
	first = (guint8) needle[0] | first_case;
	last = (guint8) needle[n - 1] | last_case;
	end = hay + (hay_len - n); /* the last place where it could stand */
	for (; (gsize) (end - p) >= sizeof(Block); p += sizeof(Block)) {
		Block both = (Block) ((load_block(p) | first_case) == first) &
			     (Block) ((load_block(p + n - 1) | last_case) == last);
		guint64 halves[2];

		memcpy(halves, &both, sizeof halves);
		for (guint at = next_set(halves); at < 16; at = next_set(halves))
			if (g_ascii_strncasecmp(p + at + 1, needle + 1, n - 1) == 0)
				return p + at;
	}
	for (; p <= end; p++)
		if (((guint8) *p | first_case) == first &&
		    ((guint8) p[n - 1] | last_case) == last &&
		    g_ascii_strncasecmp(p + 1, needle + 1, n - 1) == 0)
			return p;
	return NULL;
}

/* Which bit stands for the four bytes at p. The case bit is set in all of them, so letters fold. */
static inline guint
group_at(const char *p)
{
	guint32 group;

	memcpy(&group, p, sizeof group);
	return ((group | 0x20202020u) * 2654435761u) >>
	       (32 - 14); /* Knuth's multiplicative hash, to a bit of 2048 bytes */
}

void
carom_text_glance_take(CaromGlance *glance, const char *text, gsize len)
{
	memset(glance, 0, sizeof *glance);
	for (gsize i = 0; i + 4 <= len; i++) {
		guint group = group_at(text + i);

		glance->bits[group / 8] |= (guint8) (1u << (group % 8));
	}
}

gboolean
carom_text_glance_may_hold(const CaromGlance *glance, const char *phrase)
{
	if (phrase[0] == '\0' || phrase[1] == '\0' || phrase[2] == '\0')
		return TRUE;
	for (; phrase[3] != '\0'; phrase++) {
		guint group = group_at(phrase);

		if (!(glance->bits[group / 8] & (1u << (group % 8))))
			return FALSE;
	}
	return TRUE;
}

gsize
carom_text_ascii_length(const char *text, gsize len)
{
	gsize i = 0;

	while (i + sizeof(Block) <= len && !any_set(load_block(text + i) & 0x80))
		i += sizeof(Block);
	while (i < len && (guchar) text[i] < 0x80)
		i++;
	return i;
}

gboolean
carom_text_has_prefix(const char *text, const char *prefix)
{
	return *prefix == '\0' || (g_ascii_tolower(*text) == g_ascii_tolower(*prefix) &&
				   g_ascii_strncasecmp(text, prefix, strlen(prefix)) == 0);
}

gboolean
carom_text_has_suffix(const char *text, const char *suffix)
{
	gsize n = strlen(text), m = strlen(suffix);

	return n >= m && g_ascii_strcasecmp(text + n - m, suffix) == 0;
}

gboolean
carom_text_in_list(char *const *list, const char *word)
{
	for (; word != NULL && *list; list++)
		if (g_ascii_strcasecmp(*list, word) == 0)
			return TRUE;
	return FALSE;
}

guint
carom_text_distance(const char *a, const char *b)
{
	guint row[64], n = (guint) MIN(strlen(b), G_N_ELEMENTS(row) - 1);

	for (guint j = 0; j <= n; j++)
		row[j] = j;
	for (guint i = 1; a[i - 1]; i++) {
		guint diagonal = row[0];

		row[0] = i;
		for (guint j = 1; j <= n; j++) {
			guint up = row[j];

			row[j] =
				MIN(MIN(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = up;
		}
	}
	return row[n];
}

char *
carom_text_visible(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *out = g_string_sized_new(strlen(valid));

	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		switch (g_unichar_type(c)) {
		case G_UNICODE_CONTROL:
			g_string_append_c(out, g_unichar_isspace(c) ? ' ' : '?');
			break;
		case G_UNICODE_LINE_SEPARATOR:
		case G_UNICODE_PARAGRAPH_SEPARATOR:
			g_string_append_c(out, ' ');
			break;
		case G_UNICODE_FORMAT:
			g_string_append_c(out, '?');
			break;
		default:
			g_string_append_unichar(out, c);
		}
	}
	return g_string_free(out, FALSE);
}
