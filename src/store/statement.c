/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/statement.h"
#include "base/deadline.h"
#include "store/failure.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define LOOK_UP_MS 200   /* how often a wait looks whether somebody hurries */
#define ROLLBACK_MS 5000 /* that giving up a failed transaction may take */

/* The statements of one transaction, in the order in which they are sent. */
enum { BEGIN, SETTING, QUESTION, COMMIT };

/*
 * All that statements, the functions that they call and the reading of their
 * answers rely on: $1 is a time limit, $2 whether it ends with the transaction.
 * Until the search path is set nothing is named without its schema. Who commits
 * asynchronously would lose in a crash what Postfix was told is kept; stronger
 * promises than ours stay.
 */
#define SETTINGS                                                                                   \
	"SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', $2), "                 \
	"pg_catalog.set_config('standard_conforming_strings', 'on', $2), "                         \
	"pg_catalog.set_config('DateStyle', 'ISO, YMD', $2), "                                     \
	"pg_catalog.set_config('IntervalStyle', 'postgres', $2), "                                 \
	"pg_catalog.set_config('bytea_output', 'hex', $2), "                                       \
	"pg_catalog.set_config('extra_float_digits', '1', $2), "                                   \
	"pg_catalog.set_config('transform_null_equals', 'off', $2), "                              \
	"pg_catalog.set_config('lock_timeout', '0', $2), "                                         \
	"pg_catalog.set_config('synchronous_commit', "                                             \
	"CASE WHEN pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off' " \
	"THEN 'on' ELSE pg_catalog.current_setting('synchronous_commit') END, $2), "               \
	"pg_catalog.set_config('statement_timeout', $1, $2), "

static const char begin[] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
static const char settings[] = SETTINGS "pg_catalog.set_config('TimeZone', 'UTC', $2)";
static const char local_settings[] = SETTINGS "pg_catalog.set_config('TimeZone', "
					      "coalesce(carom.setting('timezone'), 'UTC'), $2)";

static gboolean
is_hurrying(const CaromConnection *connection)
{
	return connection->hurrying != NULL &&
	       __atomic_load_n(connection->hurrying, __ATOMIC_RELAXED) != 0;
}

/* Waits until PQgetResult() has something. FALSE: it did not come in time, or the connection is
 * lost. */
static gboolean
wait_for_answer(CaromConnection *connection, CaromDeadline end)
{
	struct pollfd fd = { .fd = PQsocket(connection->conn) };

	for (;;) {
		int unsent = PQflush(connection->conn), left;

		if (unsent < 0 || PQconsumeInput(connection->conn) == 0)
			return FALSE;
		if (unsent == 0 && !PQisBusy(connection->conn))
			return TRUE;
		left = carom_deadline_left_ms(end);
		if (left == 0 || is_hurrying(connection))
			return FALSE;
		fd.events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
		if (poll(&fd, 1, MIN(left, LOOK_UP_MS)) < 0 && errno != EINTR)
			return FALSE;
	}
}

static gboolean
is_success(const PGresult *result)
{
	return PQresultStatus(result) == PGRES_TUPLES_OK ||
	       PQresultStatus(result) == PGRES_COMMAND_OK;
}

static gboolean
send_one(PGconn *conn, const CaromStatement *s)
{
	return PQsendQueryParams(conn, s->sql, s->n, s->types, s->values, s->lengths, s->formats,
				 0) == 1;
}

/* Sends the whole transaction; all of it leaves in as few packets as it fits into. */
static gboolean
send_transaction(CaromConnection *connection, const CaromStatement *s)
{
	PGconn *conn = connection->conn;
	/* earlier than our own limit: a server that merely works too long is told to stop, and the
	 * connection lives on */
	g_autofree char *limit = g_strdup_printf("%dms", MAX(1, connection->limit / 10 * 9));
	const char *const values[] = { limit, "true" };
	const CaromStatement set = { .sql = s->local_time ? local_settings : settings,
				     .n = 2,
				     .values = values };

	return PQenterPipelineMode(conn) == 1 &&
	       send_one(conn, &(CaromStatement){ .sql = begin }) && send_one(conn, &set) &&
	       send_one(conn, s) && send_one(conn, &(CaromStatement){ .sql = "COMMIT" }) &&
	       PQpipelineSync(conn) == 1;
}

/* Takes the first failure, or else the answer to the question, of the results of one transaction.
 * Frees the other. */
static PGresult *
keep(PGresult *kept, PGresult *result, int step)
{
	gboolean aborted = PQresultStatus(result) == PGRES_PIPELINE_ABORTED;
	gboolean matters = step == QUESTION || !is_success(result);

	if (aborted || !matters || (kept != NULL && !is_success(kept))) {
		PQclear(result);
		return kept;
	}
	PQclear(kept);
	return result;
}

