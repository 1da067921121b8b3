/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/bulk.h"
#include "store/answer.h"
#include "store/statement.h"

#include <stdlib.h>
#include <string.h>

#define PIECE (64 * 1024) /* octets that are sent at once */

static const char what[] = "database";

static const char *const names[CAROM_BULK_N] = {
	[CAROM_BULK_ADDRESS] = "address",       [CAROM_BULK_ACCOUNT] = "account",
	[CAROM_BULK_STREAM] = "stream",         [CAROM_BULK_REASON] = "reason",
	[CAROM_BULK_SOURCE] = "source",         [CAROM_BULK_SINCE] = "since",
	[CAROM_BULK_EXPIRES] = "expires",       [CAROM_BULK_PROVIDER] = "provider",
	[CAROM_BULK_STATUS] = "status",         [CAROM_BULK_RULE] = "rule",
	[CAROM_BULK_CONFIDENCE] = "confidence", [CAROM_BULK_SAID_BY] = "said_by",
	[CAROM_BULK_AUTHOR] = "author",         [CAROM_BULK_NOTE] = "note",
	[CAROM_BULK_SPELLING] = "spelling",
};

const char *
carom_bulk_name(CaromBulkField field)
{
	return names[field];
}

/* ---- in ------------------------------------------------------------------------------ */

struct CaromBulk {
	CaromConnection *connection;
	GString *piece;          /* rows that are not sent yet */
	gboolean ended;          /* the transaction is over */
	CaromBulkCaller *caller; /* NULL: staff, or who may call what staff call */
};

/* Asks a function of the API. */
static CaromStatus
ask_for(CaromBulk *bulk, const CaromStatement *statement, GError **err)
{
	CaromBulkCaller *caller = bulk->caller;
	g_autoptr(PGresult) result = NULL;
	CaromStatus status =
		carom_statement_within(bulk->connection, statement, what, &result, err);

	if (status != CAROM_OK)
		return status;
	if (PQntuples(result) != 1 || PQgetisnull(result, 0, 0))
		return carom_store_no_answer("an import over HTTP", err);
	caller->status = atoi(PQgetvalue(result, 0, 0));
	g_free(caller->answer);
	caller->answer = g_strdup(PQgetvalue(result, 0, 1));
	return caller->status < 400 ? CAROM_OK
				    : carom_status_fail(err, CAROM_MALFORMED, "%s", caller->answer);
}

static CaromStatus
make_table(CaromBulk *bulk, GError **err)
{
	const CaromBulkCaller *caller = bulk->caller;
	const char *const values[] = { caller ? caller->id : NULL, caller ? caller->digest : NULL };
	const CaromStatement begin = { .sql = "SELECT a.status, a.answer "
					      "FROM carom.api_import_begin($1, $2) a",
				       .n = 2,
				       .values = values };

	if (caller == NULL)
		return carom_statement_script(bulk->connection, "SELECT carom.import_begin()", what,
					      err);
	return ask_for(bulk, &begin, err);
}

CaromStatus
carom_bulk_begin(CaromStore *store, CaromBulkCaller *caller, CaromBulk **out, GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	g_autoptr(CaromBulk) bulk = NULL;
	CaromStatus status;

	*out = NULL;
	if (connection == NULL)
		return CAROM_MISUSE;
	status = carom_statement_begin(connection, err);
	if (status != CAROM_OK)
		return status;
	bulk = g_new0(CaromBulk, 1);
	bulk->connection = connection;
	bulk->caller = caller;
	bulk->piece = g_string_sized_new(2 * PIECE);
	status = make_table(bulk, err);
	/* in the order of CAROM_BULK_…, after the line */
	if (status == CAROM_OK)
		status = carom_statement_copy_begin(
			connection,
			"COPY pg_temp.carom_import (line, address, account, stream, reason, "
			"source, since, expires_at, provider, status, rule, confidence, said_by, "
			"author, note, spelling) FROM STDIN",
			what, err);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&bulk);
	return status;
}

/* As the text form of COPY wants it. What is part of the key, and the provider, are never NULL. */
static void
append_field(GString *out, CaromBulkField field, const char *text)
{
	g_string_append_c(out, '\t');
	if (text == NULL || *text == '\0') {
		if (field == CAROM_BULK_ACCOUNT || field == CAROM_BULK_STREAM ||
		    field == CAROM_BULK_PROVIDER)
			return;
		g_string_append_len(out, "\\N", 2);
		return;
	}
	for (;;) {
		gsize plain = strcspn(text, "\\\t\n\r");

		g_string_append_len(out, text, (gssize) plain);
		text += plain;
		if (*text == '\0')
			return;
		g_string_append_c(out, '\\');
		switch (*text++) {
		case '\t':
			g_string_append_c(out, 't');
			break;
		case '\n':
			g_string_append_c(out, 'n');
			break;
		case '\r':
			g_string_append_c(out, 'r');
			break;
		default:
			g_string_append_c(out, '\\');
		}
	}
}

static CaromStatus
send_piece(CaromBulk *bulk, GError **err)
{
	CaromStatus status = carom_statement_copy_send(bulk->connection, bulk->piece->str,
						       bulk->piece->len, what, err);

	g_string_truncate(bulk->piece, 0);
	return status;
}

