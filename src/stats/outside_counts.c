/* SPDX-License-Identifier: BSD-2-Clause */
/* counts - whatever the sender's own systems count: opens, clicks, orders, what was sent */
#include "config.h"

#include "stats/outside_private.h"

/* What a row is about besides its stream; NULL: nothing. */
static const char *
row_dimension(const char *campaign, const char *ip)
{
	if (campaign != NULL)
		return "campaign";
	return ip != NULL ? "ip" : NULL;
}

static void
take_row(guint64 line, const CaromCsvRecord *record, void *data)
{
	CaromOutsideReading *reading = data;
	const char *day = carom_outside_cell(reading, record, "day");
	const char *metric = carom_outside_cell(reading, record, "metric");
	const char *value = carom_outside_cell(reading, record, "value");
	const char *campaign = carom_outside_cell(reading, record, "campaign");
	const char *ip = carom_outside_cell(reading, record, "ip");
	g_autofree char *name = carom_outside_name(metric ? metric : "");
	CaromOutsideRow row = { .account = carom_outside_cell(reading, record, "account"),
				.stream = carom_outside_cell(reading, record, "stream"),
				.provider = carom_outside_cell(reading, record, "provider"),
				.subject = campaign ? campaign : ip,
				.dimension = row_dimension(campaign, ip),
				.metric = name,
				.value = value };

	if (record->n_cells != reading->columns->len)
		carom_outside_fault(reading, line, "it has %u cells, and the heading %u",
				    record->n_cells, reading->columns->len);
	else if (day == NULL || !carom_outside_day(day, row.day))
		carom_outside_fault(reading, line, "day \"%.40s\" is not YYYY-MM-DD",
				    day ? day : "");
	else if (metric == NULL || value == NULL)
		carom_outside_fault(reading, line, "there is no %s", metric ? "value" : "metric");
	else if (campaign != NULL && ip != NULL)
		carom_outside_fault(reading, line, "it is about a campaign or an ip, not both");
	else if (ip != NULL && !g_hostname_is_ip_address(ip))
		carom_outside_fault(reading, line, "ip \"%.40s\" is no IP address", ip);
	else if (row.stream != NULL && row.account == NULL)
		carom_outside_fault(reading, line, "stream \"%.40s\" is one of which account?",
				    row.stream);
	else
		carom_outside_add(reading, line, &row);
}

CaromStatus
carom_outside_read_counts(CaromOutsideReading *reading, const char *text, gsize len, GError **err)
{
	reading->needed = "day metric value";
	reading->row = take_row;
	return carom_outside_table(reading, text, len, err);
}
