/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/hook_schedule.h"

/* Whether the same request may be answered otherwise later. */
static gboolean
may_pass(long status)
{
	return status == 0 || status == 408 || status == 425 || status == 429 || status >= 500;
}

/* Seconds after this attempt; -1: it was the last one. */
static gint64
wait_after(guint attempt, char *const *retries)
{
	for (guint i = 1; *retries != NULL; i++, retries++)
		if (i == attempt)
			return (gint64) g_ascii_strtoull(*retries, NULL, 10);
	return -1;
}

CaromHookVerdict
carom_hook_schedule_judge(long status, gint64 retry_after, guint attempt, char *const *retries,
			  guint32 chance)
{
	CaromHookVerdict verdict = { .outcome = CAROM_HOOK_DEAD };
	const gint64 wait = wait_after(attempt, retries);

	if (status >= 200 && status < 300) {
		verdict.outcome = CAROM_HOOK_DELIVERED;
	} else if (status == 410) {
		verdict.outcome = CAROM_HOOK_GONE;
	} else if (may_pass(status)) {
		if (status != 0 && retry_after > 0)
			verdict.rest = MIN(retry_after, CAROM_HOOK_REST_MAX);
		if (wait >= 0) {
			verdict.outcome = CAROM_HOOK_WAITING;
			verdict.wait = MAX(wait + wait * (chance % 101) / 1000, verdict.rest);
		}
	}
	return verdict;
}

const char *
carom_hook_schedule_word(CaromHookOutcome outcome)
{
	switch (outcome) {
	case CAROM_HOOK_DELIVERED:
		return "delivered";
	case CAROM_HOOK_WAITING:
		return "waiting";
	case CAROM_HOOK_DEAD:
		return "dead";
	case CAROM_HOOK_GONE:
		return "gone";
	}
	return "dead";
}
