/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inputs - what a request says, one row a field, wherever it says it
 *
 * An endpoint lists its fields once. They come out of the path, the query or a
 * body of JSON, and leave as the texts that the database takes as parameters.
 * What is not listed, what is given twice and what is of another type is refused
 * with the field's name.
 */
#ifndef CAROM_INPUTS_H
#define CAROM_INPUTS_H

#include "base/status.h"
#include "http/target.h"

#define CAROM_INPUTS_MOST 18

typedef enum {
	CAROM_INPUT_TEXT,        /* one line of 1 to max characters */
	CAROM_INPUT_NOTE,        /* text, also of several lines */
	CAROM_INPUT_ADDRESS,     /* as it stands on a list: an address, or @domain */
	CAROM_INPUT_NEW_ADDRESS, /* the same, where it is about to be put there */
	CAROM_INPUT_ADDRESSES,   /* 1 to max texts; of JSON alone */
	CAROM_INPUT_COUNT,       /* a number from 1 to max */
	CAROM_INPUT_TIME,        /* RFC 3339, or a day: its beginning in UTC */
	CAROM_INPUT_DAY,         /* YYYY-MM-DD */
	CAROM_INPUT_FLAG,        /* true or false */
	CAROM_INPUT_CURSOR,      /* the word that the page before gave */
	/* for the dialects of others */
	CAROM_INPUT_LOOSE,   /* text, also empty */
	CAROM_INPUT_NUMBER,  /* from 0 to max */
	CAROM_INPUT_MOMENT,  /* a time, without its zone in UTC */
	CAROM_INPUT_PLACE,   /* a cursor, or "initial" for none */
	CAROM_INPUT_OBJECTS, /* 1 to max objects of JSON; of JSON alone */
	CAROM_INPUT_IGNORED  /* whatever it is, it says nothing */
} CaromInputType;

typedef struct {
	const char *name;
	CaromInputType type;
	gboolean needed;
	guint max;
} CaromInput;

/* What was read: a parameter for the database in the place of each field, NULL where it is not
 * given. */
typedef struct {
	char *values[CAROM_INPUTS_MOST];
	const char *wrong; /* name of the field at fault, borrowed of its row; NULL: none */
} CaromInputValues;

/* Reads one field out of text. CAROM_MALFORMED says what it is not. */
CAROM_MUST_CHECK CaromStatus carom_inputs_take(const CaromInput *field, guint place,
					       const char *text, CaromInputValues *out,
					       GError **err);

/* Reads those of the query. */
CAROM_MUST_CHECK CaromStatus carom_inputs_query(const CaromInput *fields, guint n,
						const CaromTarget *target, CaromInputValues *out,
						GError **err);

/* Reads those of a body: one JSON object. */
CAROM_MUST_CHECK CaromStatus carom_inputs_json(const CaromInput *fields, guint n, const char *body,
					       gsize len, CaromInputValues *out, GError **err);

/* Whether all that is needed is there. */
CAROM_MUST_CHECK CaromStatus carom_inputs_check(const CaromInput *fields, guint n,
						CaromInputValues *out, GError **err);

void carom_inputs_clear(CaromInputValues *values);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CaromInputValues, carom_inputs_clear)

#endif
