/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/render.h"
#include "base/markup.h"

#include <string.h>

#define MOST_COLUMNS 12 /* side by side on a desk */

/* A row of such a table as a block, its headings above the figures. */
#define STACKED(table)                                                                                   \
	table " thead{position:absolute;width:1px;height:1px;overflow:hidden;"                           \
	      "clip-path:inset(50%)}" table "," table " tbody{display:block}" table                      \
	      " tr{display:grid;grid-template-columns:repeat(auto-fill,minmax(5.5rem,1fr));"             \
	      "gap:.1rem .75rem;border-bottom:1px solid var(--rule);padding:.4rem 0}" table              \
	      " td{display:block;border:0;padding:0;text-align:left;overflow-wrap:anywhere}" table       \
	      " td::before{content:attr(data-label);display:block;color:var(--soft);white-space:normal;" \
	      "font-size:.8rem;font-weight:400}" table " td.n{text-align:left}" table                    \
	      " td:not(.n){grid-column:span 2}" table                                                    \
	      " td:first-child{grid-column:1/-1;font-weight:600}" table                                  \
	      " td:first-child::before{content:none}"

/* One sheet, for screens of any width, light and dark, and for paper. On a phone a row of a table
 * is a block with its headings beside the figures: nothing scrolls sideways. */
const char carom_render_html_style[] =
	":root{color-scheme:light dark;--paper:#fff;--card:#f6f7f9;--ink:#1b1f24;--soft:#57606a;"
	"--rule:#d0d7de;--alarm:#a40e26;--well:#116329;--line:#0550ae;--band:#b6d4fe;"
	"--limit:#a40e26;--since:#8250df}"
	"@media(prefers-color-scheme:dark){:root{--paper:#0d1117;--card:#161b22;--ink:#e6edf3;"
	"--soft:#9da7b3;--rule:#3d444d;--alarm:#ff9492;--well:#7ee787;--line:#79c0ff;"
	"--band:#1f3a5f;--limit:#ff9492;--since:#d2a8ff}}"
	"*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--paper);color:var(--ink);"
	"font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}"
	"h1{font-size:1.25rem;margin:0 0 .75rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}"
	".verdict{border-left:.35rem solid var(--well);background:var(--card);padding:.75rem 1rem}"
	".verdict.alarm{border-color:var(--alarm)}.verdict p{margin:.25rem 0}"
	".verdict p:first-child{font-weight:600;color:var(--well)}"
	".verdict.alarm p:first-child{color:var(--alarm)}"
	".card{background:var(--card);border:1px solid var(--rule);border-radius:.4rem;"
	"padding:.25rem 1rem .75rem;margin:.75rem 0;break-inside:avoid}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.5rem 0}"
	"dt{color:var(--soft)}dd{margin:0;min-width:0}"
	"dd.lead{font-weight:600}code{font-size:.9rem;overflow-wrap:anywhere}"
	"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
	"th,td{padding:.3rem .6rem;border-bottom:1px solid var(--rule);text-align:left;"
	"vertical-align:bottom}"
	"th{color:var(--soft);font-weight:600}.n{text-align:right;white-space:nowrap}"
	"td.over{color:var(--alarm);font-weight:600}"
	".note,footer{color:var(--soft);font-size:.9rem}"
	"svg{display:block;width:100%;max-width:40rem;height:auto;margin:.5rem 0 0}"
	"svg text{font:12px system-ui,sans-serif;fill:var(--soft)}"
	"svg line.axis{stroke:var(--rule)}svg .line{fill:none;stroke:var(--line);stroke-width:2}"
	"svg .band{fill:var(--band);stroke:none}"
	"svg line.limit{stroke:var(--limit);stroke-dasharray:6 4}"
	"svg line.since{stroke:var(--since);stroke-dasharray:2 3;stroke-width:2}" STACKED("table.wide") "@media(max-width:44rem){" STACKED(
		"table") "svg text{font-size:23px}dl{grid-template-columns:1fr;gap:0}dt{font-size:.85rem}"
			 "dd{margin-bottom:.35rem}}"
			 "@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--soft:#444;"
			 "--rule:#999;--alarm:#a40e26;--well:#116329}body{max-width:none;padding:0;font-size:10pt}"
			 "table{break-inside:auto}tr{break-inside:avoid}}";

/* Prose: a figure and its unit stay on one line. */
static void
write_prose(CaromMarkup *markup, const char *text)
{
	const char *unit;

	while ((unit = strstr(text, " %")) != NULL) {
		g_autofree char *before = g_strndup(text, (gsize) (unit - text));

		carom_markup_text(markup, before);
		carom_markup_text(markup, "\302\240%");
		text = unit + strlen(" %");
	}
	carom_markup_text(markup, text);
}

/* A section as it is shown. */
typedef struct {
	const CaromSection *section;
	const CaromShown *shown; /* n of them */
	guint n;
	const CaromRenderLinks *links; /* NULL: there are none */
} View;

static gboolean
is_number(CaromColumnType type)
{
	return type == CAROM_COLUMN_COUNT || type == CAROM_COLUMN_RATE;
}

