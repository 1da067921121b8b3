/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer - many connections, few transactions
 *
 * Two threads, each with a database connection, record what all others hand
 * them: while a transaction is under way, what arrives waits, and goes into the
 * next one together. Each caller gets its answer only after its own commit; a
 * report that the database refuses fails alone. A database that does not answer
 * within half a minute is away: CAROM_RETRY, and if it commits after all, the
 * report is known when it comes again.
 */
#ifndef CAROM_WRITER_H
#define CAROM_WRITER_H

#include "store/record.h"

typedef struct CaromWriter CaromWriter;

/* Starts the threads. One connects when the first report comes, and again whenever the connection
 * was lost; the other follows when that has worked, and is missed by nobody if it can't. */
CAROM_MUST_CHECK CaromStatus carom_writer_start(const char *conninfo, CaromWriter **out,
						GError **err);

/* carom_store_record() by way of the writer; any thread. Blocks until the commit, or until it is
 * known that there is none. */
CAROM_MUST_CHECK CaromStatus carom_writer_record(CaromWriter *writer, const char *json,
						 const char *raw, gsize raw_len, CaromRecorded *out,
						 GError **err);

/* From now on no answer of the database is waited for: what waits is CAROM_RETRY at once. For who
 * has waited long enough for the daemon's end. Any thread. */
void carom_writer_hurry(CaromWriter *writer);

/* Records what waits, then ends the threads. NULL is fine. */
void carom_writer_stop(CaromWriter *writer);

#endif
