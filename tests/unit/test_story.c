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

static void
says_what_the_policy_wants(void **state)
{
	static const struct {
		CaromStoryPolicy policy;
		const char *want;
	} rows[] = {
		{ { .cause = "recipient_unknown", .after = 1 },
		  "recipient_unknown: at once, for good" },
		{ { .cause = "mailbox_full", .after = 5, .within_days = 30, .expires_days = 90 },
		  "mailbox_full: after 5 days within 30, for 90 days" },
		{ { .cause = "greylisted" }, "greylisted: never suppresses" },
		{ { .cause = "c",
		    .account = "acme",
		    .stream = "",
		    .provider = "gmail",
		    .status = "5.2.2",
		    .after = 1 },
		  "c (account acme, provider gmail, status 5.2.2): at once, for good" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = carom_story_policy(&rows[i].policy);

		row_string(rows[i].want, got, rows[i].want);
	}
}

static void
says_what_follows_a_release(void **state)
{
	g_autofree char *once = carom_story_again("recipient_unknown", 1, 0);
	g_autofree char *days = carom_story_again("mailbox_full", 5, 30);
	g_autofree char *never = carom_story_again("asked by phone", 0, 0);

	(void) state;
	assert_string_equal(once, "the next recipient_unknown puts it on the list again");
	assert_string_equal(days, "5 days of mailbox_full within 30 put it on the list again, "
				  "counted anew");
	assert_string_equal(never, "nothing puts it on the list again by itself");
}

UNIT_MAIN(cmocka_unit_test(says_why_nothing_was_done), cmocka_unit_test(says_what_the_policy_wants),
	  cmocka_unit_test(says_what_follows_a_release))
