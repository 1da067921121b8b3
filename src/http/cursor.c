/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/cursor.h"

#include <jansson.h>
#include <string.h>

#define MARK "c1:" /* the form; another one has another number */

/* base64url, without what fills it up. Caller's. */
static char *
to_word(const GString *text)
{
	char *word = g_base64_encode((const guchar *) text->str, text->len);

	g_strdelimit(word, "+", '-');
	g_strdelimit(word, "/", '_');
	word[strcspn(word, "=")] = '\0';
	return word;
}

/* Each part as a netstring: its octets, a colon, itself. */
char *
carom_cursor_write(const char *const *parts, guint n)
{
	g_autoptr(GString) text = g_string_new(MARK);

	for (guint i = 0; i < n; i++)
		g_string_append_printf(text, "%" G_GSIZE_FORMAT ":%s", strlen(parts[i]), parts[i]);
	return to_word(text);
}

/* The octets that word stands for. NULL: it is none. Caller's. */
static char *
from_word(const char *word, gsize *len)
{
	const gsize n = strlen(word);
	g_autofree char *padded = NULL;

	if (n == 0 || n > CAROM_CURSOR_MAX || n % 4 == 1 ||
	    strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != n)
		return NULL;
	padded = g_strconcat(word, &"===="[(n - 1) % 4 + 1], NULL);
	g_strdelimit(padded, "-", '+');
	g_strdelimit(padded, "_", '/');
	return (char *) g_base64_decode(padded, len);
}

/* The netstring at *p; NULL: there is none. Caller's. */
static char *
next_part(const char **p, const char *end)
{
	gsize len = 0, digits = 0;
	const char *text;

	for (; *p < end && g_ascii_isdigit(**p) && digits < 5; (*p)++, digits++)
		len = len * 10 + (gsize) (**p - '0');
	if (digits == 0 || *p == end || **p != ':' || len > (gsize) (end - *p - 1))
		return NULL;
	text = *p + 1;
	*p = text + len;
	return memchr(text, '\0', len) == NULL && g_utf8_validate(text, (gssize) len, NULL)
		       ? g_strndup(text, len)
		       : NULL;
}

char **
carom_cursor_read(const char *word)
{
	gsize len = 0;
	g_autofree char *text = from_word(word, &len);
	g_auto(GStrv) parts = g_new0(char *, CAROM_CURSOR_PARTS + 1);
	g_autofree char *again = NULL;
	const char *p, *end;
	guint n = 0;

	if (text == NULL || len < strlen(MARK) || memcmp(text, MARK, strlen(MARK)) != 0)
		return NULL;
	p = text + strlen(MARK);
	end = text + len;
	for (; p < end && n < CAROM_CURSOR_PARTS; n++)
		if ((parts[n] = next_part(&p, end)) == NULL)
			return NULL;
	/* one word for one place: "007:" would be another */
	again = carom_cursor_write((const char *const *) parts, n);
	return p == end && n > 0 && strcmp(again, word) == 0 ? g_steal_pointer(&parts) : NULL;
}

char *
carom_cursor_of(const char *next)
{
	json_t *array = next ? json_loads(next, 0, NULL) : NULL;
	const char *parts[CAROM_CURSOR_PARTS];
	const gsize n = json_array_size(array);
	gboolean texts = n > 0 && n <= CAROM_CURSOR_PARTS;
	char *word = NULL;

	for (gsize i = 0; texts && i < n; i++) {
		parts[i] = json_string_value(json_array_get(array, i));
		texts = parts[i] != NULL;
	}
	if (texts)
		word = carom_cursor_write(parts, (guint) n);
	json_decref(array);
	return word;
}
