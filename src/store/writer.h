/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer - many connections, few transactions
 *
 * Two threads, each with a database connection, record what all others hand
 * them: while a transaction is under way, what arrives waits, and goes into the
 * next one together. Each caller gets its answer only after its own commit; a
 * report that the database refuses fails alone.
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

/* Records what waits, then ends the threads. NULL is fine. */
void carom_writer_stop(CaromWriter *writer);

#endif
