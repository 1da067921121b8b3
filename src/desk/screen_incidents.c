/* SPDX-License-Identifier: BSD-2-Clause */
/* What was held, for too many turned hard at once: dead indeed, or alive? A person says. */
#include "config.h"

#include "desk/screen.h"

#include <string.h>

/* ---- doing --------------------------------------------------------------------------- */

static CaromStatus
close_incident(CaromDeskPage *page, gboolean dead, char **location, GError **err)
{
	const char *number = carom_desk_get(page, "number");
	const char *const args[] = { number, dead ? "true" : "false",
				     carom_desk_sent(page, "note") };
	g_autoptr(CaromTable) done = NULL;
	CaromStatus status =
		carom_desk_ask(page, CAROM_PAGE_CLOSE, args, G_N_ELEMENTS(args), &done, err);

	if (status == CAROM_OK)
		*location = carom_desk_done(
			page, carom_desk_link(page, "incidents", "number", number, NULL),
			dead ? "confirmed" : "discarded", carom_table_cell(done, 0, 0), NULL);
	return status;
}

static CaromStatus
confirm(CaromDeskPage *page, char **location, GError **err)
{
	return close_incident(page, TRUE, location, err);
}

static CaromStatus
discard(CaromDeskPage *page, char **location, GError **err)
{
	return close_incident(page, FALSE, location, err);
}

/* ---- showing ---------------------------------------------------------------------------- */

static char *
to_incident(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link(page, "incidents", "number", carom_desk_cell(table, row, "id"),
			       NULL);
}

static char *
to_provider(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	const char *provider = carom_desk_cell(table, row, "provider");

	if (provider == NULL || *provider == '\0')
		return NULL;
	return carom_desk_link(page, "provider", "provider", provider, NULL);
}

static void
write_all(CaromDeskPage *page, const CaromTable *all)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "id", .heading = CAROM_DESK_WORD_NUMBER, .link = to_incident },
		{ .name = "state", .heading = CAROM_DESK_WORD_STATE },
		{ .name = "provider", .heading = CAROM_DESK_WORD_PROVIDER, .link = to_provider },
		{ .name = "addresses", .heading = CAROM_DESK_WORD_ADDRESSES },
		{ .name = "first_at", .heading = CAROM_DESK_WORD_FIRST },
		{ .name = "category", .heading = CAROM_DESK_WORD_REASON, CAROM_DESK_REASON },
		{ .name = "author", .heading = CAROM_DESK_WORD_AUTHOR },
		{ .name = "note", .heading = CAROM_DESK_WORD_NOTE },
	};

	carom_desk_note(page, CAROM_DESK_WORD_INCIDENTS_HINT);
	carom_desk_table(page, CAROM_DESK_WORD_INCIDENTS, all, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NO_INCIDENT);
}

static void
write_choice(CaromDeskPage *page)
{
	static const struct {
		const char *action;
		CaromDeskWord title, means, button;
		gboolean dangerous;
	} choices[] = {
		{ "discard", CAROM_DESK_WORD_ALIVE, CAROM_DESK_WORD_ALIVE_MEANS,
		  CAROM_DESK_WORD_DISCARD, FALSE },
		{ "confirm", CAROM_DESK_WORD_DEAD, CAROM_DESK_WORD_DEAD_MEANS,
		  CAROM_DESK_WORD_CONFIRM, TRUE },
	};

	if (!carom_desk_may(page, CAROM_DESK_EDITOR))
		return;
	carom_markup_open(page->markup, "div", "class", "two", NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(choices); i++) {
		carom_markup_open(page->markup, "section", "class", "card", NULL);
		carom_desk_heading(page, choices[i].title);
		carom_markup_element(page->markup, "p", carom_desk_say(page, choices[i].means),
				     NULL);
		carom_desk_change_form(page, choices[i].action, choices[i].title);
		carom_desk_note_field(page);
		carom_desk_button(page, choices[i].button, choices[i].dangerous);
		carom_markup_close(page->markup);
		carom_markup_close(page->markup);
	}
	carom_markup_close(page->markup);
}

