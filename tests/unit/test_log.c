/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

/* What carom_log() writes to standard error. Caller's. */
static char *
logged(const char *text)
{
	g_autofree char *name = NULL;
	char *out;
	int fd = g_file_open_tmp("carom-unit-XXXXXX", &name, NULL), before = dup(STDERR_FILENO);

	assert_true(fd >= 0 && before >= 0);
	dup2(fd, STDERR_FILENO);
	carom_log(CAROM_LOG_WARNING, "%s", text);
	dup2(before, STDERR_FILENO);
	close(before);
	close(fd);
	assert_true(g_file_get_contents(name, &out, NULL, NULL));
	unlink(name);
	return out;
}

static void
keeps_to_one_line(void **state)
{
	g_autofree char *plain = logged("A1B2C3: put off");
	g_autofree char *forged = logged("x\r\ncarom: A1: recorded=bounce\033[2J\177");

	(void) state;
	assert_string_equal(plain, "carom: A1B2C3: put off\n");
	assert_string_equal(forged, "carom: x  carom: A1: recorded=bounce [2J \n");
}

UNIT_MAIN(cmocka_unit_test(keeps_to_one_line))
