/* SPDX-License-Identifier: BSD-2-Clause */
/* sender_scope - whose mail it is that somebody hands in: [logins], [clients] and [senders] */
#ifndef CAROM_SENDER_SCOPE_H
#define CAROM_SENDER_SCOPE_H

#include "config/settings.h"

/*
 * "acme/newsletter" by SASL login, by client address, by envelope sender: what
 * is hardest to forge first. Each may be NULL. Borrowed from config; NULL: none
 * of them is named there.
 */
const char *carom_sender_scope(const CaromConfig *config, const char *login, const char *client,
			       const char *sender);

/* The IP address that mail of account and stream (may be NULL) goes out from, by [sending-ips] and
 * sending-ip; "": not known. Borrowed from config. */
const char *carom_sender_scope_ip(const CaromConfig *config, const char *account,
				  const char *stream);

#endif
