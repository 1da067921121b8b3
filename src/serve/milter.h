/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter - the daemon's milter sockets, inbound and outbound
 *
 * Only milter*.c know libmilter, whose threads call back. Callbacks collect,
 * call one library function, and map its status.
 */
#ifndef CAROM_MILTER_H
#define CAROM_MILTER_H

#include "serve/daemon_intake.h"
#include "serve/outbound.h"
#include "store/pool.h"

/*
 * inbound: at RCPT, forged, expired and unknown return addresses are refused
 * (550 5.1.1); a message none of whose recipients is ours is let go at once.
 * At the end of a message it is recorded, then discarded or accepted as
 * configured; 451 while the database is away.
 *
 * intake and pool are borrowed. On CAROM_OK the socket is open, so that nobody
 * is turned away; carom_milter_run() answers. One role a process.
 */
CAROM_MUST_CHECK CaromStatus carom_milter_open_inbound(const CaromDaemonIntake *intake,
						       CaromPool *pool, const char *socket_path,
						       GError **err);

/*
 * outbound: at RCPT, suppressed recipients are refused (550 5.7.1); at the end
 * of a message for one recipient, its return address is signed.
 */
CAROM_MUST_CHECK CaromStatus carom_milter_open_outbound(CaromSnapshots *snapshots,
							CaromOutbound *outbound,
							const char *socket_path, GError **err);

/* Serves the socket until carom_milter_stop(). */
CAROM_MUST_CHECK CaromStatus carom_milter_run(GError **err);

/* Takes no more connections; the run function returns once those that are open have ended. Any
 * thread. */
void carom_milter_stop(void);

#endif
