/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/migrations.h"
#include "base/data_file.h"
#include "store/answer.h"
#include "store/statement.h"

#include <string.h>

/* A lock that others would wait for is asked for so often, for a tenth of a second each. */
#define LOCK_TRIES 300
#define LOCK_PAUSE (G_USEC_PER_SEC / 5)

static void
migration_free(CaromMigration *migration)
{
	if (migration == NULL)
		return;
	g_free(migration->name);
	g_free(migration->path);
	g_free(migration);
}

/* Of "…/0001-schema.sql"; NULL if it has no number. */
static CaromMigration *
migration_of(const char *path)
{
	g_autofree char *file = g_path_get_basename(path);
	gsize digits = strspn(file, "0123456789");
	CaromMigration *migration;

	if (digits == 0 || digits > 9 || file[digits] != '-')
		return NULL;
	migration = g_new0(CaromMigration, 1);
	migration->version = (int) g_ascii_strtoll(file, NULL, 10);
	migration->name = g_strndup(file + digits + 1, strcspn(file + digits + 1, "."));
	migration->path = g_strdup(path);
	return migration;
}

static int
by_version(gconstpointer a, gconstpointer b)
{
	const CaromMigration *const *first = a, *const *second = b;

	return (*first)->version < (*second)->version ? -1 : (*first)->version > (*second)->version;
}

/* The *.sql files of folder in name order; an installation without its scripts is no answer. */
static CaromStatus
list_scripts(const char *folder, GPtrArray **out, GError **err)
{
	CaromStatus status = carom_data_file_list(folder, ".sql", out, err);

	if (status == CAROM_ABSENT)
		return carom_status_fail(err, CAROM_MISUSE, "there is no folder %s", folder);
	if (status == CAROM_OK && (*out)->len == 0)
		return carom_status_fail(err, CAROM_MISUSE, "there is no *.sql in %s", folder);
	return status;
}

CaromStatus
carom_migrations_list(const char *sqldir, GPtrArray **out, GError **err)
{
	g_autoptr(GPtrArray) paths = NULL;
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify) migration_free);
	CaromStatus status = list_scripts(sqldir, &paths, err);

	*out = NULL;
	if (status != CAROM_OK)
		return status;
	for (guint i = 0; i < paths->len; i++) {
		CaromMigration *migration;

		if (g_str_has_suffix(paths->pdata[i], "/citus.sql"))
			continue; /* for a person to run, or not */
		migration = migration_of(paths->pdata[i]);
		if (migration == NULL)
			return carom_status_fail(
				err, CAROM_MISUSE,
				"%s: a migration's name begins with its number and \"-\"",
				(const char *) paths->pdata[i]);
		g_ptr_array_add(list, migration);
	}
	g_ptr_array_sort(list, by_version);
	for (guint i = 1; i < list->len; i++) {
		const CaromMigration *a = list->pdata[i - 1], *b = list->pdata[i];

		if (a->version == b->version)
			return carom_status_fail(err, CAROM_MISUSE,
						 "%s and %s have the same number", a->path,
						 b->path);
	}
	*out = g_steal_pointer(&list);
	return CAROM_OK;
}

static CaromStatus
run_script(CaromConnection *connection, const char *path, GError **err)
{
	g_autofree char *sql = NULL;
	g_autofree char *name = g_path_get_basename(path);
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(path, &sql, NULL, &error))
		return carom_status_fail(err, CAROM_MISUSE, "%s", error->message);
	return carom_statement_script(connection, sql, name, err);
}

/* One question, in the transaction that is open if there is one. */
static CaromStatus
ask(CaromConnection *connection, const char *sql, const char *const *args, int n_args,
    CaromTable **out, GError **err)
{
	const CaromStatement statement = { .sql = sql, .n = n_args, .values = args };
	g_autoptr(PGresult) result = NULL;
	CaromStatus status =
		carom_statement_within(connection, &statement, "database", &result, err);

	*out = status == CAROM_OK ? carom_answer_table(result) : NULL;
	return status;
}

