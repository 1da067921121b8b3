/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/inputs.h"
#include "base/json.h"
#include "http/cursor.h"
#include "lists/list_address.h"
#include "mail/address_normal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- one value ------------------------------------------------------------------ */

/* A reader of text: the parameter for the database, or NULL and *wrong, to follow "is". */
typedef char *(*Reader)(const CaromInput *field, const char *text, const char **wrong);

static char *
read_text(const CaromInput *field, const char *text, const char **wrong)
{
	const glong length = g_utf8_strlen(text, -1);

	for (const char *p = text; *p != '\0'; p++)
		if (g_ascii_iscntrl(*p) &&
		    (field->type != CAROM_INPUT_NOTE || strchr("\t\r\n", *p) == NULL)) {
			*wrong = "no text without control characters";
			return NULL;
		}
	if (field->type == CAROM_INPUT_LOOSE && *text == '\0')
		return g_strdup("");
	*wrong = text[strspn(text, " \t\r\n")] == '\0' ? "empty" : "too long";
	return text[strspn(text, " \t\r\n")] != '\0' && length <= (glong) field->max
		       ? g_strdup(text)
		       : NULL;
}

static char *
read_address(const CaromInput *field, const char *text, const char **wrong)
{
	const CaromListAddressUse use = field->type == CAROM_INPUT_NEW_ADDRESS
						? CAROM_LIST_ADDRESS_NEW
						: CAROM_LIST_ADDRESS_ENTRY;
	g_autofree char *normal = NULL;

	*wrong = use == CAROM_LIST_ADDRESS_NEW ? "no address, and no @domain that is somebody's own"
					       : "no address and no @domain";
	/* the database makes its normal spelling of it, and keeps this one */
	return carom_list_address_read(text, use, &normal, NULL) == CAROM_OK ? g_strdup(text)
									     : NULL;
}

static char *
read_count(const CaromInput *field, const char *text, const char **wrong)
{
	guint64 number;

	*wrong = "no number in the range";
	return g_ascii_string_to_unsigned(text, 10, field->type == CAROM_INPUT_COUNT ? 1 : 0,
					  field->max, &number, NULL)
		       ? g_strdup(text)
		       : NULL;
}

/* TRUE where text is like pattern, in which 0 is any digit. */
static gboolean
is_like(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; text++, pattern++)
		if (*pattern == '0' ? !g_ascii_isdigit(*text) : *text != *pattern)
			return FALSE;
	return *text == '\0';
}

static char *
read_day(const CaromInput *field, const char *text, const char **wrong)
{
	(void) field;
	*wrong = "no day as YYYY-MM-DD";
	return is_like(text, "0000-00-00") &&
			       g_date_valid_dmy((GDateDay) atoi(text + 8),
						(GDateMonth) atoi(text + 5), (GDateYear) atoi(text))
		       ? g_strdup(text)
		       : NULL;
}

static char *
read_time(const CaromInput *field, const char *text, const char **wrong)
{
	g_autoptr(GTimeZone) utc = NULL;
	g_autoptr(GDateTime) time = NULL;
	g_autofree char *day = read_day(field, text, wrong);

	if (day != NULL)
		return g_strconcat(day, "T00:00:00Z", NULL);
	*wrong = "no time as 2026-11-28T17:05:00Z, and no day";
	/* without its zone it is not known which moment it is, and NULL comes back */
	if (field->type == CAROM_INPUT_MOMENT)
		utc = g_time_zone_new_utc();
	time = strlen(text) <= 40 ? g_date_time_new_from_iso8601(text, utc) : NULL;
	if (time == NULL && utc != NULL && is_like(text, "0000-00-00T00:00")) {
		g_autofree char *whole = g_strconcat(text, ":00Z", NULL);

		time = g_date_time_new_from_iso8601(whole, NULL);
	}
	return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%S%:z") : NULL;
}

static char *
read_flag(const CaromInput *field, const char *text, const char **wrong)
{
	(void) field;
	*wrong = "neither true nor false";
	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ? g_strdup(text) : NULL;
}

