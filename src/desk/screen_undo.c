/* SPDX-License-Identifier: BSD-2-Clause */
/* A rule was wrong, or a provider was: who got onto the list by it, and off again. */
#include "config.h"

#include "desk/screen.h"

#include <string.h>

static const char *const filters[] = { "reason", "rule",     "provider", "account",
				       "stream", "template", "since",    "until" };

static CaromStatus
ask_undo(CaromDeskPage *page, gboolean dry, CaromTable **out, GError **err)
{
	g_autofree char *filter = carom_desk_filter(page, filters, G_N_ELEMENTS(filters));
	const char *const args[] = { filter, carom_desk_sent(page, "note"),
				     dry ? "true" : "false" };

	return carom_desk_ask(page, CAROM_PAGE_UNDO, args, 3, out, err);
}

/* What is undone, as its filter says: the reason by its words, the others as they are. The
 * caller's. */
static char *
cause_text(const CaromDeskPage *page)
{
	GString *out = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
		const char *value = carom_desk_get(page, filters[i]);
		const char *meaning = i == 0 ? carom_desk_meaning(page, value) : NULL;

		if (value == NULL)
			continue;
		g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "",
				       meaning != NULL ? meaning : value);
	}
	return g_string_free(out, FALSE);
}

static CaromStatus
release(CaromDeskPage *page, char **location, GError **err)
{
	g_autoptr(CaromTable) gone = NULL;
	g_autofree char *of = cause_text(page);
	CaromStatus status = ask_undo(page, FALSE, &gone, err);

	if (status != CAROM_OK)
		return status;
	if (gone->n_rows == 0)
		*location = carom_desk_done(page, carom_desk_link(page, "undo", NULL), "undone",
					    "0", of);
	else
		*location = carom_desk_done(page,
					    carom_desk_link(page, "undo", "deed",
							    carom_desk_cell(gone, 0, "deed"), NULL),
					    "undone", carom_desk_cell(gone, 0, "released"), of);
	return CAROM_OK;
}

/* ---- showing ------------------------------------------------------------------------- */

static char *
to_cause(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link_here(page, "reason", carom_desk_cell(table, row, "reason"), "rule",
				    carom_desk_cell(table, row, "rule"), "provider",
				    carom_desk_cell(table, row, "provider"), "template",
				    carom_desk_cell(table, row, "template"), "show", "1", NULL);
}

/* To the places and replies of a reason and rule, within the days that are shown. */
static char *
to_choice(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link_here(page, "reason", carom_desk_cell(table, row, "reason"), "rule",
				    carom_desk_cell(table, row, "rule"), "since",
				    carom_desk_cell(table, row, "since"), "until",
				    carom_desk_cell(table, row, "until"), NULL);
}

/* Each value of a column once, with what it means, as a select has them. The values are borrowed.
 * The caller's. */
static GPtrArray *
offers_of(const CaromDeskPage *page, const char *column, const CaromTable *choices)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *out = g_ptr_array_new();

	for (guint r = 0; choices != NULL && r < choices->n_rows; r++) {
		const char *value = carom_desk_cell(choices, r, column);
		const char *meaning = carom_desk_meaning(page, value);

		if (value == NULL || !g_hash_table_add(seen, (gpointer) value))
			continue;
		g_ptr_array_add(out, (gpointer) value);
		g_ptr_array_add(out, (gpointer) (meaning != NULL ? meaning : ""));
	}
	g_ptr_array_add(out, NULL);
	return out;
}

