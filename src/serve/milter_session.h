/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter_session - what the two roles of the milter share
 *
 * One SMTP connection, which libmilter gives to one thread at a time, and the
 * message under way in it. A role puts a CaromMilterSession at the head of a struct
 * of its own, which hangs on libmilter's context. For milter*.c alone.
 */
#ifndef CAROM_MILTER_SESSION_H
#define CAROM_MILTER_SESSION_H

#include "serve/snapshot.h"
#include "verp/verp.h"

#include <libmilter/mfapi.h>
#include <netinet/in.h>

typedef struct {
	char client[INET6_ADDRSTRLEN]; /* "": not told, or not by IP */
	/* of the message under way */
	CaromSnapshot *snapshot;
	char *sender;    /* without <> */
	GPtrArray *ours; /* recipients that we take (inbound) or let through (outbound); char * as
			    given, without <> */
} CaromMilterSession;

void carom_milter_session_init(CaromMilterSession *session);
void carom_milter_session_clear(CaromMilterSession *session);

/* xxfi_connect: who the client is. */
void carom_milter_session_connect(CaromMilterSession *session, const _SOCK_ADDR *address);

/* xxfi_envfrom, of a session that was reset. */
void carom_milter_session_begin(CaromMilterSession *session, CaromSnapshots *snapshots,
				char **argv);

/* Ends the message under way, if there is one. */
void carom_milter_session_reset(CaromMilterSession *session);

/* "<a@b>" without its brackets; the caller's. */
char *carom_milter_session_path(const char *path);

/* Takes a recipient out of the message. */
gboolean carom_milter_session_remove(SMFICTX *ctx, const char *address);

CaromVerpSettings carom_milter_session_verp(const CaromMilterSession *session);

/* The answer for libmilter: code "5.." or "4..", with text as far as it may stand in a reply. */
sfsistat carom_milter_session_refuse(SMFICTX *ctx, const char *code, const char *status,
				     const char *text);

/* xxfi_negotiate: wanted are SMFIP_ flags. Callbacks that a role has no use for are negotiated
 * away: each costs a round trip a message. */
sfsistat carom_milter_session_negotiate(unsigned long f0, unsigned long f1, unsigned long wanted,
					unsigned long *pf0, unsigned long *pf1, unsigned long *pf2,
					unsigned long *pf3);

/* Opens the socket for a role; what connects waits for carom_milter_run(). In milter.c. */
CAROM_MUST_CHECK CaromStatus carom_milter_open(struct smfiDesc *description,
					       CaromSnapshots *snapshots, const char *socket_path,
					       GError **err);

#endif
