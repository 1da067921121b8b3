/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/render.h"
#include "base/text.h"

#include <string.h>

#define WIDTH 80       /* if nobody says otherwise */
#define GAP 2          /* between two columns */
#define MIN_WRAPPED 24 /* a column of texts is made no narrower than that */

/* A column as people see it. */
typedef struct {
	const CaromShown *shown;
	CaromColumnType type;
	guint source;  /* column of the table */
	char *heading; /* its lines */
	gsize width;
} Column;

/* A table with its columns chosen and its cells made fit for a terminal. */
typedef struct {
	const CaromSection *section;
	guint n_columns, n_rows;
	Column *columns;
	char **cells; /* row after row; NULL: no value */
} Grid;

/* ---- texts ---------------------------------------------------------------------- */

/* Columns that a character takes on a terminal. */
static gsize
char_width(gunichar c)
{
	if (g_unichar_iszerowidth(c))
		return 0;
	return g_unichar_iswide(c) ? 2 : 1;
}

static gsize
text_width(const char *text)
{
	gsize width = 0;

	for (; *text; text = g_utf8_next_char(text))
		width += char_width(g_utf8_get_char(text));
	return width;
}

/* "1.25%"; what is no number stays. */
static char *
per_cent(const char *fraction, guint decimals)
{
	g_autofree char *format = g_strdup_printf("%%.%uf", MIN(decimals, 9));
	char digits[G_ASCII_DTOSTR_BUF_SIZE + 64], *end;
	double value = g_ascii_strtod(fraction, &end);

	if (*end != '\0' || !(value > -1e9 && value < 1e9))
		return g_strdup(fraction);
	g_ascii_formatd(digits, sizeof digits, format, 100 * value);
	return g_strdup_printf("%s%%", digits);
}

/* A cell as people read it; NULL where it holds nothing. The caller's. */
static char *
cell_text(const CaromShown *shown, CaromColumnType type, const char *cell)
{
	char *text;

	if (cell == NULL || *cell == '\0')
		return NULL;
	switch (type) {
	case CAROM_COLUMN_RATE:
		text = per_cent(cell, shown->decimals);
		if (g_strcmp0(shown->lang, "id") == 0)
			g_strdelimit(text, ".", ',');
		return text;
	case CAROM_COLUMN_FLAG:
		return g_strdup(strcmp(cell, "true") == 0 ? "yes" : "no");
	case CAROM_COLUMN_TIME: /* to the minute, of the zone that it is told in */
		text = g_strndup(cell, strlen("2026-11-28T17:05"));
		g_strdelimit(text, "T", ' ');
		return text;
	case CAROM_COLUMN_TEXT:
	case CAROM_COLUMN_COUNT:
	case CAROM_COLUMN_DAY:
		break;
	}
	return carom_text_visible(cell);
}

/* The end of the first line of text, of width at most: after a blank if there is one, else after
 * what an address or a name is made of, else anywhere. One character at least. */
static const char *
line_end(const char *text, gsize width)
{
	const char *blank = NULL, *mark = NULL, *p = text;
	gsize used = 0;

	for (; *p; p = g_utf8_next_char(p)) {
		gsize w = char_width(g_utf8_get_char(p));

		if (used + w > width && p > text)
			break;
		used += w;
		if (*p == ' ' && p[1] != '%') /* a number and its sign stay together */
			blank = p;
		else if (strchr("@.-_/,:;", *p) != NULL && 2 * used > width)
			mark = p + 1;
	}
	if (*p == '\0' || (*p == ' ' && p[1] != '%'))
		return p;
	if (blank != NULL && blank > text)
		return blank;
	return mark ? mark : p;
}

/* text in lines of width at most; NULL-terminated, the caller's. */
static char **
wrap(const char *text, gsize width)
{
	GPtrArray *lines = g_ptr_array_new();

	do {
		const char *end = line_end(text, width);

		g_ptr_array_add(lines, g_strndup(text, (gsize) (end - text)));
		text = end + strspn(end, " ");
	} while (*text);
	g_ptr_array_add(lines, NULL);
	return (char **) g_ptr_array_free(lines, FALSE);
}

/* ---- the table as people see it ------------------------------------------------------ */

static gboolean
is_number(const Column *column)
{
	return column->type == CAROM_COLUMN_COUNT || column->type == CAROM_COLUMN_RATE;
}

static const char *
shown_cell(const Grid *grid, guint row, guint column)
{
	const char *cell = grid->cells[(gsize) row * grid->n_columns + column];
	const char *unknown = grid->columns[column].shown->unknown;

	if (cell != NULL)
		return cell;
	return unknown ? unknown : "-";
}

