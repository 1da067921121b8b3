/* SPDX-License-Identifier: BSD-2-Clause */
/* page - what the page for staff asks the database, and does there: one function there each */
#ifndef CAROM_PAGE_H
#define CAROM_PAGE_H

#include "store/connection.h"

/*
 * Each with what it takes after the name of who uses the page, in this order;
 * NULL: not given. A filter is an object of JSON whose members are texts. The
 * columns of the answers are those of carom.page_…() in sql/functions/85-page.sql.
 */
typedef enum {
	CAROM_PAGE_ENTER,       /* - : the role, today; no row: nobody of ours */
	CAROM_PAGE_ENTRIES,     /* address */
	CAROM_PAGE_CHANGES,     /* address */
	CAROM_PAGE_EVENTS,      /* address */
	CAROM_PAGE_SUPPRESS,    /* address, reason, account, stream, note, expires (a day) */
	CAROM_PAGE_LIFT,        /* address, account, stream, note */
	CAROM_PAGE_LIST,        /* filter, after (a position), most */
	CAROM_PAGE_COUNTS,      /* filter */
	CAROM_PAGE_EXPORT,      /* filter, after */
	CAROM_PAGE_IMPORT,      /* rows (an array of JSON), note, dry_run */
	CAROM_PAGE_INCIDENTS,   /* number */
	CAROM_PAGE_HELD,        /* number */
	CAROM_PAGE_CLOSE,       /* number, dead, note */
	CAROM_PAGE_CAUSES,      /* filter */
	CAROM_PAGE_UNDO,        /* filter, note, dry_run */
	CAROM_PAGE_RELEASED,    /* deed, as CAROM_PAGE_UNDO told it */
	CAROM_PAGE_CHOICES,     /* filter */
	CAROM_PAGE_DOMAIN,      /* @domain or @.domain */
	CAROM_PAGE_TEMPLATES,   /* first day, last day, filter */
	CAROM_PAGE_REPORT,      /* number */
	CAROM_PAGE_KNOWN,       /* account, stream, provider */
	CAROM_PAGE_SCOPES,      /* - */
	CAROM_PAGE_HEALTH,      /* - */
	CAROM_PAGE_KEYS,        /* - */
	CAROM_PAGE_KEY_REVOKE,  /* id, note */
	CAROM_PAGE_STAFF,       /* - */
	CAROM_PAGE_CONSUMERS,   /* - */
	CAROM_PAGE_WEBHOOKS,    /* - */
	CAROM_PAGE_DELIVERIES,  /* id of a webhook */
	CAROM_PAGE_WEBHOOK_ADD, /* url, kinds, account, stream, note */
	CAROM_PAGE_WEBHOOK_DO,  /* id, what, note */
	CAROM_PAGE_N
} CaromPageQuestion;

/* The most that any of them takes, the name included. */
#define CAROM_PAGE_ARGUMENTS 7

/*
 * Asks in the name of who. args: as above, n_args of them. CAROM_OK: *out is
 * the caller's; times are in the time zone of the reports. CAROM_MALFORMED: a
 * value is wrong, and the error says which in words for who asked. CAROM_MISUSE:
 * who may not, among others.
 */
CAROM_MUST_CHECK CaromStatus carom_page_ask(CaromStore *store, CaromPageQuestion question,
					    const char *who, const char *const *args, guint n_args,
					    CaromTable **out, GError **err);

#endif
