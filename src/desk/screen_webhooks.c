/* SPDX-License-Identifier: BSD-2-Clause */
/* Webhooks: who is told of what happens, what each was sent, and a new one. */
#include "config.h"

#include "desk/screen.h"

#include <string.h>

/* ---- doing --------------------------------------------------------------------------- */

static CaromStatus
add(CaromDeskPage *page, char **location, GError **err)
{
	const char *const args[] = { carom_desk_sent(page, "url"), carom_desk_sent(page, "kinds"),
				     carom_desk_sent(page, "account"),
				     carom_desk_sent(page, "stream"),
				     carom_desk_sent(page, "note") };
	g_autoptr(CaromTable) made = NULL;
	CaromStatus status;

	/* it would be registered, and then nothing would ever be sent there */
	if (args[0] != NULL && !page->allow_http && g_str_has_prefix(args[0], "http:"))
		return carom_status_fail(err, CAROM_MALFORMED, "%s",
					 carom_desk_say(page, CAROM_DESK_WORD_WEBHOOK_PLAIN));
	status = carom_desk_ask(page, CAROM_PAGE_WEBHOOK_ADD, args, G_N_ELEMENTS(args), &made, err);
	(void) location; /* the secret stands in no URL: it is shown at once */
	if (status == CAROM_OK)
		page->told = g_strdup(carom_desk_cell(made, 0, "secret"));
	return status;
}

static CaromStatus
change(CaromDeskPage *page, char **location, GError **err)
{
	const char *id = carom_desk_get(page, "id"), *what = carom_desk_sent(page, "what");
	const char *const args[] = { id, what, carom_desk_sent(page, "note") };
	g_autoptr(CaromTable) done = NULL;
	CaromStatus status = carom_desk_ask(page, CAROM_PAGE_WEBHOOK_DO, args, 3, &done, err);

	if (status != CAROM_OK)
		return status;
	/* one that is gone has no screen to go on to */
	if (!carom_table_flag(done, 0, 0))
		*location = carom_desk_done(page, carom_desk_link(page, "webhooks", NULL),
					    "nothing", NULL, id);
	else if (g_strcmp0(what, "remove") == 0)
		*location = carom_desk_done(page, carom_desk_link(page, "webhooks", NULL),
					    "removed", NULL, id);
	else
		*location = carom_desk_done(page, carom_desk_link(page, "webhooks", "id", id, NULL),
					    "webhook", NULL, id);
	return CAROM_OK;
}

/* ---- showing ---------------------------------------------------------------------------- */

static char *
to_webhook(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link(page, "webhooks", "id", carom_desk_cell(table, row, "id"), NULL);
}

static void
write_all(CaromDeskPage *page, const CaromTable *webhooks)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "url", .heading = CAROM_DESK_WORD_URL, .link = to_webhook },
		{ .name = "kinds", .heading = CAROM_DESK_WORD_KIND, CAROM_DESK_ALL },
		{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT, CAROM_DESK_ALL },
		{ .name = "stream", .heading = CAROM_DESK_WORD_STREAM, CAROM_DESK_ALL },
		{ .name = "state", .heading = CAROM_DESK_WORD_STATE },
		{ .name = "waiting", .heading = CAROM_DESK_WORD_WAITING },
		{ .name = "dead", .heading = CAROM_DESK_WORD_GIVEN_UP },
		{ .name = "delivered_at", .heading = CAROM_DESK_WORD_DELIVERED },
		{ .name = "author", .heading = CAROM_DESK_WORD_AUTHOR },
		{ .name = "note", .heading = CAROM_DESK_WORD_NOTE },
	};

	carom_desk_table(page, CAROM_DESK_WORD_WEBHOOKS, webhooks, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NO_WEBHOOK);
}

static void
write_add(CaromDeskPage *page)
{
	static const struct {
		const char *name, *type;
		CaromDeskWord label;
		gboolean required;
	} inputs[] = {
		{ "url", "url", CAROM_DESK_WORD_URL, TRUE },
		{ "kinds", NULL, CAROM_DESK_WORD_KINDS, FALSE },
		{ "account", NULL, CAROM_DESK_WORD_ACCOUNT_OR_ALL, FALSE },
		{ "stream", NULL, CAROM_DESK_WORD_STREAM_OR_ALL, FALSE },
	};

	carom_desk_heading(page, CAROM_DESK_WORD_WEBHOOK_ADD);
	carom_desk_note(page, CAROM_DESK_WORD_WEBHOOK_HINT);
	if (!carom_desk_may(page, CAROM_DESK_ADMIN))
		return;
	carom_desk_change_form(page, "add", CAROM_DESK_WORD_WEBHOOK_ADD);
	for (gsize i = 0; i < G_N_ELEMENTS(inputs); i++)
		carom_desk_input(page, inputs[i].name, inputs[i].label, inputs[i].type,
				 page->told ? NULL : carom_desk_sent(page, inputs[i].name),
				 inputs[i].required);
	carom_desk_note_field(page);
	carom_desk_button(page, CAROM_DESK_WORD_WEBHOOK_ADD, FALSE);
	carom_markup_close(page->markup);
}

static void
write_told(CaromDeskPage *page)
{
	carom_markup_open(page->markup, "div", "class", "said", "role", "status", NULL);
	carom_markup_element(page->markup, "p",
			     carom_desk_say(page, CAROM_DESK_WORD_WEBHOOK_SECRET), NULL);
	carom_markup_element(page->markup, "pre", page->told, NULL);
	carom_markup_close(page->markup);
}

