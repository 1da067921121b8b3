/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole way of one message: bytes to report to JSON. */
#include "config.h"

#include "mail/address.h"
#include "fuzz.h"
#include "intake/intake.h"
#include "report/report_json.h"
#include "report/report_key.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The contract: absent means unknown, no empty strings, no nulls. */
static void
check_json(const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	FUZZ_CHECK(!json_is_null(value));
	if (json_is_string(value)) {
		FUZZ_CHECK(json_string_length(value) > 0);
		FUZZ_CHECK(fuzz_is_clean(json_string_value(value)));
	}
	json_object_foreach((json_t *) value, key, member) check_json(member);
	json_array_foreach(value, i, member) check_json(member);
}

static void
check_outcomes(const CaromReport *report)
{
	FUZZ_CHECK(report->outcomes->len <= CAROM_MAX_OUTCOMES);
	for (guint i = 0; i < report->outcomes->len; i++) {
		const CaromOutcome *o = report->outcomes->pdata[i];

		FUZZ_CHECK(o->recipient == NULL || strchr(o->recipient, '@') != NULL);
		FUZZ_CHECK(o->diagnostic == NULL || strlen(o->diagnostic) <= CAROM_MAX_DIAGNOSTIC);
		FUZZ_CHECK(o->reply == NULL ||
			   (strlen(o->reply) == 3 && strspn(o->reply, "0123456789") == 3));
		FUZZ_CHECK(o->status == NULL || strchr("245", o->status[0]) != NULL);
		/* nothing but our own signature proves anything */
		FUZZ_CHECK(o->confidence != CAROM_PROVEN || o->subscriber != NULL ||
			   o->address_id != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const CaromEnvelope envelopes[] = {
		{ 0 },
		{ .recipient = "news+alice=example.org@b.example.com",
		  .original_recipient = "news@b.example.com",
		  .sender = "",
		  .queue_id = "4Xyz",
		  .client_address = "192.0.2.1" },
	};
	const CaromEnvelope *envelope = &envelopes[size > 0 && (data[size - 1] & 1)];
	g_autoptr(CaromReport) report = carom_intake_read(
		fuzz_known(), envelope, &(CaromBytes){ (const char *) data, size, size });
	g_autofree char *json = carom_report_json_write(report, CAROM_JSON_RECORD);
	g_autofree char *text = carom_report_json_write_text(report);
	g_autofree char *key = carom_report_key((const char *) data, size, envelope->recipient);
	json_error_t error;
	json_t *parsed = json_loads(json, JSON_REJECT_DUPLICATES, &error);

	FUZZ_CHECK(parsed != NULL && strchr(json, '\n') == NULL);
	check_json(parsed);
	json_decref(parsed);
	check_outcomes(report);
	FUZZ_CHECK(strlen(key) == 64);
	FUZZ_CHECK(g_utf8_validate(text, -1, NULL));
	return 0;
}
