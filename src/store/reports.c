/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/reports.h"
#include "store/connection_private.h"

#include <string.h>

CaromStatus
carom_reports_facts(CaromStore *store, const char *number, CaromTable **out, GError **err)
{
	const char *const args[] = { number };
	CaromStatus status = carom_store_query_local(
		store,
		"SELECT r.id AS report, r.arrived, r.kind, r.format, r.from_address, r.to_address, "
		"r.subject, r.reporter, r.sender, host(r.client_address) AS client, r.queue_id, "
		"r.message_id, r.returned_message_id, r.returned_subject, r.duplicates, r.key, "
		"carom.raw_kept(r.key) AS kept_octets FROM carom.report r "
		"WHERE r.id = $1::bigint",
		args, 1, out, err);

	if (status == CAROM_OK && (*out)->n_rows == 0)
		g_clear_pointer(out, carom_table_free);
	return status == CAROM_OK && *out == NULL ? CAROM_ABSENT : status;
}

CaromStatus
carom_reports_outcomes(CaromStore *store, const char *number, CaromTable **out, GError **err)
{
	const char *const args[] = { number };

	return carom_store_query_local(
		store,
		"SELECT nullif(e.address, '') AS address, nullif(e.account, '') AS account, "
		"nullif(e.stream, '') AS stream, nullif(e.provider, '') AS provider, e.action, "
		"e.category, e.class, e.status, e.reply, e.stage, e.rule, e.confidence, "
		"e.resolved_by, e.remote_mta, e.diagnostic FROM carom.event e "
		"WHERE e.report = $1::bigint ORDER BY e.ordinal LIMIT 1000",
		args, 1, out, err);
}

/* The octets that "\x0a0d" stands for. */
static GBytes *
octets_of(const char *hex)
{
	const gsize n = strlen(hex) >= 2 ? strlen(hex) / 2 - 1 : 0;
	guint8 *out = g_malloc(n + 1);

	for (gsize i = 0; i < n; i++)
		out[i] = (guint8) (g_ascii_xdigit_value(hex[2 + 2 * i]) << 4 |
				   g_ascii_xdigit_value(hex[3 + 2 * i]));
	return g_bytes_new_take(out, n);
}

CaromStatus
carom_reports_message(CaromStore *store, const char *number, GBytes **out, GError **err)
{
	const char *const args[] = { number };
	g_autoptr(CaromTable) table = NULL;
	const char *cell;
	CaromStatus status =
		carom_store_query(store,
				  "SELECT '\\x' || encode(w.message, 'hex') FROM carom.report r "
				  "JOIN carom.raw w USING (key) WHERE r.id = $1::bigint",
				  args, 1, &table, err);

	*out = NULL;
	if (status != CAROM_OK)
		return status;
	cell = carom_table_cell(table, 0, 0);
	if (cell == NULL)
		return CAROM_ABSENT;
	*out = octets_of(cell);
	return CAROM_OK;
}