/* As an array that Postgres reads: {"a","b"}. */
static char *
read_cursor(const CaromInput *field, const char *text, const char **wrong)
{
	g_auto(GStrv) parts = carom_cursor_read(text);
	GString *array;

	(void) field;
	*wrong = "no \"next\" of a page";
	if (parts == NULL)
		return NULL;
	array = g_string_new("{");
	for (guint i = 0; parts[i] != NULL; i++) {
		g_string_append(array, i > 0 ? ",\"" : "\"");
		for (const char *p = parts[i]; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				g_string_append_c(array, '\\');
			g_string_append_c(array, *p);
		}
		g_string_append_c(array, '"');
	}
	g_string_append_c(array, '}');
	return g_string_free(array, FALSE);
}

static char *
read_place(const CaromInput *field, const char *text, const char **wrong)
{
	return strcmp(text, "initial") == 0 ? g_strdup("{}") : read_cursor(field, text, wrong);
}

static char *
read_ignored(const CaromInput *field, const char *text, const char **wrong)
{
	(void) field;
	(void) text;
	(void) wrong;
	return g_strdup("");
}

static char *
read_none(const CaromInput *field, const char *text, const char **wrong)
{
	(void) field;
	(void) text;
	*wrong = "no array";
	return NULL;
}

static const Reader readers[] = {
	[CAROM_INPUT_TEXT] = read_text,       [CAROM_INPUT_NOTE] = read_text,
	[CAROM_INPUT_ADDRESS] = read_address, [CAROM_INPUT_NEW_ADDRESS] = read_address,
	[CAROM_INPUT_ADDRESSES] = read_none,  [CAROM_INPUT_COUNT] = read_count,
	[CAROM_INPUT_TIME] = read_time,       [CAROM_INPUT_DAY] = read_day,
	[CAROM_INPUT_FLAG] = read_flag,       [CAROM_INPUT_CURSOR] = read_cursor,
	[CAROM_INPUT_LOOSE] = read_text,      [CAROM_INPUT_NUMBER] = read_count,
	[CAROM_INPUT_MOMENT] = read_time,     [CAROM_INPUT_PLACE] = read_place,
	[CAROM_INPUT_OBJECTS] = read_none,    [CAROM_INPUT_IGNORED] = read_ignored,
};

static CaromStatus
fail(const CaromInput *field, CaromInputValues *out, GError **err, const char *wrong)
{
	out->wrong = field->name;
	return carom_status_fail(err, CAROM_MALFORMED, "%s is %s", field->name, wrong);
}

/* Takes value. */
static CaromStatus
keep(const CaromInput *field, guint place, char *value, CaromInputValues *out, GError **err)
{
	if (out->values[place] != NULL) {
		g_free(value);
		return fail(field, out, err, "given twice");
	}
	out->values[place] = value;
	return CAROM_OK;
}

CaromStatus
carom_inputs_take(const CaromInput *field, guint place, const char *text, CaromInputValues *out,
		  GError **err)
{
	const char *wrong = NULL;
	char *value = readers[field->type](field, text, &wrong);

	return value ? keep(field, place, value, out, err) : fail(field, out, err, wrong);
}

/* ---- a query, a body ---------------------------------------------------------------- */

/* The place of the field; n: there is none of that name. */
static guint
find(const CaromInput *fields, guint n, const char *name)
{
	guint place = 0;

	while (place < n && strcmp(fields[place].name, name) != 0)
		place++;
	return place;
}

static CaromStatus
fail_unknown(const char *name, GError **err)
{
	/* a name is the client's own: too long, and it is not told back */
	return strlen(name) <= 64
		       ? carom_status_fail(err, CAROM_MALFORMED, "there is no field \"%s\" here",
					   name)
		       : carom_status_fail(err, CAROM_MALFORMED, "there is no such field here");
}

CaromStatus
carom_inputs_query(const CaromInput *fields, guint n, const CaromTarget *target,
		   CaromInputValues *out, GError **err)
{
	CaromStatus status = CAROM_OK;

	for (guint i = 0; i < target->n_parameters && status == CAROM_OK; i++) {
		const CaromParameter *parameter = &target->parameters[i];
		const guint place = find(fields, n, parameter->name);

		if (place == n)
			return fail_unknown(parameter->name, err);
		status = carom_inputs_take(&fields[place], place, parameter->value, out, err);
	}
	return status;
}

