/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

static gboolean to_syslog; /* set once, before any thread starts */

void
carom_log_open(gboolean use_syslog)
{
	to_syslog = use_syslog;
	if (use_syslog)
		openlog("carom", LOG_PID, LOG_MAIL);
}

void
carom_log(CaromLogLevel level, const char *format, ...)
{
	static const int priorities[] = { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR };
	g_autofree char *line = NULL;
	va_list args;

	va_start(args, format);
	line = g_strdup_vprintf(format, args);
	va_end(args);
	/* what is quoted may hold anything; a line end in it would begin a line of a stranger's */
	for (char *p = line; *p; p++)
		if (g_ascii_iscntrl(*p))
			*p = ' ';
	if (to_syslog)
		syslog(priorities[level], "%s", line);
	else if (level > CAROM_LOG_DEBUG)
		fprintf(stderr, "carom: %s\n", line);
}
