/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evidence - what a report says that its sender can't have made up
 *
 * Our own Postfix writes reports about anybody's mail, at anybody's request: a
 * stranger who lets it relay, an address that is forwarded, NOTIFY=SUCCESS. So
 * "our Postfix wrote it" and "it is about mail of ours" are two questions, and
 * both are answered by the Received fields that our own hosts wrote. A provider
 * signs reports about anybody's mail too.
 */
#ifndef CAROM_EVIDENCE_H
#define CAROM_EVIDENCE_H

#include "config/settings.h"
#include "intake/resolve.h"
#include "mail/message.h"
#include "report/report.h"

/*
 * TRUE if a Postfix of ours wrote this DSN. It is known by how it came in, never
 * by what it says: by no SMTP client and on no way but that of bounce(8), or
 * from a network that [own] names.
 */
gboolean carom_evidence_is_own_dsn(const CaromConfig *config, const CaromEnvelope *envelope,
				   const CaromMail *mail, const CaromReport *report);

/*
 * For a DSN of ours: TRUE if the message that it returns was handed in by us:
 * from this host or a network of [own], after a login, or by sendmail(1).
 */
gboolean carom_evidence_is_own_mail(const CaromConfig *config, const CaromEnvelope *envelope,
				    const CaromReport *report);

/*
 * Fills report->returned.source_ip: the address of [own] networks, and no private
 * one, from which the first host that is not ours took the message, by the Received
 * field that it wrote. Nothing for a DSN of ours, whose message went nowhere yet.
 */
void carom_evidence_read_source_ip(const CaromConfig *config, CaromReport *report);

/* Fills report->authenticated from the Authentication-Results fields that our own verifier wrote.
 */
void carom_evidence_read_authentication(const CaromConfig *config, const CaromEnvelope *envelope,
					const CaromMail *mail, CaromReport *report);

/* TRUE if a signature of domain (may be NULL) holds. */
gboolean carom_evidence_is_signed_by(const CaromReport *report, const char *domain);

/* TRUE if a complaint's reporter says that the message was ours: all that he tells of its sender
 * lies in our domains, and he tells something. What the returned copy says is its sender's word. */
gboolean carom_evidence_complains_of_us(const CaromConfig *config, const CaromReport *report);

#endif
