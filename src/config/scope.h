/* SPDX-License-Identifier: BSD-2-Clause */
/* scope - whose mail it is: "acme", or "acme/newsletter", an account and one of its streams */
#ifndef CAROM_SCOPE_H
#define CAROM_SCOPE_H

#include <glib.h>

#define CAROM_SCOPE_MAX 128 /* octets of an account or stream: what the database keeps of one */

/*
 * NULL if scope is ACCOUNT or ACCOUNT/STREAM, else what is wrong with it, to
 * follow its name: "is too long". Accounts stand in log lines, so no character
 * that means something there may be in one.
 */
const char *carom_scope_problem(const char *scope);

/* The account and the stream of scope, "" where it names none. Both are the caller's. */
void carom_scope_split(const char *scope, char **account, char **stream);

/* The two as one again; "" of no account. Caller's. */
char *carom_scope_name(const char *account, const char *stream);

#endif
