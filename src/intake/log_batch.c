/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/log_batch.h"
#include "base/json.h"
#include "config/scope.h"

#include <string.h>

#define MOST_LINES 20000
#define MOST_KINDS 5000

/* Numbers as a literal of a Postgres array. */
typedef struct {
	GString *text;
	guint n;
} Numbers;

struct CaromLogBatch {
	GHashTable *kinds;      /* what is counted, as JSON -> its number, from 1 */
	GHashTable *minutes;    /* minute -> its number, from 1 */
	GPtrArray *kind_order;  /* of the keys of kinds, borrowed */
	Numbers minute_numbers; /* by number */
	Numbers line_minutes, lines, line_kinds, line_counts;
	GString *scratch;
};

static void
numbers_begin(Numbers *numbers)
{
	if (numbers->text == NULL)
		numbers->text = g_string_new(NULL);
	g_string_assign(numbers->text, "{");
	numbers->n = 0;
}

static void
numbers_add(Numbers *numbers, gint64 value)
{
	g_string_append_printf(numbers->text, "%s%" G_GINT64_FORMAT, numbers->n > 0 ? "," : "",
			       value);
	numbers->n++;
}

static const char *
numbers_end(Numbers *numbers)
{
	if (numbers->text->str[numbers->text->len - 1] != '}')
		g_string_append_c(numbers->text, '}');
	return numbers->text->str;
}

static void
begin(CaromLogBatch *batch)
{
	Numbers *const all[] = { &batch->minute_numbers, &batch->line_minutes, &batch->lines,
				 &batch->line_kinds, &batch->line_counts };

	g_ptr_array_set_size(batch->kind_order, 0);
	g_hash_table_remove_all(batch->kinds);
	g_hash_table_remove_all(batch->minutes);
	for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
		numbers_begin(all[i]);
}

CaromLogBatch *
carom_log_batch_new(void)
{
	CaromLogBatch *batch = g_new0(CaromLogBatch, 1);

	batch->kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	batch->minutes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	batch->kind_order = g_ptr_array_new();
	batch->scratch = g_string_new(NULL);
	begin(batch);
	return batch;
}

static void
member(GString *out, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		carom_json_member(out, name, value);
}

static guint
kind_number(CaromLogBatch *batch, const CaromLogCount *count)
{
	GString *json = batch->scratch;
	g_autofree char *account = NULL, *stream = NULL;
	guint number;

	carom_scope_split(count->scope ? count->scope : "", &account, &stream);
	g_string_truncate(json, 0);
	carom_json_begin_object(json);
	member(json, "account", account);
	member(json, "stream", stream);
	member(json, "provider", count->provider);
	member(json, "outcome", count->outcome);
	member(json, "category", count->category);
	member(json, "class", count->class);
	if (count->told) {
		carom_json_name(json, "told");
		carom_json_boolean(json, TRUE);
	}
	carom_json_end_object(json);
	number = GPOINTER_TO_UINT(g_hash_table_lookup(batch->kinds, json->str));
	if (number == 0) {
		char *key = g_strdup(json->str);

		g_ptr_array_add(batch->kind_order, key);
		number = batch->kind_order->len;
		g_hash_table_insert(batch->kinds, key, GUINT_TO_POINTER(number));
	}
	return number;
}

static guint
minute_number(CaromLogBatch *batch, gint64 minute)
{
	guint number = GPOINTER_TO_UINT(g_hash_table_lookup(batch->minutes, &minute));

	if (number == 0) {
		numbers_add(&batch->minute_numbers, minute);
		number = batch->minute_numbers.n;
		g_hash_table_insert(batch->minutes, g_memdup2(&minute, sizeof minute),
				    GUINT_TO_POINTER(number));
	}
	return number;
}

/* The number of a line: 64 bits of a hash that nobody can make collide on purpose. */
static gint64
line_number(const char *text, gsize len, guint part)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize n = sizeof digest;
	gint64 number;

	g_checksum_update(sum, (const guchar *) text, (gssize) len);
	g_checksum_update(sum, (const guchar *) &part, sizeof part);
	g_checksum_get_digest(sum, digest, &n);
	memcpy(&number, digest, sizeof number);
	return GINT64_FROM_BE(number);
}

void
carom_log_batch_add(CaromLogBatch *batch, gint64 time, const char *text, gsize len, guint part,
		    const CaromLogCount *count)
{
	numbers_add(&batch->line_minutes, minute_number(batch, time / 60));
	numbers_add(&batch->lines, line_number(text, len, GUINT32_TO_LE(part)));
	numbers_add(&batch->line_kinds, kind_number(batch, count));
	numbers_add(&batch->line_counts, count->recipients);
}

gboolean
carom_log_batch_is_full(const CaromLogBatch *batch)
{
	return batch->lines.n >= MOST_LINES || batch->kind_order->len >= MOST_KINDS;
}

CaromStatus
carom_log_batch_flush(CaromLogBatch *batch, CaromStore *store, CaromDeliveryCount *sum,
		      GError **err)
{
	GString *kinds = batch->scratch;
	CaromStatus status;

	if (batch->lines.n == 0)
		return CAROM_OK;
	g_string_assign(kinds, "[");
	for (guint i = 0; i < batch->kind_order->len; i++)
		g_string_append_printf(kinds, "%s%s", i ? "," : "",
				       (const char *) batch->kind_order->pdata[i]);
	g_string_append_c(kinds, ']');
	const CaromDeliveryLines lines = { .minutes = numbers_end(&batch->minute_numbers),
					   .line_minutes = numbers_end(&batch->line_minutes),
					   .lines = numbers_end(&batch->lines),
					   .line_kinds = numbers_end(&batch->line_kinds),
					   .line_counts = numbers_end(&batch->line_counts),
					   .kinds = kinds->str };

	status = carom_deliveries_add(store, &lines, sum, err);
	if (status == CAROM_OK)
		begin(batch);
	return status;
}

void
carom_log_batch_free(CaromLogBatch *batch)
{
	if (batch == NULL)
		return;
	g_hash_table_unref(batch->kinds);
	g_hash_table_unref(batch->minutes);
	g_ptr_array_unref(batch->kind_order);
	g_string_free(batch->minute_numbers.text, TRUE);
	g_string_free(batch->line_minutes.text, TRUE);
	g_string_free(batch->lines.text, TRUE);
	g_string_free(batch->line_kinds.text, TRUE);
	g_string_free(batch->line_counts.text, TRUE);
	g_string_free(batch->scratch, TRUE);
	g_free(batch);
}
