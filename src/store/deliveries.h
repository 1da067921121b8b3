/* SPDX-License-Identifier: BSD-2-Clause */
/* deliveries - what mail logs tell, counted once, and how far each log was read */
#ifndef CAROM_DELIVERIES_H
#define CAROM_DELIVERIES_H

#include "store/connection.h"

/* Lines to be counted, as literals of Postgres' arrays ("{1,2}") and of JSON, as
 * carom.add_deliveries() takes them. */
typedef struct {
	const char *minutes, *line_minutes, *lines, *line_kinds, *line_counts, *kinds;
} CaromDeliveryLines;

typedef struct {
	guint64 counted, known, too_old; /* lines */
} CaromDeliveryCount;

/* Counts lines, each once however often it is handed in. Adds to *count. */
CAROM_MUST_CHECK CaromStatus carom_deliveries_add(CaromStore *store,
						  const CaromDeliveryLines *lines,
						  CaromDeliveryCount *count, GError **err);

/* Notes the last time, by Postfix's log, at which a server took mail for each address
 * (carom_address_normal(), of char *; times of gint64, Unix, as many), as far as it matters. Adds
 * to *noted. */
CAROM_MUST_CHECK CaromStatus carom_deliveries_note(CaromStore *store, const GPtrArray *addresses,
						   const GArray *times, guint64 *noted,
						   GError **err);

/* How far the log with that first line was read. CAROM_ABSENT: it is new. *tail is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_deliveries_position(CaromStore *store, const char *first,
						       guint64 *position, char **tail,
						       GError **err);

/* What was under way on host where its log was last read to; "": nothing. *queue is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_deliveries_queue(CaromStore *store, const char *host,
						    char **queue, GError **err);

/* Notes that a log was read up to position (first NULL: it was a pipe, which has none), and what
 * is under way on its hosts, two arrays of as many. */
CAROM_MUST_CHECK CaromStatus carom_deliveries_read(CaromStore *store, const char *first,
						   guint64 position, const char *tail,
						   const GPtrArray *hosts, const GPtrArray *queues,
						   GError **err);

/* The account and stream of a number in signed return addresses. CAROM_ABSENT: nobody has it. Both
 * are the caller's. */
CAROM_MUST_CHECK CaromStatus carom_deliveries_scope(CaromStore *store, guint number, char **account,
						    char **stream, GError **err);

#endif
