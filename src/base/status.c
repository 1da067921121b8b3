/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/status.h"

#include <sysexits.h>

static const struct {
	const char *name;
	int exit_code; /* for people and scripts */
	int pipe_exit; /* for pipe(8) */
} outcomes[CAROM_N_STATUS] = {
	[CAROM_OK] = { "ok", EX_OK, EX_OK },
	[CAROM_ABSENT] = { "absent", EX_OK, EX_OK },
	[CAROM_MALFORMED] = { "malformed", EX_DATAERR, EX_TEMPFAIL },
	[CAROM_RETRY] = { "retry", EX_TEMPFAIL, EX_TEMPFAIL },
	[CAROM_MISUSE] = { "misuse", EX_CONFIG, EX_TEMPFAIL },
};

const char *
carom_status_name(CaromStatus status)
{
	return status < CAROM_N_STATUS ? outcomes[status].name : "unknown";
}

int
carom_status_exit(CaromStatus status)
{
	return status < CAROM_N_STATUS ? outcomes[status].exit_code : EX_SOFTWARE;
}

int
carom_status_pipe_exit(CaromStatus status)
{
	return status < CAROM_N_STATUS ? outcomes[status].pipe_exit : EX_TEMPFAIL;
}

GQuark
carom_status_quark(void)
{
	return g_quark_from_static_string("carom");
}

CaromStatus
carom_status_fail(GError **err, CaromStatus status, const char *format, ...)
{
	va_list args;

	if (err != NULL && *err == NULL) {
		va_start(args, format);
		*err = g_error_new_valist(CAROM_ERROR, (int) status, format, args);
		va_end(args);
	}
	return status;
}
