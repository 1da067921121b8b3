/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/outside_private.h"
#include "base/json.h"
#include "base/text_input.h"
#include "store/figures.h"

#include <string.h>

#define MOST_ROWS 2000000
#define MOST_TOLD 20 /* faults */
#define MAX_WORD 255

static const struct {
	const char *name;
	CaromStatus (*read)(CaromOutsideReading *reading, const char *text, gsize len,
			    GError **err);
} sources[] = {
	{ "counts", carom_outside_read_counts },
	{ "snds", carom_outside_read_snds },
	{ "postmaster", carom_outside_read_postmaster },
};

void
carom_outside_fault(CaromOutsideReading *reading, guint64 line, const char *format, ...)
{
	g_autofree char *reason = NULL;
	va_list args;

	va_start(args, format);
	reason = g_strdup_vprintf(format, args);
	va_end(args);
	reading->result->faults++;
	if (reading->options->fault != NULL && reading->result->faults <= MOST_TOLD)
		reading->options->fault(line, reason, reading->options->user);
}

/* ---- figures ------------------------------------------------------------------------------- */

static gboolean
day_of(int year, int month, int day, char out[CAROM_OUTSIDE_DAY])
{
	g_autoptr(GDateTime) date =
		year >= 2000 && year < 3000 ? g_date_time_new_utc(year, month, day, 0, 0, 0) : NULL;

	if (date != NULL)
		g_snprintf(out, CAROM_OUTSIDE_DAY, "%04d-%02d-%02d", year, month, day);
	return date != NULL;
}

/* Up to so many digits. FALSE: there is none. */
static gboolean
take_number(const char **p, int most, int *out)
{
	int n = 0;

	for (*out = 0; n < most && g_ascii_isdigit(**p); n++, (*p)++)
		*out = *out * 10 + (**p - '0');
	return n > 0;
}

static gboolean
take_char(const char **p, char c)
{
	if (**p != c)
		return FALSE;
	(*p)++;
	return TRUE;
}

gboolean
carom_outside_day(const char *text, char day[CAROM_OUTSIDE_DAY])
{
	const char *p = text;
	int a, b, c;

	if (!take_number(&p, 4, &a))
		return FALSE;
	if (take_char(&p, '/')) /* as Americans write it */
		return take_number(&p, 2, &b) && take_char(&p, '/') && take_number(&p, 4, &c) &&
		       (*p == '\0' || *p == ' ') && day_of(c, a, b, day);
	if (g_ascii_isdigit(*p)) /* "20261128" */
		return take_number(&p, 2, &b) && take_number(&p, 2, &c) && *p == '\0' &&
		       day_of(a, b, c, day);
	return take_char(&p, '-') && take_number(&p, 2, &b) && take_char(&p, '-') &&
	       take_number(&p, 2, &c) && (*p == '\0' || *p == ' ' || *p == 'T') &&
	       day_of(a, b, c, day);
}

/*
 * A number of at most so many digits, of which per cent are hundredths. *whole:
 * there is nothing else but a sign of less or more before it. *out is the caller's; NULL: it is
 * none.
 */
static char *
number_of(const char *text, gboolean *whole)
{
	const char *p = text + strspn(text, "<>=~ ");
	const gsize digits = strspn(p, "0123456789");
	const gsize fraction = p[digits] == '.' ? 1 + strspn(p + digits + 1, "0123456789") : 0;
	const char *rest = p + digits + fraction;
	char number[64];
	gsize blanks = strspn(rest, " ");

	*whole = p == text;
	if (digits == 0 || digits + fraction > 30 || fraction == 1)
		return NULL;
	memcpy(number, p, digits + fraction);
	number[digits + fraction] = '\0';
	if (rest[blanks] == '%' && rest[blanks + 1] == '\0') {
		g_strlcat(number, "e-2", sizeof number);
		return g_strdup(number);
	}
	return rest[blanks] == '\0' ? g_strdup(number) : NULL;
}

