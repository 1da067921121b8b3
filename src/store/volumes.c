/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/volumes.h"
#include "store/connection_private.h"

#include <jansson.h>
#include <stdlib.h>

/* What carom.add_volumes() takes. The caller's, to be freed with free(). */
static char *
volumes_json(const CaromVolume *volumes, guint n)
{
	json_t *rows = json_array();
	char *text;

	for (guint i = 0; i < n; i++) {
		const CaromVolume *v = &volumes[i];
		g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(v->at);
		g_autofree char *begin = g_date_time_format(at, "%Y-%m-%dT%H:%M:%SZ");

		json_array_append_new(rows,
				      json_pack("{s:s, s:s, s:s, s:s, s:I}", "at", begin, "account",
						v->account, "stream", v->stream, "provider",
						v->provider, "sent", (json_int_t) v->sent));
	}
	text = json_dumps(rows, JSON_COMPACT);
	json_decref(rows);
	return text;
}

CaromStatus
carom_volumes_add(CaromStore *store, const char *id, const CaromVolume *volumes, guint n,
		  GError **err)
{
	char *json = volumes_json(volumes, n);
	const char *const args[] = { id, json };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT carom.add_volumes($1::uuid, $2::jsonb)", args, 2, &table, err);

	free(json);
	return status;
}
