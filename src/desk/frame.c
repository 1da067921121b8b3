/* SPDX-License-Identifier: BSD-2-Clause */
/* What all screens are written with: the frame around them, links, tables, forms. */
#include "config.h"

#include "base/json.h"
#include "config/datadir.h"
#include "desk/desk_private.h"
#include "desk/part_links.h"
#include "desk/values.h"

#include <string.h>
#include <time.h>

#define MOST_OFFERS 200 /* of a field: those that are mailed most */
#define LONG 18         /* characters of a cell that may be broken within a word */

/* ---- what was asked ------------------------------------------------------------------ */

const char *
carom_desk_get(const CaromDeskPage *page, const char *name)
{
	return carom_form_get(&page->query, name);
}

const char *
carom_desk_sent(const CaromDeskPage *page, const char *name)
{
	return carom_form_get(&page->sent, name);
}

char *
carom_desk_filter(const CaromDeskPage *page, const char *const *names, guint n)
{
	GString *out = g_string_new(NULL);

	carom_json_begin_object(out);
	for (guint i = 0; i < n; i++)
		carom_json_member(out, names[i], carom_desk_get(page, names[i]));
	carom_json_end_object(out);
	return g_string_free(out, FALSE);
}

CaromStatus
carom_desk_ask(CaromDeskPage *page, CaromPageQuestion question, const char *const *args,
	       guint n_args, CaromTable **out, GError **err)
{
	return carom_page_ask(page->store, question, page->request->user, args, n_args, out, err);
}

const char *
carom_desk_cell(const CaromTable *table, guint row, const char *column)
{
	const int c = table ? carom_table_find(table, column) : -1;

	return c < 0 ? NULL : carom_table_cell(table, row, (guint) c);
}

CaromStatus
carom_desk_span(CaromDeskPage *page, int days, CaromTable **table, CaromSpan *out, GError **err)
{
	const char *asked = carom_desk_get(page, "days");
	const guint64 n = asked ? g_ascii_strtoull(asked, NULL, 10) : (guint64) days;
	CaromStatus status;

	if (n < 1 || n > 3660)
		return carom_status_fail(err, CAROM_MALFORMED, "%s",
					 carom_desk_say(page, CAROM_DESK_WORD_FAULT_DAYS));
	status = carom_tallies_days(page->store, NULL, carom_desk_get(page, "last"), (int) n, table,
				    err);
	if (status != CAROM_OK)
		return status;
	*out = (CaromSpan){ .first = carom_table_cell(*table, 0, CAROM_DAYS_FIRST),
			    .last = carom_table_cell(*table, 0, CAROM_DAYS_LAST),
			    .account = carom_desk_get(page, "account"),
			    .stream = carom_desk_get(page, "stream"),
			    .provider = carom_desk_get(page, "provider") };
	return CAROM_OK;
}

/* ---- links ------------------------------------------------------------------------------ */

static void
add_field(GString *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	g_string_append_c(out, strchr(out->str, '?') != NULL ? '&' : '?');
	carom_form_append_escaped(out, name);
	g_string_append_c(out, '=');
	carom_form_append_escaped(out, value);
}

char *
carom_desk_link(const CaromDeskPage *page, const char *path, ...)
{
	GString *out = g_string_new(CAROM_DESK_ROOT);
	const char *name;
	va_list args;

	g_string_append(out, path);
	va_start(args, path);
	while ((name = va_arg(args, const char *)) != NULL)
		add_field(out, name, va_arg(args, const char *));
	va_end(args);
	add_field(out, "lang", page->lang_asked);
	return g_string_free(out, FALSE);
}

