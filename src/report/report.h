/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * report - one inbound message as facts
 *
 * A parser fills in what the message says and decides nothing. Classification
 * and resolution add their verdicts to the same outcomes later. Every string
 * in here is owned by the report, is clean UTF-8 on one line, and is NULL when
 * unknown: there are no empty strings.
 *
 * A report belongs to one thread.
 */
#ifndef CAROM_REPORT_H
#define CAROM_REPORT_H

#include "mail/fields.h"

#include <glib.h>

typedef enum {
	CAROM_KIND_UNRECOGNISED,
	CAROM_KIND_BOUNCE,
	CAROM_KIND_DELAY,
	CAROM_KIND_DELIVERY,
	CAROM_KIND_COMPLAINT,
	CAROM_KIND_UNSUBSCRIBE,
	CAROM_KIND_AUTO_REPLY,
	CAROM_KIND_AUTH_REPORT,
	CAROM_N_KINDS
} CaromKind;

/* What happened to the message: RFC 3464 2.3.3, and two of our own. */
typedef enum {
	CAROM_ACTION_NONE,
	CAROM_ACTION_FAILED,
	CAROM_ACTION_DELAYED,
	CAROM_ACTION_DELIVERED,
	CAROM_ACTION_RELAYED,
	CAROM_ACTION_EXPANDED,
	CAROM_ACTION_COMPLAINED,
	CAROM_ACTION_UNSUBSCRIBED,
	CAROM_N_ACTIONS
} CaromAction;

typedef enum {
	CAROM_CLASS_NONE,
	CAROM_CLASS_HARD,
	CAROM_CLASS_SOFT,
	CAROM_CLASS_BLOCK,
	CAROM_CLASS_POLICY,
	CAROM_CLASS_INFO
} CaromClass;

typedef enum {
	CAROM_CATEGORY_NONE,
#define CAROM_CATEGORY(id, name, class) CAROM_CATEGORY_##id,
#include "report/category.def"
#undef CAROM_CATEGORY
	CAROM_N_CATEGORIES
} CaromCategory;

/* How sure we are whom a report is about, best first; only the first three may suppress. */
typedef enum {
	CAROM_CONFIDENCE_NONE,
	CAROM_PROVEN,
	CAROM_MATCHED,
	CAROM_CLAIMED,
	CAROM_GUESSED
} CaromConfidence;

/* The names used in JSON, the database and logs; NULL for the _NONE values. */
const char *carom_report_kind_name(CaromKind kind);
const char *carom_report_action_name(CaromAction action);
const char *carom_report_class_name(CaromClass class);
const char *carom_report_category_name(CaromCategory category);
const char *carom_report_confidence_name(CaromConfidence confidence);
CaromClass carom_report_category_class(CaromCategory category);
/* CAROM_CLASS_NONE where there is none of that name. */
CaromClass carom_report_class_from_name(const char *name);
/* CAROM_CATEGORY_NONE where there is none of that name. */
CaromCategory carom_report_category_from_name(const char *name);
/* The action in the words of RFC 3464 ("failed (bad address)" is failed), or CAROM_ACTION_NONE. */
CaromAction carom_report_action_from_text(const char *text);

typedef struct {
	/* what the report says */
	const char *recipient; /* best answer to: which address did this happen to */
	const char *final_recipient;
	const char *original_recipient;
	CaromAction action;
	const char *status;     /* d.d.d, RFC 3463 */
	const char *reply;      /* three digits, RFC 5321 */
	const char *stage;      /* connect, helo, tls, auth, mail, rcpt, data, eom */
	const char *remote_mta; /* host that said it */
	const char *diagnostic; /* one line */
	/* verdict, by classify.c */
	CaromCategory category;
	CaromClass class; /* the category's, unless the rule knows better */
	const char *rule;
	const char *blocklist;
	const char *provider;
	/* whose it is, by resolve.c */
	const char *subscriber;
	guint64 address_id;  /* row of carom.address that a token named; the database knows the
				subscriber. 0 = none */
	guint stream_number; /* row of carom.stream that a signed address named; the database knows
			      * account and stream */
	const char *account;
	const char *stream;
	const char *sent_on; /* YYYY-MM-DD */
	const char *token;   /* what the application put into the return address */
	/* verp, header, orcpt, final, returned_to, text; readers must take other words too: bounces
	 * that DKIM2 proves will have one */
	const char *resolved_by;
	CaromConfidence confidence;
} CaromOutcome;

