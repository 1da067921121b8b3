/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/html.h"
#include "base/text.h"

#include <string.h>

/* What a tag does to the text around it. */
typedef enum {
	EFFECT_NONE,
	EFFECT_LINE,  /* ends the line */
	EFFECT_BLANK, /* parts two words */
	EFFECT_PRE,   /* ends the line; inside, the source's own line ends count */
	EFFECT_HIDE,  /* nobody reads what it holds */
} Effect;

static const struct {
	const char *name;
	Effect effect;
} tags[] = {
	{ "p", EFFECT_LINE },      { "br", EFFECT_LINE },         { "div", EFFECT_LINE },
	{ "tr", EFFECT_LINE },     { "li", EFFECT_LINE },         { "h1", EFFECT_LINE },
	{ "h2", EFFECT_LINE },     { "h3", EFFECT_LINE },         { "h4", EFFECT_LINE },
	{ "h5", EFFECT_LINE },     { "h6", EFFECT_LINE },         { "table", EFFECT_LINE },
	{ "ul", EFFECT_LINE },     { "ol", EFFECT_LINE },         { "hr", EFFECT_LINE },
	{ "body", EFFECT_LINE },   { "title", EFFECT_LINE },      { "dd", EFFECT_LINE },
	{ "dt", EFFECT_LINE },     { "blockquote", EFFECT_LINE }, { "center", EFFECT_LINE },
	{ "td", EFFECT_BLANK },    { "th", EFFECT_BLANK },        { "pre", EFFECT_PRE },
	{ "script", EFFECT_HIDE }, { "style", EFFECT_HIDE },
};

static const struct {
	const char *name, *text;
} entities[] = {
	{ "&lt;", "<" },   { "&gt;", ">" },   { "&amp;", "&" },         { "&quot;", "\"" },
	{ "&apos;", "'" }, { "&nbsp;", " " }, { "&copy;", "\xC2\xA9" }, { "&reg;", "\xC2\xAE" },
};

/* The page while it is read. */
typedef struct {
	const char *end;
	/* Where the next one stands, or end; NULL before the first search. A page that opens tags
	 * and closes none is so read once, and not once for each of them. */
	const char *next_close, *next_at, *next_equals;
	gboolean pre; /* line ends are line ends */
	GString *out;
} Page;

typedef struct {
	const char *name;
	gsize len; /* of the name; 0 for "<!DOCTYPE" and "<?xml" */
	gboolean closes;
	const char *close; /* its '>' */
} Tag;

static Effect
effect_of(const Tag *tag)
{
	for (gsize i = 0; i < G_N_ELEMENTS(tags); i++)
		if (strlen(tags[i].name) == tag->len &&
		    g_ascii_strncasecmp(tags[i].name, tag->name, tag->len) == 0)
			return tags[i].effect;
	return EFFECT_NONE;
}

/* "&#8364;" and "&#x20ac;" at p. The first byte behind it, or NULL if it is none. */
static const char *
read_number(GString *out, const char *p, const char *end)
{
	gboolean hex = end - p > 3 && g_ascii_tolower(p[2]) == 'x';
	const char *q = p + (hex ? 3 : 2);
	guint32 code = 0;
	int digits = 0;

	if (end - p <= 3 || p[1] != '#')
		return NULL;
	for (; q < end && digits < 8; q++, digits++) {
		int v = hex ? g_ascii_xdigit_value(*q) : g_ascii_digit_value(*q);

		if (v < 0)
			break;
		code = code * (hex ? 16 : 10) + (guint32) v;
	}
	if (digits == 0 || q >= end || *q != ';' || code == 0 || !g_unichar_validate(code))
		return NULL;
	g_string_append_unichar(out, code);
	return q + 1;
}

