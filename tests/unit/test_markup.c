/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/markup.h"

#include <string.h>

static void
writes_a_page(void **state)
{
	CaromMarkup *markup = carom_markup_page("id");
	g_autofree char *text = NULL;

	(void) state;
	carom_markup_open(markup, "body", "class", "morning", "hidden", "", "title", NULL, NULL);
	carom_markup_open(markup, "meta", "charset", "utf-8", NULL);
	carom_markup_element(markup, "td", "3 < 4", "class", "n", NULL);
	carom_markup_element(markup, "br", NULL, NULL);
	carom_markup_text(markup, "7 & \"eight\"");
	text = carom_markup_finish(markup);
	assert_string_equal(text,
			    "<!DOCTYPE html>\n<html lang=\"id\"><body class=\"morning\" hidden>"
			    "<meta charset=\"utf-8\"><td class=\"n\">3 &lt; 4</td><br>"
			    "7 &amp; &quot;eight&quot;</body>\n</html>\n");
}

/* What a stranger wrote stays text, whatever it is. */
static void
nothing_breaks_out(void **state)
{
	static const char *const hostile[] = {
		"<script>alert(1)</script>",
		"\" onload=\"x",
		"' onload='x",
		"</td><td>",
		"a\001b",
		"\xff<\xfe>",
		"\xe2\x80<b",
		"&lt;",
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(hostile); i++) {
		CaromMarkup *markup = carom_markup_fragment();
		g_autofree char *text = NULL;

		carom_markup_element(markup, "i", hostile[i], "title", hostile[i], NULL);
		text = carom_markup_finish(markup);
		row_true(hostile[i], g_str_has_prefix(text, "<i title=\""));
		row_true(hostile[i], g_str_has_suffix(text, "</i>"));
		row_true(hostile[i], g_utf8_validate(text, -1, NULL));
		/* the two tags' own: no more of them */
		row_int(hostile[i], (int) strlen(text) - (int) strlen(strchr(text, '<')), 0);
		for (char *p = text, *end = text + strlen(text) - 4; p < end; p++)
			row_true(hostile[i], p == text || *p != '<');
		row_true(hostile[i], strpbrk(text, "'\001") == NULL);
	}
}

static void
links_lead_somewhere(void **state)
{
	static const struct {
		const char *url;
		gboolean stays;
	} rows[] = {
		{ "https://example.com/?a=b", TRUE },
		{ "HTTP://example.com/", TRUE },
		{ "mailto:a@example.com", TRUE },
		{ "/ui/address?a=b:c", TRUE },
		{ "?page=2", TRUE },
		{ "#top", TRUE },
		{ "", TRUE },
		{ "address/a@example.com", TRUE },
		{ "javascript:alert(1)", FALSE },
		{ " javascript:alert(1)", FALSE },
		{ "java\nscript:alert(1)", FALSE },
		{ "data:text/html,x", FALSE },
		{ "//evil.example/", FALSE },
		{ "vbscript:x", FALSE },
		{ "/\\evil.example/", FALSE },
		{ " //evil.example/", FALSE },
		{ "/\t/evil.example/", FALSE },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromMarkup *markup = carom_markup_fragment();
		g_autofree char *text = NULL;

		carom_markup_element(markup, "a", "x", "href", rows[i].url, NULL);
		text = carom_markup_finish(markup);
		row_int(rows[i].url, strstr(text, "href=") != NULL, rows[i].stays);
	}
}

UNIT_MAIN(cmocka_unit_test(writes_a_page), cmocka_unit_test(nothing_breaks_out),
	  cmocka_unit_test(links_lead_somewhere))
