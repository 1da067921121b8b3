/* SPDX-License-Identifier: BSD-2-Clause */
/* suppressions - who is not to be mailed, and why */
#ifndef CAROM_SUPPRESSIONS_H
#define CAROM_SUPPRESSIONS_H

#include "store/connection.h"

/* Columns of carom_suppressions_list(). */
enum {
	CAROM_LISTED_ADDRESS,
	CAROM_LISTED_ACCOUNT, /* "": everybody's mail */
	CAROM_LISTED_STREAM,  /* "": all of the account's */
	CAROM_LISTED_REASON,
	CAROM_LISTED_SOURCE,
	CAROM_LISTED_SINCE,   /* a time */
	CAROM_LISTED_EXPIRES, /* a day; NULL: never */
	CAROM_LISTED_PROVIDER,
	CAROM_LISTED_CONFIDENCE,
	CAROM_LISTED_AUTHOR,
	CAROM_LISTED_NOTE,
	CAROM_LISTED_STOPS_TRANSACTIONAL /* a flag: also receipts and the like */
};

/* The entries in force, one a row. With an account: all that hold for its mail, so also those for
 * everybody; with a stream besides, those that hold for that stream. A stream alone (account NULL):
 * the entries of all streams of that name. Both NULL: all. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_list(CaromStore *store, const char *account,
						     const char *stream, CaromTable **out,
						     GError **err);

/* The same of what really stops mail of an account and stream (NULL: of none), as a question about
 * an address is answered. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_stopping(CaromStore *store, const char *account,
							 const char *stream, CaromTable **out,
							 GError **err);

/* Columns of carom_suppressions_find(). */
enum {
	CAROM_SUPPRESSION_ADDRESS,
	CAROM_SUPPRESSION_ACCOUNT, /* "": everybody's mail */
	CAROM_SUPPRESSION_STREAM,  /* "": all of the account's */
	CAROM_SUPPRESSION_REASON,
	CAROM_SUPPRESSION_SOURCE,
	CAROM_SUPPRESSION_SINCE,   /* a day */
	CAROM_SUPPRESSION_EXPIRES, /* a day; NULL: never */
	CAROM_SUPPRESSION_NOTE,
	CAROM_SUPPRESSION_NUMBER /* of the address asked for, from 1; only where many are */
};

/* What keeps mail of account and stream from address, the entry that counts; with both NULL, the
 * entries of every account. No row: it may be mailed. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_find(CaromStore *store, const char *address,
						     const char *account, const char *stream,
						     CaromTable **out, GError **err);

/* The same of many addresses at once: of each that may not be mailed the entry that is the widest,
 * in the order of the addresses. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_find_many(CaromStore *store,
							  const char *const *addresses, guint n,
							  const char *account, const char *stream,
							  CaromTable **out, GError **err);

typedef struct {
	const char *address, *reason;
	const char *account, *stream; /* NULL: all */
	const char *note;             /* NULL: none */
	const char *expires;          /* YYYY-MM-DD; NULL: never */
} CaromSuppressionEntry;

/* Suppresses by hand. *done (the caller's) says what became of it in the database's word: "kept"
 * if what was there is as strong. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_add(CaromStore *store,
						    const CaromSuppressionEntry *entry, char **done,
						    GError **err);

/* Takes an entry off the list of exactly that scope (account, stream NULL: all). note says why.
 * CAROM_ABSENT: there is none. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_remove(CaromStore *store, const char *address,
						       const char *note, const char *account,
						       const char *stream, GError **err);

/* What brought suppressions onto the list. NULL: whatever it was. */
typedef struct {
	const char *reason, *rule, *provider;
	const char *reply; /* the template of a reply, or a reply that has it */
	const char *account, *stream;
	const char *from, *to; /* a day, both included, or a time, to excluded */
} CaromSuppressionCause;

