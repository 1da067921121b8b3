/* SPDX-License-Identifier: BSD-2-Clause */
/* An address: may it be mailed, why not, what happened, and to change that. */
#include "config.h"

#include "desk/screen.h"
#include "desk/values.h"
#include "lists/list_address.h"

#include <string.h>

/* ---- doing -------------------------------------------------------------------------- */

static CaromStatus
lift(CaromDeskPage *page, char **location, GError **err)
{
	const char *address = carom_desk_sent(page, "address");
	const char *const args[] = { address, carom_desk_sent(page, "account"),
				     carom_desk_sent(page, "stream"),
				     carom_desk_sent(page, "note") };
	g_autoptr(CaromTable) done = NULL;
	CaromStatus status =
		carom_desk_ask(page, CAROM_PAGE_LIFT, args, G_N_ELEMENTS(args), &done, err);

	if (status == CAROM_OK)
		*location = carom_desk_done(page,
					    carom_desk_link(page, "address", "address",
							    carom_desk_get(page, "address"), NULL),
					    carom_table_flag(done, 0, 0) ? "lifted" : "absent",
					    NULL, address);
	return status;
}

static CaromStatus
suppress(CaromDeskPage *page, char **location, GError **err)
{
	const char *const args[] = {
		carom_desk_sent(page, "address"), carom_desk_sent(page, "reason"),
		carom_desk_sent(page, "account"), carom_desk_sent(page, "stream"),
		carom_desk_sent(page, "note"),    carom_desk_sent(page, "expires")
	};
	g_autoptr(CaromTable) done = NULL;
	g_autoptr(GError) wrong = NULL;
	g_autofree char *normal = NULL;
	CaromStatus status;

	if (args[0] == NULL || args[1] == NULL)
		return carom_status_fail(err, CAROM_MALFORMED, "%s",
					 carom_desk_say(page, CAROM_DESK_WORD_ADDRESS_AND_REASON));
	if (carom_list_address_read(args[0], CAROM_LIST_ADDRESS_NEW, &normal, &wrong) != CAROM_OK) {
		g_autofree char *said = carom_values_fault(page->lang, wrong->message);

		return carom_status_fail(err, CAROM_MALFORMED, "%s", said);
	}
	/* a whole domain: first what that would concern, and then by its own button */
	if (*normal == '@' && carom_desk_sent(page, "sure") == NULL)
		return carom_desk_ask(page, CAROM_PAGE_DOMAIN, args, 1, &page->came, err);
	status = carom_desk_ask(page, CAROM_PAGE_SUPPRESS, args, G_N_ELEMENTS(args), &done, err);
	if (status == CAROM_OK)
		*location = carom_desk_done(
			page, carom_desk_link(page, "address", "address", args[0], NULL),
			carom_table_cell(done, 0, 0), NULL, args[0]);
	return status;
}

/* ---- showing ---------------------------------------------------------------------------- */

/* Whom an entry keeps from mailing the address. The caller's. */
static char *
scope_text(const CaromDeskPage *page, const CaromTable *entries, guint row)
{
	const char *account = carom_desk_cell(entries, row, "account");
	const char *stream = carom_desk_cell(entries, row, "stream");

	if (*account == '\0')
		return g_strdup(carom_desk_say(page, CAROM_DESK_WORD_EVERYBODY));
	return carom_desk_word_fill(
		page->lang, *stream ? CAROM_DESK_WORD_OF_STREAM : CAROM_DESK_WORD_OF_ACCOUNT,
		*stream ? "stream" : "account", *stream ? stream : account, "account", account,
		NULL);
}

static gboolean
was_asked_for(const CaromTable *entries, guint row)
{
	const char *source = carom_desk_cell(entries, row, "source");

	return strcmp(source, "complaint") == 0 || strcmp(source, "unsubscribe") == 0;
}

