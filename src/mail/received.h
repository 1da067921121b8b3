/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * received - a Received field as Postfix writes it
 *
 * Only the fields that our own hosts wrote say anything; a sender writes what
 * he likes below them. In theirs Postfix lets nothing of the client's into the
 * comments: the HELO name is one word without brackets (smtpd(8)).
 */
#ifndef CAROM_RECEIVED_H
#define CAROM_RECEIVED_H

#include <glib.h>

typedef struct {
	char *by;                  /* the host that wrote it */
	char *id;                  /* its queue id */
	char *client;              /* address of the SMTP client; NULL: there was none */
	char *recipient;           /* of "for <...>"; NULL: several, or not told */
	gboolean is_authenticated; /* the client logged in: "with ESMTPSA" and kin, RFC 3848 */
	gboolean is_local_user;    /* handed to sendmail(1): "(Postfix, from userid 33)" */
} CaromReceived;

/* Reads a field's unfolded value. FALSE: it has not that form. The caller clears *out in either
 * case. */
gboolean carom_received_read(const char *value, CaromReceived *out);

void carom_received_clear(CaromReceived *received);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CaromReceived, carom_received_clear)

#endif
