/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the server of a webhook answers, in pieces of any size: what is kept is
 * one line of UTF-8, bounded, whatever it says; an address that it resolves to is
 * allowed or not, in whichever form; a schedule never waits for too long.
 */
#include "config.h"

#include "feed/hook_address.h"
#include "feed/hook_answer.h"
#include "feed/hook_schedule.h"
#include "fuzz.h"

#include <netinet/in.h>
#include <string.h>

static void
try_answer(const uint8_t *data, size_t size)
{
	const gsize piece = size > 0 ? 1 + data[0] : 1;
	CaromHookAnswer answer = { 0 };
	g_autofree char *text = NULL;
	gboolean more = TRUE;

	for (gsize at = 0; at < size && more; at += piece)
		more = carom_hook_answer_take(&answer, (const char *) data + at,
					      MIN(piece, size - at));
	FUZZ_CHECK(answer.n_kept <= CAROM_HOOK_ANSWER_KEPT);
	FUZZ_CHECK(!more || answer.body == size);
	text = carom_hook_answer_text(&answer);
	FUZZ_CHECK(text == NULL || (*text != '\0' && strlen(text) <= CAROM_HOOK_ANSWER_KEPT));
	FUZZ_CHECK(text == NULL || g_utf8_validate(text, -1, NULL));
	FUZZ_CHECK(text == NULL || strpbrk(text, "\r\n\t\x01\x1b\x7f") == NULL);
}

/* What leads to an IPv4 address is judged as that one. */
static void
try_address(const uint8_t *octets)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const char *one, *other;

	memcpy(&in.sin_addr, octets, 4);
	memset(in6.sin6_addr.s6_addr + 10, 0xff, 2);
	memcpy(in6.sin6_addr.s6_addr + 12, octets, 4);
	one = carom_hook_address_problem((const struct sockaddr *) &in, NULL);
	other = carom_hook_address_problem((const struct sockaddr *) &in6, NULL);
	FUZZ_CHECK(one == other);
	FUZZ_CHECK(one != NULL ||
		   (octets[0] != 0 && octets[0] != 10 && octets[0] != 127 && octets[0] < 224));
	memcpy(&in6.sin6_addr, octets, 16);
	one = carom_hook_address_problem((const struct sockaddr *) &in6, NULL);
	/* of IPv6 itself, 2000::/3 alone is the internet */
	FUZZ_CHECK(one != NULL || octets[0] >> 5 == 1 || octets[0] == 0);
}

static void
try_schedule(const uint8_t *octets)
{
	static char *const retries[] = { (char *) "5", (char *) "604800", NULL };
	const long status = octets[0] << 8 | octets[1];
	const gint64 after = (gint32) ((guint32) octets[2] << 24 | (guint32) octets[3] << 16);
	const CaromHookVerdict verdict = carom_hook_schedule_judge(
		status, after, octets[4], retries, (guint32) octets[5] << 24 | octets[6]);

	FUZZ_CHECK(verdict.wait >= verdict.rest || verdict.outcome != CAROM_HOOK_WAITING);
	FUZZ_CHECK(verdict.wait >= 0 && verdict.wait <= 604800 + 60480);
	FUZZ_CHECK(verdict.rest >= 0 && verdict.rest <= CAROM_HOOK_REST_MAX);
	FUZZ_CHECK((verdict.outcome == CAROM_HOOK_DELIVERED) == (status >= 200 && status < 300));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_answer(data, size);
	if (size >= 16) {
		try_address(data);
		try_schedule(data);
	}
	return 0;
}
