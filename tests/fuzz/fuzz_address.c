/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as reports write them. */
#include "config.h"

#include "mail/address.h"
#include "mail/mail_system.h"
#include "fuzz.h"

#include <string.h>

/* What was believed once is believed again, unchanged. */
static void
check_address(const char *address)
{
	g_autofree char *again = NULL;

	if (address == NULL)
		return;
	FUZZ_CHECK(strlen(address) <= CAROM_ADDRESS_MAX && fuzz_is_clean(address));
	FUZZ_CHECK(carom_address_domain(address) != NULL);
	again = carom_address_parse(address, -1);
	FUZZ_CHECK(again != NULL && strcmp(address, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_string(data, size);
	g_autofree char *parsed = carom_address_parse((const char *) data, (gssize) size);
	g_autofree char *typed = carom_address_parse_typed(text);

	check_address(parsed);
	check_address(typed);
	carom_mail_system_is_role(text);
	for (const char *p = text, *end = text + size; p < end;) {
		const char *next = NULL;
		g_autofree char *found = carom_address_find(p, (gsize) (end - p), &next);

		if (found == NULL)
			break;
		FUZZ_CHECK(next > p && next <= end);
		check_address(found);
		p = next;
	}
	return 0;
}
