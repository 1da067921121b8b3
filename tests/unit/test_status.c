/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <sysexits.h>

/* Postfix's pipe(8) bounces on everything but 0 and 75, and a bounce of a report is a silent loss.
 */
static void
pipe_knows_two_codes(void **state)
{
	(void) state;
	for (int i = -1; i <= CAROM_N_STATUS + 1; i++) {
		int code = carom_status_pipe_exit((CaromStatus) i);
		gboolean done = i == CAROM_OK || i == CAROM_ABSENT;
		g_autofree char *row = g_strdup_printf("status %d", i);

		if (i >= 0)
			row_int(row, code, done ? EX_OK : EX_TEMPFAIL);
	}
}

static void
scripts_get_sysexits(void **state)
{
	static const struct {
		CaromStatus status;
		const char *name;
		int code;
	} rows[] = {
		{ CAROM_OK, "ok", EX_OK },
		{ CAROM_ABSENT, "absent", EX_OK },
		{ CAROM_MALFORMED, "malformed", EX_DATAERR },
		{ CAROM_RETRY, "retry", EX_TEMPFAIL },
		{ CAROM_MISUSE, "misuse", EX_CONFIG },
	};

	(void) state;
	assert_int_equal(G_N_ELEMENTS(rows), CAROM_N_STATUS);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		row_int(rows[i].name, carom_status_exit(rows[i].status), rows[i].code);
		row_string(rows[i].name, carom_status_name(rows[i].status), rows[i].name);
	}
	assert_int_equal(carom_status_exit((CaromStatus) 99), EX_SOFTWARE);
}

static void
failing_is_one_statement(void **state)
{
	GError *error = NULL;

	(void) state;
	assert_int_equal(carom_status_fail(&error, CAROM_RETRY, "store: %s", "away"), CAROM_RETRY);
	assert_string_equal(error->message, "store: away");
	assert_int_equal(error->code, CAROM_RETRY);
	/* the first word counts: a later failure does not paint it over */
	assert_int_equal(carom_status_fail(&error, CAROM_MISUSE, "cleaning up"), CAROM_MISUSE);
	assert_string_equal(error->message, "store: away");
	g_error_free(error);
	assert_int_equal(carom_status_fail(NULL, CAROM_MISUSE, "nobody asks"), CAROM_MISUSE);
}

UNIT_MAIN(cmocka_unit_test(pipe_knows_two_codes), cmocka_unit_test(scripts_get_sysexits),
	  cmocka_unit_test(failing_is_one_statement))
