/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "store/migrations.h"

/* Files of a folder, ended by NULL, and what is read: "1 schema, 2 more", or the complaint. */
static const struct {
	const char *name;
	const char *files[5];
	const char *list, *error;
} rows[] = {
	{ "in order", { "0002-more.sql", "0001-schema.sql", NULL }, "1 schema, 2 more", NULL },
	{ "by number, not by name", { "10-ten.sql", "9-nine.sql", NULL }, "9 nine, 10 ten", NULL },
	{ "others lie about", { "0001-a.sql", "README.md", "0002-b.sql~", NULL }, "1 a", NULL },
	{ "two dashes", { "0001-return-addresses.sql", NULL }, "1 return-addresses", NULL },
	{ "the same number", { "0001-a.sql", "1-b.sql", NULL }, NULL, "have the same number" },
	{ "no number", { "0001-a.sql", "draft.sql", NULL }, NULL, "draft.sql" },
	{ "no dash", { "0001.sql", NULL }, NULL, "0001.sql" },
	{ "too large a number", { "99999999999-a.sql", NULL }, NULL, "99999999999-a.sql" },
	{ "none", { "README.md", NULL }, NULL, "there is no *.sql in" },
};

static void
lists(void **state)
{
	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder = unit_folder();
		g_autoptr(GPtrArray) found = NULL;
		GError *error = NULL;
		CaromStatus status;

		for (guint f = 0; rows[i].files[f] != NULL; f++)
			unit_put(folder, rows[i].files[f], "SELECT 1;\n");
		status = carom_migrations_list(folder, &found, &error);
		row_int(rows[i].name, status, rows[i].list ? CAROM_OK : CAROM_MISUSE);
		if (status == CAROM_OK) {
			g_autoptr(GString) list = g_string_new(NULL);

			for (guint f = 0; f < found->len; f++) {
				const CaromMigration *m = found->pdata[f];

				g_string_append_printf(list, "%s%d %s", f > 0 ? ", " : "",
						       m->version, m->name);
				row_true(rows[i].name, g_file_test(m->path, G_FILE_TEST_EXISTS));
			}
			row_string(rows[i].name, list->str, rows[i].list);
		} else {
			row_error(rows[i].name, error, rows[i].error);
		}
		unit_remove(folder);
	}
}

static void
no_folder(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *none = g_build_filename(folder, "none", NULL);
	g_autoptr(GPtrArray) found = NULL;
	GError *error = NULL;

	(void) state;
	assert_int_equal(carom_migrations_list(none, &found, &error), CAROM_MISUSE);
	row_error("no folder", error, none);
	assert_null(found);
	unit_remove(folder);
}

/* The ones that carom comes with: those of after/ have numbers of the same row, each but once. */
static void
ours(void **state)
{
	g_autofree char *sqldir = g_build_filename(g_getenv("CAROM_SOURCE"), "sql", NULL);
	g_autofree char *after = g_build_filename(sqldir, "after", NULL);
	const char *const folders[] = { sqldir, after };
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	(void) state;
	for (gsize f = 0; f < G_N_ELEMENTS(folders); f++) {
		g_autoptr(GPtrArray) found = NULL;
		GError *error = NULL;
		int last = 0;

		assert_int_equal(carom_migrations_list(folders[f], &found, &error), CAROM_OK);
		assert_true(found->len > 0);
		for (guint i = 0; i < found->len; i++) {
			const CaromMigration *migration = found->pdata[i];

			assert_true(migration->version > last);
			last = migration->version;
			row_true(migration->name, g_hash_table_add(seen, GINT_TO_POINTER(last)));
		}
	}
}

UNIT_MAIN(cmocka_unit_test(lists), cmocka_unit_test(no_folder), cmocka_unit_test(ours))
