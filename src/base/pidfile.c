/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/pidfile.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

CaromStatus
carom_pidfile_write(const char *path, GError **err)
{
	FILE *file = path ? fopen(path, "we") : NULL;
	gboolean written;

	if (path == NULL)
		return CAROM_OK;
	written = file != NULL && fprintf(file, "%ld\n", (long) getpid()) > 0;
	if (file != NULL && fclose(file) != 0)
		written = FALSE;
	return written ? CAROM_OK
		       : carom_status_fail(err, CAROM_MISUSE, "%s: %s", path, g_strerror(errno));
}
