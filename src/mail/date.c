/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/date.h"

#include <gmime/gmime.h>
#include <string.h>
#include <time.h>

/* The number in the digits at *p, at least min and at most max of them; -1 if they aren't there. */
static int
read_number(const char **p, int min, int max)
{
	int n = 0, digits = 0;

	while (digits < max && g_ascii_isdigit(**p)) {
		n = n * 10 + (**p - '0');
		(*p)++;
		digits++;
	}
	return digits >= min ? n : -1;
}

static gboolean
skip_char(const char **p, char c)
{
	if (**p != c)
		return FALSE;
	(*p)++;
	return TRUE;
}

/* "26 Nov 2026 ", into the days since 1970-01-01; FALSE if it is none. */
static gboolean
read_day(const char **p, gint64 *days)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int day = read_number(p, 1, 2), month, year;
	const char *name;
	gint64 y, of_year;

	if (!skip_char(p, ' ') || strlen(*p) < 3)
		return FALSE;
	name = g_strstr_len(months, -1, (char[]){ (*p)[0], (*p)[1], (*p)[2], '\0' });
	if (name == NULL || (name - months) % 3 != 0)
		return FALSE;
	month = (int) (name - months) / 3 + 1;
	*p += 3;
	if (!skip_char(p, ' ') || (year = read_number(p, 4, 4)) < 1970 || !skip_char(p, ' ') ||
	    day < 1 || day > g_date_get_days_in_month((GDateMonth) month, (GDateYear) year))
		return FALSE;
	/* the year beginning with March so that the leap day is its last */
	y = month <= 2 ? year - 1 : year;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	*days = 365 * y + y / 4 - y / 100 + y / 400 + of_year - 719468;
	return TRUE;
}

/* "10:00:00 +0200", into the seconds since midnight UTC; FALSE if it is none. */
static gboolean
read_time(const char **p, gint64 *seconds)
{
	int hour, minute, second, hours, minutes, sign;

	hour = read_number(p, 2, 2);
	if (!skip_char(p, ':'))
		return FALSE;
	minute = read_number(p, 2, 2);
	if (!skip_char(p, ':'))
		return FALSE;
	second = read_number(p, 2, 2);
	if (!skip_char(p, ' ') || (**p != '+' && **p != '-'))
		return FALSE;
	sign = *(*p)++ == '-' ? -1 : 1;
	hours = read_number(p, 2, 2);
	minutes = read_number(p, 2, 2);
	if (g_ascii_isdigit(**p) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 59 || hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
		return FALSE;
	*seconds = hour * 3600 + minute * 60 + second - sign * (hours * 3600 + minutes * 60);
	return TRUE;
}

/*
 * "Thu, 26 Nov 2026 10:00:00 +0200", the form of nearly every date there is,
 * into out; FALSE for any other. GMime reads them all, at the price of some
 * objects each.
 */
static gboolean
read_plain(const char *p, char out[32])
{
	gint64 days, seconds;
	time_t unix_time;
	struct tm tm;

	p += strspn(p, " ");
	if (g_ascii_isalpha(p[0]) && g_ascii_isalpha(p[1]) && g_ascii_isalpha(p[2]) && p[3] == ',')
		p += 4;
	p += strspn(p, " ");
	if (!read_day(&p, &days) || !read_time(&p, &seconds))
		return FALSE;
	unix_time = (time_t) (days * 86400 + seconds);
	if (unix_time < 0 || gmtime_r(&unix_time, &tm) == NULL || tm.tm_year + 1900 > 9998)
		return FALSE;
	g_snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return TRUE;
}

char *
carom_date_read(const char *value)
{
	g_autoptr(GDateTime) local = NULL, utc = NULL;
	char plain[32];

	if (value == NULL)
		return NULL;
	if (read_plain(value, plain))
		return g_strdup(plain);
	local = g_mime_utils_header_decode_date(value);
	utc = local ? g_date_time_to_utc(local) : NULL;
	if (utc == NULL || g_date_time_get_year(utc) < 1970 || g_date_time_get_year(utc) > 9998)
		return NULL;
	return g_date_time_format(utc, "%Y-%m-%dT%H:%M:%SZ");
}
