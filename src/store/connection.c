/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/connection_private.h"
#include "base/deadline.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define LOOK_UP_MS 200 /* how often whoever waits looks whether it should hurry */

/* Which failure is whose, by SQLSTATE class. No SQLSTATE at all: the server is away. */
static const struct {
	const char *class;
	CaromStatus status;
} sqlstates[] = {
	{ "08", CAROM_RETRY },     /* connection */
	{ "22", CAROM_MALFORMED }, /* data it won't store */
	{ "25",
	  CAROM_RETRY }, /* read-only: a standby that will be promoted, or we reach another host */
	{ "40", CAROM_RETRY },     /* deadlock, serialization */
	{ "53", CAROM_RETRY },     /* out of resources */
	{ "54", CAROM_MALFORMED }, /* too large for it */
	{ "55", CAROM_RETRY },     /* object in use */
	{ "57", CAROM_RETRY },     /* shut down, cancelled */
	{ "58", CAROM_RETRY },     /* system error */
};

static CaromStatus
status_of(const char *sqlstate)
{
	if (sqlstate == NULL)
		return CAROM_RETRY;
	for (gsize i = 0; i < G_N_ELEMENTS(sqlstates); i++)
		if (strncmp(sqlstate, sqlstates[i].class, 2) == 0)
			return sqlstates[i].status;
	return CAROM_MISUSE;
}

/* libpq's messages end lines; ours are one sentence. */
static char *
one_line(const char *message)
{
	g_autofree char *copy = g_strdup(message ? message : "");

	g_strdelimit(copy, "\r\n\t", ' ');
	return g_strdup(g_strstrip(copy));
}

static CaromStatus
fail_result(const CaromConnection *connection, const PGresult *result, const char *what,
	    GError **err)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	g_autofree char *text = one_line(primary ? primary : PQerrorMessage(connection->conn));

	/* no such schema; and no such table, where one of ours is asked for by name */
	if (sqlstate != NULL &&
	    (strcmp(sqlstate, "3F000") == 0 ||
	     (strcmp(sqlstate, "42P01") == 0 && strstr(text, "carom.") != NULL)))
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s: the database has no schema carom; run carom db init",
					 what);
	return carom_status_fail(err, status_of(sqlstate), hint ? "%s: %s. %s" : "%s: %s", what,
				 text, hint);
}

/* Warnings of the server are for its own log. */
static void
ignore_notice(void *user, const PGresult *result)
{
	(void) user;
	(void) result;
}

static CaromStatus query_connection(CaromStore *store, const char *sql, const char *const *args,
				    guint n_args, CaromTable **out, GError **err);

CaromConnection *
carom_connection_of(CaromStore *store, GError **err)
{
	if (store->query == query_connection)
		return (CaromConnection *) store;
	(void) !carom_status_fail(err, CAROM_MISUSE, "database: a pool does not do this");
	return NULL;
}

CaromStatus
carom_store_check_conninfo(const char *conninfo, GError **err)
{
	char *bad = NULL;
	PQconninfoOption *parsed = PQconninfoParse(conninfo, &bad);
	g_autofree char *text = parsed == NULL ? one_line(bad) : NULL;

	PQconninfoFree(parsed);
	PQfreemem(bad);
	return text == NULL
		       ? CAROM_OK
		       : carom_status_fail(err, CAROM_MISUSE, "conninfo in [database]: %s", text);
}