/* Reads what the transaction came to. NULL: it is not known. */
static PGresult *
read_transaction(CaromConnection *connection, CaromDeadline end)
{
	PGresult *kept = NULL;

	for (int step = BEGIN; wait_for_answer(connection, end);) {
		PGresult *result = PQgetResult(connection->conn);

		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			PQexitPipelineMode(connection->conn);
			return kept;
		}
		if (result != NULL)
			kept = keep(kept, result, step);
		else if (PQstatus(connection->conn) != CONNECTION_OK)
			break;
		else
			step++;
	}
	/* a failure that was told is one, whatever else is not known */
	connection->lost = TRUE;
	if (kept == NULL || !is_success(kept))
		return kept;
	PQclear(kept);
	return NULL;
}

/* Reads what one text of statements came to: its first failure or its last result. NULL: it is not
 * known. */
static PGresult *
read_script(CaromConnection *connection, CaromDeadline end)
{
	PGresult *kept = NULL;

	while (wait_for_answer(connection, end)) {
		PGresult *result = PQgetResult(connection->conn);

		if (result == NULL)
			return kept;
		kept = keep(kept, result, QUESTION);
	}
	connection->lost = TRUE;
	PQclear(kept);
	return NULL;
}

/* What a result is worth. Takes it. */
static CaromStatus
finish(CaromConnection *connection, PGresult *result, const char *what, PGresult **out,
       GError **err)
{
	g_autoptr(PGresult) taken = result;

	if (PQstatus(connection->conn) != CONNECTION_OK)
		connection->lost = TRUE;
	if (taken == NULL && PQstatus(connection->conn) == CONNECTION_OK)
		return carom_status_fail(err, CAROM_RETRY, "%s: no answer within %d ms", what,
					 connection->limit);
	if (!is_success(taken))
		return carom_failure_of_result(connection->conn, taken, what, err);
	*out = g_steal_pointer(&taken);
	return CAROM_OK;
}

static CaromStatus
fail_lost(const char *what, GError **err)
{
	return carom_status_fail(err, CAROM_RETRY, "%s: the connection is lost", what);
}

/* A transaction that failed is open until it is given up. */
static void
give_up(CaromConnection *connection)
{
	g_autoptr(PGresult) result = NULL;

	if (connection->lost || PQtransactionStatus(connection->conn) == PQTRANS_IDLE)
		return;
	if (PQsendQuery(connection->conn, "ROLLBACK") == 1)
		result = read_script(connection, carom_deadline_in_ms(ROLLBACK_MS));
	connection->lost = !is_success(result);
}

CaromStatus
carom_statement_run(CaromConnection *connection, const CaromStatement *statement, const char *what,
		    PGresult **out, GError **err)
{
	CaromDeadline end = carom_deadline_in_ms(connection->limit);
	PGresult *result = NULL;
	CaromStatus status;

	*out = NULL;
	if (connection->lost)
		return fail_lost(what, err);
	if (send_transaction(connection, statement))
		result = read_transaction(connection, end);
	else
		connection->lost = TRUE;
	status = finish(connection, result, what, out, err);
	if (status != CAROM_OK)
		give_up(connection);
	return status;
}

CaromStatus
carom_statement_within(CaromConnection *connection, const CaromStatement *statement,
		       const char *what, PGresult **out, GError **err)
{
	CaromDeadline end = carom_deadline_in_ms(connection->limit);
	PGresult *result = NULL;

	*out = NULL;
	if (connection->lost)
		return fail_lost(what, err);
	if (send_one(connection->conn, statement))
		result = read_script(connection, end);
	return finish(connection, result, what, out, err);
}

CaromStatus
carom_statement_script(CaromConnection *connection, const char *sql, const char *what, GError **err)
{
	CaromDeadline end = carom_deadline_in_ms(connection->limit);
	g_autoptr(PGresult) done = NULL;
	PGresult *result = NULL;

	if (connection->lost)
		return fail_lost(what, err);
	if (PQsendQuery(connection->conn, sql) == 1)
		result = read_script(connection, end);
	return finish(connection, result, what, &done, err);
}

CaromStatus
carom_statement_session(CaromConnection *connection, GError **err)
{
	const char *const values[] = { "0", "false" };
	const CaromStatement set = { .sql = settings, .n = 2, .values = values };
	const CaromStatement transactions = {
		.sql = "SELECT pg_catalog.set_config('default_transaction_isolation', "
		       "'read committed', false), "
		       "pg_catalog.set_config('default_transaction_read_only', 'off', false)"
	};
	g_autoptr(PGresult) first = NULL, second = NULL;
	CaromStatus status =
		carom_statement_within(connection, &transactions, "database", &first, err);

	return status == CAROM_OK
		       ? carom_statement_within(connection, &set, "database", &second, err)
		       : status;
}

/* ---- several statements in one transaction ------------------------------------------- */

CaromStatus
carom_statement_begin(CaromConnection *connection, GError **err)
{
	g_autofree char *limit = g_strdup_printf("%dms", MAX(1, connection->limit / 10 * 9));
	const char *const values[] = { limit, "true" };
	const CaromStatement set = { .sql = settings, .n = 2, .values = values };
	g_autoptr(PGresult) result = NULL;
	CaromStatus status = carom_statement_script(connection, begin, "database", err);

	return status == CAROM_OK
		       ? carom_statement_within(connection, &set, "database", &result, err)
		       : status;
}