static void
write_one(CaromDeskPage *page, const CaromTable *one, const CaromTable *held)
{
	static const struct {
		CaromDeskWord term;
		const char *column;
	} facts[] = {
		{ CAROM_DESK_WORD_STATE, "state" },
		{ CAROM_DESK_WORD_PROVIDER, "provider" },
		{ CAROM_DESK_WORD_ADDRESSES, "addresses" },
		{ CAROM_DESK_WORD_FIRST, "first_at" },
		{ CAROM_DESK_WORD_LAST, "last_at" },
		{ CAROM_DESK_WORD_RULE, "rule" },
		{ CAROM_DESK_WORD_CLOSED, "closed_at" },
		{ CAROM_DESK_WORD_AUTHOR, "author" },
		{ CAROM_DESK_WORD_NOTE, "note" },
	};
	static const CaromDeskColumn columns[] = {
		{ .name = "address", .heading = CAROM_DESK_WORD_ADDRESS, CAROM_DESK_ADDRESS },
		{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT, CAROM_DESK_ALL },
		{ .name = "stream", .heading = CAROM_DESK_WORD_STREAM, CAROM_DESK_ALL },
		{ .name = "since", .heading = CAROM_DESK_WORD_SINCE },
	};
	const char *category = carom_desk_cell(one, 0, "category");
	CaromMarkup *m = page->markup;

	carom_markup_open(m, "article", "class", "card", NULL);
	carom_markup_open(m, "dl", NULL);
	carom_desk_fact(page, CAROM_DESK_WORD_REASON,
			carom_desk_meaning(page, category) ? carom_desk_meaning(page, category)
							   : category);
	for (gsize i = 0; i < G_N_ELEMENTS(facts); i++) {
		g_autofree char *text = carom_desk_text(
			page, one, 0, (guint) carom_table_find(one, facts[i].column));

		carom_desk_fact(page, facts[i].term, text);
	}
	carom_markup_close(m);
	carom_desk_heading(page, CAROM_DESK_WORD_ONE_REPLY);
	carom_markup_element(m, "pre", carom_desk_cell(one, 0, "example"), NULL);
	carom_markup_close(m);
	if (g_strcmp0(carom_desk_cell(one, 0, "state"), "open") == 0) {
		write_choice(page);
		carom_desk_table(page, CAROM_DESK_WORD_HELD, held, columns, G_N_ELEMENTS(columns),
				 CAROM_DESK_WORD_NOTHING);
	}
	carom_desk_paragraph_link(page, carom_desk_link(page, "incidents", NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_ALL_INCIDENTS));
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	const char *number = carom_desk_get(page, "number");
	const char *const args[] = { number };
	g_autoptr(CaromTable) found = NULL, held = NULL;
	g_autofree char *heading = NULL;
	CaromStatus status = carom_desk_ask(page, CAROM_PAGE_INCIDENTS, args, 1, &found, err);

	if (status == CAROM_OK && number != NULL)
		status = carom_desk_ask(page, CAROM_PAGE_HELD, args, 1, &held, err);
	if (status != CAROM_OK)
		return status;
	if (number != NULL && found->n_rows == 0)
		return carom_status_fail(err, CAROM_ABSENT, "%s",
					 carom_desk_say(page, CAROM_DESK_WORD_NO_INCIDENT));
	if (number != NULL)
		heading = carom_desk_word_fill(page->lang, CAROM_DESK_WORD_INCIDENT_N, "n", number,
					       NULL);
	carom_desk_begin(page, heading);
	if (number != NULL)
		write_one(page, found, held);
	else
		write_all(page, found);
	return CAROM_OK;
}

static const CaromDeskAction actions[] = {
	{ "confirm", CAROM_DESK_EDITOR, TRUE, confirm },
	{ "discard", CAROM_DESK_EDITOR, TRUE, discard },
};

const CaromDeskScreen carom_screen_incidents = {
	.path = "incidents",
	.title = CAROM_DESK_WORD_INCIDENTS,
	.in_menu = TRUE,
	.show = show,
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
