/* SPDX-License-Identifier: BSD-2-Clause */
/* hook_schedule - what an attempt at a delivery came to, and when the next one is */
#ifndef CAROM_HOOK_SCHEDULE_H
#define CAROM_HOOK_SCHEDULE_H

#include <glib.h>

#define CAROM_HOOK_REST_MAX (24 * 3600) /* the longest Retry-After that is waited for */

typedef enum {
	CAROM_HOOK_DELIVERED,
	CAROM_HOOK_WAITING, /* it is tried again */
	CAROM_HOOK_DEAD,    /* it is not, unless somebody asks for it */
	CAROM_HOOK_GONE     /* nor is anything else: its server wants no more (410) */
} CaromHookOutcome;

typedef struct {
	CaromHookOutcome outcome;
	gint64 wait; /* seconds until it is tried again; 0 if it is not */
	gint64 rest; /* seconds for which nothing at all is sent there; 0: none */
} CaromHookVerdict;

/*
 * status: of HTTP, 0 where there was no answer. retry_after: seconds that it
 * asked for (RFC 9110 10.2.3), 0 or less for none. attempt: 1 for the first.
 * retries: NULL-terminated seconds in digits, after the first attempt, the second
 * … chance: any number; it adds up to a tenth, so that what failed together
 * does not come again together.
 */
CaromHookVerdict carom_hook_schedule_judge(long status, gint64 retry_after, guint attempt,
					   char *const *retries, guint32 chance);

/* The word for it that the database takes: "delivered", "waiting", "dead", "gone". */
const char *carom_hook_schedule_word(CaromHookOutcome outcome);

#endif