CaromStatus
carom_bulk_add(CaromBulk *bulk, const CaromBulkRow *row, GError **err)
{
	g_string_append_printf(bulk->piece, "%" G_GUINT64_FORMAT, row->line);
	for (guint i = 0; i < CAROM_BULK_N; i++)
		append_field(bulk->piece, (CaromBulkField) i, row->fields[i]);
	g_string_append_c(bulk->piece, '\n');
	return bulk->piece->len < PIECE ? CAROM_OK : send_piece(bulk, err);
}

static gint64
count_at(const PGresult *result, int column)
{
	return g_ascii_strtoll(PQgetvalue(result, 0, column), NULL, 10);
}

/* The counts are in the caller's answer. */
static CaromStatus
merge_for(CaromBulk *bulk, gboolean dry_run, GError **err)
{
	const CaromBulkCaller *caller = bulk->caller;
	const char *const values[] = { caller->id, caller->digest, caller->token,
				       caller->token ? caller->body : NULL,
				       dry_run ? "true" : "false" };
	const CaromStatement merge = {
		.sql = "SELECT a.status, a.answer FROM "
		       "carom.api_import_merge($1, $2, $3, $4, $5::boolean) a",
		.n = 5,
		.values = values
	};

	return ask_for(bulk, &merge, err);
}

static CaromStatus
merge_counted(CaromBulk *bulk, const char *author, gboolean dry_run, CaromBulkCounts *out,
	      GError **err)
{
	const char *const values[] = { author, dry_run ? "true" : "false" };
	const CaromStatement merge = { .sql = "SELECT added, replaced, kept, repeated, expired "
					      "FROM carom.import_merge($1, $2::boolean)",
				       .n = 2,
				       .values = values };
	g_autoptr(PGresult) result = NULL;
	CaromStatus status = carom_statement_within(bulk->connection, &merge, what, &result, err);

	if (status == CAROM_OK && PQntuples(result) != 1)
		status = carom_store_no_answer("carom.import_merge", err);
	if (status == CAROM_OK)
		*out = (CaromBulkCounts){ .added = count_at(result, 0),
					  .replaced = count_at(result, 1),
					  .kept = count_at(result, 2),
					  .repeated = count_at(result, 3),
					  .expired = count_at(result, 4) };
	return status;
}

CaromStatus
carom_bulk_merge(CaromBulk *bulk, const char *author, gboolean dry_run, CaromBulkCounts *out,
		 GError **err)
{
	CaromStatus status = bulk->piece->len > 0 ? send_piece(bulk, err) : CAROM_OK;

	*out = (CaromBulkCounts){ 0 };
	if (status == CAROM_OK)
		status = carom_statement_copy_end(bulk->connection, what, err);
	if (status == CAROM_OK)
		status = bulk->caller ? merge_for(bulk, dry_run, err)
				      : merge_counted(bulk, author, dry_run, out, err);
	if (status == CAROM_OK)
		status = carom_statement_end(bulk->connection, !dry_run, err);
	if (status == CAROM_OK)
		bulk->ended = TRUE;
	return status;
}

void
carom_bulk_free(CaromBulk *bulk)
{
	if (bulk == NULL)
		return;
	if (!bulk->ended)
		(void) !carom_statement_end(bulk->connection, FALSE, NULL);
	g_string_free(bulk->piece, TRUE);
	g_free(bulk);
}

/* ---- out ----------------------------------------------------------------------------- */

/* RFC 3339 to the microsecond, so that what goes in again is the same. */
#define TIME(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/* in the order of CAROM_BULK_… */
static const char export_sql[] =
	"SELECT s.address, s.account, s.stream, s.reason, s.source, " TIME("s.since") ", " TIME(
		"s.expires_at") ", s.provider, s.status, s.rule, s.confidence, s.said_by, "
				"CASE WHEN s.source IN ('staff', 'import') THEN s.author END, "
				"s.note, nullif(s.spelling, s.address) "
				"FROM carom.suppression s "
				"WHERE ($1::text IS NULL OR s.account = $1) "
				"AND ($2::text IS NULL OR s.stream = $2) "
				"AND ($3::text IS NULL OR s.reason = $3) "
				"AND ($4::timestamptz IS NULL OR s.changed_at >= $4) "
				"AND (s.expires_at IS NULL OR s.expires_at > now()) "
				"ORDER BY s.address COLLATE \"C\", s.account COLLATE \"C\", "
				"s.stream COLLATE \"C\"";

typedef struct {
	CaromBulkFunc func;
	void *user;
} Export;

static CaromStatus
take_row(const PGresult *result, void *user, GError **err)
{
	const Export *export = user;
	CaromBulkRow row = { 0 };

	for (int i = 0; i < CAROM_BULK_N; i++)
		if (!PQgetisnull(result, 0, i))
			row.fields[i] = PQgetvalue(result, 0, i);
	return export->func(&row, export->user, err);
}

CaromStatus
carom_bulk_export(CaromStore *store, const CaromBulkFilter *filter, CaromBulkFunc func, void *user,
		  GError **err)
{
	CaromConnection *connection = carom_connection_of(store, err);
	const char *const values[] = { filter->account, filter->stream, filter->reason,
				       filter->since };
	const CaromStatement statement = { .sql = export_sql, .n = 4, .values = values };
	Export export = { func, user };
	CaromStatus status = connection ? carom_statement_begin(connection, err) : CAROM_MISUSE;

	if (status != CAROM_OK)
		return status;
	status = carom_statement_rows(connection, &statement, what, take_row, &export, err);
	if (status != CAROM_OK) {
		(void) !carom_statement_end(connection, FALSE, NULL);
		return status;
	}
	return carom_statement_end(connection, TRUE, err);
}
