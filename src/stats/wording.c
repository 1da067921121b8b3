/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/wording.h"
#include "stats/chart.h"

#include <string.h>

static const struct {
	const char *english, *indonesian;
} wordings[CAROM_N_WORDINGS] = {
#define CAROM_WORDING(id, en, in) [CAROM_WORDING_##id] = { en, in },
#include "stats/wording.def"
#undef CAROM_WORDING
};

static gboolean
is_indonesian(const char *lang)
{
	return g_strcmp0(lang, "id") == 0;
}

const char *
carom_wording(const char *lang, CaromWording wording)
{
	return is_indonesian(lang) ? wordings[wording].indonesian : wordings[wording].english;
}

/* The value that is given for a name of len bytes; NULL: none. */
static const char *
value_of(const GPtrArray *given, const char *name, gsize len)
{
	for (guint i = 0; i + 1 < given->len; i += 2) {
		const char *known = g_ptr_array_index(given, i);

		if (strlen(known) == len && strncmp(known, name, len) == 0)
			return g_ptr_array_index(given, i + 1);
	}
	return NULL;
}

char *
carom_wording_fill(const char *lang, CaromWording wording, ...)
{
	g_autoptr(GPtrArray) given = g_ptr_array_new();
	GString *out = g_string_new(NULL);
	const char *p = carom_wording(lang, wording), *word;
	va_list args;

	va_start(args, wording);
	while ((word = va_arg(args, const char *)) != NULL)
		g_ptr_array_add(given, (gpointer) word);
	va_end(args);
	while (*p != '\0') {
		const gsize plain = strcspn(p, "{"), name = strcspn(p + plain, "}");
		const char *value;

		g_string_append_len(out, p, (gssize) plain);
		p += plain;
		if (*p == '\0')
			break;
		value = value_of(given, p + 1, name - 1);
		if (value != NULL)
			g_string_append(out, value);
		else
			g_string_append_len(out, p, (gssize) name + (p[name] == '}'));
		p += name + (p[name] == '}');
	}
	return g_string_free(out, FALSE);
}

char *
carom_wording_count(const char *lang, guint64 count)
{
	g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, count);
	GString *out = g_string_new(NULL);
	const gsize n = strlen(digits);

	for (gsize i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			g_string_append_c(out, is_indonesian(lang) ? '.' : ',');
		g_string_append_c(out, digits[i]);
	}
	return g_string_free(out, FALSE);
}

char *
carom_wording_rate(const char *lang, double rate)
{
	char *text = carom_chart_percent(rate);

	if (is_indonesian(lang))
		g_strdelimit(text, ".", ',');
	return text;
}
