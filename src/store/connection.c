/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/connection_private.h"
#include "base/deadline.h"
#include "store/answer.h"
#include "store/failure.h"
#include "store/statement.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define LIMIT_MS 60000 /* for an answer, if nobody says otherwise */

/* Warnings of the server are for its own log. */
static void
ignore_notice(void *user, const PGresult *result)
{
	(void) user;
	(void) result;
}

static CaromStatus
ask_connection(CaromStore *store, const CaromStatement *statement, CaromTable **out, GError **err)
{
	g_autoptr(PGresult) result = NULL;
	CaromStatus status =
		carom_statement_run((CaromConnection *) store, statement, "database", &result, err);

	if (status == CAROM_OK)
		*out = carom_answer_table(result);
	return status;
}

CaromConnection *
carom_connection_of(CaromStore *store, GError **err)
{
	if (store->ask == ask_connection)
		return (CaromConnection *) store;
	(void) !carom_status_fail(err, CAROM_MISUSE, "database: a pool does not do this");
	return NULL;
}

/* ---- connecting ---------------------------------------------------------------------- */

/* What libpq is told. It sends client_encoding as it connects. */
typedef struct {
	const char *names[5], *values[5];
} Parameters;

/* Connects until end. FALSE: no answer came, as far as that went. */
static gboolean
connect_until(PGconn *conn, CaromDeadline end)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	if (PQstatus(conn) == CONNECTION_BAD)
		return TRUE;
	while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
		struct pollfd fd = { .fd = PQsocket(conn),
				     .events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT };
		int ready = poll(&fd, 1, carom_deadline_left_ms(end));

		if (ready > 0)
			next = PQconnectPoll(conn);
		else if (ready == 0 || errno != EINTR)
			return FALSE;
	}
	return TRUE;
}

/* TRUE if there is but one address to try: a socket's path. */
static gboolean
is_one_address(const PGconn *conn)
{
	const char *host = PQhost(conn);

	return host == NULL || *host == '\0' ||
	       ((*host == '/' || *host == '@') && !strchr(host, ','));
}

/*
 * Connects, failing with what there is to say in the connection. On the monotonic
 * clock, which libpq's own connect_timeout is not. That one alone goes on to the
 * next host or address where one does not answer, so that it has the second half
 * of the time where there may be several.
 */
static PGconn *
connect_within(const Parameters *p, int seconds, gboolean *answered)
{
	PGconn *conn = PQconnectStartParams(p->names, p->values, 1);
	gboolean alone = conn == NULL || is_one_address(conn);
	g_autofree char *half = g_strdup_printf("%d", MAX(2, seconds / 2));
	Parameters slow = *p;

	if (conn != NULL)
		PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
	*answered = connect_until(conn, carom_deadline_in_ms(seconds * (alone ? 1000 : 500)));
	if (*answered || alone)
		return conn;
	PQfinish(conn);
	slow.values[1] = half;
	*answered = TRUE;
	return PQconnectdbParams(slow.names, slow.values, 1);
}

CaromStatus
carom_store_check_conninfo(const char *conninfo, GError **err)
{
	char *bad = NULL;
	PQconninfoOption *parsed = PQconninfoParse(conninfo, &bad);
	g_autofree char *text = parsed == NULL ? carom_failure_text(bad) : NULL;

	PQconninfoFree(parsed);
	PQfreemem(bad);
	return text == NULL
		       ? CAROM_OK
		       : carom_status_fail(err, CAROM_MISUSE, "conninfo in [database]: %s", text);
}

CaromStatus
carom_store_open(const char *conninfo, int timeout, CaromStore **out, GError **err)
{
	const Parameters parameters = {
		{ "dbname", "connect_timeout", "fallback_application_name", "client_encoding" },
		{ conninfo, NULL, "carom", "UTF8" },
	};
	CaromConnection *connection;
	CaromStatus status = carom_store_check_conninfo(conninfo, err);
	gboolean answered;

	*out = NULL;
	if (status != CAROM_OK)
		return status;
	connection = g_new0(CaromConnection, 1);
	connection->store.ask = ask_connection;
	connection->limit = LIMIT_MS;
	connection->conn = connect_within(&parameters, timeout, &answered);
	if (!answered)
		status = carom_status_fail(err, CAROM_RETRY, "database: no answer within %d s",
					   timeout);
	else if (PQstatus(connection->conn) != CONNECTION_OK)
		status = carom_failure_of_connecting(connection->conn, err);
	else if (PQsetnonblocking(connection->conn, 1) != 0)
		status = carom_failure_of_result(connection->conn, NULL, "database", err);
	if (status != CAROM_OK) {
		carom_store_close(&connection->store);
		return status;
	}
	PQsetErrorVerbosity(connection->conn, PQERRORS_DEFAULT);
	PQsetNoticeReceiver(connection->conn, ignore_notice, NULL);
	*out = &connection->store;
	return CAROM_OK;
}

