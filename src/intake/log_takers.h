/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_takers - addresses that a log tells a delivery of, on their way into the database
 *
 * Whether it matters to one of them only the database knows, so it is asked about
 * thousands at once.
 */
#ifndef CAROM_LOG_TAKERS_H
#define CAROM_LOG_TAKERS_H

#include "store/deliveries.h"

typedef struct CaromLogTakers CaromLogTakers;

CaromLogTakers *carom_log_takers_new(void);

/* A server took mail for the address of len octets (what is none is passed over) at time (Unix). */
void carom_log_takers_add(CaromLogTakers *takers, const char *address, gsize len, gint64 time);

/* TRUE: there are enough of them to be handed in. */
gboolean carom_log_takers_is_full(const CaromLogTakers *takers);

/* Hands in what there is and, if that worked, begins anew. Adds to *noted those that it matters to.
 */
CAROM_MUST_CHECK CaromStatus carom_log_takers_flush(CaromLogTakers *takers, CaromStore *store,
						    guint64 *noted, GError **err);

void carom_log_takers_free(CaromLogTakers *takers); /* NULL is fine */

#endif
