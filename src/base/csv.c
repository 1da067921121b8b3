/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/csv.h"

#include <string.h>

#define DANGEROUS "=+-@\t\r\n'"

static gboolean
is_dangerous(char c)
{
	return c != '\0' && strchr(DANGEROUS, c) != NULL;
}

static void
append(GString *out, const char *mark, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		g_string_append(out, mark);
		g_string_append(out, text);
		return;
	}
	g_string_append_c(out, '"');
	g_string_append(out, mark);
	for (const char *next; (next = strchr(text, '"')) != NULL; text = next + 1) {
		g_string_append_len(out, text, next - text);
		g_string_append(out, "\"\"");
	}
	g_string_append(out, text);
	g_string_append_c(out, '"');
}

void
carom_csv_text(GString *out, const char *text)
{
	if (text != NULL)
		append(out, is_dangerous(*text) ? "'" : "", text);
}

void
carom_csv_plain(GString *out, const char *text)
{
	if (text != NULL)
		append(out, "", text);
}

const char *
carom_csv_undo(const char *cell)
{
	return *cell == '\'' && is_dangerous(cell[1]) ? cell + 1 : cell;
}
