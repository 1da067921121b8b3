/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outbound - may this address be mailed, and what was mailed
 *
 * The whole suppression list is held in memory as 64-bit hashes (8 MB for a
 * million), so that the usual answer, "nobody suppressed it", costs no query.
 * Only a hit asks the database, which has the last word and the reason. The
 * set follows the list by LISTEN, and is read anew every [outbound] refresh
 * seconds at the latest: that is the bound of its staleness.
 */
#ifndef CAROM_OUTBOUND_H
#define CAROM_OUTBOUND_H

#include "config/settings.h"
#include "base/status.h"

typedef struct CaromOutbound CaromOutbound;

/* Reads the list and starts the thread that follows it. CAROM_RETRY: the database is away; *out
 * serves all the same. */
CAROM_MUST_CHECK CaromStatus carom_outbound_start(const CaromConfig *config, CaromOutbound **out,
						  GError **err);

/*
 * Whether address may be mailed for account and stream ("" = none known).
 * CAROM_ABSENT: nobody suppressed it. CAROM_OK: suppressed; *reason (caller's)
 * says by what, since when and in which scope, fit for an SMTP reply.
 * CAROM_RETRY: the database is away and what is in memory too old to be trusted. Any thread.
 */
CAROM_MUST_CHECK CaromStatus carom_outbound_suppressed(CaromOutbound *outbound, const char *address,
						       const char *account, const char *stream,
						       char **reason, GError **err);

/* Counts one recipient mailed, to be added to the volumes within seconds. Any thread. */
void carom_outbound_count(CaromOutbound *outbound, const char *account, const char *stream,
			  const char *provider);

/* The row of carom.address for a recipient, made if need be: what a token names. Any thread. */
CAROM_MUST_CHECK CaromStatus carom_outbound_address_id(CaromOutbound *outbound, const char *address,
						       const char *account, guint64 *id,
						       GError **err);

/* Writes the last counts, ends the thread. NULL is fine. */
void carom_outbound_stop(CaromOutbound *outbound);

#endif