void
carom_store_close(CaromStore *store)
{
	CaromConnection *connection = store ? carom_connection_of(store, NULL) : NULL;

	if (connection == NULL)
		return;
	PQfinish(connection->conn);
	g_free(connection);
}

void
carom_store_limit(CaromStore *store, int milliseconds)
{
	CaromConnection *connection = carom_connection_of(store, NULL);

	if (connection != NULL)
		connection->limit = milliseconds;
}

void
carom_store_hurry_when(CaromStore *store, const int *hurrying)
{
	CaromConnection *connection = carom_connection_of(store, NULL);

	if (connection != NULL)
		connection->hurrying = hurrying;
}

/* ---- asking -------------------------------------------------------------------------- */

static CaromStatus
ask(CaromStore *store, const CaromStatement *statement, CaromTable **out, GError **err)
{
	*out = NULL;
	return store->ask(store, statement, out, err);
}

CaromStatus
carom_store_query(CaromStore *store, const char *sql, const char *const *args, guint n_args,
		  CaromTable **out, GError **err)
{
	const CaromStatement statement = { .sql = sql, .n = (int) n_args, .values = args };

	return ask(store, &statement, out, err);
}

CaromStatus
carom_store_query_local(CaromStore *store, const char *sql, const char *const *args, guint n_args,
			CaromTable **out, GError **err)
{
	const CaromStatement statement = {
		.sql = sql, .n = (int) n_args, .values = args, .local_time = TRUE
	};

	return ask(store, &statement, out, err);
}

CaromStatus
carom_store_no_answer(const char *function, GError **err)
{
	return carom_status_fail(
		err, CAROM_MISUSE,
		"database: %s answered nothing; is its schema of this version of carom?", function);
}

/* Whether each transaction may have another server process: the one that answers is not the one
 * that the connection was made with. */
static CaromStatus
is_pooled(CaromConnection *connection, gboolean *pooled, GError **err)
{
	const CaromStatement statement = { .sql = "SELECT pg_catalog.pg_backend_pid()" };
	g_autoptr(PGresult) result = NULL;
	CaromStatus status = carom_statement_run(connection, &statement, "database", &result, err);

	*pooled = status == CAROM_OK && PQntuples(result) == 1 &&
		  g_ascii_strtoll(PQgetvalue(result, 0, 0), NULL, 10) !=
			  PQbackendPID(connection->conn);
	return status;
}

CaromStatus
carom_store_listen(CaromStore *store, const char *channel, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	g_autofree char *sql = g_strdup_printf("LISTEN %s", channel);
	const CaromStatement statement = { .sql = sql };
	g_autoptr(PGresult) result = NULL;

	gboolean pooled;
	CaromStatus status;

	if (connection == NULL)
		return CAROM_MISUSE;
	status = is_pooled(connection, &pooled, err);
	if (status != CAROM_OK)
		return status;
	/* it would be told to whoever has that server process next */
	if (pooled)
		return CAROM_ABSENT;
	return carom_statement_run(connection, &statement, "database", &result, err);
}

CaromStatus
carom_store_notified(CaromStore *store, gboolean *notified, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	PGnotify *notify;

	*notified = FALSE;
	if (connection == NULL)
		return CAROM_MISUSE;
	if (connection->lost || PQconsumeInput(connection->conn) == 0) {
		g_autofree char *text = carom_failure_text(PQerrorMessage(connection->conn));

		return carom_status_fail(err, CAROM_RETRY, "database: %s", text);
	}
	while ((notify = PQnotifies(connection->conn)) != NULL) {
		*notified = TRUE;
		PQfreemem(notify);
	}
	return CAROM_OK;
}
