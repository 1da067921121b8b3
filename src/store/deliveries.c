/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/deliveries.h"
#include "store/connection_private.h"

static guint64
number(const CaromTable *table, guint column)
{
	const char *cell = carom_table_cell(table, 0, column);

	return cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
}

CaromStatus
carom_deliveries_add(CaromStore *store, const CaromDeliveryLines *lines, CaromDeliveryCount *count,
		     GError **err)
{
	const char *const args[] = { lines->minutes,    lines->line_minutes, lines->lines,
				     lines->line_kinds, lines->line_counts,  lines->kinds };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query(store,
				  "SELECT counted, known, too_old FROM "
				  "carom.add_deliveries($1::bigint[], $2::int[], $3::bigint[], "
				  "$4::int[], $5::int[], $6::jsonb)",
				  args, G_N_ELEMENTS(args), &table, err);

	if (status != CAROM_OK)
		return status;
	count->counted += number(table, 0);
	count->known += number(table, 1);
	count->too_old += number(table, 2);
	return CAROM_OK;
}

/* A literal of a Postgres array of texts. The caller's. */
static char *
text_array(const GPtrArray *texts)
{
	GString *out = g_string_new("{");

	for (guint i = 0; i < texts->len; i++) {
		g_string_append(out, i ? ",\"" : "\"");
		for (const char *p = texts->pdata[i]; *p; p++) {
			if (*p == '"' || *p == '\\')
				g_string_append_c(out, '\\');
			g_string_append_c(out, *p);
		}
		g_string_append_c(out, '"');
	}
	g_string_append_c(out, '}');
	return g_string_free(out, FALSE);
}

CaromStatus
carom_deliveries_note(CaromStore *store, const GPtrArray *addresses, const GArray *times,
		      guint64 *noted, GError **err)
{
	g_autofree char *names = text_array(addresses);
	g_autoptr(GString) moments = g_string_new("{");
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status;

	for (guint i = 0; i < times->len; i++)
		g_string_append_printf(moments, "%s%" G_GINT64_FORMAT, i ? "," : "",
				       g_array_index(times, gint64, i));
	g_string_append_c(moments, '}');
	const char *const args[] = { names, moments->str };

	status = carom_store_query(store, "SELECT carom.note_deliveries($1::text[], $2::bigint[])",
				   args, G_N_ELEMENTS(args), &table, err);
	if (status == CAROM_OK)
		*noted += number(table, 0);
	return status;
}

CaromStatus
carom_deliveries_position(CaromStore *store, const char *first, guint64 *position, char **tail,
			  GError **err)
{
	const char *const args[] = { first };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT position, tail FROM carom.log_position($1)", args, 1, &table, err);

	*tail = NULL;
	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0)
		return CAROM_ABSENT;
	*position = number(table, 0);
	*tail = g_strdup(carom_table_cell(table, 0, 1));
	return CAROM_OK;
}

CaromStatus
carom_deliveries_queue(CaromStore *store, const char *host, char **queue, GError **err)
{
	const char *const args[] = { host };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query(store, "SELECT carom.log_queue($1)", args, 1, &table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	*queue = g_strdup(cell ? cell : "");
	return status;
}

CaromStatus
carom_deliveries_read(CaromStore *store, const char *first, guint64 position, const char *tail,
		      const GPtrArray *hosts, const GPtrArray *queues, GError **err)
{
	g_autofree char *where = g_strdup_printf("%" G_GUINT64_FORMAT, position);
	g_autofree char *names = text_array(hosts), *texts = text_array(queues);
	const char *const args[] = { first, where, tail, names, texts };
	g_autoptr(CaromTable) table = NULL;

	return carom_store_query(
		store, "SELECT carom.log_read($1, $2::bigint, $3, $4::text[], $5::text[])", args,
		G_N_ELEMENTS(args), &table, err);
}

CaromStatus
carom_deliveries_scope(CaromStore *store, guint scope_number, char **account, char **stream,
		       GError **err)
{
	g_autofree char *text = g_strdup_printf("%u", scope_number);
	const char *const args[] = { text };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query(store, "SELECT account, stream FROM carom.stream_scope($1::int)",
				  args, 1, &table, err);

	*account = *stream = NULL;
	if (status != CAROM_OK)
		return status;
	if (table->n_rows == 0)
		return CAROM_ABSENT;
	*account = g_strdup(carom_table_cell(table, 0, 0));
	*stream = g_strdup(carom_table_cell(table, 0, 1));
	return CAROM_OK;
}
