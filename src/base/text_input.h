/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text_input - the bytes of a file as UTF-8, in whatever form of Unicode they came
 *
 * Bytes are pushed in and handed on at once: a file of any size costs nothing.
 * A byte order mark is taken off. UTF-16, which spreadsheets write, is made
 * UTF-8; it is known by its mark, or by the NULs that its first letter has.
 * Bytes that are no Unicode come out as they are, or as an octet 0xFF, which
 * no UTF-8 has: whoever reads lines says in which one.
 */
#ifndef CAROM_TEXT_INPUT_H
#define CAROM_TEXT_INPUT_H

#include "base/status.h"

/* Takes the next bytes, which it only borrows. What it returns ends the push. */
typedef CaromStatus (*CaromTextSink)(const char *text, gsize len, void *user, GError **err);

typedef struct {
	CaromTextSink sink;
	void *user;
	guint8 held[4]; /* not handed on yet */
	guint n_held;
	int form; /* private: 0 until four bytes, or the end, are there */
	GString *converted;
} CaromTextInput;

void carom_text_input_init(CaromTextInput *input, CaromTextSink sink, void *user);
void carom_text_input_clear(CaromTextInput *input);

/* CAROM_MALFORMED: UTF-32, which is not read; *err says what to do. Otherwise what the sink said.
 */
CAROM_MUST_CHECK CaromStatus carom_text_input_push(CaromTextInput *input, const char *bytes,
						   gsize len, GError **err);

/* After the last bytes. */
CAROM_MUST_CHECK CaromStatus carom_text_input_end(CaromTextInput *input, GError **err);

#endif
