/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/store.h"
#include "base/data_file.h"

#include <jansson.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <string.h>

#define OID_BYTEA 17
#define OID_JSONB 3802
#define OID_BYTEA_ARRAY 1001
#define OID_JSONB_ARRAY 3807

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGresult, PQclear)

struct CaromStore {
	PGconn *conn;
	int limit; /* milliseconds for a query; 0: none */
};

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
fail_result(const CaromStore *store, const PGresult *result, const char *what, GError **err)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	g_autofree char *text = one_line(primary ? primary : PQerrorMessage(store->conn));

	if (sqlstate != NULL && strcmp(sqlstate, "3F000") == 0)
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

CaromStatus
carom_store_open(const char *conninfo, int timeout, CaromStore **out, GError **err)
{
	g_autofree char *seconds = g_strdup_printf("%d", timeout);
	const char *const names[] = { "dbname", "connect_timeout", "fallback_application_name",
				      "client_encoding", NULL };
	const char *const values[] = { conninfo, timeout > 0 ? seconds : NULL, "carom", "UTF8",
				       NULL };
	g_autoptr(CaromStore) store = g_new0(CaromStore, 1);
	char *bad = NULL;
	PQconninfoOption *parsed;

	*out = NULL;
	parsed = PQconninfoParse(conninfo, &bad);
	if (parsed == NULL) {
		g_autofree char *text = one_line(bad);

		PQfreemem(bad);
		return carom_status_fail(err, CAROM_MISUSE, "conninfo in [database]: %s", text);
	}
	PQconninfoFree(parsed);
	store->conn = PQconnectdbParams(names, values, 1);
	if (PQstatus(store->conn) != CONNECTION_OK) {
		g_autofree char *text = one_line(PQerrorMessage(store->conn));

		return carom_status_fail(err, CAROM_RETRY, "database: %s", text);
	}
	PQsetNoticeReceiver(store->conn, ignore_notice, NULL);
	*out = g_steal_pointer(&store);
	return CAROM_OK;
}

void
carom_store_close(CaromStore *store)
{
	if (store == NULL)
		return;
	PQfinish(store->conn);
	g_free(store);
}

/* Reads what carom.record() answers. */
static CaromStatus
read_answer(const char *text, CaromRecorded *out, GError **err)
{
	json_error_t error;
	json_t *answer = json_loads(text, 0, &error);
	const char *refused = json_string_value(json_object_get(answer, "error"));
	CaromStatus status = CAROM_OK;

	if (refused != NULL) {
		status = carom_status_fail(err, CAROM_MALFORMED, "recording: %s", refused);
	} else if (json_is_object(answer)) {
		out->duplicate = json_is_true(json_object_get(answer, "duplicate"));
		out->events = (guint) json_integer_value(json_object_get(answer, "events"));
		out->suppressed = (guint) json_array_size(json_object_get(answer, "suppressed"));
	} else {
		status = carom_status_fail(
			err, CAROM_MISUSE,
			"database: carom.record answered \"%s\"; is its schema of this "
			"version of carom?",
			text);
	}
	json_decref(answer);
	return status;
}

