/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/list_export.h"
#include "base/csv.h"
#include "base/json.h"

#include <string.h>

#define PIECE (64 * 1024) /* octets that are written at once */

typedef struct {
	CaromListSyntax syntax;
	CaromListWrite write;
	void *user;
	GString *text; /* not written yet */
	guint64 entries;
} Export;

gboolean
carom_list_export_syntax(const char *name, CaromListSyntax *out)
{
	*out = strcmp(name, "ndjson") == 0 ? CAROM_LIST_NDJSON : CAROM_LIST_CSV;
	return *out == CAROM_LIST_NDJSON || strcmp(name, "csv") == 0;
}

static CaromStatus
flush(Export *export, gsize least, GError **err)
{
	CaromStatus status = CAROM_OK;

	if (export->text->len == 0 || export->text->len < least)
		return CAROM_OK;
	status = export->write(export->text->str, export->text->len, export->user, err);
	g_string_truncate(export->text, 0);
	return status;
}

static void
append_csv(GString *out, const CaromBulkRow *row)
{
	for (guint i = 0; i < CAROM_BULK_N; i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		carom_csv_text(out, row->fields[i]);
	}
	g_string_append(out, "\r\n");
}

static void
append_json(GString *out, const CaromBulkRow *row)
{
	carom_json_begin_object(out);
	for (guint i = 0; i < CAROM_BULK_N; i++)
		if (row->fields[i] != NULL && *row->fields[i] != '\0')
			carom_json_member(out, carom_bulk_name((CaromBulkField) i), row->fields[i]);
	carom_json_end_object(out);
	g_string_append_c(out, '\n');
}

static CaromStatus
take_row(const CaromBulkRow *row, void *user, GError **err)
{
	Export *export = user;
	g_autoptr(GString) line = NULL;

	export->entries++;
	if (export->syntax == CAROM_LIST_CSV) {
		append_csv(export->text, row);
	} else {
		/* by itself: lines are no list that commas part */
		line = g_string_sized_new(400);
		append_json(line, row);
		g_string_append_len(export->text, line->str, (gssize) line->len);
	}
	return flush(export, PIECE, err);
}

CaromStatus
carom_list_export(CaromStore *store, const CaromBulkFilter *filter, CaromListSyntax syntax,
		  CaromListWrite write, void *user, guint64 *entries, GError **err)
{
	g_autoptr(GString) text = g_string_sized_new(2 * PIECE);
	Export export = { .syntax = syntax, .write = write, .user = user, .text = text };
	CaromBulkRow names = { 0 };
	CaromStatus status;

	for (guint i = 0; i < CAROM_BULK_N; i++)
		names.fields[i] = carom_bulk_name((CaromBulkField) i);
	if (syntax == CAROM_LIST_CSV)
		append_csv(text, &names);
	status = carom_bulk_export(store, filter, take_row, &export, err);
	if (status == CAROM_OK)
		status = flush(&export, 0, err);
	if (entries != NULL)
		*entries = export.entries;
	return status;
}
