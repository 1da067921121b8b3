/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "http/unsubscribe.h"

static void
streams(void **state)
{
	static const struct {
		const char *token;
		guint stream;
	} rows[] = {
		{ "aaaaaaaabcgdahmmmmmmmmmmmm", 7 },
		{ "AAAAAAAABCGDAHMMMMMMMMMMMM", 7 },
		{ "aaaaaaaabcgd77mmmmmmmmmmmm", 1023 },
		{ "aaaaaaaabcgdaammmmmmmmmmmm", 0 },
		{ "aaaaaaaabcgda1mmmmmmmmmmmm", 0 },
		{ "aaaaaaaabcgdahmmmmmmmmmmmmxxx", 0 },
		{ "", 0 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_int(rows[i].token, carom_unsubscribe_stream(rows[i].token), rows[i].stream);
}

static void
bodies(void **state)
{
	static const struct {
		const char *body;
		gboolean wanted;
	} rows[] = {
		{ "List-Unsubscribe=One-Click", TRUE },
		{ "a=b&List-Unsubscribe=One-Click", TRUE },
		{ "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n"
		  "One-Click\r\n--b--",
		  TRUE },
		{ "", FALSE },
		{ "List-Unsubscribe", FALSE },
		{ "One-Click", FALSE },
		{ "List-Unsubscribe=One-Clic", FALSE },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_int(rows[i].body,
			carom_unsubscribe_is_one_click(rows[i].body, strlen(rows[i].body)),
			rows[i].wanted);
}

static void
languages(void **state)
{
	static const struct {
		const char *language;
		gboolean indonesian;
	} rows[] = {
		{ "id", TRUE },           { "id-ID,en;q=0.5", TRUE },
		{ "fr, ID;q=0.3", TRUE }, { "en,id;q=0.9", FALSE },
		{ "en-US", FALSE },       { "idx", FALSE },
		{ "fr", FALSE },          { "", FALSE },
		{ ",,", FALSE },          { "i", FALSE },
	};

	(void) state;
	assert_false(carom_unsubscribe_is_indonesian(NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		row_int(rows[i].language, carom_unsubscribe_is_indonesian(rows[i].language),
			rows[i].indonesian);
}

UNIT_MAIN(cmocka_unit_test(streams), cmocka_unit_test(bodies), cmocka_unit_test(languages))