static CaromStatus
current_version(CaromConnection *connection, int *version, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		ask(connection, "SELECT coalesce(max(version), 0) FROM carom.schema_version", NULL,
		    0, &table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	*version = cell ? (int) g_ascii_strtoll(cell, NULL, 10) : 0;
	return status;
}

/* Whether the script of that number was run already. */
static CaromStatus
is_applied(CaromConnection *connection, int version, gboolean *applied, GError **err)
{
	g_autofree char *number = g_strdup_printf("%d", version);
	const char *const args[] = { number };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		ask(connection,
		    "SELECT EXISTS (SELECT FROM carom.schema_version WHERE version = $1::int)",
		    args, 1, &table, err);

	*applied = status == CAROM_OK && carom_table_flag(table, 0, 0);
	return status;
}

/* Notes that it was run. */
static CaromStatus
note_applied(CaromConnection *connection, const CaromMigration *migration, CaromMigrated *out,
	     GError **err)
{
	g_autofree char *number = g_strdup_printf("%d", migration->version);
	const char *const args[] = { number, migration->name };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		ask(connection,
		    "INSERT INTO carom.schema_version (version, name) VALUES ($1::int, $2) "
		    "ON CONFLICT DO NOTHING",
		    args, 2, &table, err);

	if (status == CAROM_OK)
		out->version_after = MAX(out->version_after, migration->version);
	return status;
}

/* BEGIN, and nobody else migrates: the second waits, and then finds nothing left to do. */
static CaromStatus
begin(CaromConnection *connection, gboolean only_existing, CaromMigrated *out, GError **err)
{
	CaromStatus status = carom_statement_script(connection, "BEGIN", "database", err);

	if (status == CAROM_OK && !only_existing)
		status = carom_statement_script(connection,
						"CREATE SCHEMA IF NOT EXISTS carom; "
						"CREATE TABLE IF NOT EXISTS carom.schema_version ("
						"version int PRIMARY KEY, name text NOT NULL, "
						"applied_at timestamptz NOT NULL DEFAULT now())",
						"database", err);
	if (status == CAROM_OK)
		status = carom_statement_script(connection,
						"LOCK TABLE carom.schema_version IN EXCLUSIVE MODE",
						"database", err);
	return status == CAROM_OK ? current_version(connection, &out->version_after, err) : status;
}

/* Runs it and notes it, if that was not done; where somebody may be at work, that is a transaction
 * of its own. */
static CaromStatus
apply_migration(CaromConnection *connection, const CaromMigration *migration, CaromMigrated *out,
		GError **err)
{
	gboolean applied;
	CaromStatus status = is_applied(connection, migration->version, &applied, err);

	if (status != CAROM_OK || applied)
		return status;
	if (out->version_before > 0)
		status = carom_statement_script(connection, "SET LOCAL lock_timeout = '50ms'",
						"database", err);
	if (status == CAROM_OK)
		status = run_script(connection, migration->path, err);
	if (status == CAROM_OK)
		status = note_applied(connection, migration, out, err);
	if (status == CAROM_OK && out->version_before > 0)
		status = carom_statement_script(connection, "COMMIT", "database", err);
	if (status == CAROM_OK && out->version_before > 0)
		status = begin(connection, TRUE, out, err);
	return status;
}

/*
 * Each migration in a transaction and the functions in another, so that a table is
 * locked for a moment only: the functions of the version before work on the tables
 * of the next one. A schema that is made is made in one.
 */
static CaromStatus
run_scripts(CaromConnection *connection, const char *sqldir, gboolean only_existing,
	    CaromMigrated *out, GError **err)
{
	g_autoptr(GPtrArray) migrations = NULL, definitions = NULL;
	g_autofree char *functions = g_build_filename(sqldir, "functions", NULL);
	CaromStatus status = carom_migrations_list(sqldir, &migrations, err);

	if (status == CAROM_OK)
		status = list_scripts(functions, &definitions, err);
	if (status == CAROM_OK)
		status = begin(connection, only_existing, out, err);
	if (status == CAROM_OK && out->version_before < 0)
		out->version_before = out->version_after;
	for (guint i = 0; status == CAROM_OK && i < migrations->len; i++)
		status = apply_migration(connection, migrations->pdata[i], out, err);
	for (guint i = 0; status == CAROM_OK && i < definitions->len; i++)
		status = run_script(connection, definitions->pdata[i], err);
	return status == CAROM_OK ? carom_statement_script(connection, "COMMIT", "database", err)
				  : status;
}

/* TRUE: somebody held what was wanted, so it is worth another try, after a pause. */
static gboolean
try_again(CaromConnection *connection, CaromStatus status, guint *tries, GError **err)
{
	if (status != CAROM_RETRY || connection->lost || ++*tries == LOCK_TRIES)
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
	CaromStatus status = ask(connection, sql, NULL, 0, &table, err);

	for (guint i = 0; status == CAROM_OK && i < table->n_rows; i++)
		status = carom_statement_script(connection, carom_table_cell(table, i, 0), what,
						err);
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
			      : carom_statement_script(connection, step, what, err);
	while (try_again(connection, status, &tries, err));
	return status;
}

/* What takes long: each step in a transaction of its own, from the first one again if it was
 * broken off. */
static CaromStatus
run_steps(CaromConnection *connection, const CaromMigration *migration, CaromMigrated *out,
	  GError **err)
{
	g_autofree char *name = g_path_get_basename(migration->path);
	g_autofree char *sql = NULL;
	g_auto(GStrv) steps = NULL;
	g_autoptr(GError) error = NULL;
	gboolean applied;
	CaromStatus status = is_applied(connection, migration->version, &applied, err);

	if (status != CAROM_OK || applied)
		return status;
	if (!g_file_get_contents(migration->path, &sql, NULL, &error))
		return carom_status_fail(err, CAROM_MISUSE, "%s", error->message);
	steps = g_strsplit(sql, "\n-- step:", -1);
	for (guint i = 1; status == CAROM_OK && steps[i - 1] != NULL && steps[i] != NULL; i++)
		status = run_step(connection, steps[i], name, err);
	return status == CAROM_OK ? note_applied(connection, migration, out, err) : status;
}

/* Mail has every language. In SQL_ASCII texts would be cut inside a character and be refused when
 * they are read; another encoding lacks most of them. */
static CaromStatus
check_encoding(CaromConnection *connection, GError **err)
{
	const char *encoding = PQparameterStatus(connection->conn, "server_encoding");

	if (encoding == NULL || strcmp(encoding, "UTF8") == 0)
		return CAROM_OK;
	return carom_status_fail(err, CAROM_MISUSE,
				 "database: its encoding is %s, and carom needs UTF8: make it with "
				 "createdb --encoding=UTF8 --template=template0",
				 encoding);
}

CaromStatus
carom_migrations_apply(CaromStore *store, const char *sqldir, gboolean only_existing,
		       CaromMigrated *out, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	g_autofree char *after = g_build_filename(sqldir, "after", NULL);
	g_autoptr(GPtrArray) scripts = NULL;
	guint tries = 0;
	CaromStatus status = connection ? check_encoding(connection, err) : CAROM_MISUSE;

	/* some steps may not run inside a transaction */
	if (status == CAROM_OK)
		status = carom_statement_session(connection, err);
	if (status != CAROM_OK)
		return status;
	out->version_before = -1;
	do {
		status = run_scripts(connection, sqldir, only_existing, out, err);
		if (status != CAROM_OK)
			(void) !carom_statement_script(connection, "ROLLBACK", "database", NULL);
	} while (try_again(connection, status, &tries, err));
	if (status == CAROM_OK)
		status = carom_migrations_list(after, &scripts, err);
	for (guint i = 0; status == CAROM_OK && i < scripts->len; i++)
		status = run_steps(connection, scripts->pdata[i], out, err);
	/* behind a pooler the session is another client's next */
	(void) !carom_statement_script(connection, "RESET ALL", "database", NULL);
	return status;
}
