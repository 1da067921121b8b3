/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/fields.h"
#include "base/text.h"

#include <string.h>

#define MAX_NAME 100

struct CaromFields {
	GArray *fields; /* of CaromField */
	GArray *tags;   /* of guint32: name_tag() of each */
	GStringChunk *chunk;
	gint owners;
};

/* Names that are the same without case have the same tag; others hardly ever. */
static guint32
name_tag(const char *name, gsize len)
{
	return (guint32) len << 16 | (guint32) (name[0] | 0x20) << 8 |
	       (name[len ? len - 1 : 0] | 0x20);
}

CaromFields *
carom_fields_new(void)
{
	CaromFields *fields = g_new(CaromFields, 1);

	fields->fields = g_array_sized_new(FALSE, FALSE, sizeof(CaromField), 16);
	fields->tags = g_array_sized_new(FALSE, FALSE, sizeof(guint32), 32);
	fields->chunk = g_string_chunk_new(1024);
	fields->owners = 1;
	return fields;
}

void
carom_fields_free(CaromFields *fields)
{
	if (fields == NULL || !g_atomic_int_dec_and_test(&fields->owners))
		return;
	g_array_free(fields->fields, TRUE);
	g_array_free(fields->tags, TRUE);
	g_string_chunk_free(fields->chunk);
	g_free(fields);
}

/* Copies [p, p + len) without line ends, the white space that began a folded line being one space.
 */
static const char *
keep_unfolded(CaromFields *fields, const char *p, gsize len)
{
	const char *end;
	char *kept, *out;

	while (len > 0 && g_ascii_isspace(*p))
		p++, len--;
	while (len > 0 && g_ascii_isspace(p[len - 1]))
		len--;
	if (len > CAROM_FIELD_VALUE_MAX)
		len = CAROM_FIELD_VALUE_MAX;
	kept = g_string_chunk_insert_len(fields->chunk, p, (gssize) len);
	if (memchr(kept, '\n', len) == NULL && memchr(kept, '\0', len) == NULL)
		return kept;
	out = kept;
	for (p = kept, end = kept + len; p < end; p++) {
		if (*p == '\r' && p + 1 < end && p[1] == '\n')
			continue;
		if (*p == '\n') {
			while (p + 1 < end && (p[1] == ' ' || p[1] == '\t'))
				p++;
			*out++ = ' ';
		} else {
			*out++ = *p != '\0' ? *p : ' ';
		}
	}
	*out = '\0';
	return kept;
}

void
carom_fields_add(CaromFields *fields, const char *name, gsize name_len, const char *value,
		 gsize value_len)
{
	CaromField field;
	guint32 tag;

	if (fields->fields->len >= CAROM_FIELDS_MAX)
		return;
	field.name = g_string_chunk_insert_len(fields->chunk, name, (gssize) name_len);
	field.value = keep_unfolded(fields, value, value_len);
	tag = name_tag(field.name, strlen(field.name));
	g_array_append_val(fields->fields, field);
	g_array_append_val(fields->tags, tag);
}

CaromFields *
carom_fields_ref(const CaromFields *fields)
{
	CaromFields *shared = (CaromFields *) fields; /* what it says stays as it is */

	if (shared != NULL)
		g_atomic_int_inc(&shared->owners);
	return shared;
}

gsize
carom_fields_name_length(const char *p, const char *end)
{
	gsize n = 0;

	while (n < (gsize) (end - p) && p[n] > ' ' && p[n] < 0x7f && p[n] != ':')
		n++;
	return n <= MAX_NAME ? n : 0;
}

/* Length of the field name at the start of [p, end), 0 if there is none; *value is set after the
 * colon. */
static gsize
field_name(const char *p, const char *end, const char **value)
{
	gsize n = carom_fields_name_length(p, end);
	const char *q = p + n;

	while (q < end && (*q == ' ' || *q == '\t'))
		q++;
	if (n == 0 || q >= end || *q != ':')
		return 0;
	*value = q + 1;
	return n;
}

static const char *
line_end(const char *p, const char *end)
{
	const char *nl = p < end ? memchr(p, '\n', (gsize) (end - p)) : NULL;

	return nl ? nl + 1 : end;
}

CaromFields *
carom_fields_read(const char **cursor, const char *end)
{
	CaromFields *fields;
	const char *p = *cursor;

	while (p < end && carom_text_is_blank(p, line_end(p, end)))
		p = line_end(p, end);
	if (p >= end) {
		*cursor = end;
		return NULL;
	}
	fields = carom_fields_new();
	while (p < end) {
		const char *eol = line_end(p, end), *value = NULL;
		gsize name_len;

		if (carom_text_is_blank(p, eol)) {
			p = eol;
			break;
		}
		name_len = field_name(p, eol, &value);
		if (name_len == 0) {
			p = eol;
			continue;
		}
		while (eol < end && (*eol == ' ' || *eol == '\t') &&
		       !carom_text_is_blank(eol, line_end(eol, end)))
			eol = line_end(eol, end);
		carom_fields_add(fields, p, name_len, value, (gsize) (eol - value));
		p = eol;
	}
	*cursor = p;
	return fields;
}

const char *
carom_fields_get(const CaromFields *fields, const char *name)
{
	guint32 tag;

	if (fields == NULL)
		return NULL;
	tag = name_tag(name, strlen(name));
	for (guint i = 0; i < fields->tags->len; i++) {
		const CaromField *field;

		if (g_array_index(fields->tags, guint32, i) != tag)
			continue;
		field = &g_array_index(fields->fields, CaromField, i);
		if (g_ascii_strcasecmp(field->name, name) == 0)
			return field->value;
	}
	return NULL;
}

const CaromField *
carom_fields_all(const CaromFields *fields, gsize *n)
{
	*n = fields ? fields->fields->len : 0;
	return fields ? (const CaromField *) (void *) fields->fields->data : NULL;
}
