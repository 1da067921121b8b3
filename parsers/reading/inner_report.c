/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/reading/inner_report.h"

CaromStatus
carom_inner_report_read(const CaromMail *mail, const CaromPart *part, CaromReport *out,
			GError **err)
{
	g_autoptr(CaromMail) inner = part ? carom_mail_embedded(mail, part) : NULL;

	if (inner == NULL || carom_parser_dsn.probe(inner) <= 0)
		return carom_status_fail(err, CAROM_MALFORMED, "%s: no DSN inside",
					 part ? part->type : "message/rfc822");
	return carom_parser_dsn.parse(inner, out, err);
}
