/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * render - tables shown: for people as text, for programs as CSV or JSON
 *
 * Whoever has tables describes them once in a CaromDocument, and each renderer
 * decides what becomes of it. A new format is one file with one CaromRenderer,
 * and its line in render.c.
 */
#ifndef CAROM_RENDER_H
#define CAROM_RENDER_H

#include "base/table.h"
#include "stats/chart.h"

/* How one column is shown to people. Programs get every column of the table, by its name. */
typedef struct {
	const char *name;         /* of the column */
	const char *heading;      /* '\n' begins another line; NULL: the name */
	const char *unknown;      /* the word where there is no value; NULL: "-" */
	const char *unknown_page; /* the same on a page, where there is room; NULL: as unknown */
	guint decimals;           /* of the per cent of a rate */
	const char *above;        /* a rate: the remark where it is above 100 %; NULL: none */
	gboolean breaks;          /* a table of numbers that is too wide goes on below, from here */
	const char *count; /* a rate: the column that is shown where it is unknown; NULL: none */
	/* What people read in the place of a text of this column; NULL: the text. */
	const char *(*say)(const char *column, const char *value, const char *lang);
	const char *lang; /* for say, and for numbers; NULL: "en" */
} CaromShown;

/* A table with what is to be said of it. */
typedef struct {
	const char *id;      /* its name for programs */
	const char *title;   /* NULL: none */
	const char *nothing; /* for people, where there is no row; NULL: "nothing" */
	const CaromTable *table;
	const CaromShown *shown;         /* for people, in this order, those that the table has */
	guint n_shown;                   /* 0: all that it has */
	const char *note;                /* for people, below the table; NULL: none */
	gboolean blocks;                 /* for people, a block a row, however wide they are */
	gboolean quiet;                  /* for programs only */
	guint most;                      /* rows that people see; 0: all */
	const char *more;                /* for people, below a table that has more rows */
	const CaromChart *const *charts; /* for people: of each row, NULL where it has none */
} CaromSection;

/* All of it is borrowed. */
typedef struct {
	const char *title; /* for people; NULL: none */
	const char *const
		*notes; /* for people, lines below the title, ends with NULL; NULL: none */
	const char *const *small_print; /* for people, at the end; likewise */
	const char *lang;               /* of it all; NULL: "en" */
	gboolean verdict;               /* the notes begin with one */
	gboolean alarm;                 /* something in it needs action */
	const CaromSection *sections;
	guint n_sections;
} CaromDocument;

/* Where it goes. */
typedef struct {
	GString *text; /* what is not yet written */
	/* Writes a piece of it; NULL: all stays in text. */
	void (*write)(const char *piece, gsize len, void *user);
	void *user;
	guint width;     /* columns of text that people see; 0: 80 */
	gboolean colour; /* text: it goes to a terminal that can show some */
} CaromRenderOut;

typedef struct {
	const char *name;       /* as --format says it */
	const char *media_type; /* RFC 2046 */
	void (*render)(const CaromDocument *document, CaromRenderOut *out);
} CaromRenderer;

/*
 * text: aligned columns within the width, controls and what turns text around made visible. A table
 *       that is too wide is broken: one of numbers into several below each other, another into
 *       a block a row.
 * csv:  RFC 4180; NULL is empty; a text that a spreadsheet would run has an apostrophe before it; a
 *       table of several after an empty line.
 * json: an array of rows, or of several tables an object with a member for each; numbers are
 *       numbers, and what is unknown or empty is left out.
 * html: one page that needs nothing else: charts inside, no script, light and dark, for paper too.
 * prometheus: the text format of metrics: carom_ID_COLUMN, with the texts of the row as labels.
 */
extern const CaromRenderer carom_render_text, carom_render_csv, carom_render_json,
	carom_render_html, carom_render_prometheus;

/* The renderer of that name; NULL if there is none. */
const CaromRenderer *carom_render_find(const char *name);

/* Renders, and writes all of it. */
void carom_render(const CaromRenderer *renderer, const CaromDocument *document,
		  CaromRenderOut *out);

/* A cell as text for people; NULL: it holds nothing. The caller's. */
char *carom_render_text_cell(const CaromTable *table, guint row, guint column);

/* The same as a section shows it: shown NULL for plain. A rate that is unknown is its count, where
 * it has one. */
char *carom_render_shown_cell(const CaromTable *table, guint row, guint column,
			      const CaromShown *shown);

/* Rows of a section that people see. */
guint carom_render_shown_rows(const CaromSection *section);

/*
 * Where what the HTML page shows leads, on a page that has screens to lead to. Each
 * gives a URL, the caller's; NULL: nowhere. *text is what is read in the place of
 * the cell or line, the caller's too; where it stays NULL, what stands there.
 */
typedef struct {
	char *(*cell)(void *user, const CaromSection *section, guint row, const char *column,
		      char **text);
	/* of the line below a table that has more rows */
	char *(*more)(void *user, const CaromSection *section, char **text);
	/* of a line of the notes */
	char *(*note)(void *user, const char *line, char **text);
	void *user;
} CaromRenderLinks;

/* Parts of the HTML page, for a page that has more on it: the style sheet, a constant; the notes
 * and the sections; one section. links NULL: nothing leads anywhere. */
extern const char carom_render_html_style[];
void carom_render_html_body(CaromMarkup *markup, const CaromDocument *document,
			    const CaromRenderLinks *links);
void carom_render_html_section(CaromMarkup *markup, const CaromSection *section,
			       const CaromRenderLinks *links);

/* The rows as an array of JSON, for an object that holds more than rows. */
void carom_render_json_rows(const CaromTable *table, GString *out);

/* For renderers: a row is whole; it may be written. */
void carom_render_row_done(CaromRenderOut *out);

#endif
