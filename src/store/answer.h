/* SPDX-License-Identifier: BSD-2-Clause */
/* answer - what Postgres answered, as a table; private to this room */
#ifndef CAROM_ANSWER_H
#define CAROM_ANSWER_H

#include "base/table.h"

#include <libpq-fe.h>

/* Columns have the types that Postgres says, times are RFC 3339. The session writes dates as ISO
 * 8601. The caller's. */
CaromTable *carom_answer_table(const PGresult *result);

/* "2026-11-28 17:05:00.123456+07" as RFC 3339 writes it, without what is below a second. What looks
 * otherwise ("infinity") stays. The caller's. */
char *carom_answer_time(const char *text);

#endif
