/* SPDX-License-Identifier: BSD-2-Clause */
/* pidfile - where a daemon writes its process id */
#ifndef CAROM_PIDFILE_H
#define CAROM_PIDFILE_H

#include "base/status.h"

/* Writes this process's id to path; NULL: nowhere. CAROM_MISUSE: it can't be written. Whoever ends
 * removes the file. */
CAROM_MUST_CHECK CaromStatus carom_pidfile_write(const char *path, GError **err);

#endif