/* The heading of a column in one line. The caller's. */
static char *
heading_of(const CaromShown *shown)
{
	GString *out = g_string_new(NULL);

	for (const char *p = shown->heading ? shown->heading : shown->name; *p != '\0'; p++) {
		/* "com-\nplaints" was broken for a terminal */
		if (p[0] == '-' && p[1] == '\n')
			p++;
		else
			g_string_append_c(out, *p == '\n' || *p == '_' ? ' ' : *p);
	}
	return g_string_free(out, FALSE);
}

/* What stands where there is no value. */
static const char *
unknown_of(const CaromShown *shown)
{
	if (shown->unknown_page != NULL)
		return shown->unknown_page;
	return shown->unknown != NULL ? shown->unknown : "\342\200\223";
}

/* Where a cell leads; NULL: nowhere. The caller's, and so is *text. */
static char *
link_of(const View *view, guint row, const char *column, char **text)
{
	if (view->links == NULL)
		return NULL;
	return view->links->cell(view->links->user, view->section, row, column, text);
}

static void
write_cell(CaromMarkup *markup, const View *view, guint row, guint i)
{
	const CaromTable *table = view->section->table;
	const CaromShown *shown = &view->shown[i];
	const int column = carom_table_find(table, shown->name);
	g_autofree char *heading = heading_of(shown),
			*cell = carom_render_shown_cell(table, row, (guint) column, shown),
			*other = NULL, *href = link_of(view, row, shown->name, &other);
	const char *class = is_number(table->types[column]) ? "n" : NULL;
	const char *text = other != NULL ? other : cell;

	if (text == NULL)
		text = unknown_of(shown);
	if (g_strcmp0(carom_table_cell(table, row, (guint) column), "over") == 0)
		class = "over";
	carom_markup_open(markup, "td", "class", class, "data-label", heading, NULL);
	if (href != NULL)
		carom_markup_element(markup, "a", text, "href", href, NULL);
	else
		carom_markup_text(markup, text);
	carom_markup_close(markup);
}

static void
write_table(CaromMarkup *markup, const View *view)
{
	const CaromTable *table = view->section->table;

	carom_markup_open(markup, "table", "class", view->n > MOST_COLUMNS ? "wide" : NULL, NULL);
	carom_markup_open(markup, "thead", NULL);
	carom_markup_open(markup, "tr", NULL);
	for (guint i = 0; i < view->n; i++) {
		const int column = carom_table_find(table, view->shown[i].name);
		g_autofree char *heading = heading_of(&view->shown[i]);

		carom_markup_element(markup, "th", heading, "scope", "col", "class",
				     is_number(table->types[column]) ? "n" : NULL, NULL);
	}
	carom_markup_close(markup);
	carom_markup_close(markup);
	carom_markup_open(markup, "tbody", NULL);
	for (guint r = 0; r < carom_render_shown_rows(view->section); r++) {
		carom_markup_open(markup, "tr", NULL);
		for (guint i = 0; i < view->n; i++)
			write_cell(markup, view, r, i);
		carom_markup_close(markup);
	}
	carom_markup_close(markup);
	carom_markup_close(markup);
}

/* A row as a card of its own: its first value leads, and a command is set as one. */
static void
write_block(CaromMarkup *markup, const View *view, guint row)
{
	const CaromTable *table = view->section->table;

	carom_markup_open(markup, "article", "class", "card", NULL);
	carom_markup_open(markup, "dl", NULL);
	for (guint i = 0; i < view->n; i++) {
		const CaromShown *shown = &view->shown[i];
		const int column = carom_table_find(table, shown->name);
		g_autofree char *heading = heading_of(shown),
				*cell = carom_render_shown_cell(table, row, (guint) column, shown),
				*other = NULL, *href = link_of(view, row, shown->name, &other);

		if (cell == NULL)
			continue;
		carom_markup_element(markup, "dt", heading, NULL);
		carom_markup_open(markup, "dd", "class", i == 0 ? "lead" : NULL, NULL);
		if (href != NULL)
			carom_markup_element(markup, "a", other != NULL ? other : cell, "href",
					     href, NULL);
		else if (g_str_has_prefix(cell, "carom "))
			carom_markup_element(markup, "code", cell, NULL);
		else
			write_prose(markup, cell);
		carom_markup_close(markup);
	}
	carom_markup_close(markup);
	if (view->section->charts != NULL && view->section->charts[row] != NULL)
		carom_chart_write(markup, view->section->charts[row]);
	carom_markup_close(markup);
}

/* A column of texts that has none tells nobody anything. */
static gboolean
is_told(const CaromTable *table, int column)
{
	if (column < 0 || is_number(table->types[column]))
		return column >= 0;
	for (guint r = 0; r < table->n_rows; r++) {
		const char *cell = carom_table_cell(table, r, (guint) column);

		if (cell != NULL && *cell != '\0')
			return TRUE;
	}
	return FALSE;
}

