/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/json_records.h"

#include <string.h>

#define MAX_AROUND 8 /* brackets around the records */

typedef struct {
	char bracket;
	gboolean done; /* an object that had its array of records */
} Around;

struct CaromJsonRecords {
	CaromJsonHandler handler;
	guint64 line;  /* that is being read */
	guint64 first; /* line on which the record began */
	Around around[MAX_AROUND];
	guint n_around;
	GString *text; /* of the record so far; outside one, empty */
	guint depth;   /* of brackets in the record; 0: outside one */
	char before;   /* the last character but white space and strings ('"' for those) */
	gboolean in_string, escaped;
	gboolean at_line_start; /* only white space since the line began */
	gboolean lost;          /* up to the line's end */
};

CaromJsonRecords *
carom_json_records_new(const CaromJsonHandler *handler)
{
	CaromJsonRecords *records = g_new0(CaromJsonRecords, 1);

	records->handler = *handler;
	records->line = 1;
	records->at_line_start = TRUE;
	records->text = g_string_new(NULL);
	return records;
}

void
carom_json_records_free(CaromJsonRecords *records)
{
	if (records == NULL)
		return;
	g_string_free(records->text, TRUE);
	g_free(records);
}

static void
drop_record(CaromJsonRecords *r)
{
	g_string_truncate(r->text, 0);
	r->depth = 0;
	r->in_string = r->escaped = FALSE;
}

/* Tells of it and goes on with the next line. */
static CaromStatus
fail_record(CaromJsonRecords *r, const char *reason, GError **err)
{
	guint64 line = r->depth > 0 ? r->first : r->line;

	drop_record(r);
	r->lost = TRUE;
	return r->handler.fault(line, reason, r->handler.user, err);
}

static char
innermost(const CaromJsonRecords *r)
{
	return r->n_around > 0 ? r->around[r->n_around - 1].bracket : '\0';
}

static CaromStatus
open_around(CaromJsonRecords *r, char bracket, GError **err)
{
	if (r->n_around == MAX_AROUND)
		return fail_record(r, "more brackets around the records than 8", err);
	r->around[r->n_around++] = (Around){ .bracket = bracket };
	return CAROM_OK;
}

static CaromStatus
close_around(CaromJsonRecords *r, char c, GError **err)
{
	if (innermost(r) != (c == ']' ? '[' : '{'))
		return fail_record(r, c == ']' ? "a \"]\" too many" : "a \"}\" too many", err);
	r->n_around--;
	if (c == ']' && innermost(r) == '{')
		r->around[r->n_around - 1].done = TRUE;
	return CAROM_OK;
}

static void
begin_record(CaromJsonRecords *r)
{
	g_string_assign(r->text, "{");
	r->first = r->line;
	r->depth = 1;
}

/* TRUE where an object is a record: in an array, or at the top. */
static gboolean
is_place_of_records(const CaromJsonRecords *r)
{
	if (r->n_around == 0)
		return TRUE;
	return innermost(r) == '[' &&
	       (r->n_around == 1 || r->around[r->n_around - 2].bracket != '{' ||
		!r->around[r->n_around - 2].done);
}

static CaromStatus
take_outside(CaromJsonRecords *r, char c, GError **err)
{
	switch (c) {
	case '{':
		if (!is_place_of_records(r))
			return open_around(r, c, err);
		begin_record(r);
		return CAROM_OK;
	case '[':
		return open_around(r, c, err);
	case ']':
	case '}':
		return close_around(r, c, err);
	case '"':
		r->in_string = r->n_around > 0;
		break;
	default:
		break;
	}
	if (r->n_around == 0)
		return fail_record(r, "an object of JSON is expected, which begins with \"{\"",
				   err);
	return CAROM_OK;
}

static CaromStatus
end_record(CaromJsonRecords *r, GError **err)
{
	/* whatever comes of it, the text is kept until it was seen */
	CaromStatus status =
		r->handler.record(r->first, r->text->str, r->text->len, r->handler.user, err);

	drop_record(r);
	return status;
}

