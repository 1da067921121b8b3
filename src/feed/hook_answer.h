/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hook_answer - what the server of a webhook answers, which is anything
 *
 * Its beginning is kept, for staff to see; the rest is counted, and after some of
 * it nobody listens any more.
 */
#ifndef CAROM_HOOK_ANSWER_H
#define CAROM_HOOK_ANSWER_H

#include <glib.h>

#define CAROM_HOOK_ANSWER_KEPT 1024        /* octets */
#define CAROM_HOOK_ANSWER_READ (64 * 1024) /* header fields and body, each */

typedef struct {
	char kept[CAROM_HOOK_ANSWER_KEPT];
	gsize n_kept, head, body; /* head, body: octets that came */
} CaromHookAnswer;

/* Takes a piece of the body, or of the header. FALSE: it is too much. */
gboolean carom_hook_answer_take(CaromHookAnswer *answer, const char *data, gsize len);
gboolean carom_hook_answer_take_head(CaromHookAnswer *answer, gsize len);

/* What is kept as one line of UTF-8 without controls (base/text.h); NULL of nothing. Caller's. */
char *carom_hook_answer_text(const CaromHookAnswer *answer);

#endif
