/* SPDX-License-Identifier: BSD-2-Clause */
/* connection_private - how the files of this room ask; nobody else includes it */
#ifndef CAROM_CONNECTION_PRIVATE_H
#define CAROM_CONNECTION_PRIVATE_H

#include "store/connection.h"

#include <libpq-fe.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGresult, PQclear)

/* What a connection and a pool have in common. */
struct CaromStore {
	CaromStatus (*query)(CaromStore *store, const char *sql, const char *const *args,
			     guint n_args, CaromTable **out, GError **err);
};

/* A store that is one connection. */
typedef struct {
	CaromStore store; /* first: the one is the other */
	PGconn *conn;
	int limit;           /* milliseconds for an answer; 0: none */
	const int *hurrying; /* atomic; NULL: never */
} CaromConnection;

/* The connection that store is; NULL and *err (CAROM_MISUSE) if it is a pool. */
CaromConnection *carom_connection_of(CaromStore *store, GError **err);

/*
 * Asks one question: sql is a constant with $1… and args its n_args text
 * parameters (NULL for SQL NULL). Never pasted text. *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_store_query(CaromStore *store, const char *sql,
					       const char *const *args, guint n_args,
					       CaromTable **out, GError **err);

/* "database: FUNCTION answered nothing …", CAROM_MISUSE: the schema is another version's. */
CaromStatus carom_store_no_answer(const char *function, GError **err);

/* A statement with its n parameters, as PQexecParams() takes them. */
typedef struct {
	const char *sql;
	int n;
	const Oid *types;
	const char *const *values;
	const int *lengths, *formats;
} CaromStatement;

/* Runs it within the connection's limit. *out is the caller's where the status is CAROM_OK. what
 * begins the message otherwise. */
CAROM_MUST_CHECK CaromStatus carom_connection_execute(CaromConnection *connection,
						      const CaromStatement *statement,
						      const char *what, PGresult **out,
						      GError **err);

/* Runs a script of several statements, which has no limit. */
CAROM_MUST_CHECK CaromStatus carom_connection_run(CaromConnection *connection, const char *sql,
						  const char *what, GError **err);

#endif