/* Some row has a value. A column of texts that has none tells nobody anything. */
static gboolean
has_values(const CaromTable *table, guint column)
{
	for (guint r = 0; r < table->n_rows; r++) {
		const char *cell = carom_table_cell(table, r, column);

		if (cell != NULL && *cell != '\0')
			return TRUE;
	}
	return FALSE;
}

static void
add_column(Grid *grid, const CaromShown *shown)
{
	const CaromTable *table = grid->section->table;
	int source = carom_table_find(table, shown->name);
	Column *column = &grid->columns[grid->n_columns];

	if (source < 0)
		return;
	column->shown = shown;
	column->source = (guint) source;
	column->type = table->types[source];
	column->heading = g_strdup(shown->heading ? shown->heading : shown->name);
	if (shown->heading == NULL)
		g_strdelimit(column->heading, "_", ' ');
	if (is_number(column) || shown->unknown != NULL || has_values(table, column->source))
		grid->n_columns++;
	else
		g_clear_pointer(&column->heading, g_free);
}

/* The width of column c: its widest cell, or line of its heading. */
static gsize
natural_width(const Grid *grid, guint c)
{
	g_auto(GStrv) heading = g_strsplit(grid->columns[c].heading, "\n", -1);
	gsize width = 0;

	for (char **line = heading; *line; line++)
		width = MAX(width, text_width(*line));
	for (guint r = 0; r < grid->n_rows; r++)
		width = MAX(width, text_width(shown_cell(grid, r, c)));
	return width;
}

/* names: shown as they are, of a section that says nothing of its columns. */
static void
fill_grid(Grid *grid, const CaromSection *section, CaromShown *names)
{
	const CaromTable *table = section->table;
	const CaromShown *shown = section->n_shown > 0 ? section->shown : names;
	guint n = section->n_shown > 0 ? section->n_shown : table->n_columns;

	grid->section = section;
	grid->n_rows = carom_render_shown_rows(section);
	grid->columns = g_new0(Column, n);
	for (guint c = 0; c < table->n_columns; c++)
		names[c].name = table->names[c];
	for (guint i = 0; i < n; i++)
		add_column(grid, &shown[i]);
	grid->cells = g_new0(char *, (gsize) grid->n_rows * grid->n_columns);
	for (guint r = 0; r < grid->n_rows; r++)
		for (guint c = 0; c < grid->n_columns; c++) {
			const Column *column = &grid->columns[c];

			grid->cells[(gsize) r * grid->n_columns + c] =
				carom_render_shown_cell(table, r, column->source, column->shown);
		}
	for (guint c = 0; c < grid->n_columns; c++)
		grid->columns[c].width = natural_width(grid, c);
}

static void
clear_grid(Grid *grid)
{
	for (guint c = 0; c < grid->n_columns; c++)
		g_free(grid->columns[c].heading);
	for (gsize i = 0; i < (gsize) grid->n_rows * grid->n_columns; i++)
		g_free(grid->cells[i]);
	g_free(grid->columns);
	g_free(grid->cells);
}

/* ---- layouts ------------------------------------------------------------------------- */

/* Some of a grid's columns, side by side. */
typedef struct {
	const Grid *grid;
	guint columns[64];
	guint n;
} Band;

static void
end_line(GString *out)
{
	gsize len = out->len;

	while (len > 0 && out->str[len - 1] == ' ')
		len--;
	g_string_truncate(out, len);
	g_string_append_c(out, '\n');
}

static void
append_padded(GString *out, const char *text, gsize width, gboolean right)
{
	gsize taken = text_width(text), pad = taken < width ? width - taken : 0;

	g_string_append_printf(out, "%*s%s%*s", right ? (int) pad : 0, "", text,
			       right ? 0 : (int) pad, "");
}

/* Cells of several lines each, side by side; the headings stand on their last line. */
static void
append_cells(const Band *band, char ***cells, gboolean bottom, GString *out)
{
	guint height = 0;

	for (guint i = 0; i < band->n; i++)
		height = MAX(height, g_strv_length(cells[i]));
	for (guint line = 0; line < height; line++) {
		for (guint i = 0; i < band->n; i++) {
			const Column *column = &band->grid->columns[band->columns[i]];
			guint lines = g_strv_length(cells[i]),
			      skipped = bottom ? height - lines : 0;
			gboolean has = line >= skipped && line - skipped < lines;

			if (i > 0)
				g_string_append_printf(out, "%*s", GAP, "");
			append_padded(out, has ? cells[i][line - skipped] : "", column->width,
				      is_number(column));
		}
		end_line(out);
	}
}

