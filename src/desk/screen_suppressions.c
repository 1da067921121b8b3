/* SPDX-License-Identifier: BSD-2-Clause */
/* The list: filtered, counted by reason, page by page, and as a file. */
#include "config.h"

#include "desk/screen.h"
#include "desk/values.h"

#include <string.h>

#define MOST 50 /* rows of a page */

static const char *const filters[] = { "account",  "stream", "domain", "reason", "source",
				       "provider", "rule",   "since",  "until",  "state" };

static char *
to_reason(const CaromDeskPage *page, const CaromTable *table, guint row)
{
	return carom_desk_link_here(page, "reason", carom_desk_cell(table, row, "reason"), "source",
				    carom_desk_cell(table, row, "source"), "after", NULL, NULL);
}

static void
write_counts(CaromDeskPage *page, const CaromTable *counts)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "reason",
		  .heading = CAROM_DESK_WORD_REASON,
		  CAROM_DESK_REASON,
		  to_reason },
		{ .name = "source", .heading = CAROM_DESK_WORD_SOURCE },
		{ .name = "entries", .heading = CAROM_DESK_WORD_ENTRIES },
	};

	carom_desk_table(page, CAROM_DESK_WORD_BY_REASON, counts, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NO_ENTRY);
	if (g_strcmp0(carom_desk_cell(counts, 0, "whole"), "false") == 0)
		carom_desk_note(page, CAROM_DESK_WORD_COUNTED_PARTLY);
}

static void
write_filter(CaromDeskPage *page)
{
	static const char *const known[] = { "bounce",   "complaint", "unsubscribe",
					     "upstream", "staff",     "import" };
	const char *sources[2 * G_N_ELEMENTS(known) + 3] = {
		"", carom_desk_say(page, CAROM_DESK_WORD_ANY)
	};
	const char *const states[] = {
		"",        carom_desk_say(page, CAROM_DESK_WORD_ANY),
		"held",    carom_desk_say(page, CAROM_DESK_WORD_STATE_HELD),
		"expires", carom_desk_say(page, CAROM_DESK_WORD_STATE_EXPIRES),
		NULL
	};
	static const struct {
		const char *name;
		CaromDeskWord label;
		const char *type;
	} inputs[] = {
		{ "domain", CAROM_DESK_WORD_DOMAIN, NULL },
		{ "reason", CAROM_DESK_WORD_REASON, NULL },
		{ "rule", CAROM_DESK_WORD_RULE, NULL },
		{ "since", CAROM_DESK_WORD_CHANGED_SINCE, "date" },
		{ "until", CAROM_DESK_WORD_CHANGED_UNTIL, "date" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
		sources[2 * i + 2] = known[i];
		sources[2 * i + 3] = carom_values_say("source", known[i], page->lang);
	}
	carom_desk_ask_form(page, "suppressions", CAROM_DESK_WORD_FILTER);
	carom_desk_scope(page, "account", CAROM_DESK_WORD_ACCOUNT);
	carom_desk_scope(page, "stream", CAROM_DESK_WORD_STREAM);
	carom_desk_scope(page, "provider", CAROM_DESK_WORD_PROVIDER);
	for (gsize i = 0; i < G_N_ELEMENTS(inputs); i++)
		carom_desk_input(page, inputs[i].name, inputs[i].label, inputs[i].type,
				 carom_desk_get(page, inputs[i].name), FALSE);
	carom_desk_select(page, "source", CAROM_DESK_WORD_SOURCE, carom_desk_get(page, "source"),
			  sources);
	carom_desk_select(page, "state", CAROM_DESK_WORD_STATE, carom_desk_get(page, "state"),
			  states);
	carom_desk_button(page, CAROM_DESK_WORD_FILTER, FALSE);
	carom_markup_close(page->markup);
}

/* The link of this view's filter under another path. The caller's. */
static char *
filter_link(const CaromDeskPage *page, const char *path)
{
	g_autofree char *here = carom_desk_link_here(page, "after", NULL, NULL);
	const char *query = strchr(here, '?');

	return g_strconcat(CAROM_DESK_ROOT, path, query, NULL);
}

static void
write_links(CaromDeskPage *page)
{
	g_autofree char *export = filter_link(page, "suppressions/export");
	g_autofree char *import = carom_desk_link(page, "suppressions/import", NULL);
	g_autofree char *undo = carom_desk_link(
		page, "undo", "reason", carom_desk_get(page, "reason"), "rule",
		carom_desk_get(page, "rule"), "provider", carom_desk_get(page, "provider"),
		"account", carom_desk_get(page, "account"), "stream",
		carom_desk_get(page, "stream"), "since", carom_desk_get(page, "since"), "until",
		carom_desk_get(page, "until"), NULL);

	carom_markup_open(page->markup, "p", "class", "pages", NULL);
	carom_markup_element(page->markup, "a", carom_desk_say(page, CAROM_DESK_WORD_EXPORT),
			     "href", export, NULL);
	carom_markup_element(page->markup, "a", carom_desk_say(page, CAROM_DESK_WORD_IMPORT),
			     "href", import, NULL);
	if (carom_desk_get(page, "reason") != NULL || carom_desk_get(page, "rule") != NULL)
		carom_markup_element(page->markup, "a",
				     carom_desk_say(page, CAROM_DESK_WORD_UNDO_THIS), "href", undo,
				     NULL);
	carom_markup_close(page->markup);
}

static void
write_list(CaromDeskPage *page, const CaromTable *list)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "address", .heading = CAROM_DESK_WORD_ADDRESS, CAROM_DESK_ADDRESS },
		{ .name = "account", .heading = CAROM_DESK_WORD_ACCOUNT, CAROM_DESK_ALL },
		{ .name = "stream", .heading = CAROM_DESK_WORD_STREAM, CAROM_DESK_ALL },
		{ .name = "reason", .heading = CAROM_DESK_WORD_REASON, CAROM_DESK_REASON },
		{ .name = "source", .heading = CAROM_DESK_WORD_SOURCE },
		{ .name = "changed_at", .heading = CAROM_DESK_WORD_CHANGED },
		{ .name = "expires_at", .heading = CAROM_DESK_WORD_UNTIL },
		{ .name = "author", .heading = CAROM_DESK_WORD_AUTHOR },
	};
	const char *last =
		list->n_rows == MOST ? carom_desk_cell(list, MOST - 1, "position") : NULL;
	g_autofree char *next = last ? carom_desk_link_here(page, "after", last, NULL) : NULL;
	g_autofree char *first = carom_desk_link_here(page, "after", NULL, NULL);

	carom_desk_table(page, CAROM_DESK_WORD_NEWEST, list, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NO_ENTRY);
	if (next == NULL && carom_desk_get(page, "after") == NULL)
		return;
	carom_markup_open(page->markup, "nav", "class", "pages", "aria-label",
			  carom_desk_say(page, CAROM_DESK_WORD_PAGES), NULL);
	if (carom_desk_get(page, "after") != NULL)
		carom_markup_element(page->markup, "a",
				     carom_desk_say(page, CAROM_DESK_WORD_FIRST_PAGE), "href",
				     first, NULL);
	if (next != NULL)
		carom_markup_element(page->markup, "a",
				     carom_desk_say(page, CAROM_DESK_WORD_NEXT_PAGE), "href", next,
				     NULL);
	carom_markup_close(page->markup);
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	g_autofree char *filter = carom_desk_filter(page, filters, G_N_ELEMENTS(filters));
	g_autofree char *most = g_strdup_printf("%d", MOST);
	const char *const list_args[] = { filter, carom_desk_get(page, "after"), most };
	const char *const count_args[] = { filter };
	g_autoptr(CaromTable) list = NULL, counts = NULL;
	CaromStatus status = carom_desk_ask(page, CAROM_PAGE_LIST, list_args, 3, &list, err);

	if (status == CAROM_OK)
		status = carom_desk_ask(page, CAROM_PAGE_COUNTS, count_args, 1, &counts, err);
	if (status != CAROM_OK)
		return status;
	carom_desk_begin(page, NULL);
	write_filter(page);
	write_links(page);
	write_counts(page, counts);
	write_list(page, list);
	return CAROM_OK;
}

