/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "parsers/parser.h"

static const CaromParser *const parsers[] = {
#define CAROM_PARSER(id) &carom_parser_##id,
#include "parsers/parsers.def"
#undef CAROM_PARSER
};

const CaromParser *const *
carom_parsers(gsize *n)
{
	*n = G_N_ELEMENTS(parsers);
	return parsers;
}

void
carom_parsers_read(const CaromMail *mail, CaromReport *out)
{
	int sure[G_N_ELEMENTS(parsers)];

	for (gsize i = 0; i < G_N_ELEMENTS(parsers); i++)
		sure[i] = parsers[i]->probe(mail);
	for (;;) {
		gsize best = 0;

		for (gsize i = 1; i < G_N_ELEMENTS(parsers); i++)
			if (sure[i] > sure[best])
				best = i;
		if (sure[best] <= 0)
			break;
		if (parsers[best]->parse(mail, out, NULL) == CAROM_OK) {
			if (out->format == NULL)
				out->format = parsers[best]->name;
			return;
		}
		carom_report_reset(out);
		sure[best] = 0;
	}
}
