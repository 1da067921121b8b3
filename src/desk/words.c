/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "desk/words.h"

#include <string.h>

static const struct {
	const char *english, *indonesian;
} words[CAROM_DESK_N_WORDS] = {
#define CAROM_DESK_WORD(id, en, in) [CAROM_DESK_WORD_##id] = { en, in },
#include "desk/words.def"
#undef CAROM_DESK_WORD
};

const char *
carom_desk_word(const char *lang, CaromDeskWord word)
{
	return strcmp(lang, "id") == 0 ? words[word].indonesian : words[word].english;
}

char *
carom_desk_word_fill(const char *lang, CaromDeskWord word, ...)
{
	GString *out = g_string_new(carom_desk_word(lang, word));
	const char *name;
	gsize done = 0; /* what was filled in is not looked at again */
	va_list args;

	va_start(args, word);
	/* in the order in which they stand in the words */
	while ((name = va_arg(args, const char *)) != NULL) {
		const char *value = va_arg(args, const char *);
		g_autofree char *mark = g_strdup_printf("{%s}", name);
		const char *at = strstr(out->str + done, mark);
		gsize where;

		if (at == NULL)
			continue;
		where = (gsize) (at - out->str);
		g_string_erase(out, (gssize) where, (gssize) strlen(mark));
		g_string_insert(out, (gssize) where, value ? value : "");
		done = where + (value ? strlen(value) : 0);
	}
	va_end(args);
	return g_string_free(out, FALSE);
}