static void
append_band(const Band *band, CaromRenderOut *out)
{
	char **cells[G_N_ELEMENTS(band->columns)];

	for (guint r = 0; r <= band->grid->n_rows; r++) {
		for (guint i = 0; i < band->n; i++) {
			const Column *column = &band->grid->columns[band->columns[i]];

			cells[i] = r == 0 ? g_strsplit(column->heading, "\n", -1)
					  : wrap(shown_cell(band->grid, r - 1, band->columns[i]),
						 column->width);
		}
		append_cells(band, cells, r == 0, out->text);
		for (guint i = 0; i < band->n; i++)
			g_strfreev(cells[i]);
		carom_render_row_done(out);
	}
}

/* The width of all columns side by side. */
static gsize
total_width(const Grid *grid)
{
	gsize total = 0;

	for (guint c = 0; c < grid->n_columns; c++)
		total += grid->columns[c].width + (c > 0 ? GAP : 0);
	return total;
}

/* Makes the widest texts narrower, until all fits. FALSE: it can't, and nothing was changed. */
static gboolean
narrow(Grid *grid, gsize width)
{
	gsize total = total_width(grid), least = total;

	for (guint c = 0; c < grid->n_columns; c++)
		if (!is_number(&grid->columns[c]) && grid->columns[c].width > MIN_WRAPPED)
			least -= grid->columns[c].width - MIN_WRAPPED;
	if (least > width)
		return FALSE;
	for (; total > width; total--) {
		Column *widest = NULL;

		for (guint c = 0; c < grid->n_columns; c++)
			if (!is_number(&grid->columns[c]) &&
			    (widest == NULL || grid->columns[c].width > widest->width))
				widest = &grid->columns[c];
		widest->width--;
	}
	return TRUE;
}

/* One table below the other, each with the first column and as many of the others as have room. */
static void
append_bands(const Grid *grid, gsize width, CaromRenderOut *out)
{
	grid->columns[0].width = MIN(grid->columns[0].width, width / 2);
	for (guint c = 1; c < grid->n_columns;) {
		Band band = { .grid = grid, .columns = { 0 }, .n = 1 };
		gsize used = grid->columns[0].width;

		if (c > 1)
			g_string_append_c(out->text, '\n');
		do {
			band.columns[band.n++] = c;
			used += GAP + grid->columns[c].width;
			c++;
		} while (c < grid->n_columns && !grid->columns[c].shown->breaks &&
			 band.n < G_N_ELEMENTS(band.columns) &&
			 used + GAP + grid->columns[c].width <= width);
		append_band(&band, out);
	}
}

/* A heading of several lines as one; a word that was divided is whole again. */
static void
join_lines(char *heading)
{
	char *end = heading;

	for (const char *p = heading; *p != '\0'; p++) {
		if (p[0] == '-' && p[1] == '\n')
			p++;
		else
			*end++ = *p == '\n' ? ' ' : *p;
	}
	*end = '\0';
}

/* A block a row, a line or more a column that has a value. */
static void
append_blocks(const Grid *grid, gsize width, CaromRenderOut *out)
{
	gsize label = 0;

	for (guint c = 0; c < grid->n_columns; c++) {
		join_lines(grid->columns[c].heading);
		label = MAX(label, text_width(grid->columns[c].heading));
	}
	for (guint r = 0; r < grid->n_rows; r++) {
		if (r > 0)
			g_string_append_c(out->text, '\n');
		for (guint c = 0; c < grid->n_columns; c++) {
			g_auto(GStrv) lines = NULL;

			if (grid->cells[(gsize) r * grid->n_columns + c] == NULL)
				continue;
			lines = wrap(shown_cell(grid, r, c),
				     MAX(width, label + GAP + MIN_WRAPPED) - label - GAP);
			for (char **line = lines; *line; line++) {
				append_padded(out->text,
					      line == lines ? grid->columns[c].heading : "",
					      label + GAP, FALSE);
				g_string_append(out->text, *line);
				end_line(out->text);
			}
		}
		carom_render_row_done(out);
	}
}

/* Numbers in every column but the first, which says what of. */
static gboolean
is_of_numbers(const Grid *grid)
{
	for (guint c = 1; c < grid->n_columns; c++)
		if (!is_number(&grid->columns[c]))
			return FALSE;
	return grid->n_columns > 1;
}

/* How text stands out on a terminal (ECMA-48); nothing elsewhere. */
#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define GREEN "\033[1;32m"
#define PLAIN "\033[0m"

static void
begin_look(const CaromRenderOut *out, const char *look)
{
	if (out->colour)
		g_string_append(out->text, look);
}

