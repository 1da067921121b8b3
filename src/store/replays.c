/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/replays.h"
#include "store/answer.h"
#include "store/record_private.h"
#include "store/statement.h"

#include <string.h>

#define MOST "200"
#define MOST_OCTETS "8388608"

void
carom_replays_free(CaromStored *stored)
{
	if (stored == NULL)
		return;
	g_free(stored->key);
	g_free(stored->arrived);
	g_free(stored->recipient);
	g_free(stored->sender);
	g_free(stored->queue_id);
	g_free(stored->client_address);
	g_free(stored->data);
	g_free(stored);
}

static void
free_stored(gpointer data)
{
	carom_replays_free(data);
}

static char *
text_of(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : g_strdup(PQgetvalue(result, row, column));
}

static CaromStored *
read_row(const PGresult *result, int row)
{
	CaromStored *out = g_new0(CaromStored, 1);
	size_t len = 0;
	unsigned char *data =
		PQunescapeBytea((const unsigned char *) PQgetvalue(result, row, 7), &len);

	out->key = text_of(result, row, 0);
	out->arrived = text_of(result, row, 1);
	out->recipient = text_of(result, row, 2);
	out->sender = text_of(result, row, 3);
	out->queue_id = text_of(result, row, 4);
	out->client_address = text_of(result, row, 5);
	out->data = g_memdup2(data, len);
	out->len = len;
	out->size = MAX(len, (gsize) g_ascii_strtoull(PQgetvalue(result, row, 6), NULL, 10));
	PQfreemem(data);
	return out;
}

CaromStatus
carom_replays_next(CaromStore *store, const CaromStoredWhich *which, const char *after,
		   GPtrArray **out, GError **err)
{
	const char *const values[] = { after, which->since, which->until, which->kind };
	const CaromStatement statement = {
		.sql = "SELECT x.key, to_char(x.arrived, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), "
		       "x.recipient, x.sender, x.queue_id, x.client_address, x.size, x.message "
		       "FROM carom.replay_next($1, " MOST ", " MOST_OCTETS ", $2::date, $3::date, "
		       "$4) x",
		.n = G_N_ELEMENTS(values),
		.values = values,
	};
	CaromConnection *connection = carom_connection_of(store, err);
	g_autoptr(PGresult) result = NULL;
	CaromStatus status;

	*out = NULL;
	if (connection == NULL)
		return CAROM_MISUSE;
	status = carom_statement_run(connection, &statement, "reading stored messages", &result,
				     err);
	if (status != CAROM_OK)
		return status;
	*out = g_ptr_array_new_with_free_func(free_stored);
	for (int row = 0; row < PQntuples(result); row++)
		g_ptr_array_add(*out, read_row(result, row));
	return CAROM_OK;
}

CaromStatus
carom_replays_events(CaromStore *store, const CaromStoredWhich *which, const char *after,
		     CaromTable **out, GError **err)
{
	const char *const args[] = { after, which->since, which->until };

	return carom_store_query(store,
				 "SELECT key, report::text FROM carom.replay_events($1, " MOST
				 ", $2::date, $3::date)",
				 args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_replays_put(CaromStore *store, CaromRecordItem *const *items, guint n, gboolean apply,
		  const char *note, CaromTable **out, GError **err)
{
	const Oid types[] = { CAROM_OID_JSONB_ARRAY, CAROM_OID_BYTEA_ARRAY, 0, 0 };
	const int formats[] = { 1, 1, 0, 0 };
	CaromConnection *connection = carom_connection_of(store, err);
	g_autoptr(GByteArray) reports = NULL, raws = NULL;
	g_autoptr(PGresult) result = NULL;
	CaromStatus status;

	*out = NULL;
	if (connection == NULL)
		return CAROM_MISUSE;
	carom_record_pack(items, n, &reports, &raws);
	const char *const values[] = { (const char *) reports->data, (const char *) raws->data,
				       apply ? "true" : "false", note };
	const int lengths[] = { (int) reports->len, (int) raws->len, 0, 0 };
	const CaromStatement statement = {
		.sql = "SELECT n, change, before, after, added, released "
		       "FROM carom.replay($1, $2, $3::boolean, $4)",
		.n = G_N_ELEMENTS(values),
		.types = types,
		.values = values,
		.lengths = lengths,
		.formats = formats,
	};
	status = carom_statement_run(connection, &statement, "replaying", &result, err);
	if (status == CAROM_OK)
		*out = carom_answer_table(result);
	return status;
}
