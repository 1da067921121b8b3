/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overdue - ends connections that take too long to ask
 *
 * The HTTP library ends a connection that is silent. One that sends an octet now
 * and then is never silent, and holds a thread as long as it likes: it has a time
 * for the whole of its request here.
 */
#ifndef CAROM_OVERDUE_H
#define CAROM_OVERDUE_H

#include "base/status.h"

typedef struct CaromOverdue CaromOverdue;           /* any thread */
typedef struct CaromOverdueEntry CaromOverdueEntry; /* a connection that is watched */

/* Starts a thread. seconds: what a request may take to come in, and a connection to wait for one.
 * *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_overdue_start(int seconds, CaromOverdue **out, GError **err);
void carom_overdue_stop(CaromOverdue *overdue); /* NULL is fine */

/* The connection at fd is open; from now on it has its time. */
CaromOverdueEntry *carom_overdue_add(CaromOverdue *overdue, int fd);

/* Its request is there, and may be answered in any time; or it is answered, and the next one has
 * its time. */
void carom_overdue_pause(CaromOverdue *overdue, CaromOverdueEntry *entry);
void carom_overdue_resume(CaromOverdue *overdue, CaromOverdueEntry *entry);

/* fd is about to be closed. */
void carom_overdue_remove(CaromOverdue *overdue, CaromOverdueEntry *entry);

#endif
