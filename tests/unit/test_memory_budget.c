/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/memory_budget.h"

#define MIB (1024 * 1024)

static void
holds_four_of_the_largest(void **state)
{
	CaromMemoryBudget budget = { 0 };
	gsize mine[5] = { 0 };

	(void) state;
	for (int i = 0; i < 4; i++)
		assert_true(carom_memory_budget_take(&budget, &mine[i], 50 * MIB, 50 * MIB));
	assert_false(carom_memory_budget_take(&budget, &mine[4], 1, 50 * MIB));
	assert_int_equal(mine[4], 0);
	carom_memory_budget_leave(&budget, &mine[0]);
	assert_int_equal(mine[0], 0);
	assert_true(carom_memory_budget_take(&budget, &mine[4], 1, 50 * MIB));
	assert_true(carom_memory_budget_take(&budget, &mine[4], 2, 50 * MIB));
	for (int i = 0; i < 5; i++)
		carom_memory_budget_leave(&budget, &mine[i]);
	assert_int_equal(budget.held, 0);
}

static void
holds_64_mib_of_small_ones(void **state)
{
	CaromMemoryBudget budget = { 0 };
	gsize mine = 0, other = 0;

	(void) state;
	assert_true(carom_memory_budget_take(&budget, &mine, 64 * MIB, 1000));
	assert_false(carom_memory_budget_take(&budget, &other, 1, 1000));
	assert_false(carom_memory_budget_take(&budget, &mine, 64 * MIB + 1, 1000));
	assert_int_equal(mine, 64 * MIB); /* what it had, it has */
	assert_true(carom_memory_budget_take(&budget, &mine, 64 * MIB, 1000));
}

UNIT_MAIN(cmocka_unit_test(holds_four_of_the_largest), cmocka_unit_test(holds_64_mib_of_small_ones))
