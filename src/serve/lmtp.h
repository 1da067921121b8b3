/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lmtp - the daemon's LMTP socket, and a thread for each connection to it
 *
 * For Postfix's lmtp transport and for carom-pipe. What is said in a connection
 * is lmtp_protocol's.
 */
#ifndef CAROM_LMTP_H
#define CAROM_LMTP_H

#include "base/deadline.h"
#include "serve/daemon_intake.h"

typedef struct CaromLmtp CaromLmtp;

/* Listens at path, for group to connect to, and serves, a thread a connection, until stopped. */
CAROM_MUST_CHECK CaromStatus carom_lmtp_start(const CaromDaemonIntake *intake, const char *path,
					      const char *group, CaromLmtp **out, GError **err);

/* Takes no more connections, ends those that are between two messages, and waits, at most so long,
 * until the others are. NULL is fine. */
void carom_lmtp_drain(CaromLmtp *lmtp, CaromDeadline until);

/* Cuts the connections that are left, and waits for their threads: as long as the intake takes to
 * answer. NULL is fine. */
void carom_lmtp_stop(CaromLmtp *lmtp);

#endif
