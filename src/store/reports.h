/* SPDX-License-Identifier: BSD-2-Clause */
/* reports - one report that was recorded: its facts, its outcomes, and the message itself */
#ifndef CAROM_REPORTS_H
#define CAROM_REPORTS_H

#include "store/connection.h"

/* What is known of the report with that number (decimal), one row; what is empty is NULL.
 * CAROM_ABSENT: there is none. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_reports_facts(CaromStore *store, const char *number,
						 CaromTable **out, GError **err);

/* Its outcomes, one a row. */
CAROM_MUST_CHECK CaromStatus carom_reports_outcomes(CaromStore *store, const char *number,
						    CaromTable **out, GError **err);

/* The message as it came in. CAROM_ABSENT: it is not kept. CAROM_MISUSE: the role may not read it
 * (see sql/README.md). *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_reports_message(CaromStore *store, const char *number,
						   GBytes **out, GError **err);

#endif