/* choices: whose rules and reasons are offered; NULL: none are. */
static void
write_filter(CaromDeskPage *page, const CaromTable *choices)
{
	static const struct {
		const char *name;
		CaromDeskWord label;
		const char *type;
	} inputs[] = {
		{ "since", CAROM_DESK_WORD_CHANGED_SINCE, "date" },
		{ "until", CAROM_DESK_WORD_CHANGED_UNTIL, "date" },
		{ "rule", CAROM_DESK_WORD_RULE, NULL },
		{ "reason", CAROM_DESK_WORD_REASON, NULL },
		{ "template", CAROM_DESK_WORD_SAID, NULL },
	};

	carom_desk_ask_form(page, "undo", CAROM_DESK_WORD_FILTER);
	for (gsize i = 0; i < G_N_ELEMENTS(inputs); i++) {
		const char *asked = carom_desk_get(page, inputs[i].name);
		g_autoptr(GPtrArray) offers = offers_of(page, inputs[i].name, choices);

		if (inputs[i].type == NULL && offers->len > 1)
			carom_desk_offered(page, inputs[i].name, inputs[i].label, asked,
					   (const char *const *) offers->pdata);
		else
			carom_desk_input(page, inputs[i].name, inputs[i].label, inputs[i].type,
					 asked, FALSE);
	}
	carom_desk_scope(page, "provider", CAROM_DESK_WORD_PROVIDER);
	carom_desk_scope(page, "account", CAROM_DESK_WORD_ACCOUNT);
	carom_desk_scope(page, "stream", CAROM_DESK_WORD_STREAM);
	carom_desk_button(page, CAROM_DESK_WORD_FIND_CAUSES, FALSE);
	carom_markup_close(page->markup);
}

static void
write_causes(CaromDeskPage *page, const CaromTable *causes)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "reason",
		  .heading = CAROM_DESK_WORD_REASON,
		  .kind = CAROM_DESK_REASON,
		  .link = to_cause },
		{ .name = "rule", .heading = CAROM_DESK_WORD_RULE },
		{ .name = "provider", .heading = CAROM_DESK_WORD_PROVIDER },
		{ .name = "template", .heading = CAROM_DESK_WORD_SAID, CAROM_DESK_CODE },
		{ .name = "suppressions", .heading = CAROM_DESK_WORD_ENTRIES },
		{ .name = "others", .heading = CAROM_DESK_WORD_OTHERS },
		{ .name = "first", .heading = CAROM_DESK_WORD_FIRST },
		{ .name = "last", .heading = CAROM_DESK_WORD_LAST },
	};

	carom_desk_table(page, CAROM_DESK_WORD_CAUSES_OF_LIST, causes, columns,
			 G_N_ELEMENTS(columns), CAROM_DESK_WORD_NO_ENTRY);
	if (causes->n_rows > 0)
		carom_desk_note(page, CAROM_DESK_WORD_OTHERS_HINT);
}

/* Whose entries they are or were, and when each of them came or went. */
static void
write_people(CaromDeskPage *page, CaromDeskWord title, const CaromTable *people, const char *when,
	     CaromDeskWord heading)
{
	const CaromDeskColumn columns[] = {
		{ .name = "address", .heading = CAROM_DESK_WORD_ADDRESS, CAROM_DESK_ADDRESS },
		{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT, CAROM_DESK_ALL },
		{ .name = "stream", .heading = CAROM_DESK_WORD_STREAM, CAROM_DESK_ALL },
		{ .name = "reason", .heading = CAROM_DESK_WORD_REASON, CAROM_DESK_REASON },
		{ .name = "rule", .heading = CAROM_DESK_WORD_RULE },
		{ .name = when, .heading = heading },
	};

	carom_desk_table(page, title, people, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NO_ENTRY);
}

