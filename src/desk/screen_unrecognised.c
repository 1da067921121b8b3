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

static char *
to_report(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link(page, "unrecognised", "report",
			       carom_desk_cell(table, row, "report"), NULL);
}

/* What stands in the message itself takes more than the page may read. */
static void
write_whole(CaromDeskPage *page, const char *number)
{
	g_autofree char *command = g_strconcat("carom explain --report ", number, NULL);

	carom_desk_note(page, CAROM_DESK_WORD_WHOLE_MESSAGE);
	carom_markup_open(page->markup, "p", NULL);
	carom_markup_element(page->markup, "code", command, NULL);
	carom_markup_close(page->markup);
}

static void
write_report(CaromDeskPage *page, const CaromTable *report)
{
	static const struct {
		CaromDeskWord term;
		const char *column;
	} facts[] = {
		{ CAROM_DESK_WORD_AT, "arrived" },      { CAROM_DESK_WORD_WHAT, "kind" },
		{ CAROM_DESK_WORD_FORMAT, "format" },   { CAROM_DESK_WORD_SUBJECT, "subject" },
		{ CAROM_DESK_WORD_BY, "from_address" }, { CAROM_DESK_WORD_SAID_BY, "reporter" },
		{ CAROM_DESK_WORD_ENVELOPE, "sender" }, { CAROM_DESK_WORD_SIZE, "size" },
	};
	static const CaromDeskColumn columns[] = {
		{ .name = "address", .heading = CAROM_DESK_WORD_ADDRESS, CAROM_DESK_ADDRESS },
		{ .name = "event_kind", .heading = CAROM_DESK_WORD_WHAT },
		{ .name = "category", .heading = CAROM_DESK_WORD_REASON, CAROM_DESK_REASON },
		{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT },
		{ .name = "stream", .heading = CAROM_DESK_WORD_STREAM },
		{ .name = "status", .heading = CAROM_DESK_WORD_STATUS },
		{ .name = "rule", .heading = CAROM_DESK_WORD_RULE },
		{ .name = "diagnostic", .heading = CAROM_DESK_WORD_SAID, CAROM_DESK_CODE },
	};

	carom_markup_open(page->markup, "section", "class", "card", NULL);
	carom_markup_open(page->markup, "dl", NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(facts); i++) {
		g_autofree char *text = carom_desk_text(
			page, report, 0, (guint) carom_table_find(report, facts[i].column));

		carom_desk_fact(page, facts[i].term, text);
	}
	carom_markup_close(page->markup);
	carom_markup_close(page->markup);
	if (carom_desk_cell(report, 0, "event_kind") != NULL)
		carom_desk_table(page, CAROM_DESK_WORD_EVENTS, report, columns,
				 G_N_ELEMENTS(columns), CAROM_DESK_WORD_NOTHING);
}

/* One report, as it was read. */
static CaromStatus
show_report(CaromDeskPage *page, const char *number, GError **err)
{
	const char *const args[] = { number };
	g_autoptr(CaromTable) report = NULL;
	g_autofree char *heading = NULL;
	CaromStatus status = carom_desk_ask(page, CAROM_PAGE_REPORT, args, 1, &report, err);

	if (status != CAROM_OK)
		return status;
	if (report->n_rows == 0)
		return carom_status_fail(err, CAROM_ABSENT, "%s",
					 carom_desk_say(page, CAROM_DESK_WORD_NO_REPORT));
	heading = carom_desk_word_fill(page->lang, CAROM_DESK_WORD_REPORT_N, "n", number, NULL);
	carom_desk_begin(page, heading);
	write_report(page, report);
	write_whole(page, number);
	carom_desk_paragraph_link(page, carom_desk_link(page, "unrecognised", NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_UNRECOGNISED));
	return CAROM_OK;
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "template", .heading = CAROM_DESK_WORD_SAID, .link = to_report },
		{ .name = "events", .heading = CAROM_DESK_WORD_EVENTS },
		{ .name = "by", .heading = CAROM_DESK_WORD_BY },
		{ .name = "first_day", .heading = CAROM_DESK_WORD_FIRST },
		{ .name = "last_day", .heading = CAROM_DESK_WORD_LAST },
	};
	g_autoptr(CaromTable) days = NULL, replies = NULL, messages = NULL;
	CaromSpan span;
	CaromStatus status;

	if (carom_desk_get(page, "report") != NULL)
		return show_report(page, carom_desk_get(page, "report"), err);
	status = carom_desk_span(page, 28, &days, &span, err);
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