/* Columns of carom_suppressions_count_cause(). */
enum {
	CAROM_CAUSE_REASON,
	CAROM_CAUSE_RULE,
	CAROM_CAUSE_PROVIDER,
	CAROM_CAUSE_REPLY, /* its template */
	CAROM_CAUSE_SUPPRESSIONS,
	CAROM_CAUSE_FIRST, /* a time */
	CAROM_CAUSE_LAST,
	CAROM_CAUSE_OTHERS, /* of them, those that another rule's hard bounce speaks against */
	CAROM_CAUSE_SAMPLES
};

/* What carom_suppressions_undo() would take off, counted. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_count_cause(CaromStore *store,
							    const CaromSuppressionCause *cause,
							    CaromTable **out, GError **err);

/* Takes off all that servers brought onto the list for that cause, or only shows them (dry_run): an
 * entry a row. Never what a person asked for. note says why. CAROM_MALFORMED: the cause is none. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_undo(CaromStore *store,
						     const CaromSuppressionCause *cause,
						     const char *note, gboolean dry_run,
						     CaromTable **out, GError **err);

/* Entries that a server's word brought, of addresses that were proven alive since: an entry a row,
 * with when (seen) and how (sign). */
CAROM_MUST_CHECK CaromStatus carom_suppressions_alive(CaromStore *store, CaromTable **out,
						      GError **err);

/* Columns of carom_suppressions_history(). */
enum {
	CAROM_CHANGE_AT,   /* a time */
	CAROM_CHANGE_WHAT, /* add, replace, remove */
	CAROM_CHANGE_ACCOUNT,
	CAROM_CHANGE_STREAM,
	CAROM_CHANGE_REASON,
	CAROM_CHANGE_SOURCE,
	CAROM_CHANGE_RULE,
	CAROM_CHANGE_CONFIDENCE,
	CAROM_CHANGE_EXPIRES, /* a day; NULL: never */
	CAROM_CHANGE_AUTHOR,
	CAROM_CHANGE_NOTE,
	CAROM_CHANGE_LOGIN, /* database role; NULL: not kept */
	CAROM_CHANGE_REPORT /* number of the report that is the evidence */
};

/* What was done about an address, newest first, 100 at most. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_history(CaromStore *store, const char *address,
							CaromTable **out, GError **err);

/* Columns of carom_suppressions_release(). */
enum {
	CAROM_RELEASE_ADDRESS, /* the entry's: the address, or "@domain" */
	CAROM_RELEASE_ACCOUNT,
	CAROM_RELEASE_STREAM,
	CAROM_RELEASE_REASON,
	CAROM_RELEASE_SOURCE,
	CAROM_RELEASE_SINCE,      /* a time */
	CAROM_RELEASE_EXPIRES,    /* a day; NULL: never */
	CAROM_RELEASE_AFTER,      /* days of the same that suppress again; NULL: no policy does */
	CAROM_RELEASE_WITHIN_DAYS /* NULL: at once */
};

/* The entries in force that keep mail from address, with what the policy would do if one were
 * taken off and the same happened again. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_release(CaromStore *store, const char *address,
							CaromTable **out, GError **err);

/* The next addresses and "@domain"s on any list, in their order, one a row: not more than most,
 * after the one named ("": the first). */
CAROM_MUST_CHECK CaromStatus carom_suppressions_addresses(CaromStore *store, const char *after,
							  guint most, CaromTable **out,
							  GError **err);

/* Columns of carom_suppressions_changes(). */
enum {
	CAROM_CHANGED_CURSOR,  /* of the last row, which has no address: to go on from */
	CAROM_CHANGED_ADDRESS, /* or "@domain" */
	CAROM_CHANGED_LISTED   /* a flag: it is on a list now */
};

/* What changed after a cursor (feed.h). CAROM_MALFORMED: nobody can say any more, for the cursor is
 * too old, or of another database. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_changes(CaromStore *store, const char *cursor,
							CaromTable **out, GError **err);

/* Asks a connection to tell of changes: see carom_store_notified(). CAROM_ABSENT: it can't, for it
 * leads through a pooler. */
CAROM_MUST_CHECK CaromStatus carom_suppressions_watch(CaromStore *store, GError **err);

#endif
