/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lmtp_protocol - the server's side of one LMTP conversation (RFC 2033)
 *
 * Each recipient gets its own answer, after its own commit. XFORWARD (Postfix'
 * XFORWARD_README) tells the queue id and the SMTP client, ORCPT (RFC 3461) the
 * recipient before aliases.
 */
#ifndef CAROM_LMTP_PROTOCOL_H
#define CAROM_LMTP_PROTOCOL_H

#include "serve/daemon_intake.h"

typedef struct CaromLmtpProtocol CaromLmtpProtocol;

/* intake and fd are borrowed. */
CaromLmtpProtocol *carom_lmtp_protocol_new(const CaromDaemonIntake *intake, int fd);

/* Greets, and answers until the client has said QUIT or is gone. */
void carom_lmtp_protocol_serve(CaromLmtpProtocol *protocol);

/* Between DATA and its last answer. Any thread. */
gboolean carom_lmtp_protocol_is_busy(const CaromLmtpProtocol *protocol);

void carom_lmtp_protocol_free(CaromLmtpProtocol *protocol);

#endif
