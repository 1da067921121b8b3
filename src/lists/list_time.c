/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/list_time.h"
#include "mail/date.h"

#include <string.h>

#define FIRST_YEAR 1970
#define LAST_YEAR 9999

static gboolean
looks_like(const char *text, const char *like)
{
	for (; *like; text++, like++)
		if (*like == 'd' ? !g_ascii_isdigit(*text) : *text != *like)
			return FALSE;
	return TRUE;
}

static int
two_digits(const char *p)
{
	return (p[0] - '0') * 10 + p[1] - '0';
}

static gboolean
is_day(const char *text)
{
	int year, month, day;

	if (!looks_like(text, "dddd-dd-dd"))
		return FALSE;
	year = two_digits(text) * 100 + two_digits(text + 2);
	month = two_digits(text + 5);
	day = two_digits(text + 8);
	return year >= FIRST_YEAR && year <= LAST_YEAR && month >= 1 && month <= 12 &&
	       g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year);
}

gboolean
carom_list_time_is_normal(const char *text)
{
	return looks_like(text, "dddd-dd-ddTdd:dd:dd.ddddddZ") && text[27] == '\0' &&
	       is_day(text) && two_digits(text + 11) < 24 && two_digits(text + 14) < 60 &&
	       two_digits(text + 17) < 60;
}

/* Caller's. */
static char *
show(GDateTime *moment, int microseconds)
{
	g_autoptr(GDateTime) utc = g_date_time_to_utc(moment);
	g_autofree char *seconds = NULL;

	/* there is no year 10000 */
	if (utc == NULL || g_date_time_get_year(utc) < FIRST_YEAR)
		return NULL;
	seconds = g_date_time_format(utc, "%Y-%m-%dT%H:%M:%S");
	return g_strdup_printf("%s.%06dZ", seconds, microseconds);
}

/* "2026-11-28T17:05:00.123456+07:00", or with a blank, or without fraction or zone. */
static char *
read_rfc_3339(const char *text)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) moment = NULL;
	g_autofree char *iso = NULL;
	int microseconds = 0, unit = 100000;
	const char *p = text + 19;

	if (!is_day(text) || !(text[10] == 'T' || text[10] == 't' || text[10] == ' ') ||
	    !looks_like(text + 11, "dd:dd:dd"))
		return NULL;
	if (*p == '.' && g_ascii_isdigit(p[1]))
		for (p++; g_ascii_isdigit(*p); p++, unit /= 10)
			microseconds += (*p - '0') * unit;
	while (*p == ' ')
		p++;
	if (g_ascii_strcasecmp(p, "UTC") == 0 || g_ascii_strcasecmp(p, "GMT") == 0)
		p = "Z";
	iso = g_strdup_printf("%.10sT%.8s%s", text, text + 11, p);
	moment = g_date_time_new_from_iso8601(iso, utc);
	return moment ? show(moment, microseconds) : NULL;
}

/* Seconds or milliseconds since 1970, perhaps with a fraction. */
static char *
read_epoch(const char *text)
{
	gsize digits = strspn(text, "0123456789");
	const char *rest = text + digits;
	g_autoptr(GDateTime) moment = NULL;
	gint64 value;

	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*rest != '\0' || (digits != 9 && digits != 10 && digits != 13))
		return NULL;
	value = g_ascii_strtoll(text, NULL, 10);
	moment = g_date_time_new_from_unix_utc(digits == 13 ? value / 1000 : value);
	return moment ? show(moment, digits == 13 ? (int) (value % 1000) * 1000 : 0) : NULL;
}

/* A date of RFC 5322, which has letters. */
static char *
read_mail_date(const char *text)
{
	g_autofree char *read = NULL;

	if (text[strcspn(text, "JFMASOND")] == '\0')
		return NULL;
	read = carom_date_read(text);
	return read ? read_rfc_3339(read) : NULL;
}

char *
carom_list_time_read(const char *text)
{
	char *time;

	if (carom_list_time_is_normal(text))
		return g_strdup(text);
	if (is_day(text) && text[10] == '\0')
		return g_strconcat(text, "T00:00:00.000000Z", NULL);
	time = read_rfc_3339(text);
	if (time == NULL)
		time = read_epoch(text);
	return time ? time : read_mail_date(text);
}
