/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "feed/hook_schedule.h"

static char *const retries[] = { (char *) "5", (char *) "300", (char *) "36000", NULL };

static void
judges_what_is_answered(void **state)
{
	static const struct {
		const char *name;
		long status;
		gint64 retry_after;
		guint attempt, chance;
		const char *outcome;
		gint64 wait, rest;
	} rows[] = {
		{ "200", 200, 0, 1, 0, "delivered", 0, 0 },
		{ "204", 204, 0, 9, 0, "delivered", 0, 0 },
		{ "299 with Retry-After", 299, 60, 1, 0, "delivered", 0, 0 },
		{ "no answer", 0, 0, 1, 0, "waiting", 5, 0 },
		{ "the second time", 0, 0, 2, 0, "waiting", 300, 0 },
		{ "the third time", 0, 0, 3, 0, "waiting", 36000, 0 },
		{ "the last time", 0, 0, 4, 0, "dead", 0, 0 },
		{ "much later", 503, 0, 4000000000u, 0, "dead", 0, 0 },
		{ "a tenth more", 500, 0, 3, 100, "waiting", 39600, 0 },
		{ "and never more", 500, 0, 3, 4294967295u, "waiting", 38412, 0 },
		{ "408", 408, 0, 1, 0, "waiting", 5, 0 },
		{ "425", 425, 0, 1, 0, "waiting", 5, 0 },
		{ "429", 429, 0, 1, 0, "waiting", 5, 0 },
		{ "429 with Retry-After", 429, 60, 1, 0, "waiting", 60, 60 },
		{ "a short one", 503, 60, 2, 0, "waiting", 300, 60 },
		{ "a week", 503, 604800, 1, 0, "waiting", 86400, 86400 },
		{ "below zero", 503, -5, 1, 0, "waiting", 5, 0 },
		{ "the last time, and rest", 429, 60, 4, 0, "dead", 0, 60 },
		{ "599", 599, 0, 1, 0, "waiting", 5, 0 },
		{ "101", 101, 0, 1, 0, "dead", 0, 0 },
		{ "301", 301, 0, 1, 0, "dead", 0, 0 },
		{ "307", 307, 60, 1, 0, "dead", 0, 0 },
		{ "400", 400, 0, 1, 0, "dead", 0, 0 },
		{ "401", 401, 0, 1, 0, "dead", 0, 0 },
		{ "404", 404, 0, 1, 0, "dead", 0, 0 },
		{ "410", 410, 0, 1, 0, "gone", 0, 0 },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const CaromHookVerdict verdict =
			carom_hook_schedule_judge(rows[i].status, rows[i].retry_after,
						  rows[i].attempt, retries, rows[i].chance);

		row_string(rows[i].name, carom_hook_schedule_word(verdict.outcome),
			   rows[i].outcome);
		row_int(rows[i].name, verdict.wait, rows[i].wait);
		row_int(rows[i].name, verdict.rest, rows[i].rest);
	}
}

UNIT_MAIN(cmocka_unit_test(judges_what_is_answered))
