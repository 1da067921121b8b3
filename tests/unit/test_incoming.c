/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "serve/incoming.h"

#include <sys/resource.h>

#define MIB (1024 * 1024)

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

static void
keeps_what_is_below_its_limit_and_counts_all(void **state)
{
	CaromMemoryBudget budget = { 0 };
	CaromIncoming incoming = { 0 };

	(void) state;
	carom_incoming_begin(&incoming, &budget, 10);
	carom_incoming_add(&incoming, "12345678", 8);
	carom_incoming_add(&incoming, "90abc", 5);
	carom_incoming_add(&incoming, "def", 3);
	assert_int_equal(incoming.len, 10);
	assert_memory_equal(incoming.data, "1234567890", 10);
	assert_int_equal(incoming.size, 16);
	assert_false(incoming.crowded);
	carom_incoming_begin(&incoming, &budget, 10);
	assert_int_equal(incoming.len + incoming.size, 0);
	carom_incoming_clear(&incoming);
	assert_int_equal(budget.held, 0);
}

static void
drops_what_finds_no_room_in_the_budget(void **state)
{
	CaromMemoryBudget budget = { .held = 64 * MIB - 1 };
	CaromIncoming incoming = { 0 };

	(void) state;
	carom_incoming_begin(&incoming, &budget, MIB);
	carom_incoming_add(&incoming, "x", 1);
	assert_true(incoming.crowded);
	assert_null(incoming.data);
	assert_int_equal(incoming.len, 0);
	carom_incoming_add(&incoming, "yz", 2);
	assert_int_equal(incoming.size, 3);
	assert_int_equal(budget.held, 64 * MIB - 1);
	carom_incoming_begin(&incoming, &budget, MIB);
	assert_false(incoming.crowded);
	carom_incoming_clear(&incoming);
}

/* GLib would end the process here. */
static void
drops_what_finds_no_memory(void **state)
{
	static char block[MIB];
	CaromMemoryBudget budget = { 0 };
	CaromIncoming incoming = { 0 };
	struct rlimit before, small;

	(void) state;
#ifdef SANITIZED
	return; /* they want the whole address space */
#endif
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	small = before;
	small.rlim_cur = 200 * MIB;
	if (setrlimit(RLIMIT_AS, &small) != 0)
		return;
	carom_incoming_begin(&incoming, &budget, 1024UL * MIB);
	for (int i = 0; i < 500; i++)
		carom_incoming_add(&incoming, block, sizeof block);
	setrlimit(RLIMIT_AS, &before);
	assert_true(incoming.crowded);
	assert_int_equal(incoming.size, 500UL * MIB);
	assert_int_equal(budget.held, 0);
	carom_incoming_clear(&incoming);
}

UNIT_MAIN(cmocka_unit_test(keeps_what_is_below_its_limit_and_counts_all),
	  cmocka_unit_test(drops_what_finds_no_room_in_the_budget),
	  cmocka_unit_test(drops_what_finds_no_memory))
