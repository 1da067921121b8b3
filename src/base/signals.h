/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals - what the daemon is told to do, by SIGHUP, SIGTERM and SIGINT
 *
 * libmilter waits for SIGHUP and SIGTERM in a thread of its own and ends for
 * either. The kernel prefers the main thread for a signal that it doesn't
 * block, so signals come here, and libmilter runs in another thread. However
 * many come, none blocks, and those of a kind that wait are one.
 */
#ifndef CAROM_SIGNALS_H
#define CAROM_SIGNALS_H

#include "base/status.h"

typedef enum {
	CAROM_SIGNAL_RELOAD,
	CAROM_SIGNAL_END,
	CAROM_SIGNAL_FAILED, /* carom_signals_fail() was called */
} CaromSignal;

/* From now on signals are kept for carom_signals_wait(), and SIGPIPE is ignored. Once a process. */
CAROM_MUST_CHECK CaromStatus carom_signals_catch(GError **err);

/* The next of them; an end comes before a reload. In the main thread. */
CaromSignal carom_signals_wait(void);

/* What the daemon can't work without has given up. Any thread. */
void carom_signals_fail(void);

#endif
