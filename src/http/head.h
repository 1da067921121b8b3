/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * head - whether the head of a request can be read in one way only
 *
 * Two programs that read one request differently, a proxy and what is behind it,
 * let a second request hide in the first (RFC 9112 11.2). libmicrohttpd takes
 * several such heads, so each is looked at here before anything else is done.
 */
#ifndef CAROM_HEAD_H
#define CAROM_HEAD_H

#include <glib.h>

#define CAROM_HEAD_FIELDS 100

typedef struct {
	guint n_fields, n_hosts, n_lengths, n_encodings, n_users;
	gboolean bad_name, bad_value, bad_length;
	guint64 length; /* of the body, as Content-Length says */
} CaromHead;

/* Takes one field. Neither text ends with a NUL that counts. */
void carom_head_add(CaromHead *head, const char *name, gsize name_len, const char *value,
		    gsize value_len);

/* What is wrong with all of it, as a sentence; NULL: nothing. A constant. */
const char *carom_head_problem(const CaromHead *head);

#endif
