/* SPDX-License-Identifier: BSD-2-Clause */
/* Is everything heard of: reports, feeds, readers of the feed, keys, and who uses this page. */
#include "config.h"

#include "desk/screen.h"

#include <string.h>

static CaromStatus
revoke_key(CaromDeskPage *page, char **location, GError **err)
{
	const char *const args[] = { carom_desk_sent(page, "id"), carom_desk_sent(page, "note") };
	g_autoptr(CaromTable) done = NULL;
	CaromStatus status = carom_desk_ask(page, CAROM_PAGE_KEY_REVOKE, args, 2, &done, err);

	if (status == CAROM_OK)
		*location = carom_desk_done(page, carom_desk_link(page, "health", NULL), "revoked",
					    NULL, args[0]);
	return status;
}

/* ---- showing --------------------------------------------------------------------------- */

static void
write_health(CaromDeskPage *page, const CaromTable *health)
{
	static const struct {
		CaromDeskWord term;
		const char *column;
	} facts[] = {
		{ CAROM_DESK_WORD_LAST_REPORT, "last_report" },
		{ CAROM_DESK_WORD_REPORTS_TODAY, "reports_today" },
		{ CAROM_DESK_WORD_UNREAD_TODAY, "unrecognised_today" },
		{ CAROM_DESK_WORD_LAST_SENT, "last_sent" },
		{ CAROM_DESK_WORD_ENTRIES_ABOUT, "entries" },
		{ CAROM_DESK_WORD_HELD_NOW, "held" },
		{ CAROM_DESK_WORD_SCHEMA, "schema_version" },
		{ CAROM_DESK_WORD_POSTGRES, "server" },
	};

	carom_markup_open(page->markup, "section", "class", "card", NULL);
	carom_desk_heading(page, CAROM_DESK_WORD_HEARD);
	carom_markup_open(page->markup, "dl", NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(facts); i++) {
		g_autofree char *text = carom_desk_text(
			page, health, 0, (guint) carom_table_find(health, facts[i].column));

		carom_desk_fact(page, facts[i].term,
				text ? text : carom_desk_say(page, CAROM_DESK_WORD_NEVER));
	}
	carom_markup_close(page->markup);
	carom_markup_close(page->markup);
}

static char *
to_webhook(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link(page, "webhooks", "id", carom_desk_cell(table, row, "id"), NULL);
}

static void
write_webhooks(CaromDeskPage *page, const CaromTable *webhooks)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "url", .heading = CAROM_DESK_WORD_URL, .link = to_webhook },
		{ .name = "state", .heading = CAROM_DESK_WORD_STATE },
		{ .name = "behind", .heading = CAROM_DESK_WORD_BEHIND },
		{ .name = "waiting", .heading = CAROM_DESK_WORD_WAITING },
		{ .name = "dead", .heading = CAROM_DESK_WORD_GIVEN_UP },
		{ .name = "delivered_at", .heading = CAROM_DESK_WORD_DELIVERED },
	};

	carom_desk_table(page, CAROM_DESK_WORD_WEBHOOKS, webhooks, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NO_WEBHOOK);
	carom_desk_paragraph_link(page, carom_desk_link(page, "webhooks", NULL),
				  carom_desk_say(page, CAROM_DESK_WORD_WEBHOOKS_MORE));
}

static void
write_revoke(CaromDeskPage *page, const CaromTable *keys)
{
	g_autoptr(GPtrArray) good = g_ptr_array_new();

	for (guint r = 0; r < keys->n_rows; r++)
		if (strcmp(carom_desk_cell(keys, r, "state"), "good") == 0)
			for (guint i = 0; i < 2; i++)
				g_ptr_array_add(good, (gpointer) carom_desk_cell(keys, r, "id"));
	if (good->len == 0 || page->role < CAROM_DESK_ADMIN)
		return;
	g_ptr_array_add(good, NULL);
	carom_desk_change_form(page, "revoke", CAROM_DESK_WORD_REVOKE);
	carom_desk_select(page, "id", CAROM_DESK_WORD_KEY, NULL, (const char *const *) good->pdata);
	carom_desk_note_field(page);
	carom_desk_button(page, CAROM_DESK_WORD_REVOKE, TRUE);
	carom_markup_close(page->markup);
}

