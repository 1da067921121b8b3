/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/markup.h"

#include <string.h>

struct CaromMarkup {
	GString *out;
	GPtrArray *open; /* names of the elements that are open, outermost first */
};

/* HTML's elements that hold nothing and have no end tag. */
static gboolean
is_void(const char *name)
{
	static const char *const names[] = { "br",    "col",  "hr",   "img",
					     "input", "link", "meta", "source" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return TRUE;
	return FALSE;
}

static void
append_escaped(GString *out, const char *text)
{
	for (const char *p = text; *p;) {
		gunichar c = g_utf8_get_char_validated(p, -1);

		if (c == (gunichar) -1 || c == (gunichar) -2 ||
		    (g_unichar_iscntrl(c) && c != '\n' && c != '\t')) {
			g_string_append(out, "\357\277\275");
			p = c == (gunichar) -1 || c == (gunichar) -2 ? p + 1 : g_utf8_next_char(p);
			continue;
		}
		switch (c) {
		case '&':
			g_string_append(out, "&amp;");
			break;
		case '<':
			g_string_append(out, "&lt;");
			break;
		case '>':
			g_string_append(out, "&gt;");
			break;
		case '"':
			g_string_append(out, "&quot;");
			break;
		case '\'':
			g_string_append(out, "&#39;");
			break;
		default:
			g_string_append_unichar(out, c);
		}
		p = g_utf8_next_char(p);
	}
}

static gboolean
is_link(const char *attribute)
{
	static const char *const names[] = { "href", "src", "action", "formaction" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], attribute) == 0)
			return TRUE;
	return FALSE;
}

/* FALSE for a URL of another host without a scheme, and for a scheme other than those that only
 * lead somewhere. Browsers pass over blanks and controls, and take a backslash for a slash. */
static gboolean
leads_somewhere(const char *url)
{
	static const char *const schemes[] = { "https:", "http:", "mailto:" };
	gsize n = strcspn(url, ":/?#");

	for (const char *p = url; *p; p++)
		if ((guchar) *p <= ' ' || *p == '\\')
			return FALSE;
	if (url[n] != ':')
		return !g_str_has_prefix(url, "//");
	for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (strlen(schemes[i]) == n + 1 && g_ascii_strncasecmp(schemes[i], url, n + 1) == 0)
			return TRUE;
	return FALSE;
}

static void
append_tag(CaromMarkup *markup, const char *name, va_list attributes)
{
	const char *attribute;

	g_string_append_printf(markup->out, "<%s", name);
	while ((attribute = va_arg(attributes, const char *)) != NULL) {
		const char *value = va_arg(attributes, const char *);

		if (value == NULL || (is_link(attribute) && !leads_somewhere(value)))
			continue;
		g_string_append_printf(markup->out, " %s", attribute);
		if (*value == '\0' && !is_link(attribute))
			continue;
		g_string_append(markup->out, "=\"");
		append_escaped(markup->out, value);
		g_string_append_c(markup->out, '"');
	}
	g_string_append_c(markup->out, '>');
}

CaromMarkup *
carom_markup_fragment(void)
{
	CaromMarkup *markup = g_new0(CaromMarkup, 1);

	markup->out = g_string_sized_new(4096);
	markup->open = g_ptr_array_new();
	return markup;
}

CaromMarkup *
carom_markup_page(const char *language)
{
	CaromMarkup *markup = carom_markup_fragment();

	g_string_append(markup->out, "<!DOCTYPE html>\n");
	carom_markup_open(markup, "html", "lang", language, NULL);
	return markup;
}

void
carom_markup_open(CaromMarkup *markup, const char *name, ...)
{
	va_list attributes;

	va_start(attributes, name);
	append_tag(markup, name, attributes);
	va_end(attributes);
	if (!is_void(name))
		g_ptr_array_add(markup->open, (gpointer) name);
}

void
carom_markup_element(CaromMarkup *markup, const char *name, const char *text, ...)
{
	va_list attributes;

	va_start(attributes, text);
	append_tag(markup, name, attributes);
	va_end(attributes);
	if (is_void(name))
		return;
	if (text != NULL)
		append_escaped(markup->out, text);
	g_string_append_printf(markup->out, "</%s>", name);
}

void
carom_markup_close(CaromMarkup *markup)
{
	const char *name;

	g_return_if_fail(markup->open->len > 0);
	name = g_ptr_array_steal_index(markup->open, markup->open->len - 1);
	g_string_append_printf(markup->out, "</%s>\n", name);
}

void
carom_markup_text(CaromMarkup *markup, const char *text)
{
	append_escaped(markup->out, text);
}

void
carom_markup_style(CaromMarkup *markup, const char *constant)
{
	g_string_append_printf(markup->out, "<style>%s</style>\n", constant);
}

char *
carom_markup_finish(CaromMarkup *markup)
{
	char *text;

	while (markup->open->len > 0)
		carom_markup_close(markup);
	text = g_string_free(g_steal_pointer(&markup->out), FALSE);
	carom_markup_free(markup);
	return text;
}

void
carom_markup_free(CaromMarkup *markup)
{
	if (markup == NULL)
		return;
	if (markup->out != NULL)
		g_string_free(markup->out, TRUE);
	g_ptr_array_unref(markup->open);
	g_free(markup);
}
