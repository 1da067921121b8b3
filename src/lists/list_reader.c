/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/list_reader.h"
#include "base/csv.h"
#include "base/csv_reader.h"
#include "base/json_records.h"
#include "base/text.h"
#include "base/text_input.h"
#include "lists/list_address.h"
#include "lists/list_time.h"

#include <jansson.h>
#include <string.h>

struct CaromListReader {
	CaromListOptions options;
	CaromListHandler handler;
	CaromTextInput input;
	CaromCsvReader *csv; /* what the file turned out to be; or */
	CaromJsonRecords *json;
	GString *begin;         /* white space before its first character */
	CaromListRecord record; /* its format is NULL until it is known */
	GPtrArray *names;       /* CSV: of the file's columns */
	GArray *columns;        /* CSV: int, the format's column for each of the file's; -1: none */
	GHashTable *members;    /* JSON: name → the format's column + 2; 1: none */
	GPtrArray *scratch;     /* texts of this record */
};

static char *
keep(CaromListReader *r, char *text)
{
	g_ptr_array_add(r->scratch, text);
	return text;
}

/* ---- faults ---------------------------------------------------------------------------- */

static CaromStatus
tell(CaromListReader *r, guint64 line, guint column, const char *name, const char *reason,
     GError **err)
{
	const CaromListFault fault = { line, column, name, reason };

	return r->handler.fault(&fault, r->handler.user, err);
}

/* Of a column of the format; -1: of none. */
static CaromStatus
tell_of_column(guint64 line, int column, const char *reason, void *user, GError **err)
{
	CaromListReader *r = user;
	const CaromListFormat *format = r->record.format;
	g_autofree char *name = NULL;

	if (column < 0)
		return tell(r, line, 0, NULL, reason, err);
	for (guint i = 0; i < r->columns->len; i++)
		if (g_array_index(r->columns, int, i) == column)
			return tell(r, line, i + 1, i < r->names->len ? r->names->pdata[i] : NULL,
				    reason, err);
	name = g_strndup(format->columns[column].names,
			 strcspn(format->columns[column].names, " "));
	return tell(r, line, 0, name, reason, err);
}

/* ---- entries --------------------------------------------------------------------------- */

/* What the database keeps of a field, in characters. */
static const guint most[CAROM_BULK_N] = {
	[CAROM_BULK_ACCOUNT] = 128,   [CAROM_BULK_STREAM] = 128,  [CAROM_BULK_REASON] = 100,
	[CAROM_BULK_PROVIDER] = 64,   [CAROM_BULK_STATUS] = 20,   [CAROM_BULK_RULE] = 100,
	[CAROM_BULK_CONFIDENCE] = 20, [CAROM_BULK_SAID_BY] = 255, [CAROM_BULK_AUTHOR] = 100,
	[CAROM_BULK_NOTE] = 2000,
};

/* The column that a field was taken from; -1: from none. */
static int
column_of(const CaromListReader *r, const char *field)
{
	for (guint i = 0; i < r->record.format->n_columns; i++)
		if (field != NULL && field == r->record.cells[i])
			return (int) i;
	return -1;
}

static CaromStatus fail_field(CaromListReader *r, const CaromBulkRow *row, CaromBulkField field,
			      GError **err, const char *format, ...) G_GNUC_PRINTF(5, 6);

static CaromStatus
fail_field(CaromListReader *r, const CaromBulkRow *row, CaromBulkField field, GError **err,
	   const char *format, ...)
{
	g_autofree char *reason = NULL;
	va_list args;

	va_start(args, format);
	reason = g_strdup_vprintf(format, args);
	va_end(args);
	return tell_of_column(row->line, column_of(r, row->fields[field]), reason, r, err);
}

static gboolean
is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

/*
 * The steps that make a row fit to be handed in. Each returns FALSE where the
 * row is at fault, and *status is what telling so came to.
 */
typedef struct {
	CaromListReader *reader;
	CaromBulkRow *row;
	CaromStatus status;
	GError **err;
} Check;

