/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailgun - Mailgun's bounces, complaints and unsubscribes of a domain
 *
 * Bounces have a code, unsubscribes have tags ("*": all mail), complaints have
 * neither. A tag is a stream here.
 */
#include "config.h"

#include "lists/list_format.h"

#include <string.h>

enum { ADDRESS, CREATED, CODE, ERROR_TEXT, TAGS, COUNT };

static const CaromListColumn columns[] = {
	[ADDRESS] = { "address", TRUE }, [CREATED] = { "createdat", TRUE },
	[CODE] = { "code", FALSE },      [ERROR_TEXT] = { "error", FALSE },
	[TAGS] = { "tags tag", FALSE },  [COUNT] = { "count", FALSE },
};

/* Each tag is an entry; "*" among them is one for all. */
static CaromStatus
take_tags(CaromListRecord *record, CaromBulkRow *row, GError **err)
{
	g_auto(GStrv) tags = g_strsplit_set(carom_list_format_cell(record, TAGS), ",;[]\"' \t", -1);
	CaromStatus status = CAROM_OK;
	gboolean all = TRUE;

	for (char **tag = tags; *tag; tag++)
		all &= **tag == '\0';
	for (char **tag = tags; *tag; tag++)
		all |= strcmp(*tag, "*") == 0;
	if (all)
		return carom_list_format_take(record, ADDRESS, row, err);
	for (char **tag = tags; status == CAROM_OK && *tag; tag++) {
		CaromBulkRow one = *row;

		if (**tag == '\0')
			continue;
		one.fields[CAROM_BULK_STREAM] = *tag;
		status = carom_list_format_take(record, ADDRESS, &one, err);
	}
	return status;
}

static CaromStatus
read_record(CaromListRecord *record, GError **err)
{
	const char *text = carom_list_format_cell(record, ERROR_TEXT);
	CaromBulkRow row = { 0 };

	row.fields[CAROM_BULK_SINCE] = carom_list_format_cell(record, CREATED);
	row.fields[CAROM_BULK_NOTE] = text;
	if (record->cells[TAGS] != NULL) {
		row.fields[CAROM_BULK_REASON] = "unsubscribe_request";
		row.fields[CAROM_BULK_SOURCE] = "unsubscribe";
		return take_tags(record, &row, err);
	}
	row.fields[CAROM_BULK_REASON] =
		record->cells[CODE] != NULL ? carom_list_format_bounce(text) : "complaint:abuse";
	row.fields[CAROM_BULK_SOURCE] = record->cells[CODE] != NULL ? "bounce" : "complaint";
	return carom_list_format_take(record, ADDRESS, &row, err);
}

const CaromListFormat carom_list_format_mailgun = {
	.name = "mailgun",
	.reference = "Mailgun API v3, suppressions",
	.columns = columns,
	.n_columns = G_N_ELEMENTS(columns),
	.read = read_record,
};
