/* SPDX-License-Identifier: BSD-2-Clause */
/* server - the daemon, from its start until it is told to end */
#ifndef CAROM_SERVER_H
#define CAROM_SERVER_H

#include "base/status.h"

typedef enum {
	CAROM_SERVER_INBOUND,  /* reads what comes back */
	CAROM_SERVER_OUTBOUND, /* guards what goes out */
} CaromServerRole;

/*
 * Runs in this process until a signal ends it. config_file: NULL for the
 * default file; pidfile: NULL for none. CAROM_OK: it was told to end, and what was
 * under way is done. Anything else: it could not start, or could not go on.
 * Once a process, in its main thread.
 */
CAROM_MUST_CHECK CaromStatus carom_server_run(CaromServerRole role, const char *config_file,
					      const char *pidfile, GError **err);

#endif
