/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes and hosts in reply texts. */
#include "config.h"

#include "fuzz.h"
#include "mail/reply.h"
#include "report/report.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_string(data, size);
	g_autoptr(CaromReport) report = carom_report_new();
	CaromOutcome *outcome = carom_report_add(report, "alice@example.org", CAROM_ACTION_FAILED);
	CaromReplyCodes codes;
	const char *host;
	char status[12];
	gsize n = 0;

	carom_reply_codes(text, size, &codes);
	FUZZ_CHECK(codes.reply[0] == '\0' ||
		   (strlen(codes.reply) == 3 && codes.reply[0] >= '2' && codes.reply[0] <= '5'));
	FUZZ_CHECK(codes.status[0] == '\0' ||
		   carom_reply_status_at(codes.status, strlen(codes.status), status) ==
			   strlen(codes.status));
	FUZZ_CHECK(codes.words == NULL || (codes.words >= text && codes.words <= text + size));
	host = carom_reply_host(text, size, &n);
	FUZZ_CHECK(host == NULL || (host >= text && n > 0 && host + n <= text + size));
	carom_report_outcome_set_diagnostic(report, outcome, text, (gssize) size);
	FUZZ_CHECK(outcome->diagnostic == NULL ||
		   (fuzz_is_clean(outcome->diagnostic) &&
		    strlen(outcome->diagnostic) <= CAROM_MAX_DIAGNOSTIC));
	return 0;
}
