/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/hook_answer.h"
#include "base/text.h"

#include <string.h>

gboolean
carom_hook_answer_take(CaromHookAnswer *answer, const char *data, gsize len)
{
	const gsize n = MIN(len, sizeof answer->kept - answer->n_kept);

	memcpy(answer->kept + answer->n_kept, data, n);
	answer->n_kept += n;
	answer->body += len;
	return answer->body <= CAROM_HOOK_ANSWER_READ;
}

gboolean
carom_hook_answer_take_head(CaromHookAnswer *answer, gsize len)
{
	answer->head += len;
	return answer->head <= CAROM_HOOK_ANSWER_READ;
}

char *
carom_hook_answer_text(const CaromHookAnswer *answer)
{
	char *text = carom_text_clean(answer->kept, (gssize) answer->n_kept, sizeof answer->kept);

	if (*text == '\0')
		g_clear_pointer(&text, g_free);
	return text;
}
