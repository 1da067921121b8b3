/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "feed/hook_signature.h"

/* The vector that the reference libraries of Standard Webhooks test themselves with. */
#define SECRET "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define STAMP 1614265330
#define BODY "{\"test\": 2432232314}"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

#define OTHER "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
#define OTHER_SIGNATURE "v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44="

static void
signs(void **state)
{
	static const struct {
		const char *name, *secrets, *id;
		gint64 stamp;
		const char *body, *signature;
	} rows[] = {
		{ "the reference", SECRET, ID, STAMP, BODY, SIGNATURE },
		{ "with its prefix", "whsec_" SECRET, ID, STAMP, BODY, SIGNATURE },
		{ "another body", SECRET, ID, STAMP, "{\"test\": 2432232315}", "" },
		{ "another time", SECRET, ID, STAMP + 1, BODY, "" },
		{ "another id", SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJel", STAMP, BODY, "" },
		{ "no secret", NULL, ID, STAMP, BODY, NULL },
		{ "an empty one", "", ID, STAMP, BODY, NULL },
		{ "a short one", "c2hvcnQ=", ID, STAMP, BODY, NULL },
		{ "one of two is none", SECRET " c2hvcnQ=", ID, STAMP, BODY, NULL },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *made = carom_hook_signature_make(rows[i].secrets, rows[i].id,
								  rows[i].stamp, rows[i].body);

		if (rows[i].signature != NULL && *rows[i].signature == '\0')
			row_true(rows[i].name, made != NULL && strcmp(made, SIGNATURE) != 0);
		else
			row_string(rows[i].name, made, rows[i].signature);
	}
}

static void
with_two_secrets(void **state)
{
	g_autofree char *made = carom_hook_signature_make(OTHER " " SECRET, ID, STAMP, BODY);

	(void) state;
	assert_string_equal(made, OTHER_SIGNATURE " " SIGNATURE);
}

UNIT_MAIN(cmocka_unit_test(signs), cmocka_unit_test(with_two_secrets))
