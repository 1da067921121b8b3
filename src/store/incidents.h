/* SPDX-License-Identifier: BSD-2-Clause */
/* incidents - what the brake holds, until a person says what it was */
#ifndef CAROM_STORE_INCIDENTS_H
#define CAROM_STORE_INCIDENTS_H

#include "store/connection.h"

/* Columns of carom_incidents_list(). */
enum {
	CAROM_INCIDENT_NUMBER,
	CAROM_INCIDENT_STATE, /* open, confirmed, discarded */
	CAROM_INCIDENT_PROVIDER,
	CAROM_INCIDENT_ADDRESSES, /* a count */
	CAROM_INCIDENT_FIRST,     /* a time: arrival of the first report */
	CAROM_INCIDENT_LAST,      /* a time */
	CAROM_INCIDENT_CATEGORY,
	CAROM_INCIDENT_RULE,
	CAROM_INCIDENT_TEMPLATE, /* what all replies say, without addresses, names and numbers */
	CAROM_INCIDENT_EXAMPLE,  /* one reply as it was; may hold an address */
	CAROM_INCIDENT_CLOSED,   /* a time; NULL: it is open */
	CAROM_INCIDENT_AUTHOR,
	CAROM_INCIDENT_NOTE
};

/* number: one of them; 0: those that are open, or all, newest first. */
CAROM_MUST_CHECK CaromStatus carom_incidents_list(CaromStore *store, guint64 number, gboolean all,
						  CaromTable **out, GError **err);

/* Whom an open incident holds: address, account, stream, since; not more than most. */
CAROM_MUST_CHECK CaromStatus carom_incidents_held(CaromStore *store, guint64 number, guint most,
						  CaromTable **out, GError **err);

/* Closes an incident: dead, its addresses are suppressed; else they are taken off the list. note
 * says why. *n: entries. CAROM_MALFORMED: there is none of that number that is open. */
CAROM_MUST_CHECK CaromStatus carom_incidents_close(CaromStore *store, guint64 number, gboolean dead,
						   const char *note, guint64 *n, GError **err);

#endif
