/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generic_private - a text as lines, marks and mentioned addresses
 *
 * What the files of the generic reader share among themselves: generic_text.c
 * fills it in, generic_weigh.c weighs it, generic_reason.c quotes from it.
 */
#ifndef CAROM_GENERIC_PRIVATE_H
#define CAROM_GENERIC_PRIVATE_H

#include "parsers/generic/generic_text.h"

#include <string.h>

/* From this weight on an address is believed. */
#define CAROM_GENERIC_ENOUGH 4

typedef struct {
	gsize at, end; /* without the line end */
	guint kinds;   /* of phrases that begin in it */
	gboolean blank;
	gboolean code;    /* holds a reply or status code */
	int mention;      /* first mention in it, -1 */
	gboolean bare;    /* nothing but an address, brackets and bullets */
	gboolean command; /* ">>> RCPT TO:<...>": what the client said */
	gboolean heading; /* "----- Transcript of session follows -----" */
} Line;

/* A phrase that stands before an address. */
typedef struct {
	gsize at, len;
	guint kinds;
} Hit;

typedef struct {
	char *address;
	gsize at, end;
	guint line;
	gboolean sender; /* whom the report went to */
	int plain;       /* weight by the text alone */
	int weight;      /* and by what else is known */
} Mention;

struct CaromGenericText {
	const char *text; /* borrowed */
	gsize len;
	const CaromGenericKnown *known;
	GArray *lines, *hits, *mentions;
	GPtrArray *recipients; /* of char *, borrowed from mentions */
	guint kinds;
	int best;
	gboolean cut; /* it names more addresses than were looked at */
};

static inline Line *
line_at(const CaromGenericText *t, guint i)
{
	return i < t->lines->len ? &g_array_index(t->lines, Line, i) : NULL;
}

static inline Mention *
mention_at(const CaromGenericText *t, guint i)
{
	return &g_array_index(t->mentions, Mention, i);
}

/* TRUE if the line says that something follows it. */
gboolean carom_generic_ends_in_colon(const CaromGenericText *t, const Line *line);

/* TRUE if address is among the addresses (of const char *); NULL holds none. */
gboolean carom_generic_is_among(const GPtrArray *addresses, const char *address);

/* Weighs all mentions and chooses the recipients among them. */
void carom_generic_choose(CaromGenericText *t);

#endif
