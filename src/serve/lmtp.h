/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lmtp - the daemon's LMTP socket (RFC 2033)
 *
 * For Postfix's lmtp transport and for carom-pipe. Each recipient gets its own
 * answer, after its own commit. XFORWARD (Postfix' XFORWARD_README) tells the
 * queue id and the SMTP client, ORCPT (RFC 3461) the recipient before aliases.
 */
#ifndef CAROM_LMTP_H
#define CAROM_LMTP_H

#include "serve/daemon_intake.h"

typedef struct CaromLmtp CaromLmtp;

/* Listens at path, for group to connect to, and serves, a thread a connection, until stopped. */
CAROM_MUST_CHECK CaromStatus carom_lmtp_start(const CaromDaemonIntake *intake, const char *path,
					      const char *group, CaromLmtp **out, GError **err);

/* Takes no more connections, lets running transactions end (seconds at most), closes the others.
 * NULL is fine. */
void carom_lmtp_stop(CaromLmtp *lmtp, int seconds);

#endif
