/* SPDX-License-Identifier: BSD-2-Clause */
/* The shipped rules over any text and any codes: lines provider, status, reply, stage, action,
 * format, then the text. */
#include "config.h"

#include "rules/classify.h"
#include "fuzz.h"
#include "base/text.h"

#include <string.h>

#define N_LINES 6

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *input = fuzz_string(data, size), *text = NULL;
	const char *value[N_LINES] = { NULL };
	const char *provider;
	char *p = input;
	CaromReply reply;
	CaromVerdict verdict;

	for (int i = 0; i < N_LINES; i++) {
		char *nl = strchr(p, '\n');

		if (nl == NULL)
			break;
		*nl = '\0';
		value[i] = *p ? p : NULL;
		p = nl + 1;
	}
	text = carom_text_clean(p, -1, CAROM_MAX_DIAGNOSTIC);
	reply = (CaromReply){ .provider = value[0],
			      .status = value[1],
			      .reply = value[2] && strlen(value[2]) == 3 ? value[2] : NULL,
			      .stage = value[3],
			      .action = value[4],
			      .format = value[5],
			      .text = text };
	carom_rules_judge(fuzz_knowledge()->rules, &reply, &verdict);
	FUZZ_CHECK((verdict.category == CAROM_CATEGORY_NONE) == (verdict.rule == NULL));
	FUZZ_CHECK(memchr(verdict.blocklist, '\0', sizeof verdict.blocklist) != NULL);
	/* whatever the words, nobody is dead who has not been named */
	if (value[3] != NULL && (strcmp(value[3], "mail") == 0 || strcmp(value[3], "connect") == 0))
		FUZZ_CHECK(verdict.class != CAROM_CLASS_HARD);
	/* hitting a limit would make the verdict depend on luck: no shipped pattern may */
	FUZZ_CHECK(!verdict.limit_hit);
	carom_classify_reply(fuzz_knowledge(), text, NULL, &verdict, &provider);
	return 0;
}
