/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/cursor.h"

static void
there_and_back(void **state)
{
	static const char *const rows[][4] = {
		{ "2026-11-28 17:05:00.123456+00", "alice@example.org", "acme", "news" },
		{ "", "", "", "" },
		{ "a:b", "1:x", "\"\\{}", "\n" },
		{ "\xc3\xbc", "?", "~~~", "///" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		for (guint n = 1; n <= 4; n++) {
			g_autofree char *word = carom_cursor_write(rows[i], n);
			g_auto(GStrv) parts = carom_cursor_read(word);

			row_true(word, parts != NULL && g_strv_length(parts) == n);
			row_true(word, strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
						    "uvwxyz0123456789-_") == strlen(word));
			for (guint k = 0; k < n; k++)
				row_string(word, parts[k], rows[i][k]);
		}
}

/* The word of a text that no cursor is. */
static char *
word_of(const char *text)
{
	char *word = g_base64_encode((const guchar *) text, strlen(text));

	g_strdelimit(word, "+", '-');
	g_strdelimit(word, "/", '_');
	word[strcspn(word, "=")] = '\0';
	return word;
}

static void
refused(void **state)
{
	static const char *const texts[] = {
		"",
		"c1:",
		"c2:1:a",
		"c1:1",
		"c1:1:",
		"c1:2:a",
		"c1:01:a",
		"c1:1:ab",
		"c1:999999:a",
		"c1::a",
		"c1:-1:a",
		"c1:1:\xff",
		"c1:1:a1:b1:c1:d1:e1:f1:g1:h1:i",
	};
	static const char *const words[] = { "A", "YzE6MTph=", "YzE6MTph YzE", "YzE6MTp+",
					     "%", "YzE6MTpb-", "YzE6MTpiYz" };
	g_autofree char *huge = g_strnfill(CAROM_CURSOR_MAX + 4, 'A');

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *word = word_of(texts[i]);

		row_true(texts[i], carom_cursor_read(word) == NULL);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		row_true(words[i], carom_cursor_read(words[i]) == NULL);
	assert_null(carom_cursor_read(huge));
}

UNIT_MAIN(cmocka_unit_test(there_and_back), cmocka_unit_test(refused))
