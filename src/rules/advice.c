/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/advice.h"

#include <string.h>

struct CaromAdvice {
	GKeyFile *keys;
	const char *lang;
	GStringChunk *chunk;
};

gboolean
carom_advice_speaks(const char *lang)
{
	return strcmp(lang, "id") == 0 || strcmp(lang, "en") == 0;
}

static const char *
pick_language(const char *lang)
{
	if (lang == NULL) {
		/* what the environment asks for, whether or not that locale is installed */
		lang = g_get_language_names()[0];
		return strncmp(lang, "id", 2) == 0 && !g_ascii_isalpha(lang[2]) ? "id" : "en";
	}
	return strcmp(lang, "id") == 0 ? "id" : strcmp(lang, "en") == 0 ? "en" : NULL;
}

CaromStatus
carom_advice_load(const char *datadir, const char *lang, CaromAdvice **out, GError **err)
{
	const char *chosen = pick_language(lang);
	g_autofree char *name = g_strconcat("advice.", chosen, NULL);
	g_autofree char *path = g_build_filename(datadir, name, NULL);
	g_autoptr(CaromAdvice) advice = g_new0(CaromAdvice, 1);
	g_autoptr(GError) error = NULL;

	*out = NULL;
	if (chosen == NULL)
		return carom_status_fail(err, CAROM_MISUSE,
					 "advice is written in en and id, not in \"%s\"", lang);
	advice->keys = g_key_file_new();
	advice->chunk = g_string_chunk_new(1024);
	advice->lang = chosen;
	if (!g_key_file_load_from_file(advice->keys, path, G_KEY_FILE_NONE, &error))
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, error->message);
	*out = g_steal_pointer(&advice);
	return CAROM_OK;
}

const char *
carom_advice_get(const CaromAdvice *advice, const char *category, const char *key)
{
	g_autofree char *value = g_key_file_get_string(advice->keys, category, key, NULL);

	return value && *value ? g_string_chunk_insert_const(advice->chunk, value) : NULL;
}

const char *
carom_advice_lang(const CaromAdvice *advice)
{
	return advice->lang;
}

void
carom_advice_free(CaromAdvice *advice)
{
	if (advice == NULL)
		return;
	g_clear_pointer(&advice->keys, g_key_file_unref);
	g_clear_pointer(&advice->chunk, g_string_chunk_free);
	g_free(advice);
}
