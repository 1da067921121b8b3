/* SPDX-License-Identifier: BSD-2-Clause */
/* postmark - the dump of a message stream's suppressions */
#include "config.h"

#include "lists/list_format.h"

enum { EMAIL, REASON, ORIGIN, CREATED };

static const CaromListColumn columns[] = {
	[EMAIL] = { "emailaddress email recipient", TRUE },
	[REASON] = { "suppressionreason reason", TRUE },
	[ORIGIN] = { "origin", TRUE },
	[CREATED] = { "createdat created date", FALSE },
};

static const CaromListReason reasons[] = {
	{ "HardBounce", "recipient_unknown", "bounce" },
	{ "Hard Bounce", "recipient_unknown", "bounce" },
	{ "SpamComplaint", "complaint:abuse", "complaint" },
	{ "Spam Complaint", "complaint:abuse", "complaint" },
	{ "ManualSuppression", "unsubscribe_request", "unsubscribe" },
	{ "Manual Suppression", "unsubscribe_request", "unsubscribe" },
};

static CaromStatus
read_record(CaromListRecord *record, GError **err)
{
	const char *origin = carom_list_format_cell(record, ORIGIN);
	CaromBulkRow row = { 0 };
	CaromStatus status;

	if (!carom_list_format_reason(record, REASON, reasons, G_N_ELEMENTS(reasons), &row, &status,
				      err))
		return status;
	/* by hand: the person, who unsubscribed, or the sender's staff */
	if (g_strcmp0(row.fields[CAROM_BULK_SOURCE], "unsubscribe") == 0 &&
	    g_ascii_strcasecmp(origin, "Recipient") != 0) {
		row.fields[CAROM_BULK_REASON] = "added by hand";
		row.fields[CAROM_BULK_SOURCE] = "import";
	}
	row.fields[CAROM_BULK_SINCE] = carom_list_format_cell(record, CREATED);
	return carom_list_format_take(record, EMAIL, &row, err);
}

const CaromListFormat carom_list_format_postmark = {
	.name = "postmark",
	.reference = "Postmark API, suppressions dump",
	.columns = columns,
	.n_columns = G_N_ELEMENTS(columns),
	.read = read_record,
};
