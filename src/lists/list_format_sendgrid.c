/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendgrid - SendGrid's suppressions: bounces, blocks, spam reports, invalid emails, unsubscribes
 *
 * Each is a file, or an answer of the API, of its own, and nothing in it says
 * which it is but its columns. Bounces and blocks have the same, and blocks are
 * refusals of the moment that suppress nobody: somebody has to say.
 */
#include "config.h"

#include "lists/list_format.h"

#include <string.h>

enum { EMAIL, CREATED, REASON, STATUS, IP, GROUP_ID, GROUP_NAME };

static const CaromListColumn columns[] = {
	[EMAIL] = { "email emailaddress", TRUE },
	[CREATED] = { "created createdat", TRUE },
	[REASON] = { "reason", FALSE },
	[STATUS] = { "status", FALSE },
	[IP] = { "ip", FALSE },
	[GROUP_ID] = { "groupid", FALSE },
	[GROUP_NAME] = { "groupname", FALSE },
};

typedef enum { BOUNCES, SPAM_REPORTS, INVALID_EMAILS, UNSUBSCRIBES, UNKNOWN } List;

static const struct {
	const char *name, *reason, *source;
} lists[] = {
	[BOUNCES] = { "bounces", "recipient_unknown", "bounce" },
	[SPAM_REPORTS] = { "spam_reports", "complaint:abuse", "complaint" },
	[INVALID_EMAILS] = { "invalid_emails", "recipient_syntax", "bounce" },
	[UNSUBSCRIBES] = { "unsubscribes", "unsubscribe_request", "unsubscribe" },
};

static List
list_of(const CaromListRecord *record)
{
	for (guint i = 0; record->list != NULL && i < G_N_ELEMENTS(lists); i++)
		if (strcmp(lists[i].name, record->list) == 0)
			return (List) i;
	if (record->list != NULL || record->cells[STATUS] != NULL)
		return UNKNOWN;
	if (record->cells[IP] != NULL)
		return SPAM_REPORTS;
	return record->cells[REASON] != NULL ? INVALID_EMAILS : UNSUBSCRIBES;
}

static CaromStatus
read_record(CaromListRecord *record, GError **err)
{
	List list = list_of(record);
	const char *reason = carom_list_format_cell(record, REASON);
	const char *status = carom_list_format_cell(record, STATUS);
	CaromBulkRow row = { 0 };

	if (list == UNKNOWN)
		return carom_status_fail(
			err, CAROM_MISUSE,
			"SendGrid's bounces and blocks have the same columns: --list bounces says "
			"that these are bounces (or spam_reports, invalid_emails, unsubscribes); "
			"blocks suppress nobody and are not imported");
	row.fields[CAROM_BULK_REASON] = lists[list].reason;
	row.fields[CAROM_BULK_SOURCE] = lists[list].source;
	if (list == BOUNCES)
		row.fields[CAROM_BULK_REASON] = carom_list_format_bounce(*status ? status : reason);
	if (list == BOUNCES && g_ascii_isdigit(status[0]) && status[1] == '.')
		row.fields[CAROM_BULK_STATUS] = status;
	row.fields[CAROM_BULK_NOTE] = reason;
	row.fields[CAROM_BULK_SINCE] = carom_list_format_cell(record, CREATED);
	row.fields[CAROM_BULK_STREAM] = carom_list_format_cell(record, GROUP_NAME);
	if (*row.fields[CAROM_BULK_STREAM] == '\0')
		row.fields[CAROM_BULK_STREAM] = carom_list_format_cell(record, GROUP_ID);
	return carom_list_format_take(record, EMAIL, &row, err);
}

const CaromListFormat carom_list_format_sendgrid = {
	.name = "sendgrid",
	.reference = "SendGrid API v3, suppressions",
	.columns = columns,
	.n_columns = G_N_ELEMENTS(columns),
	.read = read_record,
};
