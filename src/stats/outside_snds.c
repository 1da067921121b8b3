/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snds - Microsoft's Smart Network Data Services, the CSV of its automated access
 *
 * Columns go by name, for they have moved; a file without a heading, as before
 * June 2026, has the order that was documented then. Samples of mail in it are
 * not taken: they name people.
 */
#include "config.h"

#include "stats/outside_private.h"

#include <string.h>

static const char *const order[] = {
	"ip",
	"activity_start",
	"activity_end",
	"rcpt_commands",
	"data_commands",
	"message_recipients",
	"filter_result",
	"complaint_rate",
	"trap_message_start",
	"trap_message_end",
	"traphits",
	"sample_helo",
	"sample_mailfrom",
	"comments",
};

/* What a figure is called here, and in the file, by any of these names. */
static const struct {
	const char *metric, *columns[4];
} figures[] = {
	{ "rcpt_commands", { "rcpt_commands", "rcpt" } },
	{ "data_commands", { "data_commands", "data" } },
	{ "message_recipients", { "message_recipients", "recipients" } },
	{ "filter_result", { "filter_result", "filter_results" } },
	{ "complaint_rate", { "complaint_rate", "complaint" } },
	{ "trap_hits", { "traphits", "trap_hits", "trap_message_hits" } },
};

static const char *
first_cell(const CaromOutsideReading *reading, const CaromCsvRecord *record,
	   const char *const *columns, gsize n)
{
	const char *cell = NULL;

	for (gsize i = 0; cell == NULL && i < n && columns[i] != NULL; i++)
		cell = carom_outside_cell(reading, record, columns[i]);
	return cell;
}

static void
take_row(guint64 line, const CaromCsvRecord *record, void *data)
{
	static const char *const addresses[] = { "ip", "ip_address" };
	static const char *const days[] = { "activity_start", "activity_period_start",
					    "activity_period", "date" };
	CaromOutsideReading *reading = data;
	const char *ip = first_cell(reading, record, addresses, G_N_ELEMENTS(addresses));
	const char *day = first_cell(reading, record, days, G_N_ELEMENTS(days));
	CaromOutsideRow row = { .provider = "microsoft_consumer", .subject = ip };

	if (ip == NULL || !g_hostname_is_ip_address(ip)) {
		carom_outside_fault(reading, line, "\"%.40s\" is no IP address", ip ? ip : "");
		return;
	}
	if (day == NULL || !carom_outside_day(day, row.day)) {
		carom_outside_fault(reading, line, "activity_start \"%.40s\" is no day",
				    day ? day : "");
		return;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(figures); i++) {
		row.metric = figures[i].metric;
		row.value = first_cell(reading, record, figures[i].columns,
				       G_N_ELEMENTS(figures[i].columns));
		if (row.value != NULL)
			carom_outside_add(reading, line, &row);
	}
}

CaromStatus
carom_outside_read_snds(CaromOutsideReading *reading, const char *text, gsize len, GError **err)
{
	reading->words = TRUE;
	reading->needed = "filter_result";
	reading->headless = order;
	reading->n_headless = G_N_ELEMENTS(order);
	reading->row = take_row;
	return carom_outside_table(reading, text, len, err);
}
