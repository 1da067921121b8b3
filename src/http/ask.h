/* SPDX-License-Identifier: BSD-2-Clause */
/* ask - a question of the database in the name of a key, as each dialect of the API asks it */
#ifndef CAROM_ASK_H
#define CAROM_ASK_H

#include "http/api_key.h"
#include "http/http.h"
#include "store/api.h"

/* Whether who shows the key may ask now. 0: yes; else the seconds after which he may. */
guint carom_ask_wait(const CaromHttp *http, const CaromApiKey *key);

/* Asks the function, with n values after those of the key. On CAROM_OK the database answered,
 * whatever it said; *answer is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_ask(const CaromHttp *http, const CaromApiKey *key,
				       CaromApiFunction function, const char *const *values,
				       guint n, CaromApiAnswer *answer, GError **err);

/* Tells in out what the database answered. FALSE: it has no body. */
gboolean carom_ask_answered(const CaromApiAnswer *answer, CaromHttpResponse *out);

/*
 * What to tell of an answer that did not come: the status of HTTP, and *detail,
 * which is borrowed of error. What is not the fault of who asks is logged.
 * CAROM_MALFORMED is 422, an outage 503 with Retry-After in out.
 */
int carom_ask_failure(const CaromHttpRequest *request, CaromStatus status, const GError *error,
		      CaromHttpResponse *out, const char **detail);

#endif
