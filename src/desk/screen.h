/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * screen - one view of the page for staff, and what all of them are written with
 *
 * A new screen is one file that exports one CaromDeskScreen, its line in
 * screens.def, and its words in words.def. It asks the database first, then
 * calls carom_desk_begin(), then writes. Nothing is pasted: see base/markup.h.
 */
#ifndef CAROM_SCREEN_H
#define CAROM_SCREEN_H

#include "base/markup.h"
#include "base/table.h"
#include "desk/desk.h"
#include "desk/form.h"
#include "desk/words.h"
#include "rules/advice.h"
#include "rules/knowledge.h"
#include "stats/summary.h"
#include "store/page.h"
#include "store/rates.h"

typedef enum { CAROM_DESK_READER, CAROM_DESK_EDITOR, CAROM_DESK_ADMIN } CaromDeskRole;

typedef struct CaromDeskScreen CaromDeskScreen;

/* One request on its way to a page. What is not said to be owned is borrowed. */
typedef struct {
	CaromDesk *desk;
	CaromStore *store;
	const CaromDeskRequest *request;
	const CaromDeskScreen *screen;
	CaromForm query, sent;  /* what the URL says, and the body */
	const char *lang;       /* "en" or "id" */
	const char *lang_asked; /* the same where the URL says so, and so do its links; else NULL */
	const CaromAdvice *advice;
	const CaromKnowledge *knowledge;
	CaromDeskRole role;
	gboolean allow_http; /* webhooks may be without TLS */
	CaromTable *entered; /* of carom.page_enter(); owned */
	CaromMarkup *markup; /* of carom_desk_begin(); owned */
	char *fault;         /* what problem may be; owned */
	const char *problem; /* why a change was refused, for people; NULL: none was */
	CaromTable *scopes;  /* of carom.page_scopes(), where the screen filters; owned */
	CaromTable *known;   /* of carom.page_known(); NULL: not asked; owned */
	char *told;          /* what an action has to tell once, and its screen shows; owned */
	CaromTable *came;    /* likewise, what would come of it; owned */
} CaromDeskPage;

/* What a form of a screen does. */
typedef struct {
	const char *name; /* what "do" says */
	CaromDeskRole role;
	gboolean wants_note;
	/*
	 * Does it. CAROM_OK: *location is where it goes on, the caller's; NULL: the
	 * page shows what came of it, by show. CAROM_MALFORMED: the screen is shown
	 * again with what was wrong.
	 */
	CaromStatus (*act)(CaromDeskPage *page, char **location, GError **err);
} CaromDeskAction;

struct CaromDeskScreen {
	const char *path; /* below /ui/ */
	CaromDeskWord title;
	gboolean in_menu;
	gboolean filters; /* it has carom_desk_scope() */
	/* CAROM_ABSENT: what the URL names is not there, and *err says so */
	CaromStatus (*show)(CaromDeskPage *page, GError **err);
	/* instead of show: hands out a file */
	CaromStatus (*send)(CaromDeskPage *page, CaromDeskAnswer *out, GError **err);
	const CaromDeskAction *actions; /* n_actions of them */
	guint n_actions;
};

#define CAROM_DESK_SCREEN(name) extern const CaromDeskScreen carom_screen_##name;
#include "desk/screens.def"
#undef CAROM_DESK_SCREEN

/* All of them, in the order of the menu; *n. */
const CaromDeskScreen *const *carom_desk_screens(guint *n);

/* ---- what was asked ----------------------------------------------------------------- */

/* A field of the URL, or of the body; NULL: it is not there, or empty. */
const char *carom_desk_get(const CaromDeskPage *page, const char *name);
const char *carom_desk_sent(const CaromDeskPage *page, const char *name);

/* The fields of the URL with these names, as an object of JSON, for the database. The caller's. */
char *carom_desk_filter(const CaromDeskPage *page, const char *const *names, guint n);

/* Asks in the name of who uses the page. */
CAROM_MUST_CHECK CaromStatus carom_desk_ask(CaromDeskPage *page, CaromPageQuestion question,
					    const char *const *args, guint n_args, CaromTable **out,
					    GError **err);

/* The cell of a named column; NULL: it is unknown, or there is no such column. */
const char *carom_desk_cell(const CaromTable *table, guint row, const char *column);

/* "/ui/PATH?…": pairs of name and value, and NULL; what is NULL is left out. The caller's. */
char *carom_desk_link(const CaromDeskPage *page, const char *path, ...) G_GNUC_NULL_TERMINATED;

/* The same view with these fields of the URL set otherwise (NULL: left out). The caller's. */
char *carom_desk_link_here(const CaromDeskPage *page, ...) G_GNUC_NULL_TERMINATED;

/*
 * Where a change goes on: href (taken) with a note that says what was done, which
 * nobody else can make. done: one of the names in frame.c; n: a number; of: what it
 * was done to. Both may be NULL. The caller's.
 */
