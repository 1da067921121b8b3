/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ses - the account-level suppression list of Amazon SES
 *
 * As its API lists it, and as its bulk import takes it: CSV without names.
 */
#include "config.h"

#include "lists/list_format.h"

enum { EMAIL, REASON, UPDATED };

static const CaromListColumn columns[] = {
	[EMAIL] = { "emailaddress", TRUE },
	[REASON] = { "reason", TRUE },
	[UPDATED] = { "lastupdatetime", FALSE },
};

static const CaromListReason reasons[] = {
	{ "BOUNCE", "recipient_unknown", "bounce" },
	{ "COMPLAINT", "complaint:abuse", "complaint" },
};

static CaromStatus
read_record(CaromListRecord *record, GError **err)
{
	CaromBulkRow row = { 0 };
	CaromStatus status;

	if (!carom_list_format_reason(record, REASON, reasons, G_N_ELEMENTS(reasons), &row, &status,
				      err))
		return status;
	row.fields[CAROM_BULK_SINCE] = carom_list_format_cell(record, UPDATED);
	return carom_list_format_take(record, EMAIL, &row, err);
}

const CaromListFormat carom_list_format_ses = {
	.name = "ses",
	.reference = "Amazon SES API v2, suppressed destinations",
	.columns = columns,
	.n_columns = G_N_ELEMENTS(columns),
	.n_headless = 2,
	.read = read_record,
};
