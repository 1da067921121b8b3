/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/table.h"

static void
cells(void **state)
{
	g_autoptr(CaromTable) table = carom_table_new(2, 2);

	(void) state;
	carom_table_set_column(table, 0, "address", CAROM_COLUMN_TEXT);
	carom_table_set_column(table, 1, "held", CAROM_COLUMN_FLAG);
	carom_table_set_cell(table, 1, 0, g_strdup("a@example.org"));
	carom_table_set_cell(table, 1, 0, g_strdup("b@example.org"));
	carom_table_set_cell(table, 0, 1, g_strdup("true"));
	carom_table_set_cell(table, 1, 1, g_strdup("false"));
	assert_null(carom_table_cell(table, 0, 0));
	assert_string_equal(carom_table_cell(table, 1, 0), "b@example.org");
	assert_true(carom_table_flag(table, 0, 1));
	assert_false(carom_table_flag(table, 1, 1));
	assert_false(carom_table_flag(table, 1, 0));
	carom_table_set_cell(table, 1, 0, NULL);
	assert_null(carom_table_cell(table, 1, 0));
}

static void
outside(void **state)
{
	g_autoptr(CaromTable) table = carom_table_new(1, 1), none = carom_table_new(0, 0);

	(void) state;
	carom_table_set_cell(table, 0, 0, g_strdup("x"));
	assert_null(carom_table_cell(table, 1, 0));
	assert_null(carom_table_cell(table, 0, 1));
	assert_null(carom_table_cell(none, 0, 0));
	assert_false(carom_table_flag(none, 0, 0));
	carom_table_free(NULL);
}

static void
names(void **state)
{
	g_autoptr(CaromTable) table = carom_table_new(3, 0);

	(void) state;
	carom_table_set_column(table, 0, "a", CAROM_COLUMN_TEXT);
	carom_table_set_column(table, 2, "old", CAROM_COLUMN_TEXT);
	carom_table_set_column(table, 2, "c", CAROM_COLUMN_RATE);
	assert_int_equal(carom_table_find(table, "a"), 0);
	assert_int_equal(carom_table_find(table, "c"), 2);
	assert_int_equal(carom_table_find(table, "old"), -1);
	assert_int_equal(table->types[2], CAROM_COLUMN_RATE);
	assert_int_equal(table->types[1], CAROM_COLUMN_TEXT);
}

UNIT_MAIN(cmocka_unit_test(cells), cmocka_unit_test(outside), cmocka_unit_test(names))
