/* SPDX-License-Identifier: BSD-2-Clause */
/* Letters and the sentences in them. */
#include "unit.h"

#include "stats/letter.h"
#include "stats/wording.h"

static char *
written(const char *text, const char *html)
{
	static const char *const to[] = { "ani@example.com", "budi@example.com", NULL };
	const CaromLetter letter = { .from = "carom <carom_report>",
				     .to = to,
				     .subject = "carom: all is well",
				     .text = text,
				     .html = html,
				     .host = "mx.example.com",
				     .now = 1795824000 };

	return carom_letter_write(&letter);
}

/* The body of the part after that field, up to the next boundary. The caller's. */
static char *
part_after(const char *letter, const char *encoding)
{
	const char *begin = strstr(letter, encoding), *end;

	assert_non_null(begin);
	begin = strstr(begin, "\n\n") + 2;
	end = strstr(begin, "\n--");
	return g_strndup(begin, (gsize) (end - begin));
}

static void
quoted_printable_is_read_again(void **state)
{
	static const char *const rows[][2] = {
		{ "plain\n", "plain\n" },
		{ "a=b\n", "a=3Db\n" },
		{ "blank at the end \nx", "blank at the end=20\nx" },
		{ ".\nFrom me\n", "=2E\n=46rom me\n" },
		{ "0,31\302\240%\n", "0,31=C2=A0%\n" },
	};
	g_autofree char *wide = g_strnfill(200, 'x'), *letter = written(wide, ""),
			*part = part_after(letter, "quoted-printable");

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = written(rows[i][0], ""),
				*got = part_after(text, "quoted-printable");

		row_string(rows[i][0], got, rows[i][1]);
	}
	/* three lines of at most 76, broken by "=" */
	assert_int_equal(strcspn(part, "\n"), 76);
	assert_true(part[75] == '=');
}

static void
the_page_is_base64_in_short_lines(void **state)
{
	g_autofree char *html = g_strnfill(100, 'h'), *letter = written("", html),
			*part = part_after(letter, "base64");
	g_auto(GStrv) lines = g_strsplit(letter, "\n", -1);
	gsize len;
	g_autofree guchar *again = g_base64_decode(part, &len);

	(void) state;
	assert_int_equal(len, 100);
	assert_memory_equal(again, html, 100);
	for (char **line = lines; *line; line++)
		row_int(*line, strlen(*line) <= 100, TRUE);
	assert_non_null(strstr(letter, "\nTo: ani@example.com,\n budi@example.com\n"));
	assert_non_null(strstr(letter, "\nDate: Sat, 28 Nov 2026 00:00:00 +0000\n"));
}

static void
sentences_are_filled_in(void **state)
{
	g_autofree char *english = carom_wording_fill("en", CAROM_WORDING_MORE_ROWS, "n", "12",
						      "part", "{n}", NULL),
			*partly =
				carom_wording_fill("id", CAROM_WORDING_MORE_ROWS, "n", "12", NULL),
			*count = carom_wording_count("en", 1234567),
			*small = carom_wording_count("id", 999),
			*titik = carom_wording_count("id", 1000),
			*rate = carom_wording_rate("id", 0.0031);

	(void) state;
	assert_string_equal(english, "and 12 more: carom report {n}");
	assert_string_equal(partly, "dan 12 lagi: carom report {part}");
	assert_string_equal(count, "1,234,567");
	assert_string_equal(small, "999");
	assert_string_equal(titik, "1.000");
	assert_string_equal(rate, "0,31 %");
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The {names} of a sentence in the order of the alphabet. The caller's. */
static char *
names_in(const char *sentence)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	GString *out = g_string_new(NULL);

	for (const char *p = strchr(sentence, '{'); p != NULL; p = strchr(p + 1, '{'))
		g_ptr_array_add(names, g_strndup(p, strcspn(p, "}") + 1));
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++)
		g_string_append(out, g_ptr_array_index(names, i));
	return g_string_free(out, FALSE);
}

static void
both_languages_say_the_same_names(void **state)
{
	(void) state;
	for (int i = 0; i < CAROM_N_WORDINGS; i++) {
		const char *english = carom_wording("en", (CaromWording) i),
			   *indonesian = carom_wording("id", (CaromWording) i);
		g_autofree char *a = names_in(english), *b = names_in(indonesian);

		row_string(english, b, a);
	}
}

UNIT_MAIN(cmocka_unit_test(quoted_printable_is_read_again),
	  cmocka_unit_test(the_page_is_base64_in_short_lines),
	  cmocka_unit_test(sentences_are_filled_in),
	  cmocka_unit_test(both_languages_say_the_same_names))
