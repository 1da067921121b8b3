/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log - lines for people who grep
 *
 * Syslog, facility mail, in Postfix's way: queue id, then key=value. Texts
 * from afar go through carom_text_printable() first. Without syslog the same lines
 * go to standard error, each beginning with "carom: ", so that Postfix's
 * pipe(8) can take none of them for a status code.
 */
#ifndef CAROM_LOG_H
#define CAROM_LOG_H

#include <glib.h>

typedef enum {
	CAROM_LOG_DEBUG,
	CAROM_LOG_INFO,    /* a decision */
	CAROM_LOG_WARNING, /* a person should look */
	CAROM_LOG_ERROR,   /* work was lost or put off */
} CaromLogLevel;

/* Where lines go from here on. Before the first call: standard error. */
void carom_log_open(gboolean syslog);

void carom_log(CaromLogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
