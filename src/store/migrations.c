/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/migrations.h"
#include "base/data_file.h"
#include "store/connection_private.h"

#include <string.h>

/* A lock that others would wait for is asked for so often, for a tenth of a second each. */
#define LOCK_TRIES 300
#define LOCK_PAUSE (G_USEC_PER_SEC / 5)

static CaromStatus
run_script(CaromConnection *connection, const char *path, GError **err)
{
	g_autofree char *sql = NULL;
	g_autofree char *name = g_path_get_basename(path);
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(path, &sql, NULL, &error))
		return carom_status_fail(err, CAROM_MISUSE, "%s", error->message);
	return carom_connection_run(connection, sql, name, err);
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

/* Whether the script of that number was run already. */
static CaromStatus
is_applied(CaromStore *store, int version, gboolean *applied, GError **err)
{
	g_autofree char *number = g_strdup_printf("%d", version);
	const char *const args[] = { number };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT EXISTS (SELECT FROM carom.schema_version WHERE version = $1::int)",
		args, 1, &table, err);

	*applied = status == CAROM_OK && carom_table_flag(table, 0, 0);
	return status;
}

/* Notes that the script "0001-schema.sql" was run. */
static CaromStatus
note_applied(CaromStore *store, const char *path, CaromMigrated *out, GError **err)
{
	g_autofree char *name = g_path_get_basename(path);
	int version = (int) g_ascii_strtoll(name, NULL, 10);
	g_autofree char *number = g_strdup_printf("%d", version);
	g_autofree char *label = g_strndup(name, strcspn(name, "."));
	const char *dash = strchr(label, '-');
	const char *const args[] = { number, dash ? dash + 1 : label };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store,
		"INSERT INTO carom.schema_version (version, name) VALUES ($1::int, $2) "
		"ON CONFLICT DO NOTHING",
		args, 2, &table, err);

	if (status == CAROM_OK)
		out->version_after = MAX(out->version_after, version);
	return status;
}

static int
version_of(const char *path)
{
	g_autofree char *name = g_path_get_basename(path);

	return (int) g_ascii_strtoll(name, NULL, 10);
}

/* Runs it and notes it, if that was not done. */
static CaromStatus
apply_migration(CaromConnection *connection, const char *path, CaromMigrated *out, GError **err)
{
	gboolean applied;
	CaromStatus status = is_applied(&connection->store, version_of(path), &applied, err);

	if (status != CAROM_OK || applied)
		return status;
	status = run_script(connection, path, err);
	return status == CAROM_OK ? note_applied(&connection->store, path, out, err) : status;
}

/* BEGIN, and nobody else migrates: the second waits, and then finds nothing left to do. */
static CaromStatus
begin(CaromConnection *connection, gboolean only_existing, CaromMigrated *out, GError **err)
{
	CaromStatus status = carom_connection_run(connection, "BEGIN", "database", err);

	if (status == CAROM_OK && !only_existing)
		status = carom_connection_run(connection,
					      "CREATE SCHEMA IF NOT EXISTS carom; "
					      "CREATE TABLE IF NOT EXISTS carom.schema_version ("
					      "version int PRIMARY KEY, name text NOT NULL, "
					      "applied_at timestamptz NOT NULL DEFAULT now())",
					      "database", err);
	if (status == CAROM_OK)
		status = carom_connection_run(connection,
					      "LOCK TABLE carom.schema_version IN EXCLUSIVE MODE",
					      "database", err);
	return status == CAROM_OK ? current_version(&connection->store, &out->version_after, err)
				  : status;
}

/*
 * The migrations in one transaction and the functions in another, so that a
 * table is locked for a moment only: the functions of the version before work
 * on the tables of the next one. A schema that is made is made in one.
 */