static void
write_lift(CaromDeskPage *page, const CaromTable *entries, guint row)
{
	const char *address = carom_desk_cell(entries, row, "address");
	g_autofree char *text =
		carom_desk_word_fill(page->lang, CAROM_DESK_WORD_LIFT_OF, "of", address, NULL);

	if (carom_desk_cell(entries, row, "incident") != NULL) {
		carom_desk_paragraph_link(page,
					  carom_desk_link(page, "incidents", "number",
							  carom_desk_cell(entries, row, "incident"),
							  NULL),
					  carom_desk_say(page, CAROM_DESK_WORD_HELD_BY));
	}
	if (was_asked_for(entries, row))
		carom_desk_note(page, CAROM_DESK_WORD_PERSON_ASKED);
	if (!carom_desk_may(page,
			    was_asked_for(entries, row) ? CAROM_DESK_ADMIN : CAROM_DESK_EDITOR))
		return;
	if (*address == '@')
		carom_desk_note(page, CAROM_DESK_WORD_LIFT_DOMAIN);
	carom_desk_change_form(page, "lift", CAROM_DESK_WORD_LIFT);
	carom_desk_hidden(page, "address", address);
	carom_desk_hidden(page, "account", carom_desk_cell(entries, row, "account"));
	carom_desk_hidden(page, "stream", carom_desk_cell(entries, row, "stream"));
	carom_desk_note_field(page);
	carom_desk_button_text(page, text, FALSE);
	carom_markup_close(page->markup);
}

/* To all others that the same rule brought onto the list. */
static void
write_undo(CaromDeskPage *page, const CaromTable *entries, guint row)
{
	const char *rule = carom_desk_cell(entries, row, "rule");

	if (rule != NULL && *rule != '\0' && !was_asked_for(entries, row))
		carom_desk_paragraph_link(page, carom_desk_link(page, "undo", "rule", rule, NULL),
					  carom_desk_say(page, CAROM_DESK_WORD_UNDO_RULE));
}

static void
write_entry(CaromDeskPage *page, const CaromTable *entries, guint row)
{
	const char *reason = carom_desk_cell(entries, row, "reason");
	const char *meaning = carom_desk_meaning(page, reason);
	const char *advice = carom_advice_get(page->advice, reason, "means");
	g_autofree char *scope = scope_text(page, entries, row);
	g_autofree char *since =
		carom_desk_text(page, entries, row, (guint) carom_table_find(entries, "since"));
	g_autofree char *until = carom_desk_text(page, entries, row,
						 (guint) carom_table_find(entries, "expires_at"));
	g_autofree char *title =
		g_strdup_printf("%s%s%s%s", meaning ? meaning : reason, meaning ? " (" : "",
				meaning ? reason : "", meaning ? ")" : "");
	static const struct {
		CaromDeskWord term;
		const char *column;
	} facts[] = {
		{ CAROM_DESK_WORD_SOURCE, "source" },   { CAROM_DESK_WORD_PROVIDER, "provider" },
		{ CAROM_DESK_WORD_STATUS, "status" },   { CAROM_DESK_WORD_RULE, "rule" },
		{ CAROM_DESK_WORD_SURE, "confidence" }, { CAROM_DESK_WORD_SAID_BY, "said_by" },
		{ CAROM_DESK_WORD_AUTHOR, "author" },   { CAROM_DESK_WORD_NOTE, "note" },
	};

	carom_markup_open(page->markup, "article", "class", "card", NULL);
	carom_markup_element(page->markup, "h2", title, NULL);
	if (advice != NULL)
		carom_markup_element(page->markup, "p", advice, NULL);
	carom_markup_open(page->markup, "dl", NULL);
	carom_desk_fact(page, CAROM_DESK_WORD_ENTRY, carom_desk_cell(entries, row, "address"));
	carom_desk_fact(page, CAROM_DESK_WORD_HOLDS_FOR, scope);
	carom_desk_fact(page, CAROM_DESK_WORD_SINCE, since);
	carom_desk_fact(page, CAROM_DESK_WORD_UNTIL,
			until ? until : carom_desk_say(page, CAROM_DESK_WORD_FOR_GOOD));
	for (gsize i = 0; i < G_N_ELEMENTS(facts); i++) {
		g_autofree char *text = carom_desk_text(
			page, entries, row, (guint) carom_table_find(entries, facts[i].column));

		carom_desk_fact(page, facts[i].term, text);
	}
	carom_markup_close(page->markup);
	write_undo(page, entries, row);
	write_lift(page, entries, row);
	carom_markup_close(page->markup);
}

