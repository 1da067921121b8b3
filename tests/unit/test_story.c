/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "lists/story.h"

static void
says_why_nothing_was_done(void **state)
{
	static const struct {
		CaromStoryEvent event;
		const char *want;
	} rows[] = {
		{ { .action = "failed",
		    .confidence = "proven",
		    .cause = "c",
		    .after = 1,
		    .acted = TRUE },
		  "put on the list" },
		{ { .action = "delivered", .confidence = "matched" }, NULL },
		{ { .action = "delayed", .confidence = "guessed" }, NULL },
		{ { .action = NULL }, NULL },
		{ { .action = "failed", .confidence = "guessed" },
		  "guessed, so nobody is suppressed" },
		{ { .action = "complained" }, "guessed, so nobody is suppressed" },
		{ { .action = "failed", .confidence = "proven", .repeated = TRUE },
		  "told before of the same mail: it counts once" },
		{ { .action = "failed", .confidence = "proven" },
		  "does not count against the address" },
		{ { .action = "failed", .confidence = "matched", .cause = "greylisted" },
		  "the policy never suppresses for this" },
		{ { .action = "failed",
		    .confidence = "matched",
		    .cause = "mailbox_full",
		    .after = 5,
		    .within_days = 30,
		    .days = 1 },
		  "1 of 5 days within 30" },
		{ { .action = "unsubscribed",
		    .confidence = "claimed",
		    .cause = "c",
		    .after = 1,
		    .days = 1 },
		  "nothing changed: it was on the list already" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *row = g_strdup_printf("row %zu", i),
				*got = carom_story_outcome(&rows[i].event);

		row_string(row, got, rows[i].want);
	}
}

UNIT_MAIN(cmocka_unit_test(says_why_nothing_was_done))