static gboolean
check_address(Check *c)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *other = NULL;
	char *normal = NULL;
	const char *given = c->row->fields[CAROM_BULK_ADDRESS];
	const char *spelling = c->row->fields[CAROM_BULK_SPELLING];

	if (carom_list_address_read(given, CAROM_LIST_ADDRESS_NEW, &normal, &error) != CAROM_OK) {
		c->status = fail_field(c->reader, c->row, CAROM_BULK_ADDRESS, c->err, "%s",
				       error->message);
		return FALSE;
	}
	keep(c->reader, normal);
	if (!is_empty(spelling) &&
	    (carom_list_address_read(spelling, CAROM_LIST_ADDRESS_NEW, &other, NULL) != CAROM_OK ||
	     strcmp(other, normal) != 0)) {
		c->status = fail_field(c->reader, c->row, CAROM_BULK_SPELLING, c->err,
				       "no spelling of this address; leave it empty");
		return FALSE;
	}
	if (is_empty(spelling) && strcmp(given, normal) != 0)
		c->row->fields[CAROM_BULK_SPELLING] = keep(c->reader, g_strstrip(g_strdup(given)));
	c->row->fields[CAROM_BULK_ADDRESS] = normal;
	return TRUE;
}

static gboolean
check_reason(Check *c)
{
	const char *reason = c->row->fields[CAROM_BULK_REASON];

	if (reason != NULL && reason[strspn(reason, " \t\r\n")] != '\0')
		return TRUE;
	if (c->reader->options.reason != NULL) {
		c->row->fields[CAROM_BULK_REASON] = c->reader->options.reason;
		return TRUE;
	}
	c->status = fail_field(c->reader, c->row, CAROM_BULK_REASON, c->err,
			       "a reason is expected (--reason gives one to all that have none)");
	return FALSE;
}

static gboolean
check_source(Check *c)
{
	static const char *const sources[] = { "bounce",   "complaint", "unsubscribe",
					       "upstream", "staff",     "import" };
	const char *source = c->row->fields[CAROM_BULK_SOURCE];
	g_autofree char *shown = NULL;

	if (is_empty(source)) {
		c->row->fields[CAROM_BULK_SOURCE] = "import";
		return TRUE;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(sources); i++)
		if (strcmp(source, sources[i]) == 0)
			return TRUE;
	shown = carom_text_printable(source, 60);
	c->status = fail_field(c->reader, c->row, CAROM_BULK_SOURCE, c->err,
			       "\"%s\" is no source: bounce, complaint, unsubscribe, upstream, "
			       "staff or import",
			       shown);
	return FALSE;
}

static gboolean
check_time(Check *c, CaromBulkField field)
{
	const char *given = c->row->fields[field];
	g_autofree char *shown = NULL;
	char *time;

	if (is_empty(given) || carom_list_time_is_normal(given))
		return TRUE;
	time = carom_list_time_read(given);
	if (time != NULL) {
		c->row->fields[field] = keep(c->reader, time);
		return TRUE;
	}
	shown = carom_text_printable(given, 60);
	c->status = fail_field(c->reader, c->row, field, c->err,
			       "\"%s\" is no time; expected is " CAROM_LIST_TIME_FORMS, shown);
	return FALSE;
}

/* What is too long is a fault where carom wrote it, or where it says whose mail is meant; of what a
 * provider said, the beginning is kept. */
static gboolean
check_length(Check *c, CaromBulkField field)
{
	const char *text = c->row->fields[field];
	guint limit = most[field];

	if (text == NULL || limit == 0 || strlen(text) <= limit ||
	    g_utf8_strlen(text, -1) <= (glong) limit)
		return TRUE;
	if (c->reader->record.format->ours || field == CAROM_BULK_ACCOUNT ||
	    field == CAROM_BULK_STREAM) {
		c->status = fail_field(c->reader, c->row, field, c->err,
				       "too long: %u characters are kept at most", limit);
		return FALSE;
	}
	c->row->fields[field] = keep(c->reader, g_utf8_substring(text, 0, limit));
	return TRUE;
}

static CaromStatus
take_row(CaromBulkRow *row, void *user, GError **err)
{
	CaromListReader *r = user;
	Check check = { r, row, CAROM_OK, err };

	if (r->options.account != NULL)
		row->fields[CAROM_BULK_ACCOUNT] = r->options.account;
	if (r->options.stream != NULL)
		row->fields[CAROM_BULK_STREAM] = r->options.stream;
	if (!check_address(&check) || !check_reason(&check) || !check_source(&check) ||
	    !check_time(&check, CAROM_BULK_SINCE) || !check_time(&check, CAROM_BULK_EXPIRES))
		return check.status;
	for (guint i = 0; i < CAROM_BULK_N; i++)
		if (!check_length(&check, (CaromBulkField) i))
			return check.status;
	return r->handler.entry(row, r->handler.user, err);
}