static void
write_keys(CaromDeskPage *page, const CaromTable *keys)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "id", .heading = CAROM_DESK_WORD_KEY, CAROM_DESK_CODE },
		{ .name = "state", .heading = CAROM_DESK_WORD_STATE },
		{ .name = "scopes", .heading = CAROM_DESK_WORD_SCOPES },
		{ .name = "accounts", .heading = CAROM_DESK_WORD_ACCOUNT, CAROM_DESK_ALL },
		{ .name = "streams", .heading = CAROM_DESK_WORD_STREAM, CAROM_DESK_ALL },
		{ .name = "expires_at", .heading = CAROM_DESK_WORD_UNTIL },
		{ .name = "used_on", .heading = CAROM_DESK_WORD_USED },
		{ .name = "author", .heading = CAROM_DESK_WORD_AUTHOR },
		{ .name = "note", .heading = CAROM_DESK_WORD_NOTE },
	};

	carom_desk_table(page, CAROM_DESK_WORD_KEYS, keys, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NO_KEY);
	write_revoke(page, keys);
}

static void
write_people(CaromDeskPage *page, const CaromTable *consumers, const CaromTable *staff)
{
	static const CaromDeskColumn readers[] = {
		{ .name = "name", .heading = CAROM_DESK_WORD_NAME },
		{ .name = "behind", .heading = CAROM_DESK_WORD_BEHIND },
		{ .name = "changed_at", .heading = CAROM_DESK_WORD_LAST },
		{ .name = "login", .heading = CAROM_DESK_WORD_LOGIN },
	};
	static const CaromDeskColumn people[] = {
		{ .name = "name", .heading = CAROM_DESK_WORD_NAME },
		{ .name = "role", .heading = CAROM_DESK_WORD_ROLE },
		{ .name = "added_at", .heading = CAROM_DESK_WORD_SINCE },
		{ .name = "author", .heading = CAROM_DESK_WORD_AUTHOR },
		{ .name = "note", .heading = CAROM_DESK_WORD_NOTE },
	};

	carom_desk_table(page, CAROM_DESK_WORD_CONSUMERS, consumers, readers, G_N_ELEMENTS(readers),
			 CAROM_DESK_WORD_NO_CONSUMER);
	carom_desk_table(page, CAROM_DESK_WORD_STAFF, staff, people, G_N_ELEMENTS(people),
			 CAROM_DESK_WORD_NOTHING);
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	g_autoptr(CaromTable) days = NULL, health = NULL, keys = NULL, consumers = NULL,
			      webhooks = NULL, staff = NULL;
	const struct {
		CaromPageQuestion question;
		CaromTable **out;
	} asked[] = {
		{ CAROM_PAGE_HEALTH, &health }, { CAROM_PAGE_WEBHOOKS, &webhooks },
		{ CAROM_PAGE_KEYS, &keys },     { CAROM_PAGE_CONSUMERS, &consumers },
		{ CAROM_PAGE_STAFF, &staff },
	};
	CaromSpan span;
	CaromStatus status = carom_desk_span(page, 1, &days, &span, err);

	for (gsize i = 0; status == CAROM_OK && i < G_N_ELEMENTS(asked); i++)
		status = carom_desk_ask(page, asked[i].question, NULL, 0, asked[i].out, err);
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, NULL);
	carom_desk_unsent(page, health);
	write_health(page, health);
	status = carom_desk_part(page, "feeds", &span, err);
	write_webhooks(page, webhooks);
	write_keys(page, keys);
	write_people(page, consumers, staff);
	return status;
}

static const CaromDeskAction actions[] = {
	{ "revoke", CAROM_DESK_ADMIN, TRUE, revoke_key },
};

const CaromDeskScreen carom_screen_health = {
	.path = "health",
	.title = CAROM_DESK_WORD_HEALTH,
	.in_menu = TRUE,
	.show = show,
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
