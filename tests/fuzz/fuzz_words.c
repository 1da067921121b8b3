/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words and masks: before the first empty line a file of words, after it a
 * text. Whatever the file says, what is found stands in the text in order and
 * none overlaps; whatever the text, masking it keeps its length, its form and
 * what the rules may read, and masking twice changes nothing.
 */
#include "config.h"

#include "base/text.h"
#include "fuzz.h"
#include "rules/mask.h"
#include "rules/meaning.h"

#include <string.h>

#define MAX_HITS 64

static FuzzFile file;

static void
count_problem(const char *where, const char *problem, void *user)
{
	FUZZ_CHECK(where != NULL && problem != NULL);
	++*(guint *) user;
}

static void
check_mask(const char *text, CaromMask mask)
{
	gsize len = strlen(text);
	g_autofree char *once = carom_mask(text, len, mask), *twice = NULL;

	if (once == NULL)
		return;
	FUZZ_CHECK(strlen(once) == len && g_utf8_validate(once, -1, NULL));
	for (gsize i = 0; i < len; i++)
		FUZZ_CHECK(once[i] == text[i] || once[i] == 'x');
	twice = carom_mask(once, len, mask);
	FUZZ_CHECK(twice == NULL || strcmp(once, twice) == 0);
}

static void
check_words(const CaromWords *words, const char *text)
{
	CaromWordHit hits[MAX_HITS];
	CaromMeaning meaning;
	guint n = carom_words_find(words, text, strlen(text), hits, MAX_HITS), problems = 0;

	FUZZ_CHECK(n <= MAX_HITS);
	for (guint i = 0; i < n; i++) {
		FUZZ_CHECK(hits[i].word < CAROM_N_WORDS && hits[i].len > 0);
		FUZZ_CHECK(hits[i].last >= hits[i].token || hits[i].token == 0);
		if (i > 0)
			FUZZ_CHECK(hits[i].at >= hits[i - 1].at + hits[i - 1].len &&
				   hits[i].clause >= hits[i - 1].clause &&
				   hits[i].sentence >= hits[i - 1].sentence);
	}
	carom_meaning_read(words, text, strlen(text), &meaning);
	FUZZ_CHECK(meaning.n <= CAROM_MEANING_MAX);
	for (guint i = 0; i < meaning.n; i++)
		FUZZ_CHECK(carom_words_kind(meaning.meant[i].predicate) == CAROM_PREDICATE);
	FUZZ_CHECK(carom_words_check(words, count_problem, &problems) == problems);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *input = fuzz_string(data, size), *text = NULL;
	g_autoptr(CaromWords) words = carom_words_new();
	char *gap = strstr(input, "\n\n");
	gsize len = gap ? (gsize) (gap + 1 - input) : 0;

	if (file.path[0] == '\0')
		fuzz_file_open(&file);
	text = carom_text_clean(gap ? gap + 2 : input, -1, CAROM_MAX_DIAGNOSTIC);
	check_mask(text, CAROM_MASK_ADDRESSES);
	check_mask(text, CAROM_MASK_HOSTS);
	fuzz_file_set(&file, (const uint8_t *) input, len);
	if (carom_words_read(words, file.path, NULL, NULL) == CAROM_OK)
		check_words(words, text);
	return 0;
}
