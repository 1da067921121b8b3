/* SPDX-License-Identifier: BSD-2-Clause */
/* connection_private - how the files of this room ask; nobody else includes it */
#ifndef CAROM_CONNECTION_PRIVATE_H
#define CAROM_CONNECTION_PRIVATE_H

#include "store/connection.h"

#include <libpq-fe.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGresult, PQclear)

typedef struct CaromStatement CaromStatement; /* statement.h */

/* What a connection and a pool have in common. */
struct CaromStore {
	/* *out is the caller's where the answer is CAROM_OK, and NULL before */
	CaromStatus (*ask)(CaromStore *store, const CaromStatement *statement, CaromTable **out,
			   GError **err);
};

/* A store that is one connection. */
typedef struct {
	CaromStore store; /* first: the one is the other */
	PGconn *conn;
	int limit;           /* milliseconds for an answer */
	const int *hurrying; /* atomic; NULL: nobody hurries */
	gboolean lost;       /* an answer did not come: nothing is asked any more */
} CaromConnection;

/* The connection that store is; NULL and *err (CAROM_MISUSE) if it is a pool. */
CaromConnection *carom_connection_of(CaromStore *store, GError **err);

/*
 * Asks one question: sql is a constant with $1… and args its n_args text
 * parameters (NULL for SQL NULL). Never pasted text. *out is the caller's.
 * Times are in UTC, or in the time zone of the reports.
 */
CAROM_MUST_CHECK CaromStatus carom_store_query(CaromStore *store, const char *sql,
					       const char *const *args, guint n_args,
					       CaromTable **out, GError **err);
CAROM_MUST_CHECK CaromStatus carom_store_query_local(CaromStore *store, const char *sql,
						     const char *const *args, guint n_args,
						     CaromTable **out, GError **err);

/* "database: FUNCTION answered nothing …", CAROM_MISUSE: the schema is another version's. */
CaromStatus carom_store_no_answer(const char *function, GError **err);

#endif
