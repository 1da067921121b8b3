/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mail_system - did a mail system send this message?
 *
 * Asked by nearly every reader of reports, so it is asked once: the names are
 * one table, and a mail keeps the answer.
 */
#ifndef CAROM_MAIL_SYSTEM_H
#define CAROM_MAIL_SYSTEM_H

#include "mail/message.h"

/* How much the sender of the header (From) looks like a mail system. */
typedef enum {
	CAROM_SENDER_PERSON,  /* nothing says so */
	CAROM_SENDER_MACHINE, /* a machine of some kind: root, noreply, admin */
	CAROM_SENDER_SYSTEM,  /* postmaster and its kin, who also write by hand */
	CAROM_SENDER_DAEMON,  /* the name says what it is: mailer-daemon */
} CaromSender;

CaromSender carom_mail_system_sender(const CaromMail *mail);

/* The envelope sender was <>, or one that stands for it (MAILER-DAEMON, double-bounce@). */
gboolean carom_mail_system_null_path(const CaromMail *mail);

/* A mail system sent it: by its name, by its null path, or because it has no From at all. */
gboolean carom_mail_system_sent(const CaromMail *mail);

/* A mail system or another machine sent it: also by the fields that only machines write. */
gboolean carom_mail_system_maybe_sent(const CaromMail *mail);

/* TRUE for mailer-daemon, postmaster and other senders of reports, never recipients of mail. */
gboolean carom_mail_system_is_role(const char *address);

/* The addresses in the X-Failed-Recipients fields of the mail (of const char *); empty where there
 * is none. The mail's. */
const GPtrArray *carom_mail_system_failed_recipients(const CaromMail *mail);

#endif
