/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * statement - one SQL statement in a transaction that depends on nothing but itself
 *
 * What the program relies on (how dates and strings are read and written, the
 * search path, isolation) is set in the transaction of each statement, in the
 * same packet. So nothing that the server, the database, the role or the
 * environment (PGOPTIONS, PGTZ) has set matters, nothing costs a round trip, and
 * behind PgBouncer in transaction mode nothing is left to the next client.
 *
 * Private to this room.
 */
#ifndef CAROM_STATEMENT_H
#define CAROM_STATEMENT_H

#include "store/connection_private.h"

struct CaromStatement {
	const char *sql; /* a constant with $1… */
	int n;           /* parameters, as PQexecParams() takes them */
	const Oid *types;
	const char *const *values;
	const int *lengths, *formats;
	gboolean local_time; /* times are told in the time zone of the reports; otherwise in UTC */
};

/*
 * Runs it within the connection's limit. CAROM_OK: committed; *out is the
 * caller's. what begins the message otherwise. After CAROM_RETRY the connection
 * may be lost, and then answers nothing but that.
 */
CAROM_MUST_CHECK CaromStatus carom_statement_run(CaromConnection *connection,
						 const CaromStatement *statement, const char *what,
						 PGresult **out, GError **err);

/* Makes the same settings for the whole session, without a time limit: for the schema's scripts,
 * some of which may not run inside a transaction. */
CAROM_MUST_CHECK CaromStatus carom_statement_session(CaromConnection *connection, GError **err);

/* Runs it as it is: in the transaction that is open, or by itself. */
CAROM_MUST_CHECK CaromStatus carom_statement_within(CaromConnection *connection,
						    const CaromStatement *statement,
						    const char *what, PGresult **out, GError **err);

/* Runs a text of several statements the same way. */
CAROM_MUST_CHECK CaromStatus carom_statement_script(CaromConnection *connection, const char *sql,
						    const char *what, GError **err);

/* Opens a transaction that depends on nothing but itself, as carom_statement_run() has it, for
 * several statements. What fails leaves it open until carom_statement_end(). */
CAROM_MUST_CHECK CaromStatus carom_statement_begin(CaromConnection *connection, GError **err);

/* Commits, or gives up what was done. */
CAROM_MUST_CHECK CaromStatus carom_statement_end(CaromConnection *connection, gboolean commit,
						 GError **err);

/* What it returns but CAROM_OK is the last row that is looked at. result has one row. */
typedef CaromStatus (*CaromStatementRow)(const PGresult *result, void *user, GError **err);

/* Runs it within the transaction that is open, and hands on its rows one by one as they come. */
CAROM_MUST_CHECK CaromStatus carom_statement_rows(CaromConnection *connection,
						  const CaromStatement *statement, const char *what,
						  CaromStatementRow func, void *user, GError **err);

/* "COPY … FROM STDIN", text format, within the transaction that is open: begins it, sends len bytes
 * of it, ends it. The bytes are whole lines. Waits until they have left, so that nothing piles up.
 */
CAROM_MUST_CHECK CaromStatus carom_statement_copy_begin(CaromConnection *connection,
							const char *sql, const char *what,
							GError **err);
CAROM_MUST_CHECK CaromStatus carom_statement_copy_send(CaromConnection *connection,
						       const char *bytes, gsize len,
						       const char *what, GError **err);
CAROM_MUST_CHECK CaromStatus carom_statement_copy_end(CaromConnection *connection, const char *what,
						      GError **err);

#endif
