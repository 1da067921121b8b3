/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/volumes.h"
#include "base/json.h"
#include "store/connection_private.h"

static void
member(GString *out, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		carom_json_member(out, name, value);
}

/* What carom.add_volumes() takes. The caller's. */
static char *
volumes_json(const CaromVolume *volumes, guint n)
{
	GString *out = g_string_new(NULL);

	carom_json_begin_array(out);
	for (guint i = 0; i < n; i++) {
		const CaromVolume *v = &volumes[i];
		g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(v->at);
		g_autofree char *begin = g_date_time_format(at, "%Y-%m-%dT%H:%M:%SZ");

		carom_json_begin_object(out);
		carom_json_member(out, "at", begin);
		carom_json_member(out, "account", v->account);
		carom_json_member(out, "stream", v->stream);
		carom_json_member(out, "provider", v->provider);
		member(out, "feedback_id", v->feedback_id);
		member(out, "list_id", v->list_id);
		member(out, "ip", v->ip);
		carom_json_member_integer(out, "sent", (gint64) v->sent);
		carom_json_end_object(out);
	}
	carom_json_end_array(out);
	return g_string_free(out, FALSE);
}

CaromStatus
carom_volumes_add(CaromStore *store, const char *id, const CaromVolume *volumes, guint n,
		  GError **err)
{
	g_autofree char *json = volumes_json(volumes, n);
	const char *const args[] = { id, json };
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query(store, "SELECT carom.add_volumes($1::uuid, $2::jsonb)", args, 2,
				 &table, err);
}

CaromStatus
carom_volumes_list(CaromStore *store, const CaromVolumeSpan *span, CaromTable **out, GError **err)
{
	const char *const args[] = { span->first, span->last, span->account, span->stream,
				     span->provider };

	return carom_store_query(store,
				 "SELECT day, account, stream, provider, sent FROM carom.volume "
				 "WHERE ($1::date IS NULL OR day >= $1::date) "
				 "AND ($2::date IS NULL OR day <= $2::date) "
				 "AND ($3::text IS NULL OR account = $3) "
				 "AND ($4::text IS NULL OR stream = $4) "
				 "AND ($5::text IS NULL OR provider = $5) "
				 "ORDER BY day, account, stream, provider",
				 args, 5, out, err);
}

CaromStatus
carom_volumes_set(CaromStore *store, const CaromVolumeSpan *of, const char *sent, GError **err)
{
	const char *const args[] = { of->first, of->account, of->stream, of->provider, sent };
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query(store, "SELECT carom.set_volume($1::date, $2, $3, $4, $5::bigint)",
				 args, 5, &table, err);
}
