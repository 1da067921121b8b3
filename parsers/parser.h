/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parser - one format of report: message in, report out
 *
 * A parser knows report.h and message.h and nothing of the database, the
 * configuration or Postfix. It fills in what the message says and decides
 * nothing. One file exports one CaromParser, parsers.def names it once.
 */
#ifndef CAROM_PARSER_H
#define CAROM_PARSER_H

#include "mail/message.h"
#include "report/report.h"
#include "base/status.h"

typedef struct {
	const char *name;      /* the report's format, and the folder of its fixtures */
	const char *reference; /* the RFC, or the server that writes it */
	/* How sure it is that the mail is of its format: 0 = it is not, 100 = nothing else could
	 * be. Cheap: it is asked for every mail. 50 and less: a guess by looks. */
	int (*probe)(const CaromMail *mail);
	/* Fills in out->kind, outcomes, feedback, returned, reporter. CAROM_MALFORMED
	 * leaves the mail to the next best parser; what it filled in is forgotten. */
	CaromStatus (*parse)(const CaromMail *mail, CaromReport *out, GError **err);
} CaromParser;

#define CAROM_PARSER(id) extern const CaromParser carom_parser_##id;
#include "parsers/parsers.def"
#undef CAROM_PARSER

/* All parsers, in the order of parsers.def, which decides nothing but ties. */
const CaromParser *const *carom_parsers(gsize *n);

/*
 * Reads mail with the parser that is surest of it, or the next one if that
 * fails. What none understands is a report of kind unrecognised: an answer too.
 */
void carom_parsers_read(const CaromMail *mail, CaromReport *out);

#endif