static CaromStatus
read_record(CaromListReader *r, guint64 line, GError **err)
{
	CaromStatus status;

	r->record.line = line;
	status = r->record.format->read(&r->record, err);
	g_ptr_array_set_size(r->scratch, 0);
	return status;
}

/* ---- CSV ------------------------------------------------------------------------------- */

/* An option for what the file says itself would be two answers to one question. */
static CaromStatus
check_options(const CaromListReader *r, const CaromListFormat *format, GError **err)
{
	const struct {
		const char *given;
		const char *name;
		CaromBulkField field;
	} options[] = {
		{ r->options.account, "account", CAROM_BULK_ACCOUNT },
		{ r->options.stream, "stream", CAROM_BULK_STREAM },
	};

	for (gsize i = 0; format->ours && i < G_N_ELEMENTS(options); i++)
		for (guint c = 0; options[i].given != NULL && c < r->columns->len; c++)
			if (g_array_index(r->columns, int, c) == (int) options[i].field)
				return carom_status_fail(
					err, CAROM_MISUSE,
					"the file has a column %s, so --%s cannot say it",
					options[i].name, options[i].name);
	return CAROM_OK;
}

/* The names are these; the format is given, or chosen by them. */
static CaromStatus
map_columns(CaromListReader *r, const char *const *names, guint n, GError **err)
{
	gboolean there[CAROM_LIST_MAX_COLUMNS] = { FALSE };
	const CaromListFormat *format = r->options.format;
	CaromStatus status = CAROM_OK;

	if (format == NULL)
		status = carom_list_format_choose(names, n, &format, err);
	for (guint i = 0; status == CAROM_OK && i < n; i++) {
		int column = carom_list_format_column(format, names[i]);
		g_autofree char *shown = carom_text_printable(names[i], 60);

		g_ptr_array_add(r->names, g_strdup(shown));
		g_array_append_val(r->columns, column);
		if (column < 0 && format->ours)
			status = carom_status_fail(err, CAROM_MALFORMED,
						   "line 1, column %u: \"%s\" is no column that "
						   "carom knows",
						   i + 1, shown);
		else if (column >= 0 && there[column])
			status = carom_status_fail(err, CAROM_MALFORMED,
						   "line 1, column %u: a second column \"%s\"",
						   i + 1, shown);
		else if (column >= 0)
			there[column] = TRUE;
	}
	for (guint i = 0; status == CAROM_OK && i < format->n_columns; i++)
		if (format->columns[i].needed && !there[i])
			status = carom_status_fail(
				err, CAROM_MALFORMED,
				"line 1: a file of the form %s has a column \"%s\", and this one "
				"has not",
				format->name, format->columns[i].names);
	if (status == CAROM_OK)
		status = check_options(r, format, err);
	if (status == CAROM_OK)
		r->record.format = format;
	return status;
}

/* The format of a file whose first line is an entry already. */
static CaromStatus
map_headless(CaromListReader *r, guint n, GError **err)
{
	gsize n_formats;
	const CaromListFormat *const *formats = carom_list_formats(&n_formats);
	const CaromListFormat *format = r->options.format;

	for (gsize i = 0; format == NULL && i < n_formats; i++)
		if (formats[i]->n_headless == n)
			format = formats[i];
	if (format == NULL || format->n_headless != n)
		return carom_status_fail(
			err, CAROM_MALFORMED,
			"line 1: the names of the columns are expected there, such "
			"as address,reason");
	for (int i = 0; i < (int) n; i++)
		g_array_append_val(r->columns, i);
	r->record.format = format;
	return CAROM_OK;
}

static void
fill_from_csv(CaromListReader *r, const CaromCsvRecord *record)
{
	for (guint i = 0; i < r->columns->len; i++) {
		int column = g_array_index(r->columns, int, i);

		if (column >= 0)
			r->record.cells[column] = r->record.format->ours
							  ? carom_csv_undo(record->cells[i])
							  : record->cells[i];
	}
}

/* Spreadsheets save columns that were once used, without a name. */
static guint
named_columns(const CaromCsvRecord *record)
{
	guint n = record->n_cells;

	while (n > 1 && *record->cells[n - 1] == '\0')
		n--;
	return n;
}

