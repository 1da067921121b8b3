/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * literals - find any of a thousand literal strings in one pass
 *
 * Each literal is filed under one of its four-byte groups, the one that the
 * fewest others share; a scan looks up the group at each byte of the text.
 * That costs a few nanoseconds a byte however many literals there are, and
 * building it costs next to nothing, which matters to a process that reads
 * one message (an automaton over the same strings takes milliseconds).
 *
 * Not changed while scanned; then any thread may scan.
 */
#ifndef CAROM_LITERALS_H
#define CAROM_LITERALS_H

#include <glib.h>

/* Shorter literals can't be filed. */
#define CAROM_LITERAL_MIN 4

typedef struct CaromLiterals CaromLiterals;

CaromLiterals *carom_literals_new(void);

/* Adds a literal, already in lower case, of at least CAROM_LITERAL_MIN bytes. Several may have one
 * id. */
void carom_literals_add(CaromLiterals *literals, const char *literal, guint id);

/* Calls func for each place at which a literal stands in text, which is in lower case; FALSE from
 * func stops. */
typedef gboolean (*CaromLiteralFunc)(guint id, gsize at, void *user);
void carom_literals_scan(const CaromLiterals *literals, const char *text, gsize len,
			 CaromLiteralFunc func, void *user);

/* Text in lower case for adding and scanning. Caller's. */
char *carom_literals_fold(const char *text, gsize len, gsize *out_len);

void carom_literals_free(CaromLiterals *literals); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromLiterals, carom_literals_free)

#endif