/* The fields of a note that something was done: no link keeps them. */
static gboolean
is_of_note(const char *name)
{
	static const char *const names[] = { "done", "n", "of", "deed", "sign" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return TRUE;
	return FALSE;
}

/* What a note is signed for. No name has a control in it, and so none another's. The caller's. */
static char *
note_text(const CaromDeskPage *page, const char *done, const char *n, const char *of)
{
	return g_strdup_printf("%s\n%s\n%s\n%s", page->request->user, done, n ? n : "",
			       of ? of : "");
}

char *
carom_desk_done(const CaromDeskPage *page, char *href, const char *done, const char *n,
		const char *of)
{
	GString *out = g_string_new(href);
	g_autofree char *text = note_text(page, done, n, of);
	g_autofree char *sign =
		carom_token_make(&page->desk->key, CAROM_TOKEN_NOTE, text, time(NULL));

	g_free(href);
	add_field(out, "done", done);
	add_field(out, "n", n);
	add_field(out, "of", of);
	add_field(out, "sign", sign);
	return g_string_free(out, FALSE);
}

gboolean
carom_desk_is_done(const CaromDeskPage *page, const char *done)
{
	g_autofree char *text =
		note_text(page, done, carom_desk_get(page, "n"), carom_desk_get(page, "of"));

	return g_strcmp0(carom_desk_get(page, "done"), done) == 0 &&
	       carom_token_is_good(&page->desk->key, CAROM_TOKEN_NOTE, text,
				   carom_desk_get(page, "sign"), time(NULL));
}

char *
carom_desk_link_here(const CaromDeskPage *page, ...)
{
	GString *out = g_string_new(CAROM_DESK_ROOT);
	g_autoptr(GHashTable) changed = g_hash_table_new(g_str_hash, g_str_equal);
	const char *name;
	va_list args;

	g_string_append(out, page->screen ? page->screen->path : "");
	va_start(args, page);
	while ((name = va_arg(args, const char *)) != NULL) {
		const char *value = va_arg(args, const char *);

		g_hash_table_add(changed, (gpointer) name);
		add_field(out, name, value);
	}
	va_end(args);
	for (guint i = 0; i < page->query.n; i++)
		if (!g_hash_table_contains(changed, page->query.names[i]) &&
		    !is_of_note(page->query.names[i]) && *page->query.values[i] != '\0')
			add_field(out, page->query.names[i], page->query.values[i]);
	return g_string_free(out, FALSE);
}

/* ---- the frame ---------------------------------------------------------------------------- */

const char *
carom_desk_say(const CaromDeskPage *page, CaromDeskWord word)
{
	return carom_desk_word(page->lang, word);
}

const char *
carom_desk_meaning(const CaromDeskPage *page, const char *reason)
{
	static const char complaint[] = "complaint:";

	if (reason == NULL)
		return NULL;
	if (g_str_has_prefix(reason, complaint))
		return carom_desk_say(page, CAROM_DESK_WORD_COMPLAINED);
	return carom_advice_get(page->advice, reason, "title");
}

static void
write_head(CaromDeskPage *page, const char *heading)
{
	CaromMarkup *m = page->markup;
	g_autofree char *title = g_strdup_printf("%s \302\267 carom", heading);

	carom_markup_open(m, "head", NULL);
	carom_markup_element(m, "meta", NULL, "charset", "utf-8", NULL);
	carom_markup_element(m, "meta", NULL, "name", "viewport", "content",
			     "width=device-width, initial-scale=1", NULL);
	carom_markup_element(m, "meta", NULL, "name", "color-scheme", "content", "light dark",
			     NULL);
	carom_markup_element(m, "meta", NULL, "name", "robots", "content", "noindex", NULL);
	carom_markup_element(m, "title", title, NULL);
	carom_markup_element(m, "link", NULL, "rel", "stylesheet", "href",
			     CAROM_DESK_ROOT "style.css", NULL);
	carom_markup_element(m, "link", NULL, "rel", "icon", "href", CAROM_DESK_ROOT "icon.svg",
			     NULL);
	carom_markup_close(m);
}

static void
write_menu(CaromDeskPage *page)
{
	const char *open = carom_desk_cell(page->entered, 0, "open_incidents");
	CaromMarkup *m = page->markup;
	guint n;
	const CaromDeskScreen *const *all = carom_desk_screens(&n);

	carom_markup_open(m, "nav", "class", "menu", "aria-label",
			  carom_desk_say(page, CAROM_DESK_WORD_MENU), NULL);
	carom_markup_open(m, "ul", NULL);
	for (guint i = 0; i < n; i++) {
		g_autofree char *href = carom_desk_link(page, all[i]->path, NULL);

		if (!all[i]->in_menu)
			continue;
		carom_markup_open(m, "li", NULL);
		carom_markup_open(m, "a", "href", href, "aria-current",
				  all[i] == page->screen ? "page" : NULL, NULL);
		carom_markup_text(m, carom_desk_say(page, all[i]->title));
		if (all[i] == &carom_screen_incidents && open != NULL && strcmp(open, "0") != 0)
			carom_markup_element(m, "span", open, "class", "badge", NULL);
		carom_markup_close(m);
		carom_markup_close(m);
	}
	carom_markup_close(m);
	carom_markup_close(m);
}

/* The field that finds an address stands on every page: it is what people come for. */
static void
write_finder(CaromDeskPage *page)
{
	CaromMarkup *m = page->markup;

	carom_markup_open(m, "form", "method", "get", "action", CAROM_DESK_ROOT "address", "role",
			  "search", NULL);
	carom_desk_hidden(page, "lang", page->lang_asked);
	carom_markup_open(m, "label", NULL);
	carom_markup_element(m, "span", carom_desk_say(page, CAROM_DESK_WORD_FIND), NULL);
	carom_markup_open(m, "input", "name", "address", "type", "search", "autocomplete", "off",
			  "required", "", "value",
			  page->screen == &carom_screen_address ? carom_desk_get(page, "address")
								: NULL,
			  NULL);
	carom_markup_close(m);
	carom_desk_button(page, CAROM_DESK_WORD_FIND_BUTTON, FALSE);
	carom_markup_close(m);
}

static void
write_top(CaromDeskPage *page)
{
	CaromMarkup *m = page->markup;
	g_autofree char *first = carom_desk_link(page, "", NULL);

	carom_markup_element(m, "a", carom_desk_say(page, CAROM_DESK_WORD_SKIP), "class", "skip",
			     "href", "#main", NULL);
	carom_markup_open(m, "header", "class", "top", NULL);
	carom_markup_element(m, "a", "carom", "class", "brand", "href", first, NULL);
	if (page->entered != NULL && page->entered->n_rows > 0) {
		write_finder(page);
		write_menu(page);
	}
	carom_markup_close(m);
}

/* What was just done, as the URL says where it was signed here: one of our words, or nothing. */
static void
write_done(CaromDeskPage *page)
{
	static const struct {
		const char *name;
		CaromDeskWord word;
	} known[] = {
		{ "lifted", CAROM_DESK_WORD_DONE_LIFTED },
		{ "absent", CAROM_DESK_WORD_DONE_ABSENT },
		{ "nothing", CAROM_DESK_WORD_DONE_NOTHING },
		{ "added", CAROM_DESK_WORD_DONE_ADDED },
		{ "replaced", CAROM_DESK_WORD_DONE_ADDED },
		{ "kept", CAROM_DESK_WORD_DONE_KEPT },
		{ "imported", CAROM_DESK_WORD_DONE_IMPORTED },
		{ "confirmed", CAROM_DESK_WORD_DONE_CONFIRMED },
		{ "discarded", CAROM_DESK_WORD_DONE_DISCARDED },
		{ "undone", CAROM_DESK_WORD_DONE_UNDONE },
		{ "revoked", CAROM_DESK_WORD_DONE_REVOKED },
		{ "webhook", CAROM_DESK_WORD_DONE_WEBHOOK },
		{ "removed", CAROM_DESK_WORD_DONE_REMOVED },
	};

	for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
		g_autofree char *text = NULL;

		if (!carom_desk_is_done(page, known[i].name))
			continue;
		text = carom_desk_word_fill(page->lang, known[i].word, "of",
					    carom_desk_get(page, "of"), "n",
					    carom_desk_get(page, "n"), NULL);
		carom_markup_open(page->markup, "div", "class", "said", "role", "status", NULL);
		carom_markup_element(page->markup, "p", text, NULL);
		carom_markup_close(page->markup);
	}
}

