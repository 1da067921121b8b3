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

/* In the transaction that carom_replays_begin() began, or in one of its own. */
static CaromStatus
ask(CaromStore *store, const CaromStatement *statement, const char *what, PGresult **out,
    GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);

	if (connection == NULL)
		return CAROM_MISUSE;
	return PQtransactionStatus(connection->conn) == PQTRANS_IDLE
		       ? carom_statement_run(connection, statement, what, out, err)
		       : carom_statement_within(connection, statement, what, out, err);
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
	g_autoptr(PGresult) result = NULL;
	CaromStatus status = ask(store, &statement, "reading stored messages", &result, err);

	*out = NULL;
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
	const char *const values[] = { after, which->since, which->until };
	const CaromStatement statement = {
		.sql = "SELECT key, report::text FROM carom.replay_events($1, " MOST
		       ", $2::date, $3::date)",
		.n = G_N_ELEMENTS(values),
		.values = values,
	};
	g_autoptr(PGresult) result = NULL;
	CaromStatus status = ask(store, &statement, "reading events", &result, err);

	*out = NULL;
	if (status == CAROM_OK)
		*out = carom_answer_table(result);
	return status;
}

/* Hands items to a function that answers the CAROM_REPLAYED_… columns. */
static CaromStatus
hand_in(CaromStore *store, const char *sql, CaromRecordItem *const *items, guint n,
	CaromTable **out, GError **err)
{
	const Oid types[] = { CAROM_OID_JSONB_ARRAY, CAROM_OID_BYTEA_ARRAY };
	const int formats[] = { 1, 1 };
	g_autoptr(GByteArray) reports = NULL, raws = NULL;
	g_autoptr(PGresult) result = NULL;
	CaromStatus status;

	*out = NULL;
	carom_record_pack(items, n, &reports, &raws);
	const char *const values[] = { (const char *) reports->data, (const char *) raws->data };
	const int lengths[] = { (int) reports->len, (int) raws->len };
	const CaromStatement statement = {
		.sql = sql,
		.n = G_N_ELEMENTS(values),
		.types = types,
		.values = values,
		.lengths = lengths,
		.formats = formats,
	};
	status = ask(store, &statement, "replaying", &result, err);
	if (status == CAROM_OK)
		*out = carom_answer_table(result);
	return status;
}

CaromStatus
carom_replays_try(CaromStore *store, CaromRecordItem *const *items, guint n, CaromTable **out,
		  GError **err)
{
	return hand_in(store,
		       "SELECT n, change, before, after, added, released "
		       "FROM carom.replay($1, $2)",
		       items, n, out, err);
}

CaromStatus
carom_replays_begin(CaromStore *store, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	CaromStatus status = connection ? carom_statement_begin(connection, err) : CAROM_MISUSE;

	return status == CAROM_OK
		       ? carom_statement_script(connection, "SELECT carom.replay_begin()",
						"replaying", err)
		       : status;
}

CaromStatus
carom_replays_look(CaromStore *store, CaromRecordItem *const *items, guint n, CaromTable **out,
		   GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	CaromStatus status;

	*out = NULL;
	if (connection == NULL)
		return CAROM_MISUSE;
	/* what one of them breaks must not end the transaction */
	status = carom_statement_script(connection, "SAVEPOINT look", "replaying", err);
	if (status == CAROM_OK)
		status = hand_in(store,
				 "SELECT n, change, before, after, added, released "
				 "FROM carom.replay_look($1, $2)",
				 items, n, out, err);
	if (status == CAROM_OK)
		return carom_statement_script(connection, "RELEASE look", "replaying", err);
	if (status == CAROM_MALFORMED &&
	    carom_statement_script(connection, "ROLLBACK TO look", "replaying", NULL) != CAROM_OK)
		status = CAROM_RETRY;
	return status;
}

static guint64
number_of(const PGresult *result, int column)
{
	return g_ascii_strtoull(PQgetvalue(result, 0, column), NULL, 10);
}

CaromStatus
carom_replays_apply(CaromStore *store, const char *note, CaromReplayed *out, GError **err)
{
	const char *const values[] = { note };
	const CaromStatement statement = {
		.sql = "SELECT changed, new, cardinality(refused), added, released, refused[1] "
		       "FROM carom.replay_apply($1)",
		.n = G_N_ELEMENTS(values),
		.values = values,
	};
	g_autoptr(PGresult) result = NULL;
	CaromStatus status = ask(store, &statement, "replaying", &result, err);

	memset(out, 0, sizeof *out);
	if (status == CAROM_OK)
		status = carom_statement_end(carom_connection_of(store, err), TRUE, err);
	if (status != CAROM_OK)
		return status;
	if (PQntuples(result) != 1)
		return carom_store_no_answer("carom.replay_apply", err);
	out->changed = number_of(result, 0);
	out->fresh = number_of(result, 1);
	out->refused = number_of(result, 2);
	out->added = number_of(result, 3);
	out->released = number_of(result, 4);
	out->why = text_of(result, 0, 5);
	return CAROM_OK;
}
