/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postmaster - Google Postmaster Tools, version 2
 *
 * JSON as domains.domainStats.query and domainStats.batchQuery answer it, pages
 * one after another; or a table with a column for the day and either "metric"
 * and "value", or a column a metric.
 */
#include "config.h"

#include "stats/outside_private.h"

#include <jansson.h>
#include <string.h>

#define PROVIDER "gmail"
#define MAX_DEPTH 6 /* of objects around the list of figures */

/* ---- JSON ------------------------------------------------------------------------------------ */

/* The domain in "domains/example.com/domainStats/x"; NULL: there is none. Caller's. */
static char *
domain_of(const char *name)
{
	static const char before[] = "domains/";
	const char *domain = name && g_str_has_prefix(name, before) ? name + strlen(before) : NULL;

	return domain ? g_ascii_strdown(domain, (gssize) strcspn(domain, "/")) : NULL;
}

/* The one member of a StatisticValue, as text; NULL: it has none. Caller's. */
static char *
value_of(const json_t *value)
{
	static const char *const names[] = { "intValue", "doubleValue", "floatValue",
					     "stringValue" };
	const json_t *list = json_object_get(json_object_get(value, "stringList"), "values");
	GString *out;

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const json_t *member = json_object_get(value, names[i]);

		if (json_is_string(member)) /* int64 is one, too */
			return g_strdup(json_string_value(member));
		if (json_is_integer(member))
			return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(member));
		if (json_is_real(member))
			return g_strdup_printf("%.10f", json_real_value(member));
	}
	if (!json_is_array(list))
		return NULL;
	out = g_string_new(NULL);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *each = json_string_value(json_array_get(list, i));

		g_string_append_printf(out, "%s%s", i ? ", " : "", each ? each : "");
	}
	return g_string_free(out, FALSE);
}

static gboolean
date_of(const json_t *date, char day[CAROM_OUTSIDE_DAY])
{
	g_autofree char *text = g_strdup_printf(
		"%04d-%02d-%02d", (int) json_integer_value(json_object_get(date, "year")),
		(int) json_integer_value(json_object_get(date, "month")),
		(int) json_integer_value(json_object_get(date, "day")));

	return carom_outside_day(text, day);
}

static void
take_stat(CaromOutsideReading *reading, size_t number, const json_t *stat)
{
	const char *name = json_string_value(json_object_get(stat, "name"));
	const char *metric = json_string_value(json_object_get(stat, "metric"));
	g_autofree char *domain = domain_of(name);
	g_autofree char *plain = carom_outside_name(metric ? metric : "");
	g_autofree char *value = value_of(json_object_get(stat, "value"));
	CaromOutsideRow row = { .provider = PROVIDER,
				.subject = domain ? domain : reading->options->domain,
				.metric = plain,
				.value = value };

	if (row.subject == NULL || *row.subject == '\0')
		carom_outside_fault(reading, 0, "domainStats[%zu] names no domain; --domain does",
				    number);
	else if (metric == NULL)
		carom_outside_fault(reading, 0, "domainStats[%zu] has no metric", number);
	else if (!date_of(json_object_get(stat, "date"), row.day))
		carom_outside_fault(reading, 0,
				    "domainStats[%zu] has no date; ask for DAILY figures", number);
	else if (value != NULL) /* no value: too little mail to tell */
		carom_outside_add(reading, 0, &row);
}

/* Lists of figures, wherever they stand. TRUE: there was one. */
static gboolean
take_lists(CaromOutsideReading *reading, const json_t *value, guint depth)
{
	const json_t *stats = json_object_get(value, "domainStats");
	gboolean found = json_is_array(stats);
	const char *key;
	json_t *child;

	for (size_t i = 0; found && i < json_array_size(stats); i++)
		take_stat(reading, i, json_array_get(stats, i));
	if (depth == 0)
		return found;
	if (json_is_object(value) && !found) {
		json_object_foreach((json_t *) value, key, child) found |=
			take_lists(reading, child, depth - 1);
	} else {
		for (size_t i = 0; i < json_array_size(value); i++)
			found |= take_lists(reading, json_array_get(value, i), depth - 1);
	}
	return found;
}

/* Several documents may follow each other: the pages of one answer. */
static CaromStatus
read_json(CaromOutsideReading *reading, const char *text, gsize len, GError **err)
{
	const char *p = text, *end = text + len;
	guint64 line = 1;
	gboolean found = FALSE;

	for (;;) {
		json_error_t error;
		json_t *document;

		while (p < end && g_ascii_isspace(*p))
			line += *p++ == '\n';
		if (p == end)
			break;
		document = json_loadb(p, (size_t) (end - p), JSON_DISABLE_EOF_CHECK, &error);
		if (document == NULL) {
			carom_outside_fault(reading, line + (guint64) error.line - 1, "%s",
					    error.text);
			return CAROM_OK;
		}
		found |= take_lists(reading, document, MAX_DEPTH);
		json_decref(document);
		for (const char *stop = p + error.position; p < stop; p++)
			line += *p == '\n';
	}
	return found ? CAROM_OK
		     : carom_status_fail(err, CAROM_MALFORMED,
					 "there is no domainStats in it, as Postmaster Tools "
					 "answer");
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Columns that are no figure. */
static gboolean
is_key(const char *column)
{
	static const char *const keys[] = { "", "day", "date", "domain", "metric", "value" };

	for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
		if (strcmp(column, keys[i]) == 0)
			return TRUE;
	return FALSE;
}

static void
take_row(guint64 line, const CaromCsvRecord *record, void *data)
{
	CaromOutsideReading *reading = data;
	const char *day = carom_outside_cell(reading, record, "date");
	const char *domain = carom_outside_cell(reading, record, "domain");
	const char *metric = carom_outside_cell(reading, record, "metric");
	const char *value = carom_outside_cell(reading, record, "value");
	g_autofree char *plain = carom_outside_name(metric ? metric : "");
	CaromOutsideRow row = { .provider = PROVIDER,
				.subject = domain ? domain : reading->options->domain };

	day = day ? day : carom_outside_cell(reading, record, "day");
	if (day == NULL || !carom_outside_day(day, row.day)) {
		carom_outside_fault(reading, line, "date \"%.40s\" is no day", day ? day : "");
		return;
	}
	if (row.subject == NULL || *row.subject == '\0') {
		carom_outside_fault(reading, line, "no domain is named; --domain does");
		return;
	}
	if (metric != NULL && value != NULL) {
		row.metric = plain;
		row.value = value;
		carom_outside_add(reading, line, &row);
		return;
	}
	for (guint i = 0; i < reading->columns->len && i < record->n_cells; i++) {
		row.metric = reading->columns->pdata[i];
		row.value = record->cells[i];
		if (!is_key(row.metric) && *row.value != '\0')
			carom_outside_add(reading, line, &row);
	}
}

CaromStatus
carom_outside_read_postmaster(CaromOutsideReading *reading, const char *text, gsize len,
			      GError **err)
{
	gsize blanks = 0;

	while (blanks < len && g_ascii_isspace(text[blanks]))
		blanks++;
	reading->words = TRUE;
	if (blanks < len && (text[blanks] == '{' || text[blanks] == '['))
		return read_json(reading, text, len, err);
	reading->needed = "";
	reading->row = take_row;
	return carom_outside_table(reading, text, len, err);
}
