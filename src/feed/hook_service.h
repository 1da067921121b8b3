/* SPDX-License-Identifier: BSD-2-Clause */
/* hook_service - the process that sends webhooks, from its start until it is told to end */
#ifndef CAROM_HOOK_SERVICE_H
#define CAROM_HOOK_SERVICE_H

#include "base/status.h"

/*
 * Runs in this process until a signal ends it, as carom_server_run() does for
 * the other roles. config_file: NULL for the default file; pidfile: NULL for none.
 * CAROM_MISUSE also where this carom was built without libcurl. Once a process, in
 * its main thread.
 */
CAROM_MUST_CHECK CaromStatus carom_hook_service_run(const char *config_file, const char *pidfile,
						    GError **err);

#endif
