/* SPDX-License-Identifier: BSD-2-Clause */
/* events - what came in about whom */
#ifndef CAROM_EVENTS_H
#define CAROM_EVENTS_H

#include "store/connection.h"

/* Columns of carom_events_of_address(). */
enum {
	CAROM_EVENT_AT, /* a time */
	CAROM_EVENT_KIND,
	CAROM_EVENT_ACTION,
	CAROM_EVENT_ACCOUNT,
	CAROM_EVENT_STREAM,
	CAROM_EVENT_CATEGORY,
	CAROM_EVENT_REPLY,
	CAROM_EVENT_STATUS,
	CAROM_EVENT_RULE,
	CAROM_EVENT_CONFIDENCE,
	CAROM_EVENT_RESOLVED_BY,
	CAROM_EVENT_SAID,
	CAROM_EVENT_CAUSE,          /* row of policy that may apply; NULL: none */
	CAROM_EVENT_REPEATED,       /* a flag: told before of this mail */
	CAROM_EVENT_ACTED,          /* a flag: it changed a list */
	CAROM_EVENT_AFTER,          /* what the policy wants, days; NULL: it never suppresses */
	CAROM_EVENT_WITHIN_DAYS,    /* NULL: at once */
	CAROM_EVENT_DAYS,           /* that count so far */
	CAROM_EVENT_EXPIRES_DAYS,   /* for how long it suppresses; NULL: for good */
	CAROM_EVENT_POLICY_ACCOUNT, /* for whom and what the policy is made; "": for all */
	CAROM_EVENT_POLICY_STREAM,
	CAROM_EVENT_POLICY_PROVIDER,
	CAROM_EVENT_POLICY_STATUS,
	CAROM_EVENT_POLICY_REPLY,
	CAROM_EVENT_SERVER,   /* that said it */
	CAROM_EVENT_SENT_ON,  /* a day: when the mail was sent */
	CAROM_EVENT_REPORT,   /* number of the report */
	CAROM_EVENT_QUEUE_ID, /* under which Postfix logged the report */
	CAROM_EVENT_KEPT,     /* a flag: the message is kept whole */
	CAROM_EVENT_TOKEN,    /* what the application put into the return address */
	CAROM_EVENT_HEADERS   /* fields of the returned mail that it wants: "X-Order 4711, …" */
};

/* What came in about an address, newest first, 100 at most. */
CAROM_MUST_CHECK CaromStatus carom_events_of_address(CaromStore *store, const char *address,
						     CaromTable **out, GError **err);

#endif
