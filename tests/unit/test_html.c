/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/text.h"
#include "mail/html.h"

static void
reads_html(void **state)
{
	static const struct {
		const char *html, *want;
	} rows[] = {
		{ "<p>one</p><p>two</p>", "one two" },
		{ "<b>bo</b>ld", "bold" },
		{ "a<br>b<BR/>c", "a b c" },
		{ "&lt;alice@example.com&gt; &amp; &#66;&#x43;", "<alice@example.com> & BC" },
		{ "x&nbsp;y &unknown; &#0; &#x110000;", "x y &unknown; &#0; &#x110000;" },
		{ "<style>p { x: y }</style>text<script>if (a<b) {}</script>", "text" },
		{ "<!-- a <b> c -->text", "text" },
		{ "<!-- never closed", "" },
		{ "<alice@example.com> wrote", "<alice@example.com> wrote" },
		{ "<a href=\"mailto:x@example.com\">mail</a>", "mail" },
		{ "1 < 2", "1 < 2" },
		{ "cut <", "cut <" },
		{ "<td>a</td><td>b</td>", "a b" },
		{ "<th>a</th><td>b</td>", "a b" },
		{ "<STYLE>x</STYLE>y<Script>z</Script>", "y" },
		{ "<styled>shown</styled>", "shown" },
		{ "", "" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) plain = carom_html_to_text(rows[i].html, strlen(rows[i].html));
		g_autofree char *line = carom_text_clean(plain->str, (gssize) plain->len, 1000);

		row_string(rows[i].html, line, rows[i].want);
	}
}

/* What parts lines must stay to be told: the readers of reports go by lines. */
static void
keeps_lines(void **state)
{
	static const struct {
		const char *html, *want;
	} rows[] = {
		{ "one<br>\ntwo", "one\ntwo" },
		{ "<pre>one\r\n  two</pre>\nthree", "\none\n  two\nthree" },
		{ "<li>a<li>b", "\na\nb" },
		{ "a\nb", "a b" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) plain = carom_html_to_text(rows[i].html, strlen(rows[i].html));

		row_string(rows[i].html, plain->str, rows[i].want);
	}
}

/* Hostile pages: many openings without an end. */
static void
reads_html_in_linear_time(void **state)
{
	static const char *const pieces[] = { "<", "<a", "<!--", "<style>", "&#", "<script><" };
	gint64 start = g_get_monotonic_time();

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
		GString *page = g_string_new(NULL), *plain;

		while (page->len < 256 * 1024) /* as much as carom_mail_text ever hands over */
			g_string_append(page, pieces[i]);
		plain = carom_html_to_text(page->str, page->len);
		g_string_free(plain, TRUE);
		g_string_free(page, TRUE);
	}
	assert_true(g_get_monotonic_time() - start < 10 * G_USEC_PER_SEC);
}

UNIT_MAIN(cmocka_unit_test(reads_html), cmocka_unit_test(keeps_lines),
	  cmocka_unit_test(reads_html_in_linear_time))
