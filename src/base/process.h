/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * process - the life of a daemon: from its start, through SIGHUP, until SIGTERM
 *
 * A role of carom serve says what it reads, starts, renews and stops. When, and
 * what systemd and the log are told, is the same for all and stands here.
 */
#ifndef CAROM_PROCESS_H
#define CAROM_PROCESS_H

#include "base/status.h"

/* role: the state of the role, which is its own. */
typedef struct {
	const char *name;   /* "NAME ready", for the log */
	const char *loads;  /* "LOADS reloaded", likewise */
	const char *failed; /* the error when carom_signals_fail() was called; NULL: nobody does */

	/* Reads the configuration from the file, NULL for the default one; on SIGHUP once more.
	 * On failure what is in force stays. */
	CaromStatus (*load)(void *role, const char *config_file, GError **err);

	/* Begins to work as was loaded. The threads it starts have all signals blocked. */
	CaromStatus (*start)(void *role, GError **err);

	/* Works on as was loaded just now. On failure the process ends. NULL: nothing is to do. */
	CaromStatus (*renew)(void *role, GError **err);

	/* Ends what start() and renew() began, however far they came. */
	void (*stop)(void *role);
} CaromProcess;

/*
 * Runs until a signal ends it. config_file: NULL for the default file; pidfile:
 * NULL for none. CAROM_OK: it was told to end, and what was under way is done.
 * Anything else: it could not start, or could not go on. Once a process, in its main thread.
 */
CAROM_MUST_CHECK CaromStatus carom_process_run(const CaromProcess *process, void *role,
					       const char *config_file, const char *pidfile,
					       GError **err);

#endif
