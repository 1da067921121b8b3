/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/xtext.h"

#include <string.h>

char *
carom_xtext_decode(const char *text, gsize len)
{
	GString *out = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++)
		if (text[i] == '+' && i + 2 < len && g_ascii_isxdigit(text[i + 1]) &&
		    g_ascii_isxdigit(text[i + 2])) {
			g_string_append_c(out, (char) (g_ascii_xdigit_value(text[i + 1]) * 16 +
						       g_ascii_xdigit_value(text[i + 2])));
			i += 2;
		} else {
			g_string_append_c(out, text[i]);
		}
	return g_string_free(out, FALSE);
}

/* The value of the upper-case digit; -1 if it is none: the standard knows no lower-case ones. */
static int
digit(char c)
{
	return g_ascii_islower(c) ? -1 : g_ascii_xdigit_value(c);
}

/* TRUE for a byte that xtext has to encode, or that no address has unless it was encoded. */
static gboolean
must_be_encoded(int c)
{
	return c == '+' || c == '=' ||
	       (c > ' ' && c < 0x7f && !g_ascii_isalnum(c) && c != '@' && c != '.');
}

char *
carom_xtext_decode_needed(const char *text)
{
	GString *out = g_string_sized_new(strlen(text));

	for (const char *p = text; *p; p++) {
		int c = -1;

		if (*p == '+' && digit(p[1]) >= 0 && digit(p[2]) >= 0)
			c = digit(p[1]) * 16 + digit(p[2]);
		if (must_be_encoded(c)) {
			g_string_append_c(out, (char) c);
			p += 2;
		} else {
			g_string_append_c(out, *p);
		}
	}
	return g_string_free(out, FALSE);
}
