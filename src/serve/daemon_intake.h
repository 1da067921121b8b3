/* SPDX-License-Identifier: BSD-2-Clause */
/* daemon_intake - the way that a message takes from either socket of the inbound daemon: it is
 * read, recorded by the writer, and logged */
#ifndef CAROM_DAEMON_INTAKE_H
#define CAROM_DAEMON_INTAKE_H

#include "intake/intake.h"
#include "base/memory_budget.h"
#include "serve/snapshot.h"
#include "store/writer.h"

typedef struct {
	CaromSnapshots *snapshots;
	CaromWriter *writer;
	CaromMemoryBudget *budget; /* for messages that are coming in */
} CaromDaemonIntake;

/* Takes one message for one recipient: reads, records, logs. CAROM_OK only after the commit.
 * *report (NULL: nobody wants it) is what was read, the caller's; it may be NULL unless CAROM_OK.
 * Where there is no memory to read it: CAROM_RETRY. Any thread. */
CAROM_MUST_CHECK CaromStatus carom_daemon_intake_take(const CaromDaemonIntake *intake,
						      const CaromEnvelope *envelope,
						      const CaromBytes *message,
						      CaromReport **report, GError **err);

#endif
