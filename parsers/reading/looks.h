/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * looks - who wrote a message, by the looks of its header
 *
 * For the readers of what has no form of its own: automatic replies and the
 * bounces of unknown systems.
 */
#ifndef CAROM_LOOKS_H
#define CAROM_LOOKS_H

#include "mail/mail_system.h"

/* The message has one of n header fields (or more). Names of three letters at least. */
gboolean carom_looks_has_any(const CaromMail *mail, const char *const *names, gsize n);

/* Went through a mailing list, or is bulk mail with a way to unsubscribe. */
gboolean carom_looks_list(const CaromMail *mail);

/* A reply or forward by a person: "Re:", "Fwd:" and their kin before the Subject. */
gboolean carom_looks_answer(const CaromMail *mail);

/*
 * A person wrote it: an answer, a forward, or what a mail program sent, and not
 * from a mail system. Whatever report it quotes, it is none. (Being list mail
 * proves nothing: reports go through lists too, from senders of any name.)
 */
gboolean carom_looks_letter(const CaromMail *mail);

/* Carries a machine-readable delivery report. */
gboolean carom_looks_report(const CaromMail *mail);

#endif
