/* SPDX-License-Identifier: BSD-2-Clause */
/* Why mail came back: by category, then by what servers said, then one reply as it was. */
#include "config.h"

#include "desk/screen.h"
#include "desk/values.h"

#include <string.h>

static const char *const filters[] = { "category", "blocklist", "provider", "account", "stream" };

static char *
to_category(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link_here(page, "category", carom_desk_cell(table, row, "category"),
				    NULL);
}

/* To undo what that rule brought onto the list. */
static char *
to_undo(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	const char *rule = carom_desk_cell(table, row, "rule");

	return rule != NULL ? carom_desk_link(page, "undo", "rule", rule, NULL) : NULL;
}

/* What it means, or who keeps the list, and how that is undone. category NULL: a blocklist. */
static void
write_advice(CaromDeskPage *page, const char *category)
{
	static const struct {
		const char *key;
		CaromDeskWord term;
	} lines[] = {
		{ "means", CAROM_DESK_WORD_MEANS },
		{ "do", CAROM_DESK_WORD_DO },
		{ "blame", CAROM_DESK_WORD_BLAME },
	};

	const char *list = carom_desk_get(page, "blocklist");
	const char *removal =
		list != NULL ? carom_rules_removal(page->knowledge->rules, list) : NULL;

	carom_markup_open(page->markup, "section", "class", "card", NULL);
	carom_markup_open(page->markup, "dl", NULL);
	carom_desk_fact(page, CAROM_DESK_WORD_REASON, category);
	carom_desk_fact(page, CAROM_DESK_WORD_BLOCKLIST, list);
	if (removal != NULL && g_str_has_prefix(removal, "https://")) {
		carom_markup_element(page->markup, "dt",
				     carom_desk_say(page, CAROM_DESK_WORD_REMOVAL), NULL);
		carom_markup_open(page->markup, "dd", NULL);
		carom_markup_element(page->markup, "a", removal, "href", removal, "rel",
				     "noreferrer", NULL);
		carom_markup_close(page->markup);
	}
	for (gsize i = 0; category != NULL && i < G_N_ELEMENTS(lines); i++) {
		const char *line = carom_advice_get(page->advice, category, lines[i].key);

		carom_desk_fact(page, lines[i].term,
				line ? carom_values_say(lines[i].key, line, page->lang) : NULL);
	}
	carom_markup_close(page->markup);
	carom_markup_close(page->markup);
}

static void
write_categories(CaromDeskPage *page, const CaromTable *categories)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "category",
		  .heading = CAROM_DESK_WORD_REASON,
		  .kind = CAROM_DESK_REASON,
		  .link = to_category },
		{ .name = "class", .heading = CAROM_DESK_WORD_CLASS },
		{ .name = "failed", .heading = CAROM_DESK_WORD_FAILED_MAIL },
		{ .name = "delayed", .heading = CAROM_DESK_WORD_DELAYED },
		{ .name = "new_suppressions", .heading = CAROM_DESK_WORD_NEW_ENTRIES },
		{ .name = "share", .heading = CAROM_DESK_WORD_SHARE },
	};

	carom_desk_table(page, CAROM_DESK_WORD_CAUSES, categories, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NOTHING);
}

static void
write_templates(CaromDeskPage *page, const CaromTable *templates)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "template", .heading = CAROM_DESK_WORD_SAID, CAROM_DESK_CODE },
		{ .name = "events", .heading = CAROM_DESK_WORD_EVENTS },
		{ .name = "provider", .heading = CAROM_DESK_WORD_PROVIDER },
		{ .name = "rule", .heading = CAROM_DESK_WORD_RULE, .link = to_undo },
		{ .name = "last_at", .heading = CAROM_DESK_WORD_LAST },
		{ .name = "address", .heading = CAROM_DESK_WORD_SUCH_AS, CAROM_DESK_ADDRESS },
	};

	carom_desk_table(page, CAROM_DESK_WORD_TEMPLATES, templates, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NOTHING);
	for (guint r = 0; r < MIN(templates->n_rows, 1); r++) {
		carom_desk_heading(page, CAROM_DESK_WORD_ONE_REPLY);
		carom_markup_element(page->markup, "pre", carom_desk_cell(templates, r, "example"),
				     NULL);
	}
}

static void
write_choice(CaromDeskPage *page, const CaromSpan *span)
{
	const char *const days[] = { "1",  carom_desk_say(page, CAROM_DESK_WORD_ONE_DAY),
				     "7",  carom_desk_say(page, CAROM_DESK_WORD_SEVEN_DAYS),
				     "28", carom_desk_say(page, CAROM_DESK_WORD_FOUR_WEEKS),
				     NULL };
	const char *chosen = carom_desk_get(page, "days");

	carom_desk_ask_form(page, "causes", CAROM_DESK_WORD_FILTER);
	carom_desk_hidden(page, "category", carom_desk_get(page, "category"));
	carom_desk_hidden(page, "blocklist", carom_desk_get(page, "blocklist"));
	carom_desk_select(page, "days", CAROM_DESK_WORD_DAYS, chosen ? chosen : "7", days);
	carom_desk_input(page, "last", CAROM_DESK_WORD_LAST_DAY, "date", span->last, FALSE);
	carom_desk_scope(page, "provider", CAROM_DESK_WORD_PROVIDER);
	carom_desk_scope(page, "account", CAROM_DESK_WORD_ACCOUNT);
	carom_desk_scope(page, "stream", CAROM_DESK_WORD_STREAM);
	carom_desk_button(page, CAROM_DESK_WORD_SHOW, FALSE);
	carom_markup_close(page->markup);
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	const char *category = carom_desk_get(page, "category"),
		   *list = carom_desk_get(page, "blocklist");
	const gboolean one = category != NULL || list != NULL;
	g_autofree char *filter = carom_desk_filter(page, filters, G_N_ELEMENTS(filters));
	g_autoptr(CaromTable) days = NULL, found = NULL;
	CaromSpan span;
	CaromStatus status = carom_desk_span(page, 7, &days, &span, err);

	if (status == CAROM_OK && !one)
		status = carom_tallies_categories(page->store, &span, &found, err);
	if (status == CAROM_OK && one) {
		const char *const args[] = { span.first, span.last, filter };

		status = carom_desk_ask(page, CAROM_PAGE_TEMPLATES, args, 3, &found, err);
	}
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, category ? carom_desk_meaning(page, category) : list);
	write_choice(page, &span);
	if (!one) {
		write_categories(page, found);
		return CAROM_OK;
	}
	write_advice(page, category);
	if (category != NULL)
		carom_desk_paragraph_link(
			page,
			carom_desk_link(page, "undo", "reason", category, "provider", span.provider,
					"account", span.account, "stream", span.stream, "since",
					span.first, "until", span.last, NULL),
			carom_desk_say(page, CAROM_DESK_WORD_UNDO_THIS));
	write_templates(page, found);
	carom_desk_paragraph_link(
		page, carom_desk_link_here(page, "category", NULL, "blocklist", NULL, NULL),
		carom_desk_say(page, CAROM_DESK_WORD_ALL_CAUSES));
	return CAROM_OK;
}

const CaromDeskScreen carom_screen_causes = {
	.path = "causes",
	.title = CAROM_DESK_WORD_CAUSES,
	.in_menu = TRUE,
	.filters = TRUE,
	.show = show,
};
