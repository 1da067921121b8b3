/* SPDX-License-Identifier: BSD-2-Clause */
/* What no rule and no parser knows, put together by what it says; and a rule that would. */
#include "config.h"

#include "desk/screen.h"
#include "intake/unknown_texts.h"

static void
write_rules(CaromDeskPage *page, const CaromTable *replies)
{
	CaromMarkup *m = page->markup;

	for (guint r = 0; r < MIN(replies->n_rows, 20); r++) {
		const char *rule = carom_table_cell(replies, r, CAROM_UNKNOWN_RULE);

		if (rule == NULL)
			continue;
		carom_markup_open(m, "details", NULL);
		carom_markup_element(m, "summary",
				     carom_table_cell(replies, r, CAROM_UNKNOWN_TEMPLATE), NULL);
		carom_markup_element(m, "pre", rule, NULL);
		carom_markup_close(m);
	}
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "template", .heading = CAROM_DESK_WORD_SAID, CAROM_DESK_CODE },
		{ .name = "events", .heading = CAROM_DESK_WORD_EVENTS },
		{ .name = "by", .heading = CAROM_DESK_WORD_BY },
		{ .name = "first_day", .heading = CAROM_DESK_WORD_FIRST },
		{ .name = "last_day", .heading = CAROM_DESK_WORD_LAST },
		{ .name = "show", .heading = CAROM_DESK_WORD_SHOW_ONE, CAROM_DESK_CODE },
	};
	g_autoptr(CaromTable) days = NULL, replies = NULL, messages = NULL;
	CaromSpan span;
	CaromStatus status = carom_desk_span(page, 28, &days, &span, err);

	if (status == CAROM_OK)
		status = carom_unknown_texts_replies(page->store, &span, &replies, err);
	if (status == CAROM_OK)
		status = carom_unknown_texts_messages(page->store, &span, &messages, err);
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, NULL);
	carom_desk_table(page, CAROM_DESK_WORD_UNKNOWN_REPLIES, replies, columns,
			 G_N_ELEMENTS(columns), CAROM_DESK_WORD_ALL_KNOWN);
	if (replies->n_rows > 0) {
		carom_desk_heading(page, CAROM_DESK_WORD_RULES_FOR_THEM);
		carom_desk_note(page, CAROM_DESK_WORD_RULES_HINT);
		write_rules(page, replies);
	}
	carom_desk_table(page, CAROM_DESK_WORD_UNREAD_MESSAGES, messages, columns,
			 G_N_ELEMENTS(columns), CAROM_DESK_WORD_ALL_READ);
	return CAROM_OK;
}

const CaromDeskScreen carom_screen_unrecognised = {
	.path = "unrecognised",
	.title = CAROM_DESK_WORD_UNRECOGNISED,
	.in_menu = TRUE,
	.show = show,
};