typedef struct {
	const char *type; /* RFC 5965 7.3, lower case */
	const char *user_agent;
	const char *source_ip;
	const char *arrived; /* RFC 3339 */
	guint incidents;     /* 0 = not said */
	const char *mail_from;
	GPtrArray *reported_domains; /* of const char * */
	gboolean said;               /* TRUE once any of this was found */
} CaromFeedback;

typedef struct {
	const char *message_id; /* without angle brackets */
	const char *from;
	GPtrArray *to; /* of const char * */
	const char *subject;
	const char *date; /* RFC 3339 */
	const char *return_path;
	const char *feedback_id;
	const char *list_id;
	GPtrArray *headers;    /* fields that the operator wants: name, value, name … */
	const char *source_ip; /* address of ours that it went out from, by evidence.c */
} CaromReturned;

typedef struct CaromReport {
	CaromKind kind;
	const char *file;
	const char *format;
	gsize size; /* bytes of the whole message, also of what was cut off */
	const char *message_id;
	const char *from;
	const char *subject;
	const char *date;
	const char *to;      /* envelope recipient */
	gboolean never_kept; /* it carries a file for other programs: never kept whole */
	const char *reporter;
	GPtrArray *authenticated; /* of const char *, "dkim:domain" */
	GPtrArray *truncated;     /* of const char *, names of limits that cut the message */
	CaromFeedback feedback;
	CaromReturned returned;
	GPtrArray *outcomes;      /* of CaromOutcome * */
	GHashTable *by_recipient; /* the same, once there are many; carom_report_add's own */
	/* for intake, not for JSON consumers in general */
	const char *key; /* 64 hex digits: SHA-256 of the stable parts */
	const char *queue_id;
	const char *returned_queue_id; /* under which the reporting Postfix had the message */
	gboolean is_probe;             /* nothing was mailed: somebody asked whether it could be */
	const char *sender;
	const char *client_address;
	const char *arrived;       /* RFC 3339; NULL: now */
	const char *unsigned_verp; /* "believed": there is no key, and plain VERP made an outcome
				      claimed; NULL */
	const char *rules;         /* version of the rules that judged */
	CaromFields
		*returned_fields; /* header of the returned message, for resolve.c; NULL: none */
	GStringChunk *chunk;
} CaromReport;

/* Bounds of what is kept of one message. Said here once; tests hold them. */
#define CAROM_MAX_OUTCOMES 5000
#define CAROM_MAX_DIAGNOSTIC 2000
#define CAROM_MAX_TEXT 1000
#define CAROM_MAX_ID 998
#define CAROM_MAX_HEADERS 16 /* fields of the operator's choice */
#define CAROM_MAX_HEADER 200 /* octets of one */

CaromReport *carom_report_new(void);
void carom_report_free(CaromReport *report); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromReport, carom_report_free)

/*
 * A clean copy of text that lives as long as the report: valid UTF-8, one
 * line, at most max bytes. NULL if text is NULL or nothing but space. len may be -1.
 */
const char *carom_report_keep(CaromReport *report, const char *text, gssize len, gsize max);

/* The same for an address that is known to be well formed (address.h). */
const char *carom_report_keep_address(CaromReport *report, const char *address);

/*
 * Adds an outcome for recipient (well formed, copied; NULL where nobody can
 * know). A second one for the same recipient returns the first. NULL once
 * CAROM_MAX_OUTCOMES are there, which the report notes as truncated: "outcomes".
 * The outcome is the report's.
 */
CaromOutcome *carom_report_add(CaromReport *report, const char *recipient, CaromAction action);

/* Notes that the limit of that name (a literal) cut the message; once for each name. */
void carom_report_note_truncated(CaromReport *report, const char *limit);

/* Forgets all outcomes and what they said, before another parser has its turn. */
void carom_report_reset(CaromReport *report);

/* Sets the diagnostic, and status, reply, stage and remote_mta from it where they are not set yet.
 */
void carom_report_outcome_set_diagnostic(CaromReport *report, CaromOutcome *outcome,
					 const char *text, gssize len);

/* Sets status if text begins with a d.d.d whose class is 2, 4 or 5. TRUE if it did. */
gboolean carom_report_outcome_set_status(CaromReport *report, CaromOutcome *outcome,
					 const char *text);

/* Takes what we want to know of the returned message from its header, and keeps a hold on that.
 * NULL changes nothing. */
void carom_report_set_returned(CaromReport *report, const CaromFields *fields);

/* The same with fields that the caller made: the report takes them over. */
void carom_report_take_returned(CaromReport *report, CaromFields *fields);

/* bounce, delay or delivery by the outcomes (DESIGN: any failed; none failed and one delayed; the
 * rest). */
CaromKind carom_report_kind_of_outcomes(const CaromReport *report);

#endif
