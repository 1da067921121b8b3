/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sparkpost - SparkPost's suppression list, as its page exports it and its API answers
 *
 * An entry is for transactional mail, for the rest, or for both. Both are one
 * entry here: whether it stops a receipt is decided by its reason.
 */
#include "config.h"

#include "lists/list_format.h"

#include <string.h>

enum {
	RECIPIENT,
	SOURCE,
	DESCRIPTION,
	CREATED,
	UPDATED,
	TYPE,
	TRANSACTIONAL,
	OTHER,
	SUBACCOUNT,
	LIST_ID
};

static const CaromListColumn columns[] = {
	[RECIPIENT] = { "recipient", TRUE },
	[SOURCE] = { "source", FALSE },
	[DESCRIPTION] = { "description", FALSE },
	[CREATED] = { "created createdat", FALSE },
	[UPDATED] = { "updated updatedat", FALSE },
	[TYPE] = { "type", FALSE },
	[TRANSACTIONAL] = { "transactional", FALSE },
	[OTHER] = { "nontransactional", FALSE },
	[SUBACCOUNT] = { "subaccountid subaccount", FALSE },
	[LIST_ID] = { "listid", FALSE },
};

static const CaromListReason reasons[] = {
	{ "Spam Complaint", "complaint:abuse", "complaint" },
	{ "List Unsubscribe", "unsubscribe_request", "unsubscribe" },
	{ "Unsubscribe Link", "unsubscribe_request", "unsubscribe" },
	{ "Bounce Rule", "recipient_unknown", "bounce" },
	{ "Manually Added", "added by hand", "import" },
	{ "Compliance", "compliance", "import" },
};

static CaromStatus
read_record(CaromListRecord *record, GError **err)
{
	const char *description = carom_list_format_cell(record, DESCRIPTION);
	const char *subaccount = carom_list_format_cell(record, SUBACCOUNT);
	const char *created = carom_list_format_cell(record, CREATED);
	CaromBulkRow row = { 0 };
	CaromStatus status;

	/* a list for upload has no source: somebody made it */
	if (record->cells[SOURCE] == NULL) {
		row.fields[CAROM_BULK_REASON] = "added by hand";
		row.fields[CAROM_BULK_SOURCE] = "import";
	} else if (!carom_list_format_reason(record, SOURCE, reasons, G_N_ELEMENTS(reasons), &row,
					     &status, err)) {
		return status;
	}
	if (strcmp(row.fields[CAROM_BULK_SOURCE], "bounce") == 0)
		row.fields[CAROM_BULK_REASON] = carom_list_format_bounce(description);
	row.fields[CAROM_BULK_NOTE] = description;
	row.fields[CAROM_BULK_SINCE] = *created ? created : carom_list_format_cell(record, UPDATED);
	row.fields[CAROM_BULK_ACCOUNT] = strcmp(subaccount, "0") == 0 ? "" : subaccount;
	row.fields[CAROM_BULK_STREAM] = carom_list_format_cell(record, LIST_ID);
	return carom_list_format_take(record, RECIPIENT, &row, err);
}

const CaromListFormat carom_list_format_sparkpost = {
	.name = "sparkpost",
	.reference = "SparkPost API, suppression list",
	.columns = columns,
	.n_columns = G_N_ELEMENTS(columns),
	.read = read_record,
};