/* What the view is filtered by, and nobody has heard of. */
static void
write_unknown(CaromDeskPage *page)
{
	static const struct {
		const char *name, *column;
		CaromDeskWord word;
	} filters[] = {
		{ "account", "account_known", CAROM_DESK_WORD_UNKNOWN_ACCOUNT },
		{ "stream", "stream_known", CAROM_DESK_WORD_UNKNOWN_STREAM },
		{ "provider", "provider_known", CAROM_DESK_WORD_UNKNOWN_PROVIDER },
	};

	for (gsize i = 0; page->known != NULL && i < G_N_ELEMENTS(filters); i++) {
		const char *asked = carom_desk_get(page, filters[i].name);
		g_autofree char *text =
			carom_desk_word_fill(page->lang, filters[i].word, "name", asked, NULL);

		if (carom_table_flag(page->known, 0,
				     (guint) carom_table_find(page->known, filters[i].column)))
			continue;
		/* one that sends us nothing yet */
		if (strcmp(filters[i].name, "provider") == 0 &&
		    carom_provider_exists(page->knowledge->providers, asked))
			continue;
		carom_markup_open(page->markup, "div", "class", "said alarm", NULL);
		carom_markup_element(page->markup, "p", text, NULL);
		carom_markup_close(page->markup);
	}
}

