/* SPDX-License-Identifier: BSD-2-Clause */
/* api - what the HTTP API asks the database: one function there an endpoint */
#ifndef CAROM_API_H
#define CAROM_API_H

#include "store/connection.h"

/* Each with what it takes after the key's id and digest, in this order; NULL: not given. */
typedef enum {
	CAROM_API_CHECK,   /* addresses (an array of JSON), account, stream */
	CAROM_API_LIST,    /* account, stream, domain, reason, source, provider, rule, since, until,
			      expires_before, limit, after */
	CAROM_API_EXPORT,  /* format, account, stream, limit, after */
	CAROM_API_GET,     /* address, account, stream */
	CAROM_API_PUT,     /* address, account, stream, reason, note, expires_at */
	CAROM_API_DELETE,  /* address, account, stream, note */
	CAROM_API_LOG,     /* address, limit, after */
	CAROM_API_ADDRESS, /* address */
	CAROM_API_EVENTS,  /* after (a cursor of the feed, or "end"), what, limit */
	CAROM_API_UNDO,    /* note, since, until, reason, rule, provider, account, dry_run */
	CAROM_API_REPORT,  /* name, from, to, account, stream */
	CAROM_API_INCIDENTS,    /* state, limit, after */
	CAROM_API_INCIDENT,     /* id */
	CAROM_API_CONFIRM,      /* id, note */
	CAROM_API_DISCARD,      /* id, note */
	CAROM_API_POLICIES,     /* category, account, stream */
	CAROM_API_SET_POLICY,   /* category, account, stream, provider, status, reply, after,
				   within_days, expires_days, scope, transactional, note */
	CAROM_API_UNSET_POLICY, /* category, account, stream, provider, status, reply, note */
	CAROM_API_TRY_POLICY,   /* since, then as SET_POLICY, without the note */
	CAROM_API_KEYS,         /* nothing */
	CAROM_API_WEBHOOKS,
	CAROM_API_WEBHOOK_ADD,    /* url, kinds (an array of JSON), account, stream, note, after */
	CAROM_API_WEBHOOK,        /* id */
	CAROM_API_WEBHOOK_PUT,    /* id, url, kinds, account, stream, note, state */
	CAROM_API_WEBHOOK_DELETE, /* id */
	CAROM_API_WEBHOOK_TEST,   /* id */
	CAROM_API_WEBHOOK_ROTATE, /* id, hours */
	CAROM_API_WEBHOOK_DELIVERIES, /* id, state, limit, after */
	CAROM_API_WEBHOOK_REPLAY,     /* id, after (a cursor of the feed), since, dead */
	/* for SparkPost's dialect: account, then the fields of the row in http/dialect_sparkpost.c
	 */
	CAROM_API_SPARKPOST_LIST,
	CAROM_API_SPARKPOST_SUMMARY,
	CAROM_API_SPARKPOST_GET,
	CAROM_API_SPARKPOST_PUT,
	CAROM_API_SPARKPOST_PUT_ONE,
	CAROM_API_SPARKPOST_DELETE,
	CAROM_API_SPARKPOST_EVENTS,
	/* for SendGrid's: likewise, of http/dialect_sendgrid.c */
	CAROM_API_SENDGRID_LIST,
	CAROM_API_SENDGRID_GET,
	CAROM_API_SENDGRID_GET_GLOBAL,
	CAROM_API_SENDGRID_DELETE,
	CAROM_API_SENDGRID_DELETE_SOME,
	CAROM_API_SENDGRID_DELETE_GLOBAL,
	CAROM_API_SENDGRID_ADD_GLOBAL,
	CAROM_API_SENDGRID_ADD,
	CAROM_API_SENDGRID_GROUPS,
	CAROM_API_SENDGRID_GROUP,
	CAROM_API_SENDGRID_MAKE_GROUP,
	CAROM_API_SENDGRID_MEMBERS,
	CAROM_API_SENDGRID_SEARCH,
	CAROM_API_SENDGRID_LEAVE,
	CAROM_API_SENDGRID_ALL,
	CAROM_API_SENDGRID_GROUPS_OF,
	CAROM_API_N
} CaromApiFunction;

/* The most that any of them takes, the key included. */
#define CAROM_API_ARGUMENTS 16

typedef struct {
	int status;   /* of HTTP */
	char *answer; /* JSON, or what an export is; from 400 on a sentence; NULL: nothing */
	char *next;   /* an array of JSON: where the next page begins; NULL: nowhere */
} CaromApiAnswer;

/*
 * Asks. args: the key's id, its digest (hexadecimal), then as above; n_args of
 * them. CAROM_OK: *out is the caller's. CAROM_MALFORMED: a value is wrong, and
 * the error says which in words for who asked.
 */
CAROM_MUST_CHECK CaromStatus carom_api_ask(CaromStore *store, CaromApiFunction function,
					   const char *const *args, guint n_args,
					   CaromApiAnswer *out, GError **err);

void carom_api_answer_clear(CaromApiAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CaromApiAnswer, carom_api_answer_clear)

/* No more of what the token names, or, unless act, only whether it is good. account and stream: of
 * the number in it, as far as carom.conf knows it; NULL: not. CAROM_ABSENT: it is forged, too old,
 * or names nobody. */
CAROM_MUST_CHECK CaromStatus carom_api_unsubscribe(CaromStore *store, const char *token,
						   const char *account, const char *stream,
						   gboolean act, GError **err);

/* Whether the database is there, with carom's schema in it. */
CAROM_MUST_CHECK CaromStatus carom_api_health(CaromStore *store, GError **err);

#endif
