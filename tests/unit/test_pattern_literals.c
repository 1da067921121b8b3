/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/literals.h"
#include "rules/pattern_literals.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static void
finds_what_must_appear(void **state)
{
	static const struct {
		const char *pattern, *want; /* literals joined by '|'; NULL: none */
	} rows[] = {
		{ "user unknown", "user unknown" },
		{ "User Unknown", "user unknown" },
		{ "user unknown|mailbox full", "user unknown|mailbox full" },
		{ "(?:user|recipient) unknown", " unknown" },
		{ "(?:mailbox|recipient)s?", "mailbox|recipient" },
		{ "over ?quota", "quota" },
		{ "over.?quota", "quota" },
		{ "mail(?:box)? full", " full" },
		{ "a.b", NULL },
		{ "(?:a|mailbox full)", NULL },
		{ "unknown|x", NULL },
		{ "\\d{3} blocked", " blocked" },
		{ "blocked\\.", "blocked." },
		{ "listed at (?<blocklist>\\S+)", "listed at " },
		{ "(?=lookahead)text", "text" },
		{ "(?!negative)text", "text" },
		{ "(?i)text", NULL },
		{ "[abc]text", "text" },
		{ "[]]text", "text" },
		{ "unclosed(", NULL },
		{ "ful{0,1}", NULL },
		{ "full+ stop", " stop" },
		{ "(?:mailbox)+", "mailbox" },
		{ "(?:mailbox)*quota", "quota" },
		{ "", NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GPtrArray) set =
			carom_pattern_literals(rows[i].pattern, CAROM_LITERAL_MIN);
		g_autofree char *got = NULL;

		if (set != NULL) {
			g_ptr_array_add(set, NULL);
			got = g_strjoinv("|", (char **) set->pdata);
		}
		row_string(rows[i].pattern, got, rows[i].want);
	}
}

/* The promise itself: a text that the pattern matches holds one of its literals. */
static void
never_hides_a_match(void **state)
{
	static const struct {
		const char *pattern, *text;
	} rows[] = {
		{ "(?:user|recipient) (?:is )?unknown", "RECIPIENT is Unknown" },
		{ "mail(?:box)?(?: is|) (?:full|over quota)", "mail over quota" },
		{ "spam(?:haus|cop)\\.(?:org|net)", "zen.SpamHaus.org" },
		{ "(?:(?:no|unknown) )?such (?:user|account)s?", "such accounts" },
		{ "bo(?:x+)full+", "boxxxfulll" },
		{ "\303\244rger", "\303\204RGER" },
		{ "quota(?:exceeded)?|exceeded", "quota" },
		{ "ab{2}cdef", "abbcdef" },
		{ "abcd{0}efgh", "abcefgh" },
		{ "x*unknown*", "unknow" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GPtrArray) set =
			carom_pattern_literals(rows[i].pattern, CAROM_LITERAL_MIN);
		gsize len;
		g_autofree char *folded =
			carom_literals_fold(rows[i].text, strlen(rows[i].text), &len);
		gboolean there = set == NULL;
		int number;
		PCRE2_SIZE offset;
		pcre2_code *code =
			pcre2_compile((PCRE2_SPTR) rows[i].pattern, PCRE2_ZERO_TERMINATED,
				      PCRE2_CASELESS | PCRE2_UTF, &number, &offset, NULL);
		pcre2_match_data *data;

		row_true(rows[i].pattern, code != NULL);
		data = pcre2_match_data_create_from_pattern(code, NULL);
		row_true(rows[i].pattern, pcre2_match(code, (PCRE2_SPTR) rows[i].text,
						      strlen(rows[i].text), 0, 0, data, NULL) > 0);
		for (guint n = 0; set != NULL && n < set->len; n++)
			there |= strstr(folded, set->pdata[n]) != NULL;
		row_true(rows[i].pattern, there);
		pcre2_match_data_free(data);
		pcre2_code_free(code);
	}
}

UNIT_MAIN(cmocka_unit_test(finds_what_must_appear), cmocka_unit_test(never_hides_a_match))