void
carom_desk_begin(CaromDeskPage *page, const char *heading)
{
	if (heading == NULL)
		heading = carom_desk_say(page, page->screen->title);
	page->markup = carom_markup_page(page->lang);
	write_head(page, heading);
	carom_markup_open(page->markup, "body", NULL);
	write_top(page);
	carom_markup_open(page->markup, "main", "id", "main", "tabindex", "-1", NULL);
	carom_markup_element(page->markup, "h1", heading, NULL);
	write_done(page);
	if (page->problem != NULL) {
		carom_markup_open(page->markup, "div", "class", "said alarm", "role", "alert",
				  NULL);
		carom_markup_element(page->markup, "p", page->problem, NULL);
		carom_markup_close(page->markup);
	}
	write_unknown(page);
}

static void
write_foot(CaromDeskPage *page)
{
	static const struct {
		const char *lang, *name;
	} known[] = { { "en", "English" }, { "id", "Bahasa Indonesia" } };
	CaromMarkup *m = page->markup;

	carom_markup_open(m, "footer", NULL);
	carom_markup_open(m, "p", NULL);
	if (page->entered != NULL && page->entered->n_rows > 0) {
		g_autofree char *who = carom_desk_word_fill(
			page->lang, CAROM_DESK_WORD_WHO, "name", page->request->user, "role",
			carom_desk_cell(page->entered, 0, "role"), NULL);

		carom_markup_text(m, who);
		carom_markup_text(m, " \302\267 ");
	}
	for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
		g_autofree char *href = carom_desk_link_here(page, "lang", known[i].lang, NULL);

		if (strcmp(known[i].lang, page->lang) == 0)
			continue;
		carom_markup_element(m, "a", known[i].name, "href", href, "lang", known[i].lang,
				     "hreflang", known[i].lang, NULL);
	}
	carom_markup_close(m);
	carom_markup_close(m);
}

void
carom_desk_end(CaromDeskPage *page, CaromDeskAnswer *out)
{
	g_autofree char *text = NULL;

	carom_markup_close(page->markup); /* main */
	write_foot(page);
	text = carom_markup_finish(g_steal_pointer(&page->markup));
	out->status = 200;
	out->content_type = "text/html; charset=utf-8";
	out->body = g_string_new(text);
}

/* ---- what stands in it ----------------------------------------------------------------------- */

void
carom_desk_note(CaromDeskPage *page, CaromDeskWord word)
{
	carom_markup_element(page->markup, "p", carom_desk_say(page, word), "class", "note", NULL);
}

