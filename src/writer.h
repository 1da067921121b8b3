/*
 * writer - many connections, few transactions
 *
 * One thread with one database connection records what all others hand it:
 * while a transaction is under way, what arrives waits, and goes into the next
 * one together. Each caller gets its answer only after its own commit; a
 * report that the database refuses fails alone.
 */
#ifndef CAROM_WRITER_H
#define CAROM_WRITER_H

#include "store.h"

typedef struct CaromWriter CaromWriter;

/* Starts the thread. It connects when the first report comes, and again whenever the connection was
 * lost. */
CAROM_MUST_CHECK CaromStatus carom_writer_start(const char *conninfo, CaromWriter **out,
						GError **err);

/* carom_store_record() by way of the writer; any thread. Blocks until the commit, or until it is
 * known that there is none. */
CAROM_MUST_CHECK CaromStatus carom_writer_record(CaromWriter *writer, const char *json,
						 const char *raw, gsize raw_len, CaromRecorded *out,
						 GError **err);

/* Records what waits, then ends the thread. NULL is fine. */
void carom_writer_stop(CaromWriter *writer);

#endif
