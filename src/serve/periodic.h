/* SPDX-License-Identifier: BSD-2-Clause */
/* periodic - a thread that takes one step again and again, and tells the log when it stops working
 * and when it works again */
#ifndef CAROM_PERIODIC_H
#define CAROM_PERIODIC_H

#include "base/status.h"

typedef struct {
	CaromStatus (*step)(gpointer user, GError **err); /* in the thread alone */
	gpointer user;                                    /* borrowed */
	int seconds;                                      /* before each step */
	const char *fails, *works;                        /* for the log; static strings */
} CaromPeriodicStep;

typedef struct CaromPeriodic CaromPeriodic;

/* Starts the thread. *out is the caller's. CAROM_RETRY: there is no thread to be had. */
CAROM_MUST_CHECK CaromStatus carom_periodic_start(const CaromPeriodicStep *step,
						  CaromPeriodic **out, GError **err);

/* Waits for the step under way, and ends the thread. NULL is fine. */
void carom_periodic_stop(CaromPeriodic *periodic);

#endif