static void
write_deliveries(CaromDeskPage *page, const CaromTable *deliveries)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "created_at", .heading = CAROM_DESK_WORD_AT },
		{ .name = "type", .heading = CAROM_DESK_WORD_WHAT },
		{ .name = "state", .heading = CAROM_DESK_WORD_STATE },
		{ .name = "attempts", .heading = CAROM_DESK_WORD_ATTEMPTS },
		{ .name = "status", .heading = CAROM_DESK_WORD_STATUS },
		{ .name = "error", .heading = CAROM_DESK_WORD_ERROR },
		{ .name = "answer", .heading = CAROM_DESK_WORD_ANSWER, CAROM_DESK_CODE },
		{ .name = "next_at", .heading = CAROM_DESK_WORD_NEXT },
	};
	const char *const whats[] = {
		"test",   carom_desk_say(page, CAROM_DESK_WORD_WEBHOOK_TEST),
		"pause",  carom_desk_say(page, CAROM_DESK_WORD_WEBHOOK_PAUSE),
		"resume", carom_desk_say(page, CAROM_DESK_WORD_WEBHOOK_RESUME),
		"remove", carom_desk_say(page, CAROM_DESK_WORD_WEBHOOK_REMOVE),
		NULL
	};

	if (carom_desk_may(page, CAROM_DESK_ADMIN)) {
		carom_desk_change_form(page, "change", CAROM_DESK_WORD_WEBHOOK_WHAT);
		carom_desk_select(page, "what", CAROM_DESK_WORD_WEBHOOK_WHAT, NULL, whats);
		carom_desk_note_field(page);
		carom_desk_button(page, CAROM_DESK_WORD_WEBHOOK_DO, FALSE);
		carom_markup_close(page->markup);
	}
	carom_desk_table(page, CAROM_DESK_WORD_DELIVERIES, deliveries, columns,
			 G_N_ELEMENTS(columns), CAROM_DESK_WORD_NO_DELIVERY);
	carom_desk_paragraph_link(page, carom_desk_link(page, "webhooks", NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_WEBHOOK_OTHER));
}

/* What one is. */
static void
write_webhook(CaromDeskPage *page, const CaromTable *webhooks, guint row)
{
	static const struct {
		CaromDeskWord term;
		const char *column;
	} facts[] = {
		{ CAROM_DESK_WORD_URL, "url" },
		{ CAROM_DESK_WORD_STATE, "state" },
		{ CAROM_DESK_WORD_WHY, "why" },
		{ CAROM_DESK_WORD_KIND, "kinds" },
		{ CAROM_DESK_WORD_ACCOUNT, "account" },
		{ CAROM_DESK_WORD_STREAM, "stream" },
		{ CAROM_DESK_WORD_BEHIND, "behind" },
		{ CAROM_DESK_WORD_WAITING, "waiting" },
		{ CAROM_DESK_WORD_GIVEN_UP, "dead" },
		{ CAROM_DESK_WORD_DELIVERED, "delivered_at" },
		{ CAROM_DESK_WORD_AUTHOR, "author" },
		{ CAROM_DESK_WORD_NOTE, "note" },
	};

	carom_markup_open(page->markup, "section", "class", "card", NULL);
	carom_markup_open(page->markup, "dl", NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(facts); i++) {
		g_autofree char *text = carom_desk_text(
			page, webhooks, row, (guint) carom_table_find(webhooks, facts[i].column));

		carom_desk_fact(page, facts[i].term, text);
	}
	carom_markup_close(page->markup);
	carom_markup_close(page->markup);
}

/* One webhook with what it was sent. */
static CaromStatus
show_one(CaromDeskPage *page, const char *id, const CaromTable *webhooks, GError **err)
{
	const char *const args[] = { id };
	g_autoptr(CaromTable) deliveries = NULL;
	CaromStatus status;
	guint row = 0;

	while (row < webhooks->n_rows && strcmp(carom_desk_cell(webhooks, row, "id"), id) != 0)
		row++;
	if (row == webhooks->n_rows)
		return carom_status_fail(err, CAROM_ABSENT, "%s",
					 carom_desk_say(page, CAROM_DESK_WORD_NO_SUCH_WEBHOOK));
	status = carom_desk_ask(page, CAROM_PAGE_DELIVERIES, args, 1, &deliveries, err);
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, id);
	write_webhook(page, webhooks, row);
	write_deliveries(page, deliveries);
	return CAROM_OK;
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	const char *id = carom_desk_get(page, "id");
	g_autoptr(CaromTable) webhooks = NULL, health = NULL;
	CaromStatus status = carom_desk_ask(page, CAROM_PAGE_WEBHOOKS, NULL, 0, &webhooks, err);

	if (status == CAROM_OK && id != NULL)
		return show_one(page, id, webhooks, err);
	if (status == CAROM_OK)
		status = carom_desk_ask(page, CAROM_PAGE_HEALTH, NULL, 0, &health, err);
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, NULL);
	if (page->told != NULL)
		write_told(page);
	carom_desk_unsent(page, health);
	write_all(page, webhooks);
	write_add(page);
	return CAROM_OK;
}

static const CaromDeskAction actions[] = {
	{ "add", CAROM_DESK_ADMIN, TRUE, add },
	{ "change", CAROM_DESK_ADMIN, TRUE, change },
};

const CaromDeskScreen carom_screen_webhooks = {
	.path = "webhooks",
	.title = CAROM_DESK_WORD_WEBHOOKS,
	.in_menu = TRUE,
	.show = show,
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
