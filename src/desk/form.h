/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * form - what a browser sends: the query of a URL, or a form's body
 *
 * Bytes of anybody's making. Refused is what two programs may read differently: a
 * field given twice, a NUL, what is no UTF-8, a broken escape. The ends of lines
 * become '\n'. A field that is empty is as if it were not there.
 */
#ifndef CAROM_FORM_H
#define CAROM_FORM_H

#include "base/status.h"

#define CAROM_FORM_FIELDS 32

typedef struct {
	guint n;
	char *names[CAROM_FORM_FIELDS], *values[CAROM_FORM_FIELDS];
} CaromForm;

/* Adds the fields of application/x-www-form-urlencoded text. */
CAROM_MUST_CHECK CaromStatus carom_form_read(CaromForm *form, const char *text, gsize len,
					     GError **err);

/* Adds the fields of a body by its Content-Type, which may be NULL: that, or multipart/form-data
 * (RFC 7578), where a file is a field like any other. */
CAROM_MUST_CHECK CaromStatus carom_form_body(CaromForm *form, const char *content_type,
					     const char *body, gsize len, GError **err);

/* The value; NULL: it is not there. Borrowed. */
const char *carom_form_get(const CaromForm *form, const char *name);

void carom_form_clear(CaromForm *form);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CaromForm, carom_form_clear)

/* Appends text as a value of a query (RFC 3986: all but unreserved characters as %XX). */
void carom_form_append_escaped(GString *out, const char *text);

#endif
