/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter_session - libmilter's callbacks, and what they keep of one connection
 *
 * A session is one SMTP connection, which libmilter gives to one thread at a
 * time, and the message under way in it. It hangs on libmilter's context and
 * is made and freed here. What the daemon does with a message is its role's: a
 * row of functions. They are called in the order of SMTP and between the
 * beginning and the end of a message, whatever comes over the socket. For
 * milter*.c alone.
 */
#ifndef CAROM_MILTER_SESSION_H
#define CAROM_MILTER_SESSION_H

#include "base/deadline.h"
#include "serve/snapshot.h"
#include "verp/verp.h"

#include <libmilter/mfapi.h>
#include <netinet/in.h>

/* A role's struct of a session begins with this one. */
typedef struct {
	SMFICTX *context;
	gpointer daemon;               /* what the role works with; borrowed */
	unsigned long unanswered;      /* SMFIP_NR_ steps, as negotiated */
	char client[INET6_ADDRSTRLEN]; /* "": not told, or not by IP */
	/* of the message under way; snapshot is NULL when there is none */
	CaromSnapshot *snapshot;
	char *sender;    /* without <> */
	gboolean xverp;  /* Postfix will put the recipient into the return address as well */
	GPtrArray *ours; /* recipients that we take (inbound) or let through (outbound); char * as
			    given, without <> */
} CaromMilterSession;

/* What may be NULL is not called, and libmilter does not ask for it. */
typedef struct {
	gsize session_size;
	unsigned long actions; /* SMFIF_ that it may want to do to a message */
	/* The steps (SMFIP_) that it does without, or does not answer. Each step that is answered
	 * costs a round trip a message. */
	unsigned long (*negotiate)(CaromMilterSession *session, const CaromConfig *config);
	void (*reset)(CaromMilterSession *session); /* no message is under way any more */
	void (*mail)(CaromMilterSession *session);
	/* address is without <>; who keeps it steals it */
	sfsistat (*rcpt)(CaromMilterSession *session, char **address);
	sfsistat (*data)(CaromMilterSession *session);
	void (*header)(CaromMilterSession *session, const char *name, const char *value);
	sfsistat (*header_end)(CaromMilterSession *session);
	void (*body)(CaromMilterSession *session, const char *chunk, gsize len);
	sfsistat (*end)(CaromMilterSession *session, const char *queue_id);
} CaromMilterRole;

/* Libmilter's description of a role. libmilter has one registration a process, so the role is kept
 * here for the callbacks; all three are borrowed until carom_milter_session_shut(). */
struct smfiDesc carom_milter_session_describe(const CaromMilterRole *role, gpointer daemon,
					      CaromSnapshots *snapshots);

/* From now on new messages are put off (4xx); waits, at most so long, until those under way have
 * ended. */
void carom_milter_session_drain(CaromDeadline until);

/* From now on the role and what it works with are left alone, whatever libmilter's threads still
 * do; waits for those that are at it. */
void carom_milter_session_shut(void);

/* Takes a recipient out of the message. */
gboolean carom_milter_session_remove(CaromMilterSession *session, const char *address);

CaromVerpSettings carom_milter_session_verp(const CaromMilterSession *session);

/* The answer for libmilter: code "5.." or "4..", with text as far as it may stand in a reply. */
sfsistat carom_milter_session_refuse(CaromMilterSession *session, const char *code,
				     const char *status, const char *text);

#endif