static CaromStatus
take_csv(const CaromCsvRecord *record, void *user, GError **err)
{
	CaromListReader *r = user;
	gboolean first = r->record.format == NULL;
	CaromStatus status = CAROM_OK;

	if (first && strchr(record->cells[0], '@') != NULL)
		status = map_headless(r, record->n_cells, err);
	else if (first)
		return map_columns(r, record->cells, named_columns(record), err);
	if (status != CAROM_OK)
		return status;
	for (guint i = r->columns->len; i < record->n_cells; i++)
		if (*record->cells[i] != '\0')
			return tell(r, record->line, i + 1, NULL,
				    "a cell more than there are columns", err);
	if (record->n_cells < r->columns->len) {
		g_autofree char *reason =
			g_strdup_printf("%u of the %u columns; was the file cut short?",
					record->n_cells, r->columns->len);

		return tell(r, record->line, record->n_cells, NULL, reason, err);
	}
	fill_from_csv(r, record);
	return read_record(r, record->line, err);
}

static CaromStatus
take_csv_fault(const CaromCsvFault *fault, void *user, GError **err)
{
	CaromListReader *r = user;

	if (r->record.format == NULL)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "line %" G_GUINT64_FORMAT ", column %u: %s", fault->line,
					 fault->column, fault->reason);
	return tell(r, fault->line, fault->column,
		    fault->column > 0 && fault->column <= r->names->len
			    ? r->names->pdata[fault->column - 1]
			    : NULL,
		    fault->reason, err);
}

/* ---- JSON ------------------------------------------------------------------------------ */

/* The text of a value. FALSE: an object. */
static gboolean
text_of_value(CaromListReader *r, const json_t *value, const char **out)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		*out = json_string_value(value);
		return TRUE;
	case JSON_TRUE:
	case JSON_FALSE:
		*out = json_is_true(value) ? "true" : "false";
		return TRUE;
	case JSON_NULL:
		*out = "";
		return TRUE;
	case JSON_INTEGER:
		*out = keep(r, g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
		return TRUE;
	case JSON_REAL:
		*out = keep(r, g_strdup_printf("%.6f", json_real_value(value)));
		return TRUE;
	case JSON_ARRAY: {
		GString *texts = g_string_new(NULL);

		/* of texts, such as tags */
		for (gsize i = 0; i < json_array_size(value); i++) {
			const char *text = json_string_value(json_array_get(value, i));

			if (text != NULL)
				g_string_append_printf(texts, "%s%s", texts->len > 0 ? "," : "",
						       text);
		}
		*out = keep(r, g_string_free(texts, FALSE));
		return TRUE;
	}
	default:
		return FALSE;
	}
}

/* The format's column for a member; -1: it has none. */
static int
column_of_member(CaromListReader *r, const char *name)
{
	int column = GPOINTER_TO_INT(g_hash_table_lookup(r->members, name));

	if (column != 0)
		return column - 2;
	column = carom_list_format_column(r->record.format, name);
	/* names come from the file: not without end */
	if (g_hash_table_size(r->members) < 1000)
		g_hash_table_insert(r->members, g_strdup(name), GINT_TO_POINTER(column + 2));
	return column;
}

/* The format of a file of JSON is known by its first object. */
static CaromStatus
choose_by_members(CaromListReader *r, json_t *object, GError **err)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const CaromListFormat *format = r->options.format;
	const char *name;
	json_t *value;
	CaromStatus status = CAROM_OK;

	json_object_foreach(object, name, value) g_ptr_array_add(names, (char *) name);
	if (format == NULL)
		status = carom_list_format_choose((const char *const *) names->pdata, names->len,
						  &format, err);
	r->record.format = format;
	return status;
}

/* Fills the cells. FALSE: the object is at fault, and *status is what telling so came to. */
static gboolean
fill_from_json(CaromListReader *r, guint64 line, json_t *object, CaromStatus *status, GError **err)
{
	const CaromListFormat *format = r->record.format;
	const char *name, *reason = NULL, *text;
	json_t *value;

	memset(r->record.cells, 0, sizeof r->record.cells);
	json_object_foreach(object, name, value)
	{
		int column = column_of_member(r, name);

		if (column < 0 && format->ours)
			reason = "a member that carom does not know";
		else if (column >= 0 && !text_of_value(r, value, &text))
			reason = "an object, where a text is expected";
		else if (column >= 0 && format->ours &&
			 ((column == CAROM_BULK_ACCOUNT && r->options.account != NULL) ||
			  (column == CAROM_BULK_STREAM && r->options.stream != NULL)))
			reason = "the file says it, so an option cannot";
		else if (column >= 0)
			r->record.cells[column] = text;
		if (reason != NULL) {
			g_autofree char *shown = carom_text_printable(name, 60);

			*status = tell(r, line, 0, shown, reason, err);
			return FALSE;
		}
	}
	for (guint i = 0; i < format->n_columns; i++)
		if (format->columns[i].needed && r->record.cells[i] == NULL) {
			*status = tell_of_column(line, (int) i, "this member is expected", r, err);
			return FALSE;
		}
	return TRUE;
}

