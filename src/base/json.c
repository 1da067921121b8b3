/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/json.h"

/* The comma between two of the same object or array. */
static void
separate(GString *out)
{
	gsize i = out->len;

	while (i > 0 && out->str[i - 1] == '\n')
		i--;
	if (i == 0 || out->str[i - 1] == '{' || out->str[i - 1] == '[' || out->str[i - 1] == ':')
		return;
	/* before the line end, where a reader expects it */
	g_string_insert_c(out, (gssize) i, ',');
}

void
carom_json_begin_object(GString *out)
{
	separate(out);
	g_string_append_c(out, '{');
}

void
carom_json_end_object(GString *out)
{
	g_string_append_c(out, '}');
}

void
carom_json_begin_array(GString *out)
{
	separate(out);
	g_string_append_c(out, '[');
}

void
carom_json_end_array(GString *out)
{
	g_string_append_c(out, ']');
}

void
carom_json_name(GString *out, const char *name)
{
	separate(out);
	g_string_append_c(out, '"');
	g_string_append(out, name);
	g_string_append_len(out, "\":", 2);
}

/* Section 7. What controls there are is escaped, although texts from mail have none. */
void
carom_json_string(GString *out, const char *value)
{
	const char *start = value, *p = value;

	separate(out);
	g_string_append_c(out, '"');
	for (; *p; p++)
		if (*p == '"' || *p == '\\' || (guchar) *p < ' ') {
			g_string_append_len(out, start, p - start);
			if ((guchar) *p < ' ')
				g_string_append_printf(out, "\\u%04x", (guchar) *p);
			else
				g_string_append_printf(out, "\\%c", *p);
			start = p + 1;
		}
	g_string_append_len(out, start, p - start);
	g_string_append_c(out, '"');
}

void
carom_json_integer(GString *out, gint64 value)
{
	separate(out);
	g_string_append_printf(out, "%" G_GINT64_FORMAT, value);
}

void
carom_json_boolean(GString *out, gboolean value)
{
	separate(out);
	g_string_append(out, value ? "true" : "false");
}

/* Digits, as many as there are; FALSE if there is none. */
static gboolean
skip_digits(const char **p)
{
	const char *start = *p;

	while (g_ascii_isdigit(**p))
		(*p)++;
	return *p > start;
}

/* Section 6, without an exponent: Postgres' numeric has none. */
static gboolean
is_number(const char *text)
{
	const char *p = text + (*text == '-');

	if (p[0] == '0' && g_ascii_isdigit(p[1]))
		return FALSE;
	if (!skip_digits(&p))
		return FALSE;
	if (*p == '.') {
		p++;
		if (!skip_digits(&p))
			return FALSE;
	}
	return *p == '\0';
}

void
carom_json_number(GString *out, const char *digits)
{
	if (!is_number(digits)) {
		carom_json_string(out, digits);
		return;
	}
	separate(out);
	g_string_append(out, digits);
}

void
carom_json_member(GString *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	carom_json_name(out, name);
	carom_json_string(out, value);
}

void
carom_json_member_integer(GString *out, const char *name, gint64 value)
{
	carom_json_name(out, name);
	carom_json_integer(out, value);
}

void
carom_json_line_end(GString *out)
{
	g_string_append_c(out, '\n');
}
