/* SPDX-License-Identifier: BSD-2-Clause */
/* list_time - the times in lists, in whatever form a provider writes them */
#ifndef CAROM_LIST_TIME_H
#define CAROM_LIST_TIME_H

#include <glib.h>

/* What carom_list_time_read() takes, for a message. */
#define CAROM_LIST_TIME_FORMS                                                                      \
	"2026-11-28, 2026-11-28T17:05:00Z, seconds since 1970, or Sat, 28 Nov 2026 17:05:00 GMT"

/*
 * A time as RFC 3339 in UTC with microseconds. Taken are a day (its first
 * moment, in UTC), RFC 3339 with "T" or a blank between day and time (without a
 * zone: UTC), seconds or milliseconds since 1970, and dates of RFC 5322. What
 * is month first to some and day first to others is none. NULL: no time; the
 * result is the caller's.
 */
char *carom_list_time_read(const char *text);

/* TRUE for what carom_list_time_read() would give back unchanged. */
gboolean carom_list_time_is_normal(const char *text);

#endif