/* The columns that there are. */
static guint
choose(const CaromSection *section, CaromShown *chosen)
{
	const CaromTable *table = section->table;
	guint n = 0;

	for (guint c = 0; section->n_shown == 0 && c < table->n_columns; c++)
		if (is_told(table, (int) c))
			chosen[n++].name = table->names[c];
	for (guint i = 0; i < section->n_shown; i++) {
		const int column = carom_table_find(table, section->shown[i].name);

		if (column >= 0 &&
		    (section->shown[i].unknown != NULL || section->shown[i].unknown_page != NULL ||
		     is_told(table, column)))
			chosen[n++] = section->shown[i];
	}
	return n;
}

static void
write_more(CaromMarkup *markup, const CaromSection *section, const CaromRenderLinks *links)
{
	g_autofree char *text = NULL;
	g_autofree char *href = links != NULL ? links->more(links->user, section, &text) : NULL;

	carom_markup_open(markup, "p", "class", "note", NULL);
	if (href != NULL)
		carom_markup_element(markup, "a", text != NULL ? text : section->more, "href", href,
				     NULL);
	else
		carom_markup_text(markup, section->more);
	carom_markup_close(markup);
}

void
carom_render_html_section(CaromMarkup *markup, const CaromSection *section,
			  const CaromRenderLinks *links)
{
	g_autofree CaromShown *chosen =
		g_new0(CaromShown, MAX(section->n_shown, section->table->n_columns));
	const View view = {
		.section = section, .shown = chosen, .n = choose(section, chosen), .links = links
	};

	carom_markup_open(markup, "section", "id", section->id, NULL);
	if (section->title != NULL)
		carom_markup_element(markup, "h2", section->title, NULL);
	if (section->table->n_rows == 0) {
		carom_markup_element(markup, "p", section->nothing ? section->nothing : "nothing",
				     NULL);
	} else if (section->blocks) {
		for (guint r = 0; r < carom_render_shown_rows(section); r++)
			write_block(markup, &view, r);
	} else {
		write_table(markup, &view);
	}
	if (section->more != NULL && carom_render_shown_rows(section) < section->table->n_rows)
		write_more(markup, section, links);
	if (section->note != NULL && section->table->n_rows > 0)
		carom_markup_element(markup, "p", section->note, "class", "note", NULL);
	carom_markup_close(markup);
}

static void
write_lines(CaromMarkup *markup, const char *const *lines, const CaromRenderLinks *links)
{
	for (; lines != NULL && *lines != NULL; lines++) {
		g_autofree char *text = NULL;
		g_autofree char *href =
			links != NULL ? links->note(links->user, *lines, &text) : NULL;

		carom_markup_open(markup, "p", NULL);
		if (href != NULL)
			carom_markup_element(markup, "a", text != NULL ? text : *lines, "href",
					     href, NULL);
		else
			write_prose(markup, *lines);
		carom_markup_close(markup);
	}
}

static void
write_head(CaromMarkup *markup, const CaromDocument *document)
{
	carom_markup_open(markup, "head", NULL);
	carom_markup_element(markup, "meta", NULL, "charset", "utf-8", NULL);
	carom_markup_element(markup, "meta", NULL, "name", "viewport", "content",
			     "width=device-width, initial-scale=1", NULL);
	carom_markup_element(markup, "meta", NULL, "name", "color-scheme", "content", "light dark",
			     NULL);
	carom_markup_element(markup, "title", document->title ? document->title : "carom", NULL);
	carom_markup_style(markup, carom_render_html_style);
	carom_markup_close(markup);
}

static const char *
class_of(const CaromDocument *document)
{
	if (!document->verdict)
		return "note";
	return document->alarm ? "verdict alarm" : "verdict";
}

void
carom_render_html_body(CaromMarkup *markup, const CaromDocument *document,
		       const CaromRenderLinks *links)
{
	if (document->notes != NULL) {
		carom_markup_open(markup, "div", "class", class_of(document), NULL);
		write_lines(markup, document->notes, links);
		carom_markup_close(markup);
	}
	for (guint i = 0; i < document->n_sections; i++)
		if (!document->sections[i].quiet)
			carom_render_html_section(markup, &document->sections[i], links);
}

static void
render_html(const CaromDocument *document, CaromRenderOut *out)
{
	CaromMarkup *markup = carom_markup_page(document->lang ? document->lang : "en");
	g_autofree char *text = NULL;

	write_head(markup, document);
	carom_markup_open(markup, "body", NULL);
	carom_markup_open(markup, "main", NULL);
	carom_markup_element(markup, "h1", document->title ? document->title : "carom", NULL);
	carom_render_html_body(markup, document, NULL);
	carom_markup_close(markup);
	if (document->small_print != NULL) {
		carom_markup_open(markup, "footer", NULL);
		write_lines(markup, document->small_print, NULL);
		carom_markup_close(markup);
	}
	text = carom_markup_finish(markup);
	g_string_append(out->text, text);
}

const CaromRenderer carom_render_html = { "html", "text/html; charset=utf-8", render_html };
