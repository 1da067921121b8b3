/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dsn_fields - reading the fields of RFC 3464, wherever they stand
 */
#ifndef CAROM_DSN_FIELDS_H
#define CAROM_DSN_FIELDS_H

#include "parsers/parser.h"

/*
 * Adds what the blocks of per-message and per-recipient fields in [p, end)
 * say to out. mail is what the fields came in. TRUE if there was a recipient.
 */
gboolean carom_dsn_fields_read(const CaromMail *mail, CaromReport *out, const char *p,
			       const char *end);

/*
 * Takes what the text for people says about the outcome's recipient, or about
 * final, where the fields say too little.
 */
void carom_dsn_fields_explain(const CaromMail *mail, CaromReport *out, CaromOutcome *outcome,
			      const char *final);

#endif
