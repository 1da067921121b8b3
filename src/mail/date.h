/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * date - the dates of header fields
 *
 * Knows nothing of messages: text in, text out. The usual form is read here,
 * every odd one by GMime.
 */
#ifndef CAROM_DATE_H
#define CAROM_DATE_H

/* A date of RFC 5322 as RFC 3339 UTC; caller's, NULL where it is none. */
char *carom_date_read(const char *value);

#endif