const CaromDeskScreen carom_screen_suppressions = {
	.path = "suppressions",
	.title = CAROM_DESK_WORD_SUPPRESSIONS,
	.in_menu = TRUE,
	.filters = TRUE,
	.show = show,
};

/* ---- as a file ---------------------------------------------------------------------------- */

/* Page by page, so that the memory it takes does not depend on the list. */
typedef struct {
	CaromDeskPieces pieces; /* first: the one is the other */
	CaromStore *store;
	char *who, *filter, *after;
	GString *first; /* the piece that was made before the head went out; NULL: it is gone */
	gboolean whole;
} Export;

static void
export_free(CaromDeskPieces *pieces)
{
	Export *e = (Export *) pieces;

	g_free(e->who);
	g_free(e->filter);
	g_free(e->after);
	if (e->first != NULL)
		g_string_free(e->first, TRUE);
	g_free(e);
}

static CaromStatus
export_ask(Export *e, GString *piece, GError **err)
{
	const char *const args[] = { e->filter, e->after };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_page_ask(e->store, CAROM_PAGE_EXPORT, e->who, args, 2, &table, err);

	if (status != CAROM_OK)
		return status;
	g_string_append(piece, carom_desk_cell(table, 0, "piece"));
	g_free(e->after);
	e->after = g_strdup(carom_desk_cell(table, 0, "next"));
	e->whole = e->after == NULL;
	return CAROM_OK;
}

static CaromStatus
export_next(CaromDeskPieces *pieces, GString *piece, GError **err)
{
	Export *e = (Export *) pieces;

	if (e->first != NULL) {
		g_string_append_len(piece, e->first->str, (gssize) e->first->len);
		g_string_free(g_steal_pointer(&e->first), TRUE);
		return CAROM_OK;
	}
	return e->whole ? CAROM_ABSENT : export_ask(e, piece, err);
}

/* The first piece is made at once: what is wrong with the filter is not found out in the middle. */
static CaromStatus
send_export(CaromDeskPage *page, CaromDeskAnswer *out, GError **err)
{
	Export *e = g_new0(Export, 1);
	CaromStatus status;

	e->pieces = (CaromDeskPieces){ export_next, export_free };
	e->store = page->store;
	e->who = g_strdup(page->request->user);
	e->filter = carom_desk_filter(page, filters, G_N_ELEMENTS(filters));
	e->first = g_string_new(NULL);
	status = export_ask(e, e->first, err);
	if (status != CAROM_OK) {
		export_free(&e->pieces);
		return status;
	}
	out->status = 200;
	out->content_type = "text/csv; charset=utf-8";
	out->file = "carom-suppressions.csv";
	out->pieces = &e->pieces;
	return CAROM_OK;
}

const CaromDeskScreen carom_screen_suppressions_export = {
	.path = "suppressions/export",
	.title = CAROM_DESK_WORD_EXPORT,
	.send = send_export,
};
