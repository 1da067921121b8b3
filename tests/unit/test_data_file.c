/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/data_file.h"

/* "number:h:text" of each line; a line that says "stop" ends the reading. */
static CaromStatus
note(const CaromDataLine *line, void *user, GError **err)
{
	GString *seen = user;

	if (strcmp(line->text, "stop") == 0)
		return carom_data_file_fail(line, err, "%s is not taken", line->text);
	g_string_append_printf(seen, "%u:%c:%s\n", line->number, line->head ? 'h' : 'b',
			       line->text);
	return CAROM_OK;
}

static void
reads_lines(void **state)
{
	static const struct {
		const char *name, *text, *seen;
	} rows[] = {
		{ "nothing", "", "" },
		{ "blank lines and comments", "\n# a\n   \n#b\n", "" },
		{ "head and body", "one\n\ttwo\n  three  \n", "1:h:one\n2:b:two\n3:b:three\n" },
		{ "a body may begin with #", "one\n\t# two\n", "1:h:one\n2:b:# two\n" },
		{ "no line end at the end", "one\ntwo", "1:h:one\n2:h:two\n" },
		{ "CR LF", "one\r\n\ttwo\r\n", "1:h:one\n2:b:two\n" },
		{ "UTF-8", "caf\303\251\n", "1:h:caf\303\251\n" },
	};
	g_autofree char *folder = unit_folder();

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *file = unit_file(folder, "data", rows[i].text);
		g_autoptr(GString) seen = g_string_new(NULL);

		row_int(rows[i].name, carom_data_file_read(file, NULL, note, seen, NULL), CAROM_OK);
		row_string(rows[i].name, seen->str, rows[i].seen);
	}
	unit_remove(folder);
}

static void
says_where_it_is_wrong(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *wrong = unit_file(folder, "wrong", "one\n\n stop\nthree\n");
	g_autofree char *bytes = unit_file(folder, "bytes", "one\n\377\n");
	g_autofree char *nul = g_build_filename(folder, "nul", NULL);
	g_autoptr(GString) seen = g_string_new(NULL);
	GError *error = NULL;

	(void) state;
	assert_int_equal(carom_data_file_read(wrong, NULL, note, seen, &error), CAROM_MISUSE);
	row_error("the line", error, "wrong:3: stop is not taken");
	assert_string_equal(seen->str, "1:h:one\n");
	assert_int_equal(carom_data_file_read(bytes, NULL, note, seen, &error), CAROM_MISUSE);
	row_error("no UTF-8", error, "bytes: not UTF-8 text");
	assert_true(g_file_set_contents(nul, "a\0b", 3, NULL));
	assert_int_equal(carom_data_file_read(nul, NULL, note, seen, &error), CAROM_MISUSE);
	row_error("NUL", error, "nul: not UTF-8 text");
	assert_int_equal(carom_data_file_read("/nowhere/x", NULL, note, seen, &error),
			 CAROM_MISUSE);
	row_error("absent", error, "/nowhere/x");
	unit_remove(folder);
}

/* The version of the rules changes with every byte that is read, comments included. */
static void
hashes_what_it_read(void **state)
{
	static const char *const texts[] = { "one\n", "one\n# comment\n", "two\n" };
	g_autofree char *folder = unit_folder();
	g_autoptr(GHashTable) hashes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *file = unit_file(folder, "data", texts[i]);
		g_autoptr(GString) seen = g_string_new(NULL);
		g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

		assert_int_equal(carom_data_file_read(file, sum, note, seen, NULL), CAROM_OK);
		g_hash_table_add(hashes, g_strdup(g_checksum_get_string(sum)));
	}
	assert_int_equal(g_hash_table_size(hashes), G_N_ELEMENTS(texts));
	unit_remove(folder);
}

static void
lists_a_folder_by_name(void **state)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *empty = g_build_filename(folder, "empty", NULL);
	g_autofree char *none = g_build_filename(folder, "none", NULL);
	g_autoptr(GPtrArray) paths = NULL, nothing = NULL;
	GPtrArray *absent = NULL;
	GError *error = NULL;

	(void) state;
	unit_put(folder, "20-b.rules", "");
	unit_put(folder, "10-a.rules", "");
	unit_put(folder, ".30-c.rules", "");
	unit_put(folder, "40-d.rules~", "");
	g_mkdir(empty, 0700);
	assert_int_equal(carom_data_file_list(folder, ".rules", &paths, NULL), CAROM_OK);
	assert_int_equal(paths->len, 2);
	assert_true(g_str_has_suffix(paths->pdata[0], "/10-a.rules"));
	assert_true(g_str_has_suffix(paths->pdata[1], "/20-b.rules"));
	assert_int_equal(carom_data_file_list(empty, ".rules", &nothing, NULL), CAROM_OK);
	assert_int_equal(nothing->len, 0);
	assert_int_equal(carom_data_file_list(none, ".rules", &absent, &error), CAROM_ABSENT);
	assert_null(absent);
	row_error("absent", error, "none");
	unit_remove(folder);
}

UNIT_MAIN(cmocka_unit_test(reads_lines), cmocka_unit_test(says_where_it_is_wrong),
	  cmocka_unit_test(hashes_what_it_read), cmocka_unit_test(lists_a_folder_by_name))
