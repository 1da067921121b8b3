/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "desk/form.h"

#include <string.h>

#define URLENCODED "application/x-www-form-urlencoded"
#define MULTIPART "multipart/form-data"
#define BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */
#define FIELD_NAME_MAX 64

/* ---- fields ------------------------------------------------------------------------- */

/* "\r\n" and "\r" become '\n', in place. */
static void
mend_lines(GString *text)
{
	gsize to = 0;

	for (gsize i = 0; i < text->len; i++) {
		if (text->str[i] != '\r')
			text->str[to++] = text->str[i];
		else if (i + 1 == text->len || text->str[i + 1] != '\n')
			text->str[to++] = '\n';
	}
	g_string_truncate(text, to);
}

/* Takes both texts. */
static CaromStatus
add(CaromForm *form, GString *name, GString *value, GError **err)
{
	g_autoptr(GString) n = name, v = value;

	mend_lines(v);
	if (memchr(n->str, '\0', n->len) != NULL || memchr(v->str, '\0', v->len) != NULL ||
	    !g_utf8_validate(n->str, (gssize) n->len, NULL) ||
	    !g_utf8_validate(v->str, (gssize) v->len, NULL))
		return carom_status_fail(err, CAROM_MALFORMED, "a field is no UTF-8 text");
	if (n->len == 0 || n->len > FIELD_NAME_MAX)
		return carom_status_fail(err, CAROM_MALFORMED, "a field has no name");
	for (guint i = 0; i < form->n; i++)
		if (strcmp(form->names[i], n->str) == 0)
			return carom_status_fail(err, CAROM_MALFORMED, "a field is there twice");
	if (form->n == CAROM_FORM_FIELDS)
		return carom_status_fail(err, CAROM_MALFORMED, "there are more than %d fields",
					 CAROM_FORM_FIELDS);
	form->names[form->n] = g_string_free(g_steal_pointer(&n), FALSE);
	form->values[form->n++] = g_string_free(g_steal_pointer(&v), FALSE);
	return CAROM_OK;
}

const char *
carom_form_get(const CaromForm *form, const char *name)
{
	for (guint i = 0; i < form->n; i++)
		if (strcmp(form->names[i], name) == 0)
			return *form->values[i] != '\0' ? form->values[i] : NULL;
	return NULL;
}

void
carom_form_clear(CaromForm *form)
{
	for (guint i = 0; i < form->n; i++) {
		g_free(form->names[i]);
		g_free(form->values[i]);
	}
	memset(form, 0, sizeof *form);
}

/* ---- application/x-www-form-urlencoded ------------------------------------------------- */

/* NULL: there is a broken escape. */
static GString *
decode(const char *p, const char *end)
{
	g_autoptr(GString) out = g_string_sized_new((gsize) (end - p));

	for (; p < end; p++) {
		int high, low;

		if (*p == '+') {
			g_string_append_c(out, ' ');
			continue;
		}
		if (*p != '%') {
			g_string_append_c(out, *p);
			continue;
		}
		if (end - p < 3)
			return NULL;
		high = g_ascii_xdigit_value(p[1]);
		low = g_ascii_xdigit_value(p[2]);
		if (high < 0 || low < 0)
			return NULL;
		g_string_append_c(out, (char) (high * 16 + low));
		p += 2;
	}
	return g_steal_pointer(&out);
}

CaromStatus
carom_form_read(CaromForm *form, const char *text, gsize len, GError **err)
{
	const char *end = text + len;
	CaromStatus status = CAROM_OK;

	for (const char *p = text; status == CAROM_OK && p < end;) {
		const char *next = memchr(p, '&', (gsize) (end - p));
		const char *stop = next ? next : end;
		const char *sign = memchr(p, '=', (gsize) (stop - p));
		GString *name = decode(p, sign ? sign : stop);
		GString *value = decode(sign ? sign + 1 : stop, stop);

		if (name != NULL && value != NULL && stop > p) {
			status = add(form, name, value, err);
		} else {
			if (stop > p)
				status = carom_status_fail(err, CAROM_MALFORMED,
							   "a field has a broken escape");
			if (name != NULL)
				g_string_free(name, TRUE);
			if (value != NULL)
				g_string_free(value, TRUE);
		}
		p = stop + 1;
	}
	return status;
}

void
carom_form_append_escaped(GString *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (g_ascii_isalnum(*text) || strchr("-._~", *text) != NULL)
			g_string_append_c(out, *text);
		else
			g_string_append_printf(out, "%%%02X", (guint) (guchar) *text);
	}
}

/* ---- multipart/form-data ------------------------------------------------------------------ */

/* The boundary of a Content-Type, with "--" before it; NULL: there is none. The caller's. */
static char *
boundary_of(const char *content_type)
{
	const char *p = strstr(content_type, "boundary=");
	gsize len;

	if (p == NULL)
		return NULL;
	p += strlen("boundary=");
	if (*p == '"')
		len = strcspn(++p, "\"");
	else
		len = strcspn(p, "; \t");
	if (len == 0 || len > BOUNDARY_MAX)
		return NULL;
	return g_strdup_printf("--%.*s", (int) len, p);
}

/* The value of name="..." in the head [p, end) of a part; NULL: none. The caller's. Browsers write
 * a quotation mark within it as %22. */
static GString *
name_of(const char *p, const char *end)
{
	static const char mark[] = " name=\"";
	g_autofree char *head = g_strndup(p, (gsize) (end - p));
	const char *found = strstr(head, mark);

	if (found == NULL)
		return NULL;
	found += strlen(mark);
	return g_string_new_len(found, (gssize) strcspn(found, "\""));
}

/* Where text stands in [p, end); NULL: nowhere. */
static const char *
find(const char *p, const char *end, const char *text)
{
	return memmem(p, (gsize) (end - p), text, strlen(text));
}

CaromStatus
carom_form_body(CaromForm *form, const char *content_type, const char *body, gsize len,
		GError **err)
{
	const char *end = body + len, *p;
	g_autofree char *boundary = NULL, *next_mark = NULL;
	CaromStatus status = CAROM_OK;

	if (content_type != NULL &&
	    g_ascii_strncasecmp(content_type, URLENCODED, strlen(URLENCODED)) == 0)
		return carom_form_read(form, body, len, err);
	if (content_type != NULL &&
	    g_ascii_strncasecmp(content_type, MULTIPART, strlen(MULTIPART)) == 0)
		boundary = boundary_of(content_type);
	if (boundary == NULL)
		return carom_status_fail(err, CAROM_MALFORMED, "the body is no form");
	next_mark = g_strconcat("\r\n", boundary, NULL);
	p = find(body, end, boundary);
	while (status == CAROM_OK && p != NULL) {
		const char *head = p + strlen(boundary), *text, *stop;
		GString *name;

		if (end - head < 2 || memcmp(head, "--", 2) == 0)
			return CAROM_OK;
		text = find(head, end, "\r\n\r\n");
		stop = text ? find(text + 2, end, next_mark) : NULL;
		name = stop ? name_of(head, text) : NULL;
		if (name == NULL)
			return carom_status_fail(err, CAROM_MALFORMED, "the form is broken off");
		text += 4;
		status = add(form, name,
			     g_string_new_len(text, text < stop ? (gssize) (stop - text) : 0), err);
		p = stop + 2;
	}
	return status == CAROM_OK && p == NULL
		       ? carom_status_fail(err, CAROM_MALFORMED, "the form is broken off")
		       : status;
}