/* Resolves the entity at p ('&'); returns the first byte behind it. */
static const char *
read_entity(GString *out, const char *p, const char *end)
{
	const char *behind;

	for (gsize i = 0; i < G_N_ELEMENTS(entities); i++) {
		gsize n = strlen(entities[i].name);

		if ((gsize) (end - p) >= n && g_ascii_strncasecmp(p, entities[i].name, n) == 0) {
			g_string_append(out, entities[i].text);
			return p + n;
		}
	}
	behind = read_number(out, p, end);
	if (behind != NULL)
		return behind;
	g_string_append_c(out, '&');
	return p + 1;
}

/* Where c stands next from p on, or end; *seen is the Page's memory of it. */
static const char *
next_char(const char **seen, char c, const char *p, const char *end)
{
	if (*seen == NULL || *seen < p) {
		const char *hit = memchr(p, c, (gsize) (end - p));

		*seen = hit ? hit : end;
	}
	return *seen;
}

/* The tag at p ('<'). FALSE if it is none: an address in angle brackets that nobody escaped. */
static gboolean
read_tag(Page *page, const char *p, Tag *tag)
{
	gsize n = 0;

	tag->closes = page->end - p > 1 && p[1] == '/';
	tag->name = p + 1 + tag->closes;
	while (tag->name + n < page->end && g_ascii_isalnum(tag->name[n]))
		n++;
	tag->len = n;
	tag->close = next_char(&page->next_close, '>', p, page->end);
	if (tag->close == page->end || (n == 0 && p[1] != '!' && p[1] != '?'))
		return FALSE;
	/* an attribute may hold an at sign */
	return next_char(&page->next_at, '@', p, page->end) >= tag->close ||
	       next_char(&page->next_equals, '=', p, page->end) < tag->close;
}

/* Behind the end of what the tag hides. */
static const char *
skip_hidden(const Page *page, const Tag *tag)
{
	char stop[16];
	const char *hit, *close;

	g_snprintf(stop, sizeof stop, "</%.*s", (int) tag->len, tag->name);
	hit = carom_text_find(tag->close, (gsize) (page->end - tag->close), stop);
	close = hit ? memchr(hit, '>', (gsize) (page->end - hit)) : NULL;
	return close ? close + 1 : page->end;
}

/* What stands at p ('<'); returns the first byte behind it. */
static const char *
take_markup(Page *page, const char *p)
{
	Effect effect;
	Tag tag;

	if (page->end - p > 4 && memcmp(p, "<!--", 4) == 0) {
		const char *close = g_strstr_len(p, page->end - p, "-->");

		return close ? close + 3 : page->end;
	}
	if (!read_tag(page, p, &tag)) {
		g_string_append_c(page->out, '<');
		return p + 1;
	}
	effect = effect_of(&tag);
	if (effect == EFFECT_HIDE && !tag.closes)
		return skip_hidden(page, &tag);
	if (effect == EFFECT_PRE)
		page->pre = !tag.closes;
	if (effect == EFFECT_LINE || effect == EFFECT_PRE)
		g_string_append_c(page->out, '\n');
	else if (effect == EFFECT_BLANK)
		g_string_append_c(page->out, ' ');
	return tag.close + 1;
}

static void
take_character(Page *page, char c)
{
	const GString *out = page->out;

	if (page->pre ? c != '\r' : c != '\n' && c != '\r')
		g_string_append_c(page->out, c);
	/* the source's own line end behind "<br>" is nothing, not an indent */
	else if (!page->pre && (out->len == 0 || out->str[out->len - 1] != '\n'))
		g_string_append_c(page->out, ' ');
}

GString *
carom_html_to_text(const char *html, gsize len)
{
	Page page = { .end = html + len, .out = g_string_sized_new(len / 2 + 16) };

	for (const char *p = html; p < page.end;) {
		if (*p == '&')
			p = read_entity(page.out, p, page.end);
		else if (*p == '<')
			p = take_markup(&page, p);
		else
			take_character(&page, *p++);
	}
	return page.out;
}
