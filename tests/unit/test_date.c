/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "mail/date.h"

static void
reads_what_headers_hold(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{ "Tue, 10 Nov 2026 09:10:01 +0700", "2026-11-10T02:10:01Z" },
		{ "10 Nov 2026 09:10:01 GMT", "2026-11-10T09:10:01Z" },
		{ "Tue, 10 Nov 2026 23:59:59 -0100 (comment)", "2026-11-11T00:59:59Z" },
		{ "  Sun,  1 Mar 2026 00:30:00 +0100", "2026-02-28T23:30:00Z" },
		{ "Thu, 31 Dec 2026 23:30:00 -0330", "2027-01-01T03:00:00Z" },
		{ "Tue, 29 Feb 2028 12:00:00 +0000", "2028-02-29T12:00:00Z" },
		{ "Wed, 31 Dec 1969 23:59:59 +0000", NULL },
		{ "Thu, 01 Jan 1970 00:00:00 +0100", NULL },
		{ "yesterday", NULL },
		{ "", NULL },
		{ NULL, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_date_read(rows[i].value);

		row_string(rows[i].value ? rows[i].value : "NULL", got, rows[i].want);
	}
}

/* The calendar is reckoned here: it must be GLib's. */
static void
agrees_with_the_calendar(void **state)
{
	g_autoptr(GDateTime) day = g_date_time_new_utc(1970, 1, 1, 23, 59, 58);

	(void) state;
	while (g_date_time_get_year(day) < 2105) {
		g_autofree char *value = g_date_time_format(day, "%a, %d %b %Y %H:%M:%S +0000");
		g_autofree char *want = g_date_time_format(day, "%Y-%m-%dT%H:%M:%SZ");
		g_autofree char *got = carom_date_read(value);
		GDateTime *next = g_date_time_add_days(day, 1);

		row_string(value, got, want);
		g_date_time_unref(day);
		day = next;
	}
}

UNIT_MAIN(cmocka_unit_test(reads_what_headers_hold), cmocka_unit_test(agrees_with_the_calendar))