static CaromStatus
take_json(guint64 line, const char *text, gsize len, void *user, GError **err)
{
	CaromListReader *r = user;
	json_error_t error;
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	CaromStatus status = CAROM_OK;

	if (object == NULL) {
		g_autofree char *shown = carom_text_printable(error.text, 150);
		g_autofree char *reason =
			g_strdup_printf("no JSON at character %d: %s", error.column, shown);

		return tell(r, line + (guint64) MAX(0, error.line - 1), 0, NULL, reason, err);
	}
	if (r->record.format == NULL)
		status = choose_by_members(r, object, err);
	if (status == CAROM_OK && fill_from_json(r, line, object, &status, err))
		status = read_record(r, line, err);
	g_ptr_array_set_size(r->scratch, 0);
	json_decref(object);
	return status;
}

static CaromStatus
take_json_fault(guint64 line, const char *reason, void *user, GError **err)
{
	return tell(user, line, 0, NULL, reason, err);
}

/* ---- the file -------------------------------------------------------------------------- */

static CaromStatus
push_on(CaromListReader *r, const char *text, gsize len, GError **err)
{
	return r->json != NULL ? carom_json_records_push(r->json, text, len, err)
			       : carom_csv_reader_push(r->csv, text, len, err);
}

static void
begin_syntax(CaromListReader *r, char first)
{
	const CaromCsvHandler csv = { take_csv, take_csv_fault, r };
	const CaromJsonHandler json = { take_json, take_json_fault, r };

	if (first == '{' || first == '[')
		r->json = carom_json_records_new(&json);
	else
		r->csv = carom_csv_reader_new(&csv);
}

static CaromStatus
take_text(const char *text, gsize len, void *user, GError **err)
{
	CaromListReader *r = user;
	CaromStatus status = CAROM_OK;

	if (r->csv == NULL && r->json == NULL) {
		gsize blank = 0;

		while (blank < len && strchr(" \t\r\n", text[blank]) != NULL && text[blank] != '\0')
			blank++;
		if (blank == len && r->begin->len + len < CAROM_CSV_MAX_RECORD) {
			g_string_append_len(r->begin, text, (gssize) len);
			return CAROM_OK;
		}
		begin_syntax(r, blank < len ? text[blank] : ' ');
		status = push_on(r, r->begin->str, r->begin->len, err);
	}
	return status == CAROM_OK ? push_on(r, text, len, err) : status;
}

CaromListReader *
carom_list_reader_new(const CaromListOptions *options, const CaromListHandler *handler)
{
	CaromListReader *r = g_new0(CaromListReader, 1);

	r->options = *options;
	r->handler = *handler;
	carom_text_input_init(&r->input, take_text, r);
	r->begin = g_string_new(NULL);
	r->names = g_ptr_array_new_with_free_func(g_free);
	r->columns = g_array_new(FALSE, FALSE, sizeof(int));
	r->members = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->scratch = g_ptr_array_new_with_free_func(g_free);
	r->record.list = options->list;
	r->record.take = take_row;
	r->record.fault = tell_of_column;
	r->record.user = r;
	return r;
}

void
carom_list_reader_free(CaromListReader *reader)
{
	if (reader == NULL)
		return;
	carom_text_input_clear(&reader->input);
	carom_csv_reader_free(reader->csv);
	carom_json_records_free(reader->json);
	g_string_free(reader->begin, TRUE);
	g_ptr_array_unref(reader->names);
	g_array_unref(reader->columns);
	g_hash_table_unref(reader->members);
	g_ptr_array_unref(reader->scratch);
	g_free(reader);
}

CaromStatus
carom_list_reader_push(CaromListReader *reader, const char *bytes, gsize len, GError **err)
{
	return carom_text_input_push(&reader->input, bytes, len, err);
}

CaromStatus
carom_list_reader_end(CaromListReader *reader, GError **err)
{
	CaromStatus status = carom_text_input_end(&reader->input, err);

	if (status == CAROM_OK && reader->json != NULL)
		status = carom_json_records_end(reader->json, err);
	else if (status == CAROM_OK && reader->csv != NULL)
		status = carom_csv_reader_end(reader->csv, err);
	return status;
}

const CaromListFormat *
carom_list_reader_format(const CaromListReader *reader)
{
	return reader->record.format;
}
