/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/memory_budget.h"

#define MIN_HELD (64 * 1024 * 1024)
#define MESSAGES_HELD 4
#define STEP (64 * 1024) /* taken at a time, for messages come in small pieces */

gboolean
carom_memory_budget_take(CaromMemoryBudget *budget, gsize *mine, gsize wanted, gsize largest)
{
	gsize n;

	if (wanted <= *mine)
		return TRUE;
	n = MAX(wanted - *mine, STEP);
	if (__atomic_add_fetch(&budget->held, n, __ATOMIC_RELAXED) >
	    MAX(MIN_HELD, MESSAGES_HELD * largest)) {
		__atomic_sub_fetch(&budget->held, n, __ATOMIC_RELAXED);
		return FALSE;
	}
	*mine += n;
	return TRUE;
}

void
carom_memory_budget_leave(CaromMemoryBudget *budget, gsize *mine)
{
	__atomic_sub_fetch(&budget->held, *mine, __ATOMIC_RELAXED);
	*mine = 0;
}