static CaromStatus
take_inside(CaromJsonRecords *r, char c, GError **err)
{
	/* the array of records in what an API answered */
	if (c == '{' && r->depth == 2 && r->before == '[' && r->n_around == 0) {
		CaromStatus status = open_around(r, '{', err);

		if (status == CAROM_OK)
			status = open_around(r, '[', err);
		if (status == CAROM_OK)
			begin_record(r);
		return status;
	}
	/* a line that begins an object where none can be: the one before it had no end */
	if (c == '{' && r->at_line_start && strchr(":,[", r->before) == NULL) {
		CaromStatus status =
			fail_record(r, "an object without its end, which is \"}\"", err);

		r->lost = FALSE;
		return status == CAROM_OK ? take_outside(r, c, err) : status;
	}
	g_string_append_c(r->text, c);
	if (c == '"')
		r->in_string = TRUE;
	else if (c == '{' || c == '[')
		r->depth++;
	else if ((c == '}' || c == ']') && --r->depth == 0)
		return end_record(r, err);
	return CAROM_OK;
}

static CaromStatus
take_in_string(CaromJsonRecords *r, char c, GError **err)
{
	if (c == '\n')
		return fail_record(r, "a string without its end, which is a quote", err);
	if (r->depth > 0)
		g_string_append_c(r->text, c);
	if (r->escaped)
		r->escaped = FALSE;
	else if (c == '\\')
		r->escaped = TRUE;
	else if (c == '"')
		r->in_string = FALSE;
	return CAROM_OK;
}

static CaromStatus
take(CaromJsonRecords *r, char c, GError **err)
{
	gboolean space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
	CaromStatus status = CAROM_OK;

	if (r->lost)
		r->lost = c != '\n';
	else if (r->in_string)
		status = take_in_string(r, c, err);
	else if (!space)
		status = r->depth > 0 ? take_inside(r, c, err) : take_outside(r, c, err);
	else if (r->depth > 0)
		g_string_append_c(r->text, c);
	if (!space && !r->in_string)
		r->before = c;
	if (c == '\n') {
		r->line++;
		r->at_line_start = TRUE;
		r->lost = FALSE;
	} else if (!space) {
		r->at_line_start = FALSE;
	}
	if (status == CAROM_OK && r->text->len > CAROM_JSON_RECORDS_MAX)
		status = fail_record(r, "an object of more than 64 KiB; is this the right file?",
				     err);
	return status;
}

/* What stands in a string and ends nothing, at once. */
static gsize
take_run(CaromJsonRecords *r, const char *p, gsize n)
{
	gsize run = 0;

	if (!r->in_string || r->escaped || r->lost)
		return 0;
	/* one more than fits is for take() to see */
	n = MIN(n, CAROM_JSON_RECORDS_MAX - MIN(CAROM_JSON_RECORDS_MAX, r->text->len));
	while (run < n && p[run] != '"' && p[run] != '\\' && p[run] != '\n')
		run++;
	if (r->depth > 0)
		g_string_append_len(r->text, p, (gssize) run);
	return run;
}

CaromStatus
carom_json_records_push(CaromJsonRecords *records, const char *text, gsize len, GError **err)
{
	CaromStatus status = CAROM_OK;

	while (status == CAROM_OK && len > 0) {
		gsize run = take_run(records, text, len);

		if (run == 0) {
			status = take(records, *text, err);
			run = 1;
		}
		text += run;
		len -= run;
	}
	return status;
}

CaromStatus
carom_json_records_end(CaromJsonRecords *records, GError **err)
{
	if (records->depth > 0)
		return fail_record(records, "the file ends inside an object; was it cut short?",
				   err);
	if (records->n_around > 0)
		return fail_record(records, "the file ends inside an array; was it cut short?",
				   err);
	return CAROM_OK;
}
