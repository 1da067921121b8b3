/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolve - which address that we mailed a report is about, and how sure that is
 *
 * The ladder, best first: a return address of ours, the returned message's own
 * headers, ORCPT, Final-Recipient, the returned To, the text. Only proof moves
 * a suppression (design, "Confidence").
 */
#ifndef CAROM_RESOLVE_H
#define CAROM_RESOLVE_H

#include "config/settings.h"
#include "verp/verp.h"
#include "mail/message.h"
#include "report/report.h"

/* How a message came in; what Postfix tells. NULL = not told. */
typedef struct {
	const char *recipient;          /* envelope recipient */
	const char *original_recipient; /* before aliases */
	const char *sender;             /* envelope sender, "" for the null sender */
	const char *queue_id;
	const char *client_address; /* "" = no SMTP client */
	const char *arrived;        /* RFC 3339; NULL: now */
	gboolean is_before_queue;   /* by the milter: our Postfix's own Received is not there yet */
} CaromEnvelope;

/* The header field of our own that carries a token, where we may set one. */
#define CAROM_TOKEN_HEADER "X-Carom-Token"

/*
 * Sets subscriber, account, stream, sent_on, resolved_by and confidence of
 * every outcome. keys: NULL if none is configured. loop_dkim: the domain that
 * must have signed a complaint of this loop, or NULL.
 */
void carom_resolve(const CaromConfig *config, const CaromKeyring *keys,
		   const CaromEnvelope *envelope, const CaromMail *mail, const char *loop_dkim,
		   CaromReport *report);

/* "acme/newsletter": whose mail a return address is of, by the stream's number in it, or by the
 * address that it stands on. Borrowed from config. NULL: none known here, or a number that the
 * database knows (over CAROM_VERP_SHORT_STREAM). */
const char *carom_resolve_scope(const CaromConfig *config, const CaromVerp *verp);

#endif