void
carom_desk_heading(CaromDeskPage *page, CaromDeskWord word)
{
	carom_markup_element(page->markup, "h2", carom_desk_say(page, word), NULL);
}

void
carom_desk_paragraph_link(CaromDeskPage *page, char *href, const char *text)
{
	g_autofree char *mine = href;

	carom_markup_open(page->markup, "p", NULL);
	carom_markup_element(page->markup, "a", text, "href", mine, NULL);
	carom_markup_close(page->markup);
}

void
carom_desk_fact(CaromDeskPage *page, CaromDeskWord term, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	carom_markup_element(page->markup, "dt", carom_desk_say(page, term), NULL);
	carom_markup_element(page->markup, "dd", text, NULL);
}

void
carom_desk_unsent(CaromDeskPage *page, const CaromTable *health)
{
	g_autofree char *since =
		carom_render_text_cell(health, 0, (guint) carom_table_find(health, "unsent_since"));
	g_autofree char *text = NULL;

	if (since == NULL)
		return;
	text = carom_desk_word_fill(page->lang, CAROM_DESK_WORD_UNSENT, "since", since, NULL);
	carom_markup_open(page->markup, "div", "class", "said alarm", NULL);
	carom_markup_element(page->markup, "p", text, NULL);
	carom_markup_close(page->markup);
}

CaromStatus
carom_desk_part(CaromDeskPage *page, const char *id, const CaromSpan *span, GError **err)
{
	const CaromSummaryQuestion question = { .name = id,
						.first = span->first,
						.last = span->last,
						.account = span->account,
						.stream = span->stream,
						.provider = span->provider,
						.lang = page->lang,
						.datadir = carom_config_datadir() };
	const CaromPartLinks of = { page, span };
	const CaromRenderLinks links = carom_part_links(&of);
	g_autoptr(CaromSummary) part = NULL;
	CaromStatus status = carom_summary_collect(page->store, &question, &part, err);

	if (status == CAROM_OK)
		carom_render_html_body(page->markup, carom_summary_document(part), &links);
	return status;
}

char *
carom_desk_text(const CaromDeskPage *page, const CaromTable *table, guint row, guint column)
{
	/* complaints are rare: their rates differ in the third place */
	const CaromShown shown = { .decimals = strcmp(table->names[column], "complaint_rate") == 0
						       ? 3
						       : 2,
				   .say = carom_values_say,
				   .lang = page->lang };

	return carom_render_shown_cell(table, row, column, &shown);
}

/* ---- tables ------------------------------------------------------------------------------------
 */

static gboolean
is_number(CaromColumnType type)
{
	return type == CAROM_COLUMN_COUNT || type == CAROM_COLUMN_RATE;
}

/* Figures stay whole; what is long may be broken anywhere. */
static const char *
class_of(const CaromTable *table, int column, const char *shown)
{
	if (column >= 0 && is_number(table->types[column]))
		return "n";
	return g_utf8_strlen(shown, -1) > LONG ? "long" : NULL;
}

/* The column of the table that a cell shows; below 0: the table has none. */
static int
shown_column(const CaromTable *table, guint row, const CaromDeskColumn *column)
{
	const int c = carom_table_find(table, column->name);

	if (column->count != NULL && (c < 0 || carom_table_cell(table, row, (guint) c) == NULL))
		return carom_table_find(table, column->count);
	return c;
}

