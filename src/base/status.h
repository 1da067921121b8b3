/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status - what a call came to, and what its caller should do about it
 *
 * Each status asks for a different action; the GError that comes with every
 * status but CAROM_OK and CAROM_ABSENT says what happened, in a sentence that
 * names the thing. Only main() exits: libraries return.
 */
#ifndef CAROM_STATUS_H
#define CAROM_STATUS_H

#include <glib.h>

#define CAROM_MUST_CHECK __attribute__((warn_unused_result))

typedef enum {
	CAROM_OK,        /* done */
	CAROM_ABSENT,    /* a sound answer: there is none */
	CAROM_MALFORMED, /* the input is at fault; trying again won't help */
	CAROM_RETRY,     /* a service is away; the same call may work later */
	CAROM_MISUSE,    /* configuration or command line is at fault */
	CAROM_N_STATUS
} CaromStatus;

/* The word for logs: "ok", "absent", "malformed", "retry", "misuse". */
const char *carom_status_name(CaromStatus status);

/* Exit code of a command that a person or a script runs (sysexits.h). */
int carom_status_exit(CaromStatus status);

/*
 * Exit code for Postfix's pipe(8). Only 75 makes it try again; every other
 * code is a bounce, and a bounce of a report (null sender) is a silent loss.
 * So whatever is not recorded is 75, a wrong configuration included.
 */
int carom_status_pipe_exit(CaromStatus status);

/* Sets *err (may be NULL) and returns status, so that a failure is one statement. */
CaromStatus carom_status_fail(GError **err, CaromStatus status, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

#define CAROM_ERROR (carom_status_quark())
GQuark carom_status_quark(void);

#endif
