/* SPDX-License-Identifier: BSD-2-Clause */
/* failure - what went wrong at the database, as a status and one sentence; private to this room */
#ifndef CAROM_FAILURE_H
#define CAROM_FAILURE_H

#include "base/status.h"

#include <libpq-fe.h>

/* Of a question. result may be NULL: then the connection failed. what begins the message. */
CaromStatus carom_failure_of_result(const PGconn *conn, const PGresult *result, const char *what,
				    GError **err);

/* Of an attempt to connect, made with PQERRORS_VERBOSE or without. CAROM_MISUSE: the server is
 * there and refuses, for there is no such role, password or database. */
CaromStatus carom_failure_of_connecting(const PGconn *conn, GError **err);

/* What libpq said, which ends lines, as one sentence. The caller's. */
char *carom_failure_text(const char *message);

#endif
