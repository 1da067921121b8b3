/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checks - what several ask at the same moment is one question to the database
 *
 * "May these be mailed?" is asked more often than all else, and most of what it
 * costs is the question, not the addresses. While one is under way, those of the same
 * key, account and stream that come meanwhile wait, and go together when it is
 * answered, 64 at the most. Others go beside it, three questions at a time. Who is
 * alone does not wait at all.
 */
#ifndef CAROM_CHECKS_H
#define CAROM_CHECKS_H

#include "http/ask.h"

/* Any thread. */
CaromChecks *carom_checks_new(void);
void carom_checks_free(CaromChecks *checks); /* nobody may ask any more; NULL is fine */

/*
 * As carom_ask() with CAROM_API_CHECK. addresses: an array of JSON, of n texts.
 * account and stream: NULL for none. *answer is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_checks_ask(CaromChecks *checks, const CaromHttp *http,
					      const CaromApiKey *key, const char *addresses,
					      const char *account, const char *stream,
					      CaromApiAnswer *answer, GError **err);

#endif