static void
write_verdict(CaromDeskPage *page, const char *address, const CaromTable *entries)
{
	gboolean everybody = FALSE;
	CaromDeskWord word = CAROM_DESK_WORD_MAY_BE_MAILED;

	for (guint r = 0; r < entries->n_rows; r++)
		everybody = everybody || *carom_desk_cell(entries, r, "account") == '\0';
	if (entries->n_rows > 0)
		word = everybody ? CAROM_DESK_WORD_MUST_NOT : CAROM_DESK_WORD_MUST_NOT_SOME;
	else if (strchr(address, '@') == NULL && *address != '#') /* the name of a forgotten one */
		word = CAROM_DESK_WORD_IS_NO_ADDRESS;
	carom_markup_open(page->markup, "div", "class",
			  entries->n_rows > 0 ? "verdict alarm" : "verdict", NULL);
	carom_markup_element(page->markup, "p", carom_desk_say(page, word), NULL);
	carom_markup_close(page->markup);
}

static void
write_suppress(CaromDeskPage *page, const char *address)
{
	CaromMarkup *m = page->markup;
	const char *sent = carom_desk_sent(page, "reason");

	carom_markup_open(m, "details", "open", sent != NULL ? "" : NULL, NULL);
	carom_markup_element(m, "summary", carom_desk_say(page, CAROM_DESK_WORD_PUT_ON), NULL);
	if (carom_desk_may(page, CAROM_DESK_EDITOR)) {
		carom_desk_change_form(page, "suppress", CAROM_DESK_WORD_PUT_ON);
		carom_desk_input(page, "address", CAROM_DESK_WORD_ADDRESS_OR_DOMAIN, NULL, address,
				 TRUE);
		carom_desk_input(page, "reason", CAROM_DESK_WORD_REASON, NULL, sent, TRUE);
		carom_desk_input(page, "account", CAROM_DESK_WORD_ACCOUNT_OR_ALL, NULL,
				 carom_desk_sent(page, "account"), FALSE);
		carom_desk_input(page, "stream", CAROM_DESK_WORD_STREAM_OR_ALL, NULL,
				 carom_desk_sent(page, "stream"), FALSE);
		carom_desk_input(page, "expires", CAROM_DESK_WORD_EXPIRES, "date",
				 carom_desk_sent(page, "expires"), FALSE);
		carom_desk_note_field(page);
		carom_desk_button(page, CAROM_DESK_WORD_PUT_ON, FALSE);
		carom_markup_close(m);
	}
	carom_markup_close(m);
}

/* What an entry for a whole domain would concern, and the button that makes it. */
static void
write_domain(CaromDeskPage *page)
{
	static const char *const kept[] = { "address", "reason",  "account",
					    "stream",  "expires", "note" };
	static const struct {
		CaromDeskWord term;
		const char *column;
	} facts[] = {
		{ CAROM_DESK_WORD_DOMAIN_ADDRESSES, "addresses" },
		{ CAROM_DESK_WORD_DOMAIN_EVENTS, "events" },
	};
	const char *name = carom_desk_cell(page->came, 0, "name");
	const gboolean whole =
		carom_table_flag(page->came, 0, (guint) carom_table_find(page->came, "whole"));
	g_autofree char *title = carom_desk_word_fill(page->lang, CAROM_DESK_WORD_DOMAIN_TITLE,
						      "of", name, NULL),
			*button = carom_desk_word_fill(page->lang, CAROM_DESK_WORD_DOMAIN_CONFIRM,
						       "of", name, NULL);
	CaromMarkup *m = page->markup;

	carom_markup_open(m, "section", "class", "card", NULL);
	carom_markup_element(m, "h2", title, NULL);
	carom_markup_element(m, "p", carom_desk_say(page, CAROM_DESK_WORD_DOMAIN_CONCERNS), NULL);
	carom_markup_open(m, "dl", NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(facts); i++) {
		const char *n = carom_desk_cell(page->came, 0, facts[i].column);
		g_autofree char *more =
			carom_desk_word_fill(page->lang, CAROM_DESK_WORD_DOMAIN_MORE, "n", n, NULL);

		carom_desk_fact(page, facts[i].term, whole ? n : more);
	}
	carom_markup_close(m);
	carom_desk_change_form(page, "suppress", CAROM_DESK_WORD_PUT_ON);
	for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
		carom_desk_hidden(page, kept[i], carom_desk_sent(page, kept[i]));
	carom_desk_hidden(page, "sure", "yes");
	carom_desk_button_text(page, button, TRUE);
	carom_markup_close(m);
	carom_markup_close(m);
}