static void
write_cell(CaromDeskPage *page, const CaromTable *table, guint row, const CaromDeskColumn *column)
{
	const int c = shown_column(table, row, column);
	const char *cell = c < 0 ? NULL : carom_table_cell(table, row, (guint) c);
	g_autofree char *text = c < 0 ? NULL : carom_desk_text(page, table, row, (guint) c);
	g_autofree char *href = column->link ? column->link(page, table, row) : NULL;
	const char *shown = text && *text ? text : "\342\200\223", *small = NULL;
	CaromMarkup *m = page->markup;

	if (column->kind == CAROM_DESK_ALL && (cell == NULL || *cell == '\0'))
		shown = carom_desk_say(page, CAROM_DESK_WORD_ALL);
	if (column->kind == CAROM_DESK_ADDRESS && cell != NULL && *cell != '\0')
		href = carom_desk_link(page, "address", "address", cell, NULL);
	if (column->kind == CAROM_DESK_REASON && carom_desk_meaning(page, cell) != NULL) {
		shown = carom_desk_meaning(page, cell);
		small = cell;
	}
	if (c >= 0 && table->types[c] == CAROM_COLUMN_FLAG && cell != NULL)
		shown = carom_desk_say(page, carom_table_flag(table, row, (guint) c)
						     ? CAROM_DESK_WORD_YES
						     : CAROM_DESK_WORD_NO);
	carom_markup_open(m, "td", "class", class_of(table, c, shown), "data-label",
			  carom_desk_say(page, column->heading), NULL);
	if (href != NULL)
		carom_markup_element(m, "a", shown, "href", href, NULL);
	else if (column->kind == CAROM_DESK_CODE && cell != NULL)
		carom_markup_element(m, "code", shown, NULL);
	else
		carom_markup_text(m, shown);
	if (small != NULL)
		carom_markup_element(m, "small", small, NULL);
	carom_markup_close(m);
}

void
carom_desk_table(CaromDeskPage *page, CaromDeskWord caption, const CaromTable *table,
		 const CaromDeskColumn *columns, guint n, CaromDeskWord nothing)
{
	CaromMarkup *m = page->markup;

	if (table->n_rows == 0) {
		carom_desk_heading(page, caption);
		carom_markup_element(m, "p", carom_desk_say(page, nothing), NULL);
		return;
	}
	carom_markup_open(m, "table", "class", "list", NULL);
	carom_markup_element(m, "caption", carom_desk_say(page, caption), NULL);
	carom_markup_open(m, "thead", NULL);
	carom_markup_open(m, "tr", NULL);
	for (guint i = 0; i < n; i++) {
		const int c = carom_table_find(table, columns[i].name);

		carom_markup_element(m, "th", carom_desk_say(page, columns[i].heading), "scope",
				     "col", "class",
				     c >= 0 && is_number(table->types[c]) ? "n" : NULL, NULL);
	}
	carom_markup_close(m);
	carom_markup_close(m);
	carom_markup_open(m, "tbody", NULL);
	for (guint r = 0; r < table->n_rows; r++) {
		carom_markup_open(m, "tr", NULL);
		for (guint i = 0; i < n; i++)
			write_cell(page, table, r, &columns[i]);
		carom_markup_close(m);
	}
	carom_markup_close(m);
	carom_markup_close(m);
}

/* ---- forms
 * ---------------------------------------------------------------------------------------- */

void
carom_desk_hidden(CaromDeskPage *page, const char *name, const char *value)
{
	if (value != NULL)
		carom_markup_open(page->markup, "input", "type", "hidden", "name", name, "value",
				  value, NULL);
}

void
carom_desk_ask_form(CaromDeskPage *page, const char *path, CaromDeskWord label)
{
	g_autofree char *action = g_strconcat(CAROM_DESK_ROOT, path, NULL);

	carom_markup_open(page->markup, "form", "class", "fields", "method", "get", "action",
			  action, "aria-label", carom_desk_say(page, label), NULL);
	carom_desk_hidden(page, "lang", page->lang_asked);
}

void
carom_desk_change_form(CaromDeskPage *page, const char *action, CaromDeskWord label)
{
	g_autofree char *here = carom_desk_link_here(page, NULL);
	g_autofree char *token = carom_token_make(&page->desk->key, CAROM_TOKEN_FORM,
						  page->request->user, time(NULL));

	/* multipart, so that what is long, and files, go out as they are */
	carom_markup_open(page->markup, "form", "class", "change", "method", "post", "enctype",
			  "multipart/form-data", "action", here, "aria-label",
			  carom_desk_say(page, label), NULL);
	carom_desk_hidden(page, "token", token);
	carom_desk_hidden(page, "do", action);
}

