/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of suppressed addresses, ours or another provider's: shown first, then taken. */
#include "config.h"

#include "base/json.h"
#include "desk/screen.h"
#include "desk/values.h"
#include "lists/list_reader.h"

#include <string.h>

#define FAULTS_SHOWN 20

/* What was read of the file. */
typedef struct {
	CaromDeskPage *page;
	GString *rows; /* an array of JSON */
	guint64 n_rows, n_faults;
	GPtrArray *faults; /* sentences, the first few */
} Reading;

static CaromStatus
take_entry(const CaromBulkRow *row, void *user, GError **err)
{
	Reading *r = user;

	(void) err;
	carom_json_begin_object(r->rows);
	carom_json_member_integer(r->rows, "line", (gint64) row->line);
	for (CaromBulkField f = 0; f < CAROM_BULK_N; f++)
		if (row->fields[f] != NULL && *row->fields[f] != '\0')
			carom_json_member(r->rows, carom_bulk_name(f), row->fields[f]);
	carom_json_end_object(r->rows);
	r->n_rows++;
	return CAROM_OK;
}

static CaromStatus
take_fault(const CaromListFault *fault, void *user, GError **err)
{
	Reading *r = user;

	(void) err;
	if (r->n_faults++ < FAULTS_SHOWN) {
		g_autofree char *line = g_strdup_printf("%" G_GUINT64_FORMAT, fault->line),
				*reason = carom_values_fault(r->page->lang, fault->reason);

		g_ptr_array_add(r->faults,
				carom_desk_word_fill(r->page->lang, CAROM_DESK_WORD_FAULT, "line",
						     line, "column", fault->name ? fault->name : "",
						     "reason", reason, NULL));
	}
	return CAROM_OK;
}

/* Reads what was sent, a file or pasted text. */
static CaromStatus
read_list(CaromDeskPage *page, Reading *r, GError **err)
{
	const char *file = carom_desk_sent(page, "file"), *text = carom_desk_sent(page, "text");
	const char *list = file ? file : text;
	const CaromListOptions options = { .account = carom_desk_sent(page, "account"),
					   .stream = carom_desk_sent(page, "stream"),
					   .reason = carom_desk_sent(page, "reason") };
	const CaromListHandler handler = { take_entry, take_fault, r };
	g_autoptr(CaromListReader) reader = carom_list_reader_new(&options, &handler);
	g_autoptr(GError) wrong = NULL;
	g_autofree char *said = NULL;
	CaromStatus status;

	if (list == NULL)
		return carom_status_fail(err, CAROM_MALFORMED, "%s",
					 carom_desk_say(page, CAROM_DESK_WORD_NO_FILE));
	carom_json_begin_array(r->rows);
	status = carom_list_reader_push(reader, list, strlen(list), &wrong);
	if (status == CAROM_OK)
		status = carom_list_reader_end(reader, &wrong);
	carom_json_end_array(r->rows);
	if (status != CAROM_MISUSE && status != CAROM_MALFORMED) {
		if (wrong != NULL)
			g_propagate_error(err, g_steal_pointer(&wrong));
		return status;
	}
	/* an option that is missing is for who sent the form to mend */
	said = carom_values_fault(page->lang, wrong->message);
	return carom_status_fail(err, CAROM_MALFORMED, "%s", said);
}

static void
reading_clear(Reading *r)
{
	g_string_free(r->rows, TRUE);
	g_ptr_array_unref(r->faults);
}

static Reading
reading_new(CaromDeskPage *page)
{
	return (Reading){ .page = page,
			  .rows = g_string_new(NULL),
			  .faults = g_ptr_array_new_with_free_func(g_free) };
}

static CaromStatus
ask_import(CaromDeskPage *page, const Reading *r, gboolean dry, CaromTable **out, GError **err)
{
	const char *const args[] = { r->rows->str, carom_desk_sent(page, "note"),
				     dry ? "true" : "false" };

	return carom_desk_ask(page, CAROM_PAGE_IMPORT, args, 3, out, err);
}

/* ---- doing --------------------------------------------------------------------------- */

/* Shows what would come of it: nothing is changed, and the page says the rest. */
static CaromStatus
preview(CaromDeskPage *page, char **location, GError **err)
{
	(void) page;
	(void) location;
	(void) err;
	return CAROM_OK;
}

static CaromStatus
take(CaromDeskPage *page, char **location, GError **err)
{
	Reading r = reading_new(page);
	g_autoptr(CaromTable) counts = NULL;
	CaromStatus status = read_list(page, &r, err);

	if (status == CAROM_OK && r.n_faults > 0)
		status = carom_status_fail(err, CAROM_MALFORMED, "%s",
					   carom_desk_say(page, CAROM_DESK_WORD_HAS_FAULTS));
	if (status == CAROM_OK)
		status = ask_import(page, &r, FALSE, &counts, err);
	if (status == CAROM_OK) {
		g_autofree char *n = g_strdup_printf(
			"%" G_GUINT64_FORMAT,
			g_ascii_strtoull(carom_desk_cell(counts, 0, "added"), NULL, 10) +
				g_ascii_strtoull(carom_desk_cell(counts, 0, "replaced"), NULL, 10));

		*location = carom_desk_done(page, carom_desk_link(page, "suppressions", NULL),
					    "imported", n, NULL);
	}
	reading_clear(&r);
	return status;
}

