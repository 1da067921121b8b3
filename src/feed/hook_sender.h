/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hook_sender - takes from the feed what webhooks are to be told, and sends it
 *
 * What it knows lies in the database: what was taken, what is under way, what
 * came of it. So it can be killed anywhere, and two of them at once, on two
 * hosts, share the work.
 */
#ifndef CAROM_HOOK_SENDER_H
#define CAROM_HOOK_SENDER_H

#include "config/settings.h"
#include "base/status.h"

typedef struct CaromHookSender CaromHookSender;

/* Starts it, in a thread of its own; an outage of the database is waited out there. config is
 * borrowed. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_hook_sender_start(const CaromConfig *config,
						     CaromHookSender **out, GError **err);

/* Begins nothing new, waits for what is under way, which has a bound, and ends. NULL is fine. */
void carom_hook_sender_stop(CaromHookSender *sender);

#endif