static void
end_look(const CaromRenderOut *out)
{
	if (out->colour)
		g_string_append(out->text, PLAIN);
}

static void
append_grid(Grid *grid, gsize width, CaromRenderOut *out)
{
	Band all = { .grid = grid, .n = grid->n_columns };

	if (grid->section->blocks) {
		append_blocks(grid, width, out);
	} else if (all.n <= G_N_ELEMENTS(all.columns) &&
		   (total_width(grid) <= width || narrow(grid, width))) {
		for (guint c = 0; c < all.n; c++)
			all.columns[c] = c;
		append_band(&all, out);
	} else if (is_of_numbers(grid)) {
		append_bands(grid, width, out);
	} else {
		append_blocks(grid, width, out);
	}
}

static void
append_paragraph(const char *text, gsize width, GString *out)
{
	g_auto(GStrv) lines = wrap(text, width);

	for (char **line = lines; *line; line++)
		g_string_append_printf(out, "%s\n", *line);
}

/* What is to be said of rates that can't be. */
static void
append_remarks(const Grid *grid, gsize width, GString *out)
{
	for (guint c = 0; c < grid->n_columns; c++) {
		const Column *column = &grid->columns[c];
		gboolean above = FALSE;

		for (guint r = 0; r < grid->n_rows && column->shown->above != NULL; r++) {
			const char *cell =
				carom_table_cell(grid->section->table, r, column->source);

			above |= cell != NULL && g_ascii_strtod(cell, NULL) > 1;
		}
		if (above)
			append_paragraph(column->shown->above, width, out);
	}
}

static void
append_section(const CaromSection *section, gsize width, CaromRenderOut *out)
{
	g_autofree CaromShown *names = g_new0(CaromShown, section->table->n_columns);
	Grid grid = { 0 };

	begin_look(out, BOLD);
	if (section->title != NULL)
		append_paragraph(section->title, width, out->text);
	end_look(out);
	if (section->table->n_rows == 0) {
		append_paragraph(section->nothing ? section->nothing : "nothing", width, out->text);
		return;
	}
	fill_grid(&grid, section, names);
	append_grid(&grid, width, out);
	append_remarks(&grid, width, out->text);
	if (section->more != NULL && grid.n_rows < section->table->n_rows)
		append_paragraph(section->more, width, out->text);
	if (section->note != NULL)
		append_paragraph(section->note, width, out->text);
	clear_grid(&grid);
}

guint
carom_render_shown_rows(const CaromSection *section)
{
	const guint n = section->table->n_rows;

	return section->most > 0 ? MIN(n, section->most) : n;
}

char *
carom_render_shown_cell(const CaromTable *table, guint row, guint column, const CaromShown *shown)
{
	const CaromShown plain = { .decimals = 2 };
	const char *cell = carom_table_cell(table, row, column);
	int count;

	if (shown == NULL)
		shown = &plain;
	count = cell == NULL && shown->count ? carom_table_find(table, shown->count) : -1;
	if (count >= 0)
		return cell_text(&plain, CAROM_COLUMN_COUNT,
				 carom_table_cell(table, row, (guint) count));
	if (cell != NULL && shown->say != NULL)
		cell = shown->say(table->names[column], cell, shown->lang);
	return cell_text(shown, table->types[column], cell);
}

char *
carom_render_text_cell(const CaromTable *table, guint row, guint column)
{
	return carom_render_shown_cell(table, row, column, NULL);
}

static void
render_text(const CaromDocument *document, CaromRenderOut *out)
{
	gsize width = out->width > 0 ? out->width : WIDTH;
	gboolean any = document->title != NULL || document->notes != NULL;

	if (document->title != NULL)
		append_paragraph(document->title, width, out->text);
	for (guint i = 0; document->notes != NULL && document->notes[i] != NULL; i++) {
		const gboolean verdict = document->verdict && i == 0;

		if (verdict)
			begin_look(out, document->alarm ? RED : GREEN);
		append_paragraph(document->notes[i], width, out->text);
		if (verdict)
			end_look(out);
	}
	for (guint i = 0; i < document->n_sections; i++) {
		if (document->sections[i].quiet)
			continue;
		if (out->text->len > 0 || any)
			g_string_append_c(out->text, '\n');
		any = TRUE;
		append_section(&document->sections[i], width, out);
	}
	if (document->small_print != NULL)
		g_string_append_c(out->text, '\n');
	for (guint i = 0; document->small_print != NULL && document->small_print[i] != NULL; i++)
		append_paragraph(document->small_print[i], width, out->text);
}

const CaromRenderer carom_render_text = { "text", "text/plain; charset=utf-8", render_text };
