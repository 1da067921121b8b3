/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cmd/cmd.h"
#include "config/datadir.h"
#include "store/integrity.h"
#include "store/maintenance.h"
#include "store/migrations.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#define ANSWER_MS (24 * 3600 * 1000) /* an index on a few billion events takes hours */

/* What the command line asks for. */
typedef struct {
	const CaromConfig *config;
	const char *since; /* a day; NULL: from the first on */
} Request;

static CaromStatus
migrate(const CaromConfig *config, CaromStore *store, gboolean only_existing, GError **err)
{
	g_autofree char *sqldir = g_build_filename(carom_config_datadir(), "sql", NULL);
	CaromMigrated migrated = { 0 };
	CaromStatus status = carom_migrations_apply(store, sqldir, only_existing, &migrated, err);

	if (status == CAROM_OK)
		status = carom_maintenance_set_timezone(store, config->report.timezone, err);
	if (status == CAROM_OK)
		status = carom_maintenance_make_partitions(store, err);
	if (status != CAROM_OK)
		return status;
	if (migrated.version_before == migrated.version_after)
		printf("carom: the database has schema version %d already; its functions are up to "
		       "date\n",
		       migrated.version_after);
	else
		printf("carom: the database now has schema version %d (was %d)\n",
		       migrated.version_after, migrated.version_before);
	if (migrated.version_before == 0)
		puts("carom: give the pipe transport's database role the role carom_writer, and "
		     "staff the role carom_staff:\n"
		     "  GRANT carom_writer TO carom; GRANT carom_staff TO alice;");
	return CAROM_OK;
}

/* Prints each check; CAROM_MALFORMED if one does not hold. */
static CaromStatus
check(const Request *request, CaromStore *store, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_integrity_check(store, request->since, &table, err);
	guint wrong = 0;

	if (status != CAROM_OK)
		return status;
	for (guint r = 0; r < table->n_rows; r++) {
		gboolean ok = carom_table_flag(table, r, CAROM_INTEGRITY_OK);
		const char *expected = carom_table_cell(table, r, CAROM_INTEGRITY_EXPECTED),
			   *found = carom_table_cell(table, r, CAROM_INTEGRITY_FOUND);

		wrong += !ok;
		printf("%-7s %s: expected %s, found %s\n", ok ? "ok" : "WRONG",
		       carom_table_cell(table, r, CAROM_INTEGRITY_NAME), expected ? expected : "-",
		       found ? found : "-");
	}
	if (wrong > 0)
		return carom_status_fail(err, CAROM_MALFORMED, "%u of %u checks do not hold", wrong,
					 table->n_rows);
	printf("carom: all %u checks hold\n", table->n_rows);
	return CAROM_OK;
}

static CaromStatus
prune(const Request *request, CaromStore *store, GError **err)
{
	const CaromConfig *config = request->config;
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_maintenance_prune(store, config->retention.raw_days,
						     config->retention.event_months, &table, err);

	if (status == CAROM_OK)
		status = carom_maintenance_make_partitions(store, err);
	if (status == CAROM_OK)
		cmd_print_table(&carom_render_text, table, NULL);
	return status;
}

static CaromStatus
init(const Request *request, CaromStore *store, GError **err)
{
	return migrate(request->config, store, FALSE, err);
}

static CaromStatus
upgrade(const Request *request, CaromStore *store, GError **err)
{
	return migrate(request->config, store, TRUE, err);
}

static const struct {
	const char *name;
	CaromStatus (*run)(const Request *request, CaromStore *store, GError **err);
} verbs[] = { { "init", init }, { "upgrade", upgrade }, { "check", check }, { "prune", prune } };

/* What has options of its own. */
static int
run_setting(int argc, char **argv)
{
	g_autofree char *program = g_strdup_printf("%s setting", argv[0]);

	g_set_prgname(program);
	argv[1] = program;
	return cmd_db_setting(argc - 1, argv + 1);
}

int
cmd_db(int argc, char **argv)
{
	static char *since;
	static const GOptionEntry entries[] = { { "since", 's', 0, G_OPTION_ARG_STRING, &since,
						  "check: only what is of that day or later",
						  "YYYY-MM-DD" },
						{ 0 } };
	g_autoptr(CaromConfig) config = NULL;
	g_autoptr(CaromStore) store = NULL;
	g_autoptr(GError) error = NULL;

	if (argc > 1 && strcmp(argv[1], "setting") == 0)
		return run_setting(argc, argv);
	if (!cmd_options(
		    &argc, &argv, entries, "init|upgrade|check|prune|setting",
		    "The database: its schema, whether its numbers agree, and what is old.",
		    "init     make the schema, or bring it up to date\n"
		    "upgrade  bring it up to date, never make it\n"
		    "check    prove that the tallies equal the events; exit 65 if not\n"
		    "prune    drop what is older than [retention] says, make partitions to come\n"
		    "setting  what the database itself must know: list, get, set, log"))
		return EX_USAGE;
	if (since != NULL && !cmd_is_day(since))
		return cmd_usage("db: --since is YYYY-MM-DD, not \"%s\"", since);
	if (since != NULL && (argc != 2 || strcmp(argv[1], "check") != 0))
		return cmd_usage("db: --since is for check");
	for (gsize i = 0; argc == 2 && i < G_N_ELEMENTS(verbs); i++)
		if (strcmp(argv[1], verbs[i].name) == 0) {
			CaromStatus status = cmd_open_store(&config, &store, &error);

			if (status == CAROM_OK)
				carom_store_limit(store, ANSWER_MS);
			if (status == CAROM_OK)
				status =
					verbs[i].run(&(Request){ .config = config, .since = since },
						     store, &error);
			return status == CAROM_OK ? EX_OK : cmd_fail(status, &error);
		}
	return cmd_usage("db wants one of init, upgrade, check, prune, setting");
}
