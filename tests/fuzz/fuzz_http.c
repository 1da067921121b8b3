/* SPDX-License-Identifier: BSD-2-Clause */
/* A request to the API, as far as no database is asked: head, target, key, fields, cursor; and
 * forms. */
#include "config.h"

#include "fuzz.h"
#include "desk/form.h"
#include "http/api_key.h"
#include "http/cursor.h"
#include "http/dialect.h"
#include "http/endpoints.h"
#include "http/head.h"

#include <string.h>

/* What is read is text that the database takes, and a cursor is found again by its word. */
static void
check_values(const CaromEndpoint *endpoint, const CaromInputValues *values)
{
	for (guint i = 0; i < endpoint->n_fields; i++) {
		const char *value = values->values[i];

		FUZZ_CHECK(value == NULL || g_utf8_validate(value, -1, NULL));
		FUZZ_CHECK(value == NULL || endpoint->fields[i].type != CAROM_INPUT_TEXT ||
			   strpbrk(value, "\r\n\t\x01\x1b\x7f") == NULL);
	}
}

static void
try_cursor(const char *word)
{
	g_auto(GStrv) parts = carom_cursor_read(word);
	g_autofree char *again = NULL;

	if (parts == NULL)
		return;
	again = carom_cursor_write((const char *const *) parts, g_strv_length(parts));
	FUZZ_CHECK(strcmp(again, word) == 0);
}

static void
try_rows(const CaromEndpoint *all, guint n, const char *method, const CaromTarget *target,
	 const char *body, gsize len)
{
	g_autofree char *allow = NULL;
	const CaromEndpoint *endpoint = carom_endpoints_find(all, n, method, target, &allow);
	g_auto(CaromInputValues) values = { 0 };
	g_autoptr(GError) error = NULL;
	int wrong;

	if (endpoint == NULL)
		return;
	wrong = carom_endpoints_read(endpoint, target, "application/json", body, len, &values,
				     &error);
	FUZZ_CHECK((wrong == 0) == (error == NULL));
	check_values(endpoint, &values);
}

static void
try_fields(const char *method, const CaromTarget *target, const char *body, gsize len)
{
	guint n;
	const CaromEndpoint *all = carom_endpoints_all(&n);

	try_rows(all, n, method, target, body, len);
	all = carom_dialect_sparkpost.endpoints(&n);
	try_rows(all, n, method, target, body, len);
	all = carom_dialect_sendgrid.endpoints(&n);
	try_rows(all, n, method, target, body, len);
}

/* What a form gives is text, and one that we write is read as it was. */
static void
try_form(const char *data, gsize len)
{
	for (guint i = 0; i < 2; i++) {
		g_auto(CaromForm) form = { 0 }, again = { 0 };
		g_autoptr(GString) written = g_string_new(NULL);
		CaromStatus status =
			i == 0 ? carom_form_read(&form, data, len, NULL)
			       : carom_form_body(&form, "multipart/form-data; boundary=x", data,
						 len, NULL);

		for (guint f = 0; f < form.n; f++) {
			FUZZ_CHECK(*form.names[f] != '\0');
			FUZZ_CHECK(g_utf8_validate(form.values[f], -1, NULL));
			FUZZ_CHECK(strchr(form.values[f], '\r') == NULL);
			carom_form_append_escaped(written, form.names[f]);
			g_string_append_c(written, '=');
			carom_form_append_escaped(written, form.values[f]);
			g_string_append_c(written, '&');
		}
		if (status != CAROM_OK)
			continue;
		FUZZ_CHECK(carom_form_read(&again, written->str, written->len, NULL) == CAROM_OK);
		FUZZ_CHECK(again.n == form.n);
		for (guint f = 0; f < form.n; f++)
			FUZZ_CHECK(strcmp(form.values[f], again.values[f]) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_string(data, size);
	char *body = strstr(text, "\n\n"), *line = strchr(text, '\n'), *space;
	g_auto(CaromTarget) target = { 0 };
	CaromHead head = { 0 };
	CaromApiKey key;

	try_cursor(text);
	try_form((const char *) data, size);
	if (body != NULL)
		*body = '\0';
	for (char *next; line != NULL && *line == '\n'; line = next) {
		char *colon = strchr(++line, ':');

		next = strchr(line, '\n');
		if (next != NULL)
			*next = '\0';
		if (colon != NULL && (next == NULL || colon < next))
			carom_head_add(&head, line, (gsize) (colon - line), colon + 1,
				       strlen(colon + 1));
		if (colon != NULL && (next == NULL || colon < next) &&
		    carom_api_key_authorization(colon + 1, &key))
			FUZZ_CHECK(strlen(key.id) == CAROM_API_KEY_ID && strlen(key.digest) == 64);
		if (next != NULL)
			*next = '\n';
	}
	FUZZ_CHECK(carom_head_problem(&head) != NULL || head.n_hosts == 1);
	text[strcspn(text, "\n")] = '\0';
	space = strchr(text, ' ');
	if (space == NULL)
		return 0;
	*space = '\0';
	if (carom_target_read(space + 1, &target, NULL) == CAROM_OK) {
		for (guint i = 0; i < target.n_segments; i++)
			FUZZ_CHECK(strchr(target.segments[i], '/') == NULL &&
				   *target.segments[i] != '\0');
		try_fields(text, &target, body ? body + 2 : "", body ? strlen(body + 2) : 0);
	}
	return 0;
}