CaromStatus
carom_store_open(const char *conninfo, int timeout, CaromStore **out, GError **err)
{
	g_autofree char *seconds = g_strdup_printf("%d", timeout);
	const char *const names[] = { "dbname", "connect_timeout", "fallback_application_name",
				      "client_encoding", NULL };
	const char *const values[] = { conninfo, timeout > 0 ? seconds : NULL, "carom", "UTF8",
				       NULL };
	CaromConnection *connection;
	CaromStatus status = carom_store_check_conninfo(conninfo, err);

	*out = NULL;
	if (status != CAROM_OK)
		return status;
	connection = g_new0(CaromConnection, 1);
	connection->store.query = query_connection;
	connection->conn = PQconnectdbParams(names, values, 1);
	if (PQstatus(connection->conn) != CONNECTION_OK) {
		g_autofree char *text = one_line(PQerrorMessage(connection->conn));

		carom_store_close(&connection->store);
		return carom_status_fail(err, CAROM_RETRY, "database: %s", text);
	}
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

/* Which of Postgres' types is which of ours, by its number in pg_type; the others are text. */
static CaromColumnType
column_type(Oid oid)
{
	switch (oid) {
	case 16: /* boolean */
		return CAROM_COLUMN_FLAG;
	case 20: /* bigint */
	case 21: /* smallint */
	case 23: /* integer */
		return CAROM_COLUMN_COUNT;
	case 1082: /* date */
		return CAROM_COLUMN_DAY;
	case 1184: /* timestamptz */
		return CAROM_COLUMN_TIME;
	case 1700: /* numeric */
		return CAROM_COLUMN_RATE;
	default:
		return CAROM_COLUMN_TEXT;
	}
}

/* "2026-11-28 17:05:00.123456+07" as RFC 3339 writes it, without what is below a second. What
 * looks otherwise ("infinity") stays. */
static char *
time_of(const char *text)
{
	gsize length = strlen("2026-11-28 17:05:00"), offset = length;

	if (strlen(text) < length || text[4] != '-' || text[10] != ' ' || text[13] != ':')
		return g_strdup(text);
	offset += strspn(text + length, ".0123456789");
	if (strcmp(text + offset, "+00") == 0)
		return g_strdup_printf("%.10sT%.8sZ", text, text + 11);
	return g_strdup_printf("%.10sT%.8s%s%s", text, text + 11, text + offset,
			       strlen(text + offset) == strlen("+07") ? ":00" : "");
}

static char *
cell_of(CaromColumnType type, const char *text)
{
	switch (type) {
	case CAROM_COLUMN_FLAG:
		return g_strdup(*text == 't' ? "true" : "false");
	case CAROM_COLUMN_TIME:
		return time_of(text);
	default:
		return g_strdup(text);
	}
}

static CaromTable *
table_of(const PGresult *result)
{
	CaromTable *table = carom_table_new((guint) PQnfields(result), (guint) PQntuples(result));

	for (guint c = 0; c < table->n_columns; c++) {
		CaromColumnType type = column_type(PQftype(result, (int) c));

		carom_table_set_column(table, c, PQfname(result, (int) c), type);
		for (guint r = 0; r < table->n_rows; r++)
			if (!PQgetisnull(result, (int) r, (int) c))
				carom_table_set_cell(
					table, r, c,
					cell_of(type, PQgetvalue(result, (int) r, (int) c)));
	}
	return table;
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

static gboolean
is_hurrying(const CaromConnection *connection)
{
	return connection->hurrying != NULL &&
	       __atomic_load_n(connection->hurrying, __ATOMIC_RELAXED) != 0;
}

/* Waits until the answer is there. FALSE: it did not come in time, or the connection is lost. */
static gboolean
wait_for_answer(CaromConnection *connection)
{
	CaromDeadline end = carom_deadline_in_ms(connection->limit);
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

/* PQexecParams() within the limit; NULL: see PQerrorMessage(), or it took too long. */
static PGresult *
run_within_limit(CaromConnection *connection, const CaromStatement *s)
{
	PGconn *conn = connection->conn;
	PGresult *result = NULL, *next;

	if (connection->limit == 0)
		return PQexecParams(conn, s->sql, s->n, s->types, s->values, s->lengths, s->formats,
				    0);
	if (PQsetnonblocking(conn, 1) != 0 ||
	    PQsendQueryParams(conn, s->sql, s->n, s->types, s->values, s->lengths, s->formats, 0) ==
		    0)
		return NULL;
	for (;;) {
		if (!wait_for_answer(connection)) {
			PQclear(result);
			return NULL;
		}
		next = PQgetResult(conn);
		if (next == NULL)
			break;
		PQclear(result);
		result = next;
	}
	PQsetnonblocking(conn, 0);
	return result;
}

static gboolean
is_success(const PGresult *result)
{
	return PQresultStatus(result) == PGRES_TUPLES_OK ||
	       PQresultStatus(result) == PGRES_COMMAND_OK;
}

CaromStatus
carom_connection_execute(CaromConnection *connection, const CaromStatement *statement,
			 const char *what, PGresult **out, GError **err)
{
	g_autoptr(PGresult) result = run_within_limit(connection, statement);

	*out = NULL;
	if (result == NULL && PQstatus(connection->conn) == CONNECTION_OK)
		return carom_status_fail(err, CAROM_RETRY, "%s: no answer within %d ms", what,
					 connection->limit);
	if (!is_success(result))
		return fail_result(connection, result, what, err);
	*out = g_steal_pointer(&result);
	return CAROM_OK;
}

static CaromStatus
query_connection(CaromStore *store, const char *sql, const char *const *args, guint n_args,
		 CaromTable **out, GError **err)
{
	const CaromStatement statement = { .sql = sql, .n = (int) n_args, .values = args };
	g_autoptr(PGresult) result = NULL;
	CaromStatus status = carom_connection_execute((CaromConnection *) store, &statement,
						      "database", &result, err);

	if (status == CAROM_OK)
		*out = table_of(result);
	return status;
}

CaromStatus
carom_store_query(CaromStore *store, const char *sql, const char *const *args, guint n_args,
		  CaromTable **out, GError **err)
{
	*out = NULL;
	return store->query(store, sql, args, n_args, out, err);
}

CaromStatus
carom_store_no_answer(const char *function, GError **err)
{
	return carom_status_fail(
		err, CAROM_MISUSE,
		"database: %s answered nothing; is its schema of this version of carom?", function);
}

CaromStatus
carom_connection_run(CaromConnection *connection, const char *sql, const char *what, GError **err)
{
	g_autoptr(PGresult) result = PQexec(connection->conn, sql);

	return is_success(result) ? CAROM_OK : fail_result(connection, result, what, err);
}

CaromStatus
carom_store_listen(CaromStore *store, const char *channel, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	g_autofree char *sql = g_strdup_printf("LISTEN %s", channel);
	const CaromStatement statement = { .sql = sql };
	g_autoptr(PGresult) result = NULL;

	if (connection == NULL)
		return CAROM_MISUSE;
	return carom_connection_execute(connection, &statement, "database", &result, err);
}

CaromStatus
carom_store_notified(CaromStore *store, gboolean *notified, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	PGnotify *notify;

	*notified = FALSE;
	if (connection == NULL)
		return CAROM_MISUSE;
	if (PQconsumeInput(connection->conn) == 0) {
		g_autofree char *text = one_line(PQerrorMessage(connection->conn));

		return carom_status_fail(err, CAROM_RETRY, "database: %s", text);
	}
	while ((notify = PQnotifies(connection->conn)) != NULL) {
		*notified = TRUE;
		PQfreemem(notify);
	}
	return CAROM_OK;
}