CaromStatus
carom_store_record(CaromStore *store, const char *json, const char *raw, gsize raw_len,
		   CaromRecorded *out, GError **err)
{
	const Oid types[] = { OID_JSONB, OID_BYTEA };
	const char *const values[] = { json, raw };
	const int lengths[] = { 0, (int) raw_len };
	const int formats[] = { 0, 1 };
	g_autoptr(PGresult) result = NULL;

	memset(out, 0, sizeof *out);
	/* one statement outside a block: its success is the commit */
	result = PQexecParams(store->conn, "SELECT carom.record($1, $2)", 2, types, values, lengths,
			      formats, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		return fail_result(store, result, "recording", err);
	if (PQntuples(result) != 1 || PQgetisnull(result, 0, 0))
		return carom_status_fail(
			err, CAROM_MISUSE,
			"database: carom.record answered nothing; is its schema of this "
			"version of carom?");
	return read_answer(PQgetvalue(result, 0, 0), out, err);
}

static void
put_int32(GByteArray *out, gint32 value)
{
	guint32 big_endian = GUINT32_TO_BE((guint32) value);

	g_byte_array_append(out, (const guint8 *) &big_endian, sizeof big_endian);
}

/* The header of a one-dimensional array in Postgres' binary form: dimensions, has-nulls, element
 * type, length, lower bound. */
static GByteArray *
array_new(Oid element, guint n)
{
	GByteArray *out = g_byte_array_new();

	put_int32(out, 1);
	put_int32(out, 1);
	put_int32(out, (gint32) element);
	put_int32(out, (gint32) n);
	put_int32(out, 1);
	return out;
}

/* Parameters of carom.record_many(): jsonb[] (each with its version byte, 1) and bytea[]. */
static void
pack_items(CaromRecordItem *const *items, guint n, GByteArray **reports, GByteArray **raws)
{
	static const guint8 jsonb_version = 1;

	*reports = array_new(OID_JSONB, n);
	*raws = array_new(OID_BYTEA, n);
	for (guint i = 0; i < n; i++) {
		gsize len = strlen(items[i]->json);

		put_int32(*reports, (gint32) len + 1);
		g_byte_array_append(*reports, &jsonb_version, 1);
		g_byte_array_append(*reports, (const guint8 *) items[i]->json, (guint) len);
		put_int32(*raws, items[i]->raw ? (gint32) items[i]->raw_len : -1);
		if (items[i]->raw != NULL)
			g_byte_array_append(*raws, (const guint8 *) items[i]->raw,
					    (guint) items[i]->raw_len);
	}
}

CaromStatus
carom_store_record_many(CaromStore *store, CaromRecordItem *const *items, guint n, GError **err)
{
	const Oid types[] = { OID_JSONB_ARRAY, OID_BYTEA_ARRAY };
	const int formats[] = { 1, 1 };
	g_autoptr(GByteArray) reports = NULL, raws = NULL;
	g_autoptr(PGresult) result = NULL;

	pack_items(items, n, &reports, &raws);
	const char *const values[] = { (const char *) reports->data, (const char *) raws->data };
	const int lengths[] = { (int) reports->len, (int) raws->len };

	result = PQexecParams(store->conn,
			      "SELECT a.answer FROM unnest(carom.record_many($1, $2)) WITH "
			      "ORDINALITY AS a(answer, n) ORDER BY a.n",
			      2, types, values, lengths, formats, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		return fail_result(store, result, "recording", err);
	if (PQntuples(result) != (int) n)
		return carom_status_fail(
			err, CAROM_MISUSE,
			"database: carom.record_many answered %d of %u; is its schema of "
			"this version of carom?",
			PQntuples(result), n);
	for (guint i = 0; i < n; i++) {
		memset(&items[i]->recorded, 0, sizeof items[i]->recorded);
		items[i]->status = read_answer(PQgetvalue(result, (int) i, 0), &items[i]->recorded,
					       &items[i]->error);
	}
	return CAROM_OK;
}

static CaromTable *
table_of(const PGresult *result)
{
	CaromTable *table = g_new0(CaromTable, 1);

	table->n_columns = (guint) PQnfields(result);
	table->n_rows = (guint) PQntuples(result);
	table->names = g_new0(char *, table->n_columns);
	table->cells = g_new0(char *, (gsize) table->n_columns * table->n_rows);
	for (guint c = 0; c < table->n_columns; c++) {
		table->names[c] = g_strdup(PQfname(result, (int) c));
		for (guint r = 0; r < table->n_rows; r++)
			if (!PQgetisnull(result, (int) r, (int) c))
				table->cells[r * table->n_columns + c] =
					g_strdup(PQgetvalue(result, (int) r, (int) c));
	}
	return table;
}

void
carom_store_limit(CaromStore *store, int milliseconds)
{
	store->limit = milliseconds;
}

/* Waits until the answer is there. FALSE: it did not come in time, or the connection is lost. */
static gboolean
wait_for_answer(CaromStore *store)
{
	gint64 end = g_get_monotonic_time() + store->limit * G_GINT64_CONSTANT(1000);
	struct pollfd fd = { .fd = PQsocket(store->conn) };

	for (;;) {
		int unsent = PQflush(store->conn), left;

		if (unsent < 0 || PQconsumeInput(store->conn) == 0)
			return FALSE;
		if (unsent == 0 && !PQisBusy(store->conn))
			return TRUE;
		left = (int) ((end - g_get_monotonic_time()) / 1000);
		fd.events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
		if (left <= 0 || (poll(&fd, 1, left) < 0 && errno != EINTR))
			return FALSE;
	}
}

/* PQexecParams() within the limit; NULL: see PQerrorMessage(), or it took too long. */
static PGresult *
run_within_limit(CaromStore *store, const char *sql, const char *const *args, guint n_args)
{
	PGresult *result = NULL, *next;

	if (store->limit == 0)
		return PQexecParams(store->conn, sql, (int) n_args, NULL, args, NULL, NULL, 0);
	if (PQsetnonblocking(store->conn, 1) != 0 ||
	    PQsendQueryParams(store->conn, sql, (int) n_args, NULL, args, NULL, NULL, 0) == 0)
		return NULL;
	for (;;) {
		if (!wait_for_answer(store)) {
			PQclear(result);
			return NULL;
		}
		next = PQgetResult(store->conn);
		if (next == NULL)
			break;
		PQclear(result);
		result = next;
	}
	PQsetnonblocking(store->conn, 0);
	return result;
}

CaromStatus
carom_store_query(CaromStore *store, const char *sql, const char *const *args, guint n_args,
		  CaromTable **out, GError **err)
{
	g_autoptr(PGresult) result = run_within_limit(store, sql, args, n_args);

	*out = NULL;
	if (result == NULL && PQstatus(store->conn) == CONNECTION_OK)
		return carom_status_fail(err, CAROM_RETRY, "database: no answer within %d ms",
					 store->limit);
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		return fail_result(store, result, "database", err);
	*out = table_of(result);
	return CAROM_OK;
}

static CaromStatus
run_script(CaromStore *store, const char *path, GError **err)
{
	g_autofree char *sql = NULL;
	g_autofree char *name = g_path_get_basename(path);
	g_autoptr(GError) error = NULL;
	g_autoptr(PGresult) result = NULL;

	if (!g_file_get_contents(path, &sql, NULL, &error))
		return carom_status_fail(err, CAROM_MISUSE, "%s", error->message);
	result = PQexec(store->conn, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		return fail_result(store, result, name, err);
	return CAROM_OK;
}

static CaromStatus
run_sql(CaromStore *store, const char *sql, GError **err)
{
	g_autoptr(PGresult) result = PQexec(store->conn, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		return fail_result(store, result, "database", err);
	return CAROM_OK;
}

CaromStatus
carom_store_listen(CaromStore *store, const char *channel, GError **err)
{
	g_autofree char *sql = g_strdup_printf("LISTEN %s", channel);

	return run_sql(store, sql, err);
}

CaromStatus
carom_store_notified(CaromStore *store, gboolean *notified, GError **err)
{
	PGnotify *notify;

	*notified = FALSE;
	if (PQconsumeInput(store->conn) == 0) {
		g_autofree char *text = one_line(PQerrorMessage(store->conn));

		return carom_status_fail(err, CAROM_RETRY, "database: %s", text);
	}
	while ((notify = PQnotifies(store->conn)) != NULL) {
		*notified = TRUE;
		PQfreemem(notify);
	}
	return CAROM_OK;
}

/* The *.sql files of folder in name order. */
static CaromStatus
list_scripts(const char *folder, GPtrArray **out, GError **err)
{
	CaromStatus status = carom_data_file_list(folder, ".sql", out, err);

	return status == CAROM_ABSENT
		       ? CAROM_MISUSE
		       : status; /* an installation without its scripts is no answer */
}

static CaromStatus
current_version(CaromStore *store, int *version, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT coalesce(max(version), 0) FROM carom.schema_version", NULL, 0,
		&table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	*version = cell ? (int) g_ascii_strtoll(cell, NULL, 10) : 0;
	return status;
}

/* "0001-schema.sql" above the version that is there: run it and note it. */
static CaromStatus
apply_migration(CaromStore *store, const char *path, CaromMigrated *out, GError **err)
{
	g_autofree char *name = g_path_get_basename(path);
	int version = (int) g_ascii_strtoll(name, NULL, 10);
	g_autofree char *number = g_strdup_printf("%d", version);
	g_autofree char *label = g_strndup(name, strcspn(name, "."));
	const char *dash = strchr(label, '-');
	const char *const args[] = { number, dash ? dash + 1 : label };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status;

	if (version <= out->version_after)
		return CAROM_OK;
	status = run_script(store, path, err);
	if (status == CAROM_OK)
		status = carom_store_query(
			store,
			"INSERT INTO carom.schema_version (version, name) VALUES ($1::int, $2)",
			args, 2, &table, err);
	if (status == CAROM_OK)
		out->version_after = version;
	return status;
}

static CaromStatus
migrate_in_transaction(CaromStore *store, const char *sqldir, gboolean only_existing,
		       CaromMigrated *out, GError **err)
{
	g_autoptr(GPtrArray) migrations = NULL, definitions = NULL;
	g_autofree char *functions = g_build_filename(sqldir, "functions", NULL);
	CaromStatus status = list_scripts(sqldir, &migrations, err);

	if (status == CAROM_OK)
		status = list_scripts(functions, &definitions, err);
	if (status == CAROM_OK)
		status = run_sql(store, "BEGIN", err);
	if (status == CAROM_OK && !only_existing)
		status = run_sql(store,
				 "CREATE SCHEMA IF NOT EXISTS carom; "
				 "CREATE TABLE IF NOT EXISTS carom.schema_version ("
				 "version int PRIMARY KEY, name text NOT NULL, "
				 "applied_at timestamptz NOT NULL DEFAULT now())",
				 err);
	/* two at once: the second waits, then finds nothing left to do */
	if (status == CAROM_OK)
		status = run_sql(store, "LOCK TABLE carom.schema_version IN EXCLUSIVE MODE", err);
	if (status == CAROM_OK)
		status = current_version(store, &out->version_before, err);
	out->version_after = out->version_before;
	for (guint i = 0; status == CAROM_OK && i < migrations->len; i++)
		status = apply_migration(store, migrations->pdata[i], out, err);
	for (guint i = 0; status == CAROM_OK && i < definitions->len; i++)
		status = run_script(store, definitions->pdata[i], err);
	return status == CAROM_OK ? run_sql(store, "COMMIT", err) : status;
}

CaromStatus
carom_store_migrate(CaromStore *store, const char *sqldir, gboolean only_existing,
		    CaromMigrated *out, GError **err)
{
	CaromStatus status = migrate_in_transaction(store, sqldir, only_existing, out, err);

	if (status != CAROM_OK)
		(void) !run_sql(store, "ROLLBACK", NULL);
	return status;
}