/* list: the id of a <datalist>; NULL: there is none. */
static void
write_input(CaromDeskPage *page, const char *name, CaromDeskWord label, const char *type,
	    const char *value, gboolean required, const char *list)
{
	CaromMarkup *m = page->markup;

	carom_markup_open(m, "label", NULL);
	carom_markup_element(m, "span", carom_desk_say(page, label), NULL);
	carom_markup_open(m, "input", "name", name, "type", type ? type : "text", "list", list,
			  "value", value, "required", required ? "" : NULL, "autocomplete", "off",
			  "spellcheck", "false", NULL);
	carom_markup_close(m);
}

void
carom_desk_input(CaromDeskPage *page, const char *name, CaromDeskWord label, const char *type,
		 const char *value, gboolean required)
{
	write_input(page, name, label, type, value, required, NULL);
}

void
carom_desk_offered(CaromDeskPage *page, const char *name, CaromDeskWord label, const char *value,
		   const char *const *offers)
{
	g_autofree char *list = g_strconcat(name, "-list", NULL);

	write_input(page, name, label, NULL, value, FALSE, list);
	carom_markup_open(page->markup, "datalist", "id", list, NULL);
	for (; offers[0] != NULL; offers += 2)
		carom_markup_element(page->markup, "option", offers[1], "value", offers[0], NULL);
	carom_markup_close(page->markup);
}

void
carom_desk_scope(CaromDeskPage *page, const char *name, CaromDeskWord label)
{
	g_autoptr(GPtrArray) offers = g_ptr_array_new();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint r = 0; r < page->scopes->n_rows && g_hash_table_size(seen) < MOST_OFFERS; r++) {
		const char *value = carom_desk_cell(page->scopes, r, name);

		if (value == NULL || *value == '\0' || !g_hash_table_add(seen, (gpointer) value))
			continue;
		g_ptr_array_add(offers, (gpointer) value);
		g_ptr_array_add(offers, (gpointer) "");
	}
	g_ptr_array_add(offers, NULL);
	carom_desk_offered(page, name, label, carom_desk_get(page, name),
			   (const char *const *) offers->pdata);
}

void
carom_desk_select(CaromDeskPage *page, const char *name, CaromDeskWord label, const char *chosen,
		  const char *const *choices)
{
	CaromMarkup *m = page->markup;

	carom_markup_open(m, "label", NULL);
	carom_markup_element(m, "span", carom_desk_say(page, label), NULL);
	carom_markup_open(m, "select", "name", name, NULL);
	for (; choices[0] != NULL; choices += 2)
		carom_markup_element(m, "option", choices[1], "value", choices[0], "selected",
				     g_strcmp0(chosen, choices[0]) == 0 ? "" : NULL, NULL);
	carom_markup_close(m);
	carom_markup_close(m);
}

void
carom_desk_note_field(CaromDeskPage *page)
{
	CaromMarkup *m = page->markup;

	carom_markup_open(m, "label", "class", "whole", NULL);
	carom_markup_element(m, "span", carom_desk_say(page, CAROM_DESK_WORD_NOTE_FIELD), NULL);
	carom_markup_element(m, "textarea", carom_desk_sent(page, "note"), "name", "note", "rows",
			     "2", "maxlength", "2000", "required", "", NULL);
	carom_markup_close(m);
}

void
carom_desk_button(CaromDeskPage *page, CaromDeskWord word, gboolean dangerous)
{
	carom_desk_button_text(page, carom_desk_say(page, word), dangerous);
}

void
carom_desk_button_text(CaromDeskPage *page, const char *text, gboolean dangerous)
{
	carom_markup_element(page->markup, "button", text, "class", dangerous ? "danger" : NULL,
			     NULL);
}

gboolean
carom_desk_may(CaromDeskPage *page, CaromDeskRole role)
{
	if (page->role >= role)
		return TRUE;
	carom_desk_note(page, role == CAROM_DESK_ADMIN ? CAROM_DESK_WORD_TAKES_ADMIN
						       : CAROM_DESK_WORD_TAKES_EDITOR);
	return FALSE;
}
