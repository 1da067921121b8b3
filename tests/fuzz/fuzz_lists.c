/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of suppressed addresses. Whatever the pieces are that it is read in,
 * the same comes out; what comes out can be written and read again.
 */
#include "config.h"

#include "fuzz.h"
#include "base/csv.h"
#include "lists/list_address.h"
#include "lists/list_reader.h"

#include <string.h>

typedef struct {
	GString *seen, *written;
	guint64 last;
} Seen;

static CaromStatus
take_entry(const CaromBulkRow *row, void *user, GError **err)
{
	Seen *seen = user;
	g_autofree char *normal = NULL;
	const char *address = row->fields[CAROM_BULK_ADDRESS];

	FUZZ_CHECK(carom_list_address_read(address, CAROM_LIST_ADDRESS_NEW, &normal, err) ==
		   CAROM_OK);
	FUZZ_CHECK(strcmp(address, normal) == 0);
	FUZZ_CHECK(row->fields[CAROM_BULK_REASON] != NULL && row->fields[CAROM_BULK_SOURCE]);
	FUZZ_CHECK(row->line >= seen->last);
	seen->last = row->line;
	for (guint i = 0; i < CAROM_BULK_N; i++) {
		const char *text = row->fields[i];

		FUZZ_CHECK(text == NULL || g_utf8_validate(text, -1, NULL));
		g_string_append_printf(seen->seen, "%s|", text ? text : "");
		if (i > 0)
			g_string_append_c(seen->written, ',');
		carom_csv_text(seen->written, text);
	}
	g_string_append(seen->written, "\r\n");
	return CAROM_OK;
}

static CaromStatus
take_fault(const CaromListFault *fault, void *user, GError **err)
{
	(void) user;
	(void) err;
	FUZZ_CHECK(fault->line > 0 && fault->reason != NULL);
	return CAROM_OK;
}

/* The entries as text; caller's. written: the same as a file. */
static char *
read_all(const char *data, size_t size, size_t piece, char **written)
{
	const CaromListOptions options = { .list = "bounces", .reason = "none" };
	Seen seen = { g_string_new(NULL), g_string_new(NULL), 0 };
	const CaromListHandler handler = { take_entry, take_fault, &seen };
	g_autoptr(CaromListReader) reader = carom_list_reader_new(&options, &handler);
	CaromStatus status = CAROM_OK;

	for (guint i = 0; i < CAROM_BULK_N; i++)
		g_string_append_printf(seen.written, "%s%s", i > 0 ? "," : "",
				       carom_bulk_name((CaromBulkField) i));
	g_string_append(seen.written, "\r\n");
	for (size_t at = 0; status == CAROM_OK && at < size; at += piece)
		status = carom_list_reader_push(reader, data + at, MIN(piece, size - at), NULL);
	if (status == CAROM_OK)
		(void) !carom_list_reader_end(reader, NULL);
	*written = g_string_free(seen.written, FALSE);
	return g_string_free(seen.seen, FALSE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *written = NULL, *same = NULL, *again = NULL;
	g_autofree char *whole = read_all((const char *) data, size, size + 1, &written);
	g_autofree char *pieces = read_all((const char *) data, size, 3, &same);
	g_autofree char *second = NULL;

	FUZZ_CHECK(strcmp(whole, pieces) == 0);
	/* unknown lengths are cut the first time only */
	second = read_all(written, strlen(written), 1000, &again);
	FUZZ_CHECK(strcmp(whole, second) == 0);
	FUZZ_CHECK(strcmp(written, again) == 0);
	return 0;
}
