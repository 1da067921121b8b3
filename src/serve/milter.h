/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter - the daemon's milter socket
 *
 * One role a process, since libmilter has one registration a process. Only
 * milter*.c know libmilter, whose threads call back.
 */
#ifndef CAROM_MILTER_H
#define CAROM_MILTER_H

#include "serve/milter_session.h"

/*
 * Opens the socket for a role: once this is CAROM_OK nobody is turned away, and
 * carom_milter_run() answers. daemon, what the role works with, and snapshots
 * are borrowed until carom_milter_stop().
 */
CAROM_MUST_CHECK CaromStatus carom_milter_open(const CaromMilterRole *role, gpointer daemon,
					       CaromSnapshots *snapshots, const char *socket_path,
					       GError **err);

/* Serves the socket; returns soon after carom_milter_drain(). */
CAROM_MUST_CHECK CaromStatus carom_milter_run(GError **err);

/* Takes no more connections and messages; waits, at most so long, until the messages under way have
 * ended. Any thread. */
void carom_milter_drain(CaromDeadline until);

/* What is still under way is put off from now on. Waits for what the role does at the moment; then
 * nobody works with daemon and snapshots any more. */
void carom_milter_stop(void);

#endif
