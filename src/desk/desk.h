/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * desk - the page for staff: eleven screens, made here whole, without a script
 *
 * A request in, a page out; what carries them is the HTTP room's. Who asks is said
 * by the web server in front. What that person may do is said by the database,
 * which holds it again at each question. Every view is a URL; what changes
 * something is a form with a token and a note, answered by another URL.
 */
#ifndef CAROM_DESK_H
#define CAROM_DESK_H

#include "base/status.h"
#include "config/settings.h"
#include "store/connection.h"

#define CAROM_DESK_ROOT "/ui/" /* what all paths begin with */

typedef struct CaromDesk CaromDesk; /* any thread */

/* Loads the words and the rules. store is borrowed. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_desk_new(CaromStore *store, const CaromConfig *config,
					    CaromDesk **out, GError **err);
void carom_desk_free(CaromDesk *desk); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromDesk, carom_desk_free)

/* All of it is borrowed; NULL: it is not there. */
typedef struct {
	const char *method;       /* GET, HEAD, POST or another */
	const char *target;       /* as it came, with its query */
	const char *user;         /* who the web server says asks */
	const char *host;         /* what the browser asked for */
	const char *origin;       /* the field of that name */
	const char *fetch_site;   /* Sec-Fetch-Site */
	const char *content_type; /* of the body */
	const char *body;
	gsize body_len;
	const char *trace;   /* a word for the log */
	gboolean indonesian; /* what the browser speaks, where the URL does not say */
} CaromDeskRequest;

typedef struct CaromDeskPieces CaromDeskPieces; /* a body that is made while it goes out */

struct CaromDeskPieces {
	/* Makes the next piece. CAROM_ABSENT: it is whole. */
	CaromStatus (*next)(CaromDeskPieces *pieces, GString *piece, GError **err);
	void (*free)(CaromDeskPieces *pieces);
};

typedef struct {
	int status;
	const char *content_type; /* a constant; NULL: no body */
	GString *body;
	CaromDeskPieces *pieces; /* instead of body; NULL: none */
	char *location;          /* where it goes on; NULL: here */
	const char *file;        /* a constant: the name to save it under; NULL: it is looked at */
	const char *allow;       /* a constant: the methods that there are; NULL: no such field */
	const char *screen;      /* a constant: for the log; NULL: none */
	const char *action;      /* likewise: what was to be changed */
	guint retry_after;       /* seconds; 0: no such field */
} CaromDeskAnswer;

/* An answer to the request, never none. Clear *out. */
void carom_desk_answer(CaromDesk *desk, const CaromDeskRequest *request, CaromDeskAnswer *out);

void carom_desk_answer_clear(CaromDeskAnswer *answer);

#endif
