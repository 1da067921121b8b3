/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fields - blocks of "Name: value" lines
 *
 * The form that message headers, delivery-status parts (RFC 3464 2.1.1) and
 * feedback-report parts (RFC 5965 3) share. Reading is tolerant of what mail
 * servers really write: a space before the colon, no space after it, CR LF or
 * LF, and folded lines.
 */
#ifndef CAROM_FIELDS_H
#define CAROM_FIELDS_H

#include <glib.h>

/* Length of what could be a field's name at the start of [p, end): printable US-ASCII up to a colon
 * or blank (RFC 5322 section 2.2), at most 100 octets. 0 if there is none. */
gsize carom_fields_name_length(const char *p, const char *end);

/* At most this many fields of a block are kept, and this many bytes of a value. */
#define CAROM_FIELDS_MAX 2000
#define CAROM_FIELD_VALUE_MAX (64 * 1024)

typedef struct {
	const char *name;
	const char *value; /* unfolded, trimmed, one NUL-terminated line */
} CaromField;

typedef struct CaromFields CaromFields; /* not changed once made; any thread may read it */

/* An empty block to add to. */
CaromFields *carom_fields_new(void);

/*
 * Reads the block at *cursor up to the next empty line or end, and moves
 * *cursor behind it. NULL at the end of the text. A line that is no field and
 * continues none is skipped. The result is the caller's.
 */
CaromFields *carom_fields_read(const char **cursor, const char *end);

/* One more owner of the same block, who frees it too; NULL for NULL. */
CaromFields *carom_fields_ref(const CaromFields *fields);

/* Adds one field; both strings are copied. */
void carom_fields_add(CaromFields *fields, const char *name, gsize name_len, const char *value,
		      gsize value_len);

/* The first value of that name (ASCII caseless), or NULL. Borrowed. */
const char *carom_fields_get(const CaromFields *fields, const char *name);

/* All of them in order. */
const CaromField *carom_fields_all(const CaromFields *fields, gsize *n);

/* Gives one owner's hold up; the last one's frees it. NULL is fine. */
void carom_fields_free(CaromFields *fields);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromFields, carom_fields_free)

#endif