char *carom_desk_done(const CaromDeskPage *page, char *href, const char *done, const char *n,
		      const char *of);

/* Whether the URL has such a note of that name, made for who asks, not long ago. */
gboolean carom_desk_is_done(const CaromDeskPage *page, const char *done);

/* The days that the URL asks for: "days" that end with "last", or so many that end today. *days is
 * the caller's, and *out borrows of it. */
CAROM_MUST_CHECK CaromStatus carom_desk_span(CaromDeskPage *page, int days, CaromTable **table,
					     CaromSpan *out, GError **err);

/* ---- what is written ------------------------------------------------------------------ */

/* The word in the reader's language. */
const char *carom_desk_say(const CaromDeskPage *page, CaromDeskWord word);

/* What is wrong with what was asked (CAROM_MALFORMED), in the reader's words: what a screen says is
 * in them, what the database says is not. Good until the next call. */
const char *carom_desk_fault(CaromDeskPage *page, const GError *error);

/* What a reason or category means, in a few words; NULL: nobody knows. */
const char *carom_desk_meaning(const CaromDeskPage *page, const char *reason);

/* Opens the page, up to its heading (NULL: the screen's title). */
void carom_desk_begin(CaromDeskPage *page, const char *heading);

/* A paragraph of class note. */
void carom_desk_note(CaromDeskPage *page, CaromDeskWord word);

void carom_desk_heading(CaromDeskPage *page, CaromDeskWord word);

/* A link as a paragraph of its own. Takes href. */
void carom_desk_paragraph_link(CaromDeskPage *page, char *href, const char *text);

typedef enum {
	CAROM_DESK_PLAIN,
	CAROM_DESK_ADDRESS, /* leads to the address */
	CAROM_DESK_ALL,     /* "" is all of them */
	CAROM_DESK_REASON,  /* with what it means */
	CAROM_DESK_CODE     /* as a machine said it */
} CaromDeskKind;

typedef struct {
	const char *name; /* of the table's column */
	CaromDeskWord heading;
	CaromDeskKind kind;
	/* where a cell leads; NULL: nowhere. The caller's. */
	char *(*link)(const CaromDeskPage *page, const CaromTable *table, guint row);
	const char *count; /* shown in place of a rate that is too few to say; NULL: nothing is */
} CaromDeskColumn;

/* A cell as its reader's language has it, words of the database too; NULL: it holds nothing. The
 * caller's. */
char *carom_desk_text(const CaromDeskPage *page, const CaromTable *table, guint row, guint column);

/* A table, with a caption; where it has no row, the word nothing. */
void carom_desk_table(CaromDeskPage *page, CaromDeskWord caption, const CaromTable *table,
		      const CaromDeskColumn *columns, guint n, CaromDeskWord nothing);

/* A term and what it is, within <dl>. NULL and "" are left out. */
void carom_desk_fact(CaromDeskPage *page, CaromDeskWord term, const char *text);

/* Where webhooks wait and no process sends, since when, by a row of CAROM_PAGE_HEALTH. */
void carom_desk_unsent(CaromDeskPage *page, const CaromTable *health);

/* A part of the report (stats/parts.h). */
CAROM_MUST_CHECK CaromStatus carom_desk_part(CaromDeskPage *page, const char *id,
					     const CaromSpan *span, GError **err);

/* ---- forms ------------------------------------------------------------------------------ */

/* Opens a form that asks: its fields become those of the URL. */
void carom_desk_ask_form(CaromDeskPage *page, const char *path, CaromDeskWord label);

/* Opens a form that changes something. The URL of the view it stands in is kept. Close it. */
void carom_desk_change_form(CaromDeskPage *page, const char *action, CaromDeskWord label);

/* A field with its label. type: of <input>; NULL: text. value may be NULL. */
void carom_desk_input(CaromDeskPage *page, const char *name, CaromDeskWord label, const char *type,
		      const char *value, gboolean required);
/* The same where some values are offered, and others can be written: pairs as of a select, "" where
 * the value says enough. */
void carom_desk_offered(CaromDeskPage *page, const char *name, CaromDeskWord label,
			const char *value, const char *const *offers);
/* An account, stream or provider of the filter, as the URL says, with those there are to choose. */
void carom_desk_scope(CaromDeskPage *page, const char *name, CaromDeskWord label);

void carom_desk_hidden(CaromDeskPage *page, const char *name, const char *value);

/* Choices: pairs of value and text, NULL at the end; "" is any. */
void carom_desk_select(CaromDeskPage *page, const char *name, CaromDeskWord label,
		       const char *chosen, const char *const *choices);

/* Where a person says why. */
void carom_desk_note_field(CaromDeskPage *page);

void carom_desk_button(CaromDeskPage *page, CaromDeskWord word, gboolean dangerous);
void carom_desk_button_text(CaromDeskPage *page, const char *text, gboolean dangerous);

/* Whether who asks may do that; otherwise it says who may. */
gboolean carom_desk_may(CaromDeskPage *page, CaromDeskRole role);

#endif
