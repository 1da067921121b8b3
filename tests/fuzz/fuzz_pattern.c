/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The prefilter of the rules: first line a pattern, the rest a text. Where the
 * pattern matches, one of its literals must stand in the text, or a rule would
 * silently never be tried. The scan must find just what a plain search finds.
 * The alternatives of a pattern must match together just what it matches.
 */
#include "config.h"

#include "fuzz.h"
#include "base/literals.h"
#include "rules/pattern_literals.h"
#include "base/text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

/* 1, 0, or -1 where the pattern won't compile or takes too many steps. */
static int
matches(const char *pattern, const char *text)
{
	int number;
	PCRE2_SIZE offset;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR) pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_CASELESS | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C,
					 &number, &offset, NULL);
	pcre2_match_data *data;
	pcre2_match_context *context;
	int n;

	if (code == NULL)
		return -1;
	data = pcre2_match_data_create_from_pattern(code, NULL);
	context = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(context, 20000);
	pcre2_set_depth_limit(context, 1000);
	n = pcre2_match(code, (PCRE2_SPTR) text, strlen(text), 0, 0, data, context);
	pcre2_match_context_free(context);
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	return n >= 0 ? 1 : n == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

static void
check_alternatives(const char *pattern, const char *text)
{
	int whole = matches(pattern, text), together = 0;
	const char *p = pattern, *end;

	do {
		gboolean plain;
		g_autofree char *part = NULL, *folded_part = NULL, *folded_text = NULL;
		gsize n;
		int one;

		end = carom_pattern_literals_part_end(p, &plain);
		if (end == NULL)
			return;
		part = g_strndup(p, (gsize) (end - p));
		one = matches(part, text);
		if (one < 0)
			return;
		together |= one;
		folded_part = carom_literals_fold(part, strlen(part), &n);
		folded_text = carom_literals_fold(text, strlen(text), &n);
		if (plain && carom_text_ascii_length(text, strlen(text)) == strlen(text))
			FUZZ_CHECK(one == (strstr(folded_text, folded_part) != NULL));
		p = end + 1;
	} while (*end == '|');
	if (whole >= 0)
		FUZZ_CHECK(whole == together);
}

static gboolean
set_found(guint id, gsize at, void *user)
{
	(void) at;
	((gboolean *) user)[id] = TRUE;
	return TRUE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *input = fuzz_string(data, size), *text = NULL, *folded = NULL;
	g_autofree gboolean *found = NULL;
	g_autoptr(GPtrArray) set = NULL;
	char *nl = strchr(input, '\n');
	CaromLiterals *literals;
	gboolean any = FALSE;
	gsize folded_len;

	if (nl == NULL)
		return 0;
	*nl = '\0';
	if (!g_utf8_validate(input, -1, NULL))
		return 0;
	text = carom_text_clean(nl + 1, -1, 2000);
	check_alternatives(input, text);
	set = carom_pattern_literals(input, CAROM_LITERAL_MIN);
	if (set == NULL)
		return 0;
	folded = carom_literals_fold(text, strlen(text), &folded_len);
	found = g_new0(gboolean, set->len);
	literals = carom_literals_new();
	for (guint i = 0; i < set->len; i++) {
		FUZZ_CHECK(strlen(set->pdata[i]) >= CAROM_LITERAL_MIN);
		carom_literals_add(literals, set->pdata[i], i);
	}
	carom_literals_scan(literals, folded, folded_len, set_found, found);
	for (guint i = 0; i < set->len; i++) {
		FUZZ_CHECK(found[i] == (strstr(folded, set->pdata[i]) != NULL));
		any |= found[i];
	}
	carom_literals_free(literals);
	FUZZ_CHECK(any || matches(input, text) <= 0);
	return 0;
}