static CaromStatus
run_scripts(CaromConnection *connection, const char *sqldir, gboolean only_existing,
	    CaromMigrated *out, GError **err)
{
	g_autoptr(GPtrArray) migrations = NULL, definitions = NULL;
	g_autofree char *functions = g_build_filename(sqldir, "functions", NULL);
	CaromStatus status = list_scripts(sqldir, &migrations, err);

	if (status == CAROM_OK)
		status = list_scripts(functions, &definitions, err);
	if (status == CAROM_OK)
		status = begin(connection, only_existing, out, err);
	if (status == CAROM_OK && out->version_before < 0)
		out->version_before = out->version_after;
	if (status == CAROM_OK && out->version_before > 0)
		status = carom_connection_run(connection, "SET LOCAL lock_timeout = '100ms'",
					      "database", err);
	for (guint i = 0; status == CAROM_OK && i < migrations->len; i++)
		status = apply_migration(connection, migrations->pdata[i], out, err);
	if (status == CAROM_OK && out->version_before > 0) {
		status = carom_connection_run(connection, "COMMIT", "database", err);
		if (status == CAROM_OK)
			status = begin(connection, TRUE, out, err);
	}
	for (guint i = 0; status == CAROM_OK && i < definitions->len; i++)
		status = run_script(connection, definitions->pdata[i], err);
	return status == CAROM_OK ? carom_connection_run(connection, "COMMIT", "database", err)
				  : status;
}

/* TRUE: somebody held what was wanted, so it is worth another try, after a pause. */
static gboolean
try_again(CaromConnection *connection, CaromStatus status, guint *tries, GError **err)
{
	if (status != CAROM_RETRY || PQstatus(connection->conn) != CONNECTION_OK ||
	    ++*tries == LOCK_TRIES)
		return FALSE;
	g_clear_error(err);
	g_usleep(LOCK_PAUSE);
	return TRUE;
}

/* Runs each cell of what sql gives as a statement of its own. */
static CaromStatus
run_each(CaromConnection *connection, const char *sql, const char *what, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(&connection->store, sql, NULL, 0, &table, err);

	for (guint i = 0; status == CAROM_OK && i < table->n_rows; i++)
		status = carom_connection_run(connection, carom_table_cell(table, i, 0), what, err);
	return status;
}

/* A step is what follows a line that begins "-- step:". */
static CaromStatus
run_step(CaromConnection *connection, const char *step, const char *what, GError **err)
{
	gboolean each = g_str_has_prefix(step, " each");
	guint tries = 0;
	CaromStatus status;

	/* the line itself is a comment: its end is where the statement begins */
	step = strchr(step, '\n');
	if (step == NULL)
		return CAROM_OK;
	do
		status = each ? run_each(connection, step, what, err)
			      : carom_connection_run(connection, step, what, err);
	while (try_again(connection, status, &tries, err));
	return status;
}

/* What takes long: each step in a transaction of its own, from the first one again if it was
 * broken off. */
static CaromStatus
run_steps(CaromConnection *connection, const char *path, CaromMigrated *out, GError **err)
{
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *sql = NULL;
	g_auto(GStrv) steps = NULL;
	g_autoptr(GError) error = NULL;
	gboolean applied;
	CaromStatus status = is_applied(&connection->store, version_of(path), &applied, err);

	if (status != CAROM_OK || applied)
		return status;
	if (!g_file_get_contents(path, &sql, NULL, &error))
		return carom_status_fail(err, CAROM_MISUSE, "%s", error->message);
	steps = g_strsplit(sql, "\n-- step:", -1);
	for (guint i = 1; status == CAROM_OK && steps[i - 1] != NULL && steps[i] != NULL; i++)
		status = run_step(connection, steps[i], name, err);
	return status == CAROM_OK ? note_applied(&connection->store, path, out, err) : status;
}

CaromStatus
carom_migrations_apply(CaromStore *store, const char *sqldir, gboolean only_existing,
		       CaromMigrated *out, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	g_autofree char *after = g_build_filename(sqldir, "after", NULL);
	g_autoptr(GPtrArray) scripts = NULL;
	guint tries = 0;
	CaromStatus status;

	if (connection == NULL)
		return CAROM_MISUSE;
	out->version_before = -1;
	do {
		status = run_scripts(connection, sqldir, only_existing, out, err);
		if (status != CAROM_OK)
			(void) !carom_connection_run(connection, "ROLLBACK", "database", NULL);
	} while (try_again(connection, status, &tries, err));
	if (status == CAROM_OK)
		status = list_scripts(after, &scripts, err);
	for (guint i = 0; status == CAROM_OK && i < scripts->len; i++)
		status = run_steps(connection, scripts->pdata[i], out, err);
	return status;
}
