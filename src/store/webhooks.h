/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * webhooks - who is told by HTTP of what the feed tells, as staff manage them,
 * and as the sender works them off
 */
#ifndef CAROM_WEBHOOKS_H
#define CAROM_WEBHOOKS_H

#include "store/connection.h"

/* ---- what staff do ---- */

typedef struct {
	const char *url;
	const char *const *kinds;     /* NULL-terminated; NULL or empty: all */
	const char *account, *stream; /* NULL: all */
	const char *note;             /* NULL: none */
	const char *after;            /* a cursor of the feed, "start", or "end"; NULL: "end" */
} CaromWebhookEntry;

/* Adds one. *id and *secret ("whsec_…") are the caller's: the secret is told here and never again.
 * CAROM_MALFORMED: it may not be like that. */
CAROM_MUST_CHECK CaromStatus carom_webhooks_add(CaromStore *store, const CaromWebhookEntry *entry,
						char **id, char **secret, GError **err);

/* Columns of carom_webhooks_list(). */
enum {
	CAROM_WEBHOOK_ID,
	CAROM_WEBHOOK_STATE, /* "active", "paused", "disabled" */
	CAROM_WEBHOOK_URL,
	CAROM_WEBHOOK_KINDS, /* with blanks between; NULL: all */
	CAROM_WEBHOOK_ACCOUNT,
	CAROM_WEBHOOK_STREAM,
	CAROM_WEBHOOK_BEHIND,  /* rows of the feed still to be looked at */
	CAROM_WEBHOOK_WAITING, /* deliveries that are tried, or tried again */
	CAROM_WEBHOOK_DEAD,    /* those that were given up */
	CAROM_WEBHOOK_FAILING, /* since when; NULL: it succeeds */
	CAROM_WEBHOOK_DELIVERED,
	CAROM_WEBHOOK_WHY, /* it was disabled */
	CAROM_WEBHOOK_SECRETS,
	CAROM_WEBHOOK_CREATED,
	CAROM_WEBHOOK_AUTHOR,
	CAROM_WEBHOOK_NOTE
};

/* All of them, or the one of that id (NULL: all). */
CAROM_MUST_CHECK CaromStatus carom_webhooks_list(CaromStore *store, const char *id,
						 CaromTable **out, GError **err);

/* Columns of carom_webhooks_deliveries(). */
enum {
	CAROM_DELIVERY_CREATED,
	CAROM_DELIVERY_ID, /* the webhook-id that its server sees */
	CAROM_DELIVERY_TYPE,
	CAROM_DELIVERY_STATE, /* "waiting", "delivered", "dead" */
	CAROM_DELIVERY_ATTEMPTS,
	CAROM_DELIVERY_STATUS,
	CAROM_DELIVERY_ERROR,
	CAROM_DELIVERY_ANSWER,
	CAROM_DELIVERY_TOOK, /* milliseconds */
	CAROM_DELIVERY_TRIED,
	CAROM_DELIVERY_NEXT,
	CAROM_DELIVERY_ADDRESS
};

/* Deliveries, the newest first, at most so many, in that state (NULL: any). */
CAROM_MUST_CHECK CaromStatus carom_webhooks_deliveries(CaromStore *store, const char *id,
						       const char *state, guint most,
						       CaromTable **out, GError **err);

/* CAROM_ABSENT: there is no such webhook; so with all that follow. */
CAROM_MUST_CHECK CaromStatus carom_webhooks_pause(CaromStore *store, const char *id, GError **err);
CAROM_MUST_CHECK CaromStatus carom_webhooks_resume(CaromStore *store, const char *id, GError **err);
CAROM_MUST_CHECK CaromStatus carom_webhooks_remove(CaromStore *store, const char *id, GError **err);

/* A new secret, the caller's; the one before is good for so many hours more. */
CAROM_MUST_CHECK CaromStatus carom_webhooks_rotate(CaromStore *store, const char *id, int hours,
						   char **secret, GError **err);

/* Asks for one delivery of the type webhook.test. *message is its webhook-id, the caller's. */
CAROM_MUST_CHECK CaromStatus carom_webhooks_test(CaromStore *store, const char *id, char **message,
						 GError **err);

typedef struct {
	const char *after; /* a cursor of the feed, "start" or "end" */
	const char *since; /* a time */
	gboolean dead;     /* what was given up */
} CaromWebhookReplay;

/* Tells again what one of the three says. *n: rows of the feed, or deliveries. */
CAROM_MUST_CHECK CaromStatus carom_webhooks_replay(CaromStore *store, const char *id,
						   const CaromWebhookReplay *replay, guint64 *n,
						   GError **err);

/* ---- what the sender does ---- */

/* Makes deliveries of what the feed has. *more: there is more, ask again. */
CAROM_MUST_CHECK CaromStatus carom_webhooks_take(CaromStore *store, gboolean *more, GError **err);

/* Columns of carom_webhooks_claim(). */
enum {
	CAROM_CLAIM_DELIVERY, /* a number */
	CAROM_CLAIM_ATTEMPT,  /* 1 for the first */
	CAROM_CLAIM_WEBHOOK,
	CAROM_CLAIM_MESSAGE, /* webhook-id */
	CAROM_CLAIM_URL,
	CAROM_CLAIM_BODY,
	CAROM_CLAIM_SECRETS /* in base64, with blanks between, the newest first */
};

/* What is to be sent now, one delivery a webhook, which nobody else gets for so many seconds. */
CAROM_MUST_CHECK CaromStatus carom_webhooks_claim(CaromStore *store, int seconds, CaromTable **out,
						  GError **err);

typedef struct {
	const char *delivery, *attempt; /* as claimed */
	const char *outcome; /* "delivered", "waiting", "dead", or "gone": as dead, and its webhook
				ends */
	gint64 wait;         /* seconds until it is tried again */
	gint64 rest;         /* seconds for which its webhook is left alone; 0: none */
	long status;         /* of HTTP; 0: there was no answer */
	const char *error, *answer; /* NULL: none */
	gint64 took;                /* milliseconds */
	int days;                   /* of failure after which the webhook is disabled */
} CaromWebhookTold;

/* Says what a delivery came to. *disabled: why its webhook was disabled just now, the caller's;
 * NULL: it was not. */
CAROM_MUST_CHECK CaromStatus carom_webhooks_tell(CaromStore *store, const CaromWebhookTold *told,
						 char **disabled, GError **err);

#endif
