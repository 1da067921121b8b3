/* SPDX-License-Identifier: BSD-2-Clause */
/* Return addresses: read and found in any text; what we write is read again. */
#include "config.h"

#include "mail/address.h"
#include "fuzz.h"
#include "verp/verp.h"

#include <string.h>

#define TODAY 2500 /* days since 2020-01-01; make-seeds signs with the same */

static char *const domains[] = { (char *) "b.example.com", NULL };

static void
check_found(CaromVerpState state, const CaromVerp *found)
{
	if (state == CAROM_VERP_NONE) {
		FUZZ_CHECK(found->recipient == NULL && found->sender == NULL);
		return;
	}
	FUZZ_CHECK(found->recipient == NULL || strchr(found->recipient, '@') != NULL);
	if (state == CAROM_VERP_CLASSIC)
		FUZZ_CHECK(found->recipient != NULL && found->sender != NULL);
	if (state == CAROM_VERP_SIGNED)
		FUZZ_CHECK(found->key == 'a' && found->stream <= CAROM_VERP_MAX_STREAM &&
			   found->day >= TODAY - 30 && found->day <= TODAY + 1);
}

/* Written, folded to upper case on the way, read again. A changed digit is a forgery. */
static void
check_round_trip(const CaromVerpSettings *settings, const char *recipient)
{
	g_autofree char *written = NULL, *upper = NULL,
			*parsed = carom_address_parse(recipient, -1);
	CaromVerp found;
	char *digit;

	if (carom_verp_write(settings, "bounces@b.example.com", recipient, 7, TODAY, &written,
			     NULL) != CAROM_OK)
		return;
	FUZZ_CHECK(strchr(written, '@') - written <= CAROM_VERP_LOCAL_MAX);
	FUZZ_CHECK(carom_verp_read(written, settings, TODAY, &found) == CAROM_VERP_SIGNED);
	FUZZ_CHECK(strcmp(found.recipient, parsed) == 0 && found.stream == 7 && found.day == TODAY);
	carom_verp_clear(&found);
	upper = g_ascii_strup(written, -1);
	FUZZ_CHECK(carom_verp_read(upper, settings, TODAY, &found) == CAROM_VERP_SIGNED);
	FUZZ_CHECK(g_ascii_strcasecmp(found.recipient, parsed) == 0);
	carom_verp_clear(&found);
	digit = strrchr(written, '@') - 1;
	*digit = *digit == 'a' ? 'b' : 'a';
	FUZZ_CHECK(carom_verp_read(written, settings, TODAY, &found) != CAROM_VERP_SIGNED);
	carom_verp_clear(&found);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_string(data, size);
	CaromVerpSettings settings = {
		.keys = fuzz_keys(), .delimiters = "+-", .domains = domains, .lifetime = 30
	};
	CaromVerp found;
	CaromVerpState state = carom_verp_read(text, &settings, TODAY, &found);

	check_found(state, &found);
	carom_verp_clear(&found);
	state = carom_verp_find(text, &settings, TODAY, &found);
	FUZZ_CHECK(state == CAROM_VERP_NONE || state == CAROM_VERP_SIGNED ||
		   state == CAROM_VERP_EXPIRED);
	carom_verp_clear(&found);
	check_round_trip(&settings, text);
	settings.keys = NULL;
	settings.delimiters = "-+=";
	settings.domains = NULL;
	state = carom_verp_read(text, &settings, TODAY, &found);
	FUZZ_CHECK(state == CAROM_VERP_NONE || state == CAROM_VERP_CLASSIC);
	carom_verp_clear(&found);
	return 0;
}
