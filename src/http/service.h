/* SPDX-License-Identifier: BSD-2-Clause */
/* service - the process of the HTTP API, or of the page for staff, from its start until it is told
 * to end */
#ifndef CAROM_SERVICE_H
#define CAROM_SERVICE_H

#include "base/status.h"

typedef enum {
	CAROM_SERVICE_API, /* for programs, which show a key */
	CAROM_SERVICE_PAGE /* for staff, whom the web server names */
} CaromServiceRole;

/*
 * Runs in this process until a signal ends it, as carom_server_run() does for
 * the other roles. config_file: NULL for the default file; pidfile: NULL for none.
 * CAROM_MISUSE also where this carom was built without libmicrohttpd. Once a
 * process, in its main thread.
 */
CAROM_MUST_CHECK CaromStatus carom_service_run(CaromServiceRole role, const char *config_file,
					       const char *pidfile, GError **err);

#endif
