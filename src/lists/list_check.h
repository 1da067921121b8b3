/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_check - may these addresses be mailed? One answer a line, for any number of them
 *
 * Bytes are pushed in, one address a line; answers come out of a callback in
 * the same order. The database is asked for many at once.
 */
#ifndef CAROM_LIST_CHECK_H
#define CAROM_LIST_CHECK_H

#include "base/status.h"
#include "base/table.h"
#include "store/connection.h"

typedef struct {
	guint64 line;
	const char *given;       /* as it stands in the file, made safe to print */
	const char *address;     /* in its normal spelling; NULL: it is none, and */
	const char *problem;     /* what is wrong with it */
	const CaromTable *table; /* what keeps mail from it: columns CAROM_SUPPRESSION_…, and */
	int row;                 /* the row; -1: nothing, it may be mailed */
} CaromListAnswer;

/* What it returns but CAROM_OK ends the push. */
typedef CaromStatus (*CaromListAnswerFunc)(const CaromListAnswer *answer, void *user, GError **err);

typedef struct CaromListCheck CaromListCheck;

/* As mail of account and stream (NULL: anybody's). All is borrowed as long as the check lives. */
CaromListCheck *carom_list_check_new(CaromStore *store, const char *account, const char *stream,
				     CaromListAnswerFunc func, void *user);
void carom_list_check_free(CaromListCheck *check); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromListCheck, carom_list_check_free)

CAROM_MUST_CHECK CaromStatus carom_list_check_push(CaromListCheck *check, const char *bytes,
						   gsize len, GError **err);

/* The last answers. The last line need have no end. */
CAROM_MUST_CHECK CaromStatus carom_list_check_end(CaromListCheck *check, GError **err);

#endif
