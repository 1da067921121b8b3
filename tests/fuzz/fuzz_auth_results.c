/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields that verifiers, Postfix and address books write: Authentication-Results, Received, and
 * addresses in their normal spelling. */
#include "config.h"

#include "mail/address_normal.h"
#include "mail/auth_results.h"
#include "mail/received.h"
#include "fuzz.h"

#include <string.h>

static void
check_results(const char *text)
{
	g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *id = NULL;
	gboolean dkim, sound = carom_auth_results_read(text, &id, domains, &dkim);

	FUZZ_CHECK(sound == (id != NULL) && (sound || domains->len == 0));
	FUZZ_CHECK(domains->len <= CAROM_AUTH_RESULTS_MAX_RESULTS);
	for (guint i = 0; i < domains->len; i++)
		FUZZ_CHECK(strpbrk(domains->pdata[i], " ;@\"()") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_string(data, size);
	g_autofree char *plain = carom_address_normal((const char *) data, (gssize) size);
	g_autofree char *again = plain ? carom_address_normal(plain, -1) : NULL;
	g_auto(CaromReceived) received = { 0 };

	check_results(text);
	if (carom_received_read(text, &received))
		FUZZ_CHECK(received.by != NULL && received.id != NULL);
	FUZZ_CHECK(g_strcmp0(plain, again) == 0);
	return 0;
}