static void
write_release(CaromDeskPage *page, const CaromTable *gone)
{
	const char *n = carom_desk_cell(gone, 0, "released");
	g_autofree char *text = carom_desk_word_fill(page->lang, CAROM_DESK_WORD_WOULD_RELEASE, "n",
						     n ? n : "0", NULL);

	carom_markup_open(page->markup, "section", "class", "card", NULL);
	carom_desk_heading(page, CAROM_DESK_WORD_RELEASE_TITLE);
	carom_markup_element(page->markup, "p", text, NULL);
	if (gone->n_rows > 0 && carom_desk_may(page, CAROM_DESK_ADMIN)) {
		carom_desk_change_form(page, "release", CAROM_DESK_WORD_RELEASE);
		carom_desk_note_field(page);
		carom_desk_button(page, CAROM_DESK_WORD_RELEASE, TRUE);
		carom_markup_close(page->markup);
	}
	carom_markup_close(page->markup);
	write_people(page, CAROM_DESK_WORD_WHO_WOULD, gone, "since", CAROM_DESK_WORD_SINCE);
}

static void
write_choices(CaromDeskPage *page, const CaromTable *choices)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "reason",
		  .heading = CAROM_DESK_WORD_REASON,
		  .kind = CAROM_DESK_REASON,
		  .link = to_choice },
		{ .name = "rule", .heading = CAROM_DESK_WORD_RULE },
		{ .name = "entries", .heading = CAROM_DESK_WORD_ENTRIES },
		{ .name = "providers", .heading = CAROM_DESK_WORD_PROVIDERS },
		{ .name = "first", .heading = CAROM_DESK_WORD_FIRST },
		{ .name = "last", .heading = CAROM_DESK_WORD_LAST },
	};

	carom_desk_table(page, CAROM_DESK_WORD_CAUSES_OF_LIST, choices, columns,
			 G_N_ELEMENTS(columns), CAROM_DESK_WORD_NO_CHOICE);
	if (carom_desk_get(page, "since") == NULL)
		carom_desk_note(page, CAROM_DESK_WORD_CHOICES_DAYS);
	if (choices->n_rows > 0)
		carom_desk_note(page, CAROM_DESK_WORD_CHOICES_HINT);
}

/* Days, an account and a stream alone are no cause: there is something to choose from. */
static gboolean
names_a_cause(const CaromDeskPage *page)
{
	return carom_desk_get(page, "reason") != NULL || carom_desk_get(page, "rule") != NULL ||
	       carom_desk_get(page, "provider") != NULL || carom_desk_get(page, "template") != NULL;
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	g_autofree char *filter = carom_desk_filter(page, filters, G_N_ELEMENTS(filters));
	const char *const args[] = { filter };
	const char *const deed[] = { carom_desk_get(page, "deed") };
	const gboolean shows = carom_desk_get(page, "show") != NULL;
	g_autoptr(CaromTable) causes = NULL, gone = NULL, choices = NULL, released = NULL;
	CaromStatus status = CAROM_OK;

	if (shows)
		status = ask_undo(page, TRUE, &gone, err);
	else if (names_a_cause(page))
		status = carom_desk_ask(page, CAROM_PAGE_CAUSES, args, 1, &causes, err);
	else
		status = carom_desk_ask(page, CAROM_PAGE_CHOICES, args, 1, &choices, err);
	if (status == CAROM_OK && deed[0] != NULL && carom_desk_is_done(page, "undone"))
		status = carom_desk_ask(page, CAROM_PAGE_RELEASED, deed, 1, &released, err);
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, NULL);
	if (released != NULL)
		write_people(page, CAROM_DESK_WORD_RELEASED, released, "at", CAROM_DESK_WORD_AT);
	carom_desk_note(page, CAROM_DESK_WORD_UNDO_HINT);
	write_filter(page, choices);
	if (choices != NULL)
		write_choices(page, choices);
	if (causes != NULL)
		write_causes(page, causes);
	if (gone != NULL)
		write_release(page, gone);
	return CAROM_OK;
}

static const CaromDeskAction actions[] = {
	{ "release", CAROM_DESK_ADMIN, TRUE, release },
};

const CaromDeskScreen carom_screen_undo = {
	.path = "undo",
	.title = CAROM_DESK_WORD_UNDO,
	.in_menu = TRUE,
	.filters = TRUE,
	.show = show,
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
