/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/migrations.h"
#include "base/data_file.h"
#include "store/connection_private.h"

#include <string.h>

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

/* "0001-schema.sql" above the version that is there: run it and note it. */
static CaromStatus
apply_migration(CaromConnection *connection, const char *path, CaromMigrated *out, GError **err)
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
	status = run_script(connection, path, err);
	if (status == CAROM_OK)
		status = carom_store_query(
			&connection->store,
			"INSERT INTO carom.schema_version (version, name) VALUES ($1::int, $2)",
			args, 2, &table, err);
	if (status == CAROM_OK)
		out->version_after = version;
	return status;
}

static CaromStatus
migrate_in_transaction(CaromConnection *connection, const char *sqldir, gboolean only_existing,
		       CaromMigrated *out, GError **err)
{
	g_autoptr(GPtrArray) migrations = NULL, definitions = NULL;
	g_autofree char *functions = g_build_filename(sqldir, "functions", NULL);
	CaromStatus status = list_scripts(sqldir, &migrations, err);

	if (status == CAROM_OK)
		status = list_scripts(functions, &definitions, err);
	if (status == CAROM_OK)
		status = carom_connection_run(connection, "BEGIN", "database", err);
	if (status == CAROM_OK && !only_existing)
		status = carom_connection_run(connection,
					      "CREATE SCHEMA IF NOT EXISTS carom; "
					      "CREATE TABLE IF NOT EXISTS carom.schema_version ("
					      "version int PRIMARY KEY, name text NOT NULL, "
					      "applied_at timestamptz NOT NULL DEFAULT now())",
					      "database", err);
	/* two at once: the second waits, then finds nothing left to do */
	if (status == CAROM_OK)
		status = carom_connection_run(connection,
					      "LOCK TABLE carom.schema_version IN EXCLUSIVE MODE",
					      "database", err);
	if (status == CAROM_OK)
		status = current_version(&connection->store, &out->version_before, err);
	out->version_after = out->version_before;
	for (guint i = 0; status == CAROM_OK && i < migrations->len; i++)
		status = apply_migration(connection, migrations->pdata[i], out, err);
	for (guint i = 0; status == CAROM_OK && i < definitions->len; i++)
		status = run_script(connection, definitions->pdata[i], err);
	return status == CAROM_OK ? carom_connection_run(connection, "COMMIT", "database", err)
				  : status;
}

CaromStatus
carom_migrations_apply(CaromStore *store, const char *sqldir, gboolean only_existing,
		       CaromMigrated *out, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	CaromStatus status;

	if (connection == NULL)
		return CAROM_MISUSE;
	status = migrate_in_transaction(connection, sqldir, only_existing, out, err);
	if (status != CAROM_OK)
		(void) !carom_connection_run(connection, "ROLLBACK", "database", NULL);
	return status;
}
