/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hook_transfer - requests to the servers of webhooks, all at once in one
 * thread, by libcurl, which only this module knows
 *
 * What a server does is bounded: how long it may take, how much it may say, and
 * where it may lie. It cannot send us elsewhere.
 */
#ifndef CAROM_HOOK_TRANSFER_H
#define CAROM_HOOK_TRANSFER_H

#include "base/status.h"

typedef struct CaromHookTransfers CaromHookTransfers;

typedef struct {
	int timeout;           /* seconds, for the whole of a request */
	gboolean allow_http;   /* without TLS */
	char *const *networks; /* addresses that are allowed, though they are not of the internet */
	const char *ca_file;   /* whom to trust; "": whom the system does */
} CaromHookLimits;

typedef struct {
	const char *url, *body;
	const char *id, *signature; /* webhook-id, webhook-signature */
	gint64 timestamp;
} CaromHookRequest;

/* What came of one. */
typedef struct {
	gpointer user;
	long status;        /* of HTTP; 0: there was no answer */
	gint64 retry_after; /* seconds that it asked for; 0: none */
	gint64 took;        /* milliseconds */
	char *error;        /* NULL: none */
	char *answer;       /* its beginning, cleaned; NULL: nothing */
} CaromHookResult;

void carom_hook_transfer_clear(CaromHookResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CaromHookResult, carom_hook_transfer_clear)

/* Whether this carom was built with libcurl; *err says what to do if not (CAROM_MISUSE). Once a
 * process, before there are threads. */
CAROM_MUST_CHECK CaromStatus carom_hook_transfers_available(GError **err);

/* limits are borrowed. *out is the caller's, and for one thread. */
CAROM_MUST_CHECK CaromStatus carom_hook_transfers_new(const CaromHookLimits *limits,
						      CaromHookTransfers **out, GError **err);
/* What is under way is broken off. NULL is fine. */
void carom_hook_transfers_free(CaromHookTransfers *transfers);

/* Begins a request; what came of it is told with user. The request is copied. */
CAROM_MUST_CHECK CaromStatus carom_hook_transfers_begin(CaromHookTransfers *transfers,
							const CaromHookRequest *request,
							gpointer user, GError **err);

/* Works on all of them for up to so many milliseconds, less if one ends. */
void carom_hook_transfers_work(CaromHookTransfers *transfers, int milliseconds);

/* The next that has ended. FALSE: there is none. *out is the caller's. */
gboolean carom_hook_transfers_next(CaromHookTransfers *transfers, CaromHookResult *out);

/* How many are under way. */
guint carom_hook_transfers_count(const CaromHookTransfers *transfers);

#endif
