/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of "Name: value" lines. */
#include "config.h"

#include "mail/fields.h"
#include "fuzz.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *cursor = (const char *) data, *end = cursor + size;

	for (;;) {
		const char *before = cursor;
		g_autoptr(CaromFields) fields = carom_fields_read(&cursor, end);
		const CaromField *all;
		gsize n;

		FUZZ_CHECK(cursor <= end);
		if (fields == NULL)
			break;
		FUZZ_CHECK(cursor > before);
		all = carom_fields_all(fields, &n);
		FUZZ_CHECK(n <= CAROM_FIELDS_MAX);
		for (gsize i = 0; i < n; i++) {
			FUZZ_CHECK(all[i].name[0] != '\0' &&
				   strpbrk(all[i].name, " \t\r\n:") == NULL);
			FUZZ_CHECK(strlen(all[i].value) <= CAROM_FIELD_VALUE_MAX &&
				   strchr(all[i].value, '\n') == NULL);
			FUZZ_CHECK(carom_fields_get(fields, all[i].name) != NULL);
		}
	}
	FUZZ_CHECK(cursor == end);
	return 0;
}