/* To what servers said for the reason of a row. */
static char *
to_causes(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	const char *category = carom_desk_cell(table, row, "category");

	if (category == NULL || *category == '\0' || strchr(category, ':') != NULL)
		return NULL;
	return carom_desk_link(page, "causes", "category", category, "days", "28", NULL);
}

static char *
to_stream(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	const char *account = carom_desk_cell(table, row, "account"),
		   *stream = carom_desk_cell(table, row, "stream");

	if (account == NULL || *account == '\0' || stream == NULL || *stream == '\0')
		return NULL;
	return carom_desk_link(page, "stream", "account", account, "stream", stream, NULL);
}

static void
write_story(CaromDeskPage *page, const CaromTable *events, const CaromTable *changes)
{
	static const CaromDeskColumn happened[] = {
		{ .name = "at", .heading = CAROM_DESK_WORD_AT },
		{ .name = "kind", .heading = CAROM_DESK_WORD_WHAT },
		{ .name = "category",
		  .heading = CAROM_DESK_WORD_REASON,
		  .kind = CAROM_DESK_REASON,
		  .link = to_causes },
		{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT },
		{ .name = "stream", .heading = CAROM_DESK_WORD_STREAM, .link = to_stream },
		{ .name = "diagnostic", .heading = CAROM_DESK_WORD_SAID, CAROM_DESK_CODE },
		{ .name = "rule", .heading = CAROM_DESK_WORD_RULE },
		{ .name = "confidence", .heading = CAROM_DESK_WORD_SURE },
		{ .name = "acted", .heading = CAROM_DESK_WORD_ACTED },
	};
	static const CaromDeskColumn done[] = {
		{ .name = "at", .heading = CAROM_DESK_WORD_AT },
		{ .name = "change", .heading = CAROM_DESK_WORD_WHAT },
		{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT, CAROM_DESK_ALL },
		{ .name = "stream", .heading = CAROM_DESK_WORD_STREAM, CAROM_DESK_ALL },
		{ .name = "reason", .heading = CAROM_DESK_WORD_REASON, CAROM_DESK_REASON },
		{ .name = "rule", .heading = CAROM_DESK_WORD_RULE },
		{ .name = "author", .heading = CAROM_DESK_WORD_AUTHOR },
		{ .name = "note", .heading = CAROM_DESK_WORD_NOTE },
	};

	carom_desk_table(page, CAROM_DESK_WORD_CAME_IN, events, happened, G_N_ELEMENTS(happened),
			 CAROM_DESK_WORD_NOTHING);
	carom_desk_table(page, CAROM_DESK_WORD_WAS_DONE, changes, done, G_N_ELEMENTS(done),
			 CAROM_DESK_WORD_NOTHING);
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	const char *address = carom_desk_get(page, "address");
	const char *const args[] = { address };
	g_autoptr(CaromTable) entries = NULL, events = NULL, changes = NULL;
	CaromStatus status = CAROM_OK;

	if (address == NULL) {
		carom_desk_begin(page, NULL);
		if (page->came != NULL)
			write_domain(page);
		carom_desk_note(page, CAROM_DESK_WORD_ADDRESS_HINT);
		write_suppress(page, NULL);
		return CAROM_OK;
	}
	status = carom_desk_ask(page, CAROM_PAGE_ENTRIES, args, 1, &entries, err);
	if (status == CAROM_OK)
		status = carom_desk_ask(page, CAROM_PAGE_EVENTS, args, 1, &events, err);
	if (status == CAROM_OK)
		status = carom_desk_ask(page, CAROM_PAGE_CHANGES, args, 1, &changes, err);
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, address);
	if (page->came != NULL)
		write_domain(page);
	write_verdict(page, address, entries);
	for (guint r = 0; r < entries->n_rows; r++)
		write_entry(page, entries, r);
	write_suppress(page, address);
	write_story(page, events, changes);
	return CAROM_OK;
}

static const CaromDeskAction actions[] = {
	{ "lift", CAROM_DESK_EDITOR, TRUE, lift },
	{ "suppress", CAROM_DESK_EDITOR, TRUE, suppress },
};

const CaromDeskScreen carom_screen_address = {
	.path = "address",
	.title = CAROM_DESK_WORD_ADDRESS,
	.in_menu = TRUE,
	.show = show,
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