/* An array of texts, as JSON again. */
static CaromStatus
take_texts(const CaromInput *field, guint place, const json_t *value, CaromInputValues *out,
	   GError **err)
{
	const gsize n = json_array_size(value);
	g_autoptr(GString) text = g_string_new(NULL);

	if (!json_is_array(value) || n == 0 || n > field->max) {
		g_autofree char *wrong =
			g_strdup_printf("no array of 1 to %u addresses", field->max);

		return fail(field, out, err, wrong);
	}
	carom_json_begin_array(text);
	for (gsize i = 0; i < n; i++) {
		const char *member = json_string_value(json_array_get(value, i));

		if (member == NULL || strlen(member) > CAROM_ADDRESS_NORMAL_MAX)
			return fail(field, out, err,
				    "an array with a member that is no text of an address");
		carom_json_string(text, member);
	}
	carom_json_end_array(text);
	return keep(field, place, g_strdup(text->str), out, err);
}

static gboolean
is_number(const CaromInput *field)
{
	return field->type == CAROM_INPUT_COUNT || field->type == CAROM_INPUT_NUMBER;
}

/* An array of objects, as JSON again. */
static CaromStatus
take_objects(const CaromInput *field, guint place, const json_t *value, CaromInputValues *out,
	     GError **err)
{
	const gsize n = json_array_size(value);
	gboolean objects = n > 0 && n <= field->max;

	for (gsize i = 0; i < n && objects; i++)
		objects = json_is_object(json_array_get(value, i));
	if (!objects) {
		g_autofree char *wrong = g_strdup_printf("no array of 1 to %u objects", field->max);

		return fail(field, out, err, wrong);
	}
	return keep(field, place, json_dumps(value, JSON_COMPACT), out, err);
}

static CaromStatus
take_member(const CaromInput *field, guint place, const json_t *value, CaromInputValues *out,
	    GError **err)
{
	g_autofree char *number = NULL;

	if (json_is_null(value))
		return CAROM_OK;
	if (field->type == CAROM_INPUT_ADDRESSES)
		return take_texts(field, place, value, out, err);
	if (field->type == CAROM_INPUT_OBJECTS)
		return take_objects(field, place, value, out, err);
	if (field->type == CAROM_INPUT_IGNORED)
		return CAROM_OK;
	if (field->type == CAROM_INPUT_FLAG && json_is_boolean(value))
		return carom_inputs_take(field, place, json_is_true(value) ? "true" : "false", out,
					 err);
	if (is_number(field) && json_is_integer(value)) {
		number = g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return carom_inputs_take(field, place, number, out, err);
	}
	if (!json_is_string(value) || field->type == CAROM_INPUT_FLAG || is_number(field))
		return fail(field, out, err, "of another type");
	return carom_inputs_take(field, place, json_string_value(value), out, err);
}

CaromStatus
carom_inputs_json(const CaromInput *fields, guint n, const char *body, gsize len,
		  CaromInputValues *out, GError **err)
{
	json_error_t error;
	json_t *object = json_loadb(body, len, JSON_REJECT_DUPLICATES, &error), *value;
	CaromStatus status = CAROM_OK;
	const char *name;

	if (!json_is_object(object)) {
		json_decref(object);
		return carom_status_fail(err, CAROM_MALFORMED,
					 "the body is no JSON object (line %d, column %d)",
					 MAX(error.line, 1), MAX(error.column, 0));
	}
	json_object_foreach(object, name, value)
	{
		const guint place = find(fields, n, name);

		status = place < n ? take_member(&fields[place], place, value, out, err)
				   : fail_unknown(name, err);
		if (status != CAROM_OK)
			break;
	}
	json_decref(object);
	return status;
}

CaromStatus
carom_inputs_check(const CaromInput *fields, guint n, CaromInputValues *out, GError **err)
{
	for (guint i = 0; i < n; i++)
		if (fields[i].needed && out->values[i] == NULL)
			return fail(&fields[i], out, err, "missing");
	return CAROM_OK;
}

void
carom_inputs_clear(CaromInputValues *values)
{
	for (guint i = 0; i < CAROM_INPUTS_MOST; i++)
		g_free(values->values[i]);
	memset(values, 0, sizeof *values);
}
