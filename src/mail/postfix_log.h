/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_log - the lines that Postfix logs about a message
 *
 * Text in, facts out: knows no file, no clock and no configuration. Who wrote
 * to us chose parts of these lines (addresses, what a server said), so nothing
 * is taken from a place where he could have put it, as far as Postfix quotes
 * addresses (from 3.5 on).
 */
#ifndef CAROM_POSTFIX_LOG_H
#define CAROM_POSTFIX_LOG_H

#include <glib.h>

#define CAROM_POSTFIX_LOG_ID_MAX 40 /* octets of a queue id */

/* Borrowed from the line. NULL: it is not there. */
typedef struct {
	const char *text;
	gsize len;
} CaromPostfixPiece;

/* A time as it is written: without a year in the traditional form. */
typedef struct {
	int year; /* 0: not told */
	int month, day, hour, minute, second;
	gboolean has_offset;
	int offset; /* seconds east of Greenwich */
} CaromPostfixStamp;

/* "Nov 28 22:00:00 mx postfix/smtp[123]: text", or with a time of RFC 3339 or ISO 8601. */
typedef struct {
	CaromPostfixStamp stamp;
	CaromPostfixPiece when, host, tag, text; /* when: the stamp's text */
} CaromPostfixHeader;

typedef enum {
	CAROM_POSTFIX_OTHER,
	CAROM_POSTFIX_CLIENT,   /* it comes in by SMTP: client, login, original_id */
	CAROM_POSTFIX_PICKUP,   /* it comes in by sendmail(1) */
	CAROM_POSTFIX_SENDER,   /* it is tried: address is the sender */
	CAROM_POSTFIX_DELIVERY, /* what became of one recipient, address */
	CAROM_POSTFIX_EXPIRED,  /* it is given up */
	CAROM_POSTFIX_REMOVED   /* it is out of the queue */
} CaromPostfixKind;

typedef enum {
	CAROM_POSTFIX_SENT,
	CAROM_POSTFIX_BOUNCED,
	CAROM_POSTFIX_DEFERRED
} CaromPostfixOutcome;

typedef struct {
	CaromPostfixKind kind;
	CaromPostfixPiece id;
	CaromPostfixPiece address;
	CaromPostfixPiece client, login;   /* CLIENT: an IP address, a SASL login */
	CaromPostfixPiece original_id;     /* CLIENT: the id that it had before a filter */
	CaromPostfixPiece original_client; /* CLIENT: and whom it came from then */
	/* DELIVERY */
	CaromPostfixOutcome outcome;
	gboolean leaves;             /* it goes to another host, or would have: not to a mailbox,
				      * a program or a socket here */
	CaromPostfixPiece relay;     /* a host's name, or "none" */
	CaromPostfixPiece said;      /* what stands in the parentheses */
	CaromPostfixPiece queued_as; /* the id that the next server gave it */
} CaromPostfixEvent;

/* Takes a line apart. FALSE: it has another form. */
gboolean carom_postfix_log_header(const char *line, gsize len, CaromPostfixHeader *out);

/*
 * What Postfix says of a message; tag is "postfix/smtp" or "postfix-out/smtp",
 * text comes after it. FALSE: nothing that is counted by. Time linear in len.
 */
gboolean carom_postfix_log_event(const CaromPostfixPiece *tag, const CaromPostfixPiece *text,
				 CaromPostfixEvent *out);

/*
 * Unix time of a stamp. One without an offset is of zone; one without a year is
 * of the last year in which it is not more than a day after latest. -1: there is
 * no such time.
 */
gint64 carom_postfix_log_time(const CaromPostfixStamp *stamp, GTimeZone *zone, gint64 latest);

#endif
