/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/ask.h"
#include "base/log.h"

#include <string.h>

#define AWAY_SECONDS 5 /* after which a client may ask again */

guint
carom_ask_wait(const CaromHttp *http, const CaromApiKey *key)
{
	const gint64 wait = carom_limiter_ask(http->limiter, key->digest);

	return (guint) ((wait + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}

CaromStatus
carom_ask(const CaromHttp *http, const CaromApiKey *key, CaromApiFunction function,
	  const char *const *values, guint n, CaromApiAnswer *answer, GError **err)
{
	const char *args[CAROM_API_ARGUMENTS] = { key->id, key->digest };
	CaromStatus status;

	for (guint i = 0; i < n && 2 + i < G_N_ELEMENTS(args); i++)
		args[2 + i] = values[i];
	status = carom_api_ask(carom_pool_store(http->pool), function, args, 2 + n, answer, err);
	if (status == CAROM_OK)
		carom_limiter_tell(http->limiter, key->digest, answer->status != 401);
	return status;
}

gboolean
carom_ask_answered(const CaromApiAnswer *answer, CaromHttpResponse *out)
{
	out->status = answer->status;
	if (answer->answer == NULL)
		return FALSE;
	out->content_type = "application/json";
	out->body = g_string_new(answer->answer);
	return TRUE;
}

int
carom_ask_failure(const CaromHttpRequest *request, CaromStatus status, const GError *error,
		  CaromHttpResponse *out, const char **detail)
{
	static const char prefix[] = "database: ";

	*detail = error->message;
	if (status == CAROM_MALFORMED) {
		if (g_str_has_prefix(*detail, prefix))
			*detail += strlen(prefix);
		return 422;
	}
	carom_log(status == CAROM_RETRY ? CAROM_LOG_WARNING : CAROM_LOG_ERROR,
		  "api: trace=%s, endpoint=%s: %s", request->trace,
		  out->asked.name ? out->asked.name : "none", error->message);
	if (status != CAROM_RETRY) {
		*detail = "the log says more, under the trace";
		return 500;
	}
	*detail = "the database is away; nothing was lost, ask again";
	out->retry_after = AWAY_SECONDS;
	return 503;
}
