/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * carom - what carom suppress export writes, to the byte
 *
 * A person's own list is of this form too: a column "address", and any of the
 * others, in any order; or nothing but addresses, one a line.
 */
#include "config.h"

#include "lists/list_format.h"

static const CaromListColumn columns[] = {
	[CAROM_BULK_ADDRESS] = { "address", TRUE },
	[CAROM_BULK_ACCOUNT] = { "account", FALSE },
	[CAROM_BULK_STREAM] = { "stream", FALSE },
	[CAROM_BULK_REASON] = { "reason", FALSE },
	[CAROM_BULK_SOURCE] = { "source", FALSE },
	[CAROM_BULK_SINCE] = { "since", FALSE },
	[CAROM_BULK_EXPIRES] = { "expires", FALSE },
	[CAROM_BULK_PROVIDER] = { "provider", FALSE },
	[CAROM_BULK_STATUS] = { "status", FALSE },
	[CAROM_BULK_RULE] = { "rule", FALSE },
	[CAROM_BULK_CONFIDENCE] = { "confidence", FALSE },
	[CAROM_BULK_SAID_BY] = { "saidby", FALSE },
	[CAROM_BULK_AUTHOR] = { "author", FALSE },
	[CAROM_BULK_NOTE] = { "note", FALSE },
	[CAROM_BULK_SPELLING] = { "spelling", FALSE },
};

static CaromStatus
read_record(CaromListRecord *record, GError **err)
{
	CaromBulkRow row = { 0 };

	for (guint i = 0; i < CAROM_BULK_N; i++)
		row.fields[i] = record->cells[i];
	return carom_list_format_take(record, CAROM_BULK_ADDRESS, &row, err);
}

const CaromListFormat carom_list_format_carom = {
	.name = "carom",
	.reference = "carom-suppress(1)",
	.columns = columns,
	.n_columns = CAROM_BULK_N,
	.n_headless = 1,
	.ours = TRUE,
	.read = read_record,
};
