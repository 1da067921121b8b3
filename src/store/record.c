/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/record.h"
#include "base/log.h"
#include "base/text.h"
#include "store/record_private.h"
#include "store/statement.h"

#include <jansson.h>
#include <string.h>

#define INCIDENT_SHOWN 400 /* bytes of what the log says of one */
#define OID_BYTEA 17
#define OID_JSONB 3802

/* Reads what carom.record() answers. */
static CaromStatus
read_answer(const char *text, CaromRecorded *out, GError **err)
{
	json_error_t error;
	json_t *answer = json_loads(text, 0, &error);
	const char *refused = json_string_value(json_object_get(answer, "error"));
	CaromStatus status = CAROM_OK;

	if (refused != NULL) {
		status = carom_status_fail(err, CAROM_MALFORMED, "recording: %s", refused);
	} else if (json_is_object(answer)) {
		out->duplicate = json_is_true(json_object_get(answer, "duplicate"));
		out->events = (guint) json_integer_value(json_object_get(answer, "events"));
		out->suppressed = (guint) json_array_size(json_object_get(answer, "suppressed"));
	} else {
		status = carom_status_fail(
			err, CAROM_MISUSE,
			"database: carom.record answered \"%s\"; is its schema of this "
			"version of carom?",
			text);
	}
	json_decref(answer);
	return status;
}

/* Tells the log at once of an incident that these reports opened: the second column of the answer.
 */
static void
tell_incident(const PGresult *result)
{
	const char *told = PQntuples(result) > 0 ? PQgetvalue(result, 0, 1) : "";
	g_autofree char *printable = *told ? carom_text_printable(told, INCIDENT_SHOWN) : NULL;

	if (printable != NULL)
		carom_log(CAROM_LOG_WARNING,
			  "%s: its addresses are held until somebody says what it was (carom "
			  "incident list)",
			  printable);
}

CaromStatus
carom_store_record(CaromStore *store, const char *json, const char *raw, gsize raw_len,
		   CaromRecorded *out, GError **err)
{
	const Oid types[] = { OID_JSONB, OID_BYTEA };
	const char *const values[] = { json, raw };
	const int lengths[] = { 0, (int) raw_len };
	const int formats[] = { 0, 1 };
	/* one statement outside a block: its success is the commit */
	const CaromStatement statement = {
		.sql = "SELECT a.answer, current_setting('carom.incident', true) FROM carom.record($1, $2) AS a(answer)",
		.n = 2,
		.types = types,
		.values = values,
		.lengths = lengths,
		.formats = formats
	};
	CaromConnection *connection = carom_connection_of(store, err);
	g_autoptr(PGresult) result = NULL;
	CaromStatus status;

	memset(out, 0, sizeof *out);
	if (connection == NULL)
		return CAROM_MISUSE;
	status = carom_statement_run(connection, &statement, "recording", &result, err);
	if (status != CAROM_OK)
		return status;
	if (PQntuples(result) != 1 || PQgetisnull(result, 0, 0))
		return carom_store_no_answer("carom.record", err);
	tell_incident(result);
	return read_answer(PQgetvalue(result, 0, 0), out, err);
}

static void
put_int32(GByteArray *out, gint32 value)
{
	guint32 big_endian = GUINT32_TO_BE((guint32) value);

	g_byte_array_append(out, (const guint8 *) &big_endian, sizeof big_endian);
}

/* The header of a one-dimensional array in Postgres' binary form: dimensions, has-nulls, element
 * type, length, lower bound. */
static GByteArray *
array_new(Oid element, guint n)
{
	GByteArray *out = g_byte_array_new();

	put_int32(out, 1);
	put_int32(out, 1);
	put_int32(out, (gint32) element);
	put_int32(out, (gint32) n);
	put_int32(out, 1);
	return out;
}

void
carom_record_pack(CaromRecordItem *const *items, guint n, GByteArray **reports, GByteArray **raws)
{
	static const guint8 jsonb_version = 1;

	*reports = array_new(OID_JSONB, n);
	*raws = array_new(OID_BYTEA, n);
	for (guint i = 0; i < n; i++) {
		gsize len = strlen(items[i]->json);

		put_int32(*reports, (gint32) len + 1);
		g_byte_array_append(*reports, &jsonb_version, 1);
		g_byte_array_append(*reports, (const guint8 *) items[i]->json, (guint) len);
		put_int32(*raws, items[i]->raw ? (gint32) items[i]->raw_len : -1);
		if (items[i]->raw != NULL)
			g_byte_array_append(*raws, (const guint8 *) items[i]->raw,
					    (guint) items[i]->raw_len);
	}
}

CaromStatus
carom_store_record_many(CaromStore *store, CaromRecordItem *const *items, guint n, GError **err)
{
	const Oid types[] = { CAROM_OID_JSONB_ARRAY, CAROM_OID_BYTEA_ARRAY };
	const int formats[] = { 1, 1 };
	CaromConnection *connection = carom_connection_of(store, err);
	g_autoptr(GByteArray) reports = NULL, raws = NULL;
	g_autoptr(PGresult) result = NULL;
	CaromStatus status;

	if (connection == NULL)
		return CAROM_MISUSE;

	carom_record_pack(items, n, &reports, &raws);
	const char *const values[] = { (const char *) reports->data, (const char *) raws->data };
	const int lengths[] = { (int) reports->len, (int) raws->len };

	const CaromStatement statement = {
		.sql = "SELECT a.answer, current_setting('carom.incident', true) FROM "
		       "unnest(carom.record_many($1, $2)) WITH ORDINALITY AS a(answer, n) ORDER "
		       "BY a.n",
		.n = 2,
		.types = types,
		.values = values,
		.lengths = lengths,
		.formats = formats
	};

	status = carom_statement_run(connection, &statement, "recording", &result, err);
	if (status != CAROM_OK)
		return status;
	if (PQntuples(result) != (int) n)
		return carom_status_fail(
			err, CAROM_MISUSE,
			"database: carom.record_many answered %d of %u; is its schema of "
			"this version of carom?",
			PQntuples(result), n);
	tell_incident(result);
	for (guint i = 0; i < n; i++) {
		memset(&items[i]->recorded, 0, sizeof items[i]->recorded);
		items[i]->status = read_answer(PQgetvalue(result, (int) i, 0), &items[i]->recorded,
					       &items[i]->error);
	}
	return CAROM_OK;
}
