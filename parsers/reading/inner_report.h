/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inner_report - a delivery report that another message holds as a part
 */
#ifndef CAROM_INNER_REPORT_H
#define CAROM_INNER_REPORT_H

#include "parsers/parser.h"

/*
 * Reads the DSN that part (message/rfc822; NULL is fine) of the mail holds.
 * CAROM_MALFORMED: it holds none.
 */
CaromStatus carom_inner_report_read(const CaromMail *mail, const CaromPart *part, CaromReport *out,
				    GError **err);

#endif