/* Waits until all that was handed to libpq has left. */
static gboolean
flush(CaromConnection *connection)
{
	CaromDeadline end = carom_deadline_in_ms(connection->limit);
	struct pollfd fd = { .fd = PQsocket(connection->conn), .events = POLLIN | POLLOUT };

	for (;;) {
		int unsent = PQflush(connection->conn), left = carom_deadline_left_ms(end);

		if (unsent <= 0)
			return unsent == 0;
		if (left == 0 || is_hurrying(connection))
			return FALSE;
		if (poll(&fd, 1, MIN(left, LOOK_UP_MS)) < 0 && errno != EINTR)
			return FALSE;
		/* a server that refuses says so while it is sent to */
		if ((fd.revents & POLLIN) && PQconsumeInput(connection->conn) == 0)
			return FALSE;
	}
}

CaromStatus
carom_statement_end(CaromConnection *connection, gboolean commit, GError **err)
{
	if (commit)
		return carom_statement_script(connection, "COMMIT", "database", err);
	/* a COPY that has not ended ends first, with an error */
	if (!connection->lost && PQtransactionStatus(connection->conn) == PQTRANS_ACTIVE) {
		g_autoptr(PGresult) refused = NULL;

		if (PQputCopyEnd(connection->conn, "given up") == 1 && flush(connection))
			refused = read_script(connection, carom_deadline_in_ms(ROLLBACK_MS));
		else
			connection->lost = TRUE;
	}
	give_up(connection);
	return CAROM_OK;
}

/* Reads what comes of one statement. A server that was asked for more than is wanted sends it all
 * the same: then the connection is of no use any more. */
static CaromStatus
read_rows(CaromConnection *connection, const char *what, CaromStatementRow func, void *user,
	  GError **err)
{
	for (;;) {
		CaromDeadline end = carom_deadline_in_ms(connection->limit);
		g_autoptr(PGresult) result = NULL;
		CaromStatus status;

		/* what is there already first: to read on would pile it up */
		if (PQisBusy(connection->conn) && !wait_for_answer(connection, end)) {
			connection->lost = TRUE;
			return finish(connection, NULL, what, &result, err);
		}
		result = PQgetResult(connection->conn);
		if (result == NULL)
			return CAROM_OK;
		if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
			status = func(result, user, err);
		} else if (is_success(result)) {
			status = CAROM_OK;
		} else {
			g_autoptr(PGresult) rest = NULL;

			status = carom_failure_of_result(connection->conn, result, what, err);
			rest = read_script(connection, end);
			return status;
		}
		if (status != CAROM_OK) {
			connection->lost = TRUE;
			return status;
		}
	}
}

CaromStatus
carom_statement_rows(CaromConnection *connection, const CaromStatement *statement, const char *what,
		     CaromStatementRow func, void *user, GError **err)
{
	if (connection->lost)
		return fail_lost(what, err);
	if (!send_one(connection->conn, statement) || PQsetSingleRowMode(connection->conn) != 1) {
		g_autoptr(PGresult) none = NULL;

		connection->lost = TRUE;
		return finish(connection, NULL, what, &none, err);
	}
	return read_rows(connection, what, func, user, err);
}

CaromStatus
carom_statement_copy_begin(CaromConnection *connection, const char *sql, const char *what,
			   GError **err)
{
	g_autoptr(PGresult) result = NULL;
	CaromDeadline end = carom_deadline_in_ms(connection->limit);

	if (connection->lost)
		return fail_lost(what, err);
	if (PQsendQuery(connection->conn, sql) == 1 && wait_for_answer(connection, end))
		result = PQgetResult(connection->conn);
	else
		connection->lost = TRUE;
	if (PQresultStatus(result) == PGRES_COPY_IN)
		return CAROM_OK;
	if (!connection->lost) {
		g_autoptr(PGresult) rest = read_script(connection, end);

		(void) rest;
	}
	return carom_failure_of_result(connection->conn, result, what, err);
}

CaromStatus
carom_statement_copy_send(CaromConnection *connection, const char *bytes, gsize len,
			  const char *what, GError **err)
{
	g_autoptr(PGresult) none = NULL;

	if (connection->lost)
		return fail_lost(what, err);
	if (PQputCopyData(connection->conn, bytes, (int) len) == 1 && flush(connection))
		return CAROM_OK;
	connection->lost = TRUE;
	return finish(connection, NULL, what, &none, err);
}

CaromStatus
carom_statement_copy_end(CaromConnection *connection, const char *what, GError **err)
{
	CaromDeadline end = carom_deadline_in_ms(connection->limit);
	g_autoptr(PGresult) done = NULL;
	PGresult *result = NULL;

	if (connection->lost)
		return fail_lost(what, err);
	if (PQputCopyEnd(connection->conn, NULL) == 1 && flush(connection))
		result = read_script(connection, end);
	else
		connection->lost = TRUE;
	return finish(connection, result, what, &done, err);
}
