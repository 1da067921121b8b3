/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter_inbound - the role of the milter on the MX
 *
 * At RCPT, forged, expired and unknown return addresses are refused (550
 * 5.1.1); where only a clock may be wrong, 451 4.1.1. A message none of whose
 * recipients is ours is let go at once. At the end of a message it is recorded,
 * then discarded or accepted as configured; 451 while the database is away.
 */
#ifndef CAROM_MILTER_INBOUND_H
#define CAROM_MILTER_INBOUND_H

#include "serve/daemon_intake.h"
#include "serve/milter_session.h"
#include "store/pool.h"

/* What the role works with: the daemon that carom_milter_open() is given. */
typedef struct {
	const CaromDaemonIntake *intake;
	CaromPool *pool; /* that tokens are looked up on */
} CaromMilterInbound;

extern const CaromMilterRole carom_milter_inbound;

#endif
