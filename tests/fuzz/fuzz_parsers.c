/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each parser that takes a mail for its own, also where another is surer of
 * it. The environment variable CAROM_FUZZ_PARSER names a single one.
 */
#include "config.h"

#include "fuzz.h"
#include "parsers/parser.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *only = g_getenv("CAROM_FUZZ_PARSER");
	g_autoptr(CaromMail) mail =
		carom_mail_open((const char *) data, size, &carom_mail_limits_default);
	gsize n;
	const CaromParser *const *parsers = carom_parsers(&n);

	for (gsize i = 0; i < n; i++) {
		g_autoptr(CaromReport) report = NULL;
		g_autoptr(GError) error = NULL;
		CaromStatus status;
		int sure;

		if (only != NULL && strcmp(only, parsers[i]->name) != 0)
			continue;
		sure = parsers[i]->probe(mail);
		FUZZ_CHECK(sure >= 0 && sure <= 100);
		if (sure == 0)
			continue;
		report = carom_report_new();
		status = parsers[i]->parse(mail, report, &error);
		FUZZ_CHECK(status == CAROM_OK || status == CAROM_MALFORMED);
		FUZZ_CHECK(report->outcomes->len <= CAROM_MAX_OUTCOMES);
		for (guint o = 0; o < report->outcomes->len; o++) {
			const CaromOutcome *outcome = report->outcomes->pdata[o];

			FUZZ_CHECK(outcome->diagnostic == NULL ||
				   fuzz_is_clean(outcome->diagnostic));
			FUZZ_CHECK(outcome->recipient == NULL || fuzz_is_clean(outcome->recipient));
			/* parsers say what the mail says; verdicts come later */
			FUZZ_CHECK(outcome->confidence == CAROM_CONFIDENCE_NONE &&
				   outcome->rule == NULL);
		}
	}
	return 0;
}