static gboolean
is_metric(const char *metric)
{
	return *metric != '\0' && strlen(metric) <= 64 &&
	       strspn(metric, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(metric);
}

static void
member(GString *json, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		carom_json_member(json, name, value);
}

static gboolean
is_sound(CaromOutsideReading *reading, guint64 line, const CaromOutsideRow *row)
{
	const CaromOutsideOptions *o = reading->options;
	const char *const texts[] = { row->account, row->stream, row->provider, row->subject };

	if (!is_metric(row->metric)) {
		carom_outside_fault(reading, line,
				    "metric \"%s\" is not of a-z, 0-9 and _, at most 64",
				    row->metric);
		return FALSE;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		if (texts[i] != NULL && strlen(texts[i]) > 128) {
			carom_outside_fault(reading, line, "\"%.40s…\" is too long", texts[i]);
			return FALSE;
		}
	if (row->provider != NULL && *row->provider != '\0' && o->is_provider != NULL &&
	    !o->is_provider(row->provider, o->user)) {
		carom_outside_fault(reading, line,
				    "there is no provider \"%s\" (carom-providers(5))",
				    row->provider);
		return FALSE;
	}
	if (reading->result->rows >= MOST_ROWS) {
		carom_outside_fault(reading, line, "there are more than %d figures", MOST_ROWS);
		return FALSE;
	}
	return TRUE;
}

void
carom_outside_add(CaromOutsideReading *reading, guint64 line, const CaromOutsideRow *row)
{
	gboolean whole;
	g_autofree char *number = number_of(row->value, &whole);
	GString *json = reading->json;

	if (!is_sound(reading, line, row))
		return;
	if (number == NULL && (!reading->words || strlen(row->value) > MAX_WORD)) {
		carom_outside_fault(reading, line, "value \"%.40s\" is no number", row->value);
		return;
	}
	carom_json_begin_object(json);
	carom_json_member(json, "day", row->day);
	member(json, "account", row->account);
	member(json, "stream", row->stream);
	member(json, "provider", row->provider);
	member(json, "subject", row->subject);
	member(json, "dimension", row->dimension);
	carom_json_member(json, "metric", row->metric);
	member(json, "value", number);
	if (number == NULL || !whole)
		member(json, "word", row->value);
	carom_json_end_object(json);
	reading->result->rows++;
	if (strcmp(row->day, reading->result->newest) > 0)
		memcpy(reading->result->newest, row->day, sizeof row->day);
}

/* ---- tables -------------------------------------------------------------------------------- */

char *
carom_outside_name(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++)
		if (g_ascii_isalnum(*text))
			g_string_append_c(out, g_ascii_tolower(*text));
		else if (out->len > 0 && out->str[out->len - 1] != '_')
			g_string_append_c(out, '_');
	while (out->len > 0 && out->str[out->len - 1] == '_')
		g_string_truncate(out, out->len - 1);
	return g_string_free(out, FALSE);
}

static int
column_of(const CaromOutsideReading *reading, const char *name)
{
	for (guint i = 0; i < reading->columns->len; i++)
		if (strcmp(reading->columns->pdata[i], name) == 0)
			return (int) i;
	return -1;
}

const char *
carom_outside_cell(const CaromOutsideReading *reading, const CaromCsvRecord *record,
		   const char *column)
{
	const int i = column_of(reading, column);

	return i >= 0 && (guint) i < record->n_cells && *record->cells[i] ? record->cells[i] : NULL;
}

/* The first record: names, or a row of a file that has no heading. FALSE: it is a row. */
static gboolean
take_heading(CaromOutsideReading *reading, const CaromCsvRecord *record)
{
	g_auto(GStrv) needed = g_strsplit(reading->needed, " ", -1);
	gboolean is_row = reading->headless != NULL && g_hostname_is_ip_address(record->cells[0]);

	for (guint i = 0; !is_row && i < record->n_cells; i++)
		g_ptr_array_add(reading->columns, carom_outside_name(record->cells[i]));
	for (gsize i = 0; is_row && i < reading->n_headless; i++)
		g_ptr_array_add(reading->columns, g_strdup(reading->headless[i]));
	for (char **name = needed; *name; name++)
		if (column_of(reading, *name) < 0)
			carom_outside_fault(reading, record->line, "there is no column \"%s\"",
					    *name);
	return !is_row;
}

static CaromStatus
take_record(const CaromCsvRecord *record, void *user, GError **err)
{
	CaromOutsideReading *reading = user;

	if (reading->columns->len == 0 && take_heading(reading, record))
		/* what its cells mean is not known, so they have no faults of their own */
		return reading->result->faults == 0 ? CAROM_OK
						    : carom_status_fail(err, CAROM_MALFORMED,
									"not the columns that "
									"are expected");
	reading->row(record->line, record, reading);
	return CAROM_OK;
}

static CaromStatus
take_fault(const CaromCsvFault *fault, void *user, GError **err)
{
	(void) err;
	carom_outside_fault(user, fault->line, "%s", fault->reason);
	return CAROM_OK;
}

static CaromStatus
push(const char *text, gsize len, void *user, GError **err)
{
	return carom_csv_reader_push(user, text, len, err);
}

CaromStatus
carom_outside_table(CaromOutsideReading *reading, const char *text, gsize len, GError **err)
{
	const CaromCsvHandler handler = { take_record, take_fault, reading };
	g_autoptr(CaromCsvReader) csv = carom_csv_reader_new(&handler);
	CaromTextInput input;
	CaromStatus status;

	carom_text_input_init(&input, push, csv);
	status = carom_text_input_push(&input, text, len, err);
	if (status == CAROM_OK)
		status = carom_text_input_end(&input, err);
	if (status == CAROM_OK)
		status = carom_csv_reader_end(csv, err);
	carom_text_input_clear(&input);
	return status;
}

/* ---- a file ---------------------------------------------------------------------------------- */

CaromStatus
carom_outside_import(CaromStore *store, const char *source, const char *text, gsize len,
		     const CaromOutsideOptions *options, CaromOutsideResult *result, GError **err)
{
	g_autoptr(GString) json = g_string_new(NULL);
	g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) said = NULL;
	CaromOutsideReading reading = {
		.options = options, .result = result, .json = json, .columns = columns
	};
	CaromStatus status = CAROM_MISUSE;

	*result = (CaromOutsideResult){ 0 };
	carom_json_begin_array(json);
	for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
		if (strcmp(sources[i].name, source) == 0)
			status = sources[i].read(&reading, text, len, &said);
	carom_json_end_array(json);
	if (status == CAROM_OK && result->faults == 0 && result->rows == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "there is no figure in it");
	if (result->faults > 0)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "%" G_GUINT64_FORMAT " fault%s: nothing was taken",
					 result->faults, result->faults == 1 ? "" : "s");
	if (status != CAROM_OK) {
		g_propagate_error(err, g_steal_pointer(&said));
		return status;
	}
	return carom_figures_set(store, source, json->str, &result->added, &result->changed,
				 &result->same, err);
}
