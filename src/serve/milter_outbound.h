/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter_outbound - the role of the milter in front of submission
 *
 * At RCPT, suppressed recipients are refused (550 5.7.1). At the end of a
 * message for one recipient its return address is signed, and all recipients
 * are counted. The daemon that carom_milter_open() is given is a CaromGuard.
 */
#ifndef CAROM_MILTER_OUTBOUND_H
#define CAROM_MILTER_OUTBOUND_H

#include "serve/milter_session.h"
#include "serve/guard.h"

extern const CaromMilterRole carom_milter_outbound;

#endif