/* ---- showing ------------------------------------------------------------------------------- */

static void
write_form(CaromDeskPage *page)
{
	CaromMarkup *m = page->markup;

	carom_desk_change_form(page, "preview", CAROM_DESK_WORD_IMPORT);
	carom_desk_input(page, "file", CAROM_DESK_WORD_FILE, "file", NULL, FALSE);
	carom_markup_open(m, "label", NULL);
	carom_markup_element(m, "span", carom_desk_say(page, CAROM_DESK_WORD_OR_PASTE), NULL);
	carom_markup_element(m, "textarea", carom_desk_sent(page, "text"), "name", "text", "rows",
			     "6", "spellcheck", "false", NULL);
	carom_markup_close(m);
	carom_desk_input(page, "account", CAROM_DESK_WORD_ACCOUNT_OR_ALL, NULL,
			 carom_desk_sent(page, "account"), FALSE);
	carom_desk_input(page, "stream", CAROM_DESK_WORD_STREAM_OR_ALL, NULL,
			 carom_desk_sent(page, "stream"), FALSE);
	carom_desk_input(page, "reason", CAROM_DESK_WORD_REASON_WHERE_NONE, NULL,
			 carom_desk_sent(page, "reason"), FALSE);
	carom_desk_button(page, CAROM_DESK_WORD_PREVIEW, FALSE);
	carom_markup_close(m);
	carom_desk_note(page, CAROM_DESK_WORD_IMPORT_HINT);
}

static void
write_preview(CaromDeskPage *page, const Reading *r, const CaromTable *counts)
{
	static const CaromDeskColumn columns[] = {
		{ .name = "added", .heading = CAROM_DESK_WORD_ADDED },
		{ .name = "replaced", .heading = CAROM_DESK_WORD_REPLACED },
		{ .name = "kept", .heading = CAROM_DESK_WORD_KEPT },
		{ .name = "repeated", .heading = CAROM_DESK_WORD_REPEATED },
		{ .name = "expired", .heading = CAROM_DESK_WORD_EXPIRED },
	};
	const char *file = carom_desk_sent(page, "file");
	CaromMarkup *m = page->markup;

	carom_desk_table(page, CAROM_DESK_WORD_WOULD_COME, counts, columns, G_N_ELEMENTS(columns),
			 CAROM_DESK_WORD_NOTHING);
	if (r->n_faults > 0) {
		carom_desk_heading(page, CAROM_DESK_WORD_HAS_FAULTS);
		carom_markup_open(m, "ul", NULL);
		for (guint i = 0; i < r->faults->len; i++)
			carom_markup_element(m, "li", g_ptr_array_index(r->faults, i), NULL);
		carom_markup_close(m);
		return;
	}
	carom_desk_change_form(page, "take", CAROM_DESK_WORD_IMPORT);
	carom_desk_hidden(page, "text", file ? file : carom_desk_sent(page, "text"));
	carom_desk_hidden(page, "account", carom_desk_sent(page, "account"));
	carom_desk_hidden(page, "stream", carom_desk_sent(page, "stream"));
	carom_desk_hidden(page, "reason", carom_desk_sent(page, "reason"));
	carom_desk_note_field(page);
	carom_desk_button(page, CAROM_DESK_WORD_TAKE, FALSE);
	carom_markup_close(m);
}

static CaromStatus
show(CaromDeskPage *page, GError **err)
{
	/* a note that was forgotten is asked for beside what it is about */
	const gboolean is_preview =
		carom_desk_sent(page, "do") != NULL && page->role >= CAROM_DESK_EDITOR;
	g_autoptr(CaromTable) counts = NULL;
	g_autoptr(GError) wrong = NULL;
	Reading r = reading_new(page);
	CaromStatus status = CAROM_OK;

	if (is_preview) {
		status = read_list(page, &r, &wrong);
		if (status == CAROM_OK)
			status = ask_import(page, &r, TRUE, &counts, &wrong);
		if (status == CAROM_MALFORMED && page->problem == NULL)
			page->problem = carom_desk_fault(page, wrong);
		else if (status != CAROM_OK)
			g_propagate_error(err, g_steal_pointer(&wrong));
	}
	if (status == CAROM_OK || status == CAROM_MALFORMED) {
		carom_desk_begin(page, NULL);
		if (counts != NULL)
			write_preview(page, &r, counts);
		if (carom_desk_may(page, CAROM_DESK_EDITOR))
			write_form(page);
		page->problem = NULL; /* it goes with wrong */
		status = CAROM_OK;
	}
	reading_clear(&r);
	return status;
}

static const CaromDeskAction actions[] = {
	{ "preview", CAROM_DESK_EDITOR, FALSE, preview },
	{ "take", CAROM_DESK_EDITOR, TRUE, take },
};

const CaromDeskScreen carom_screen_suppressions_import = {
	.path = "suppressions/import",
	.title = CAROM_DESK_WORD_IMPORT,
	.show = show,
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
};
