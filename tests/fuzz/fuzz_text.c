/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts made safe, HTML as text, header values and dates. */
#include "config.h"

#include "fuzz.h"
#include "mail/date.h"
#include "mail/html.h"
#include "mail/message.h"
#include "base/text.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_string(data, size);
	g_autofree char *clean = carom_text_clean((const char *) data, (gssize) size, 100);
	g_autofree char *printable = carom_text_printable(text, 200);
	g_autofree char *decoded = carom_mail_header_decode(text);
	g_autofree char *date = carom_date_read(text);
	g_autoptr(GString) plain = carom_html_to_text(text, size);

	FUZZ_CHECK(fuzz_is_clean(clean) && strlen(clean) <= 100);
	FUZZ_CHECK(fuzz_is_clean(printable) && strlen(printable) <= 200);
	FUZZ_CHECK(decoded != NULL);
	FUZZ_CHECK(date == NULL || (strlen(date) == 20 && date[19] == 'Z'));
	/* HTML only gets shorter, but for line ends in place of tags */
	FUZZ_CHECK(plain->len <= size + 1);
	FUZZ_CHECK(!g_utf8_validate(text, -1, NULL) ||
		   g_utf8_validate(plain->str, (gssize) plain->len, NULL));
	return 0;
}
