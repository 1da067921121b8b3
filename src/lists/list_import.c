/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/list_import.h"

struct CaromListImport {
	CaromStore *store;
	CaromListImportOptions options;
	CaromListReader *reader;
	CaromBulk *bulk; /* NULL: no row yet, or none is taken any more */
	CaromListImported so_far;
};

/* A file with a fault is read to its end, but not taken. */
static gboolean
is_taking(const CaromListImport *import)
{
	return import->so_far.faults == 0 || import->options.dry_run;
}

static CaromStatus
take_entry(const CaromBulkRow *row, void *user, GError **err)
{
	CaromListImport *import = user;
	CaromStatus status = CAROM_OK;

	import->so_far.rows++;
	if (!is_taking(import))
		return CAROM_OK;
	if (import->bulk == NULL)
		status = carom_list_import_begin(import, err);
	return status == CAROM_OK ? carom_bulk_add(import->bulk, row, err) : status;
}

static void
give_up(CaromListImport *import)
{
	carom_bulk_free(import->bulk);
	import->bulk = NULL;
}

static CaromStatus
take_fault(const CaromListFault *fault, void *user, GError **err)
{
	CaromListImport *import = user;

	(void) err;
	import->so_far.faults++;
	if (!is_taking(import))
		give_up(import);
	if (import->options.fault != NULL)
		import->options.fault(fault, import->options.user);
	return CAROM_OK;
}

CaromListImport *
carom_list_import_new(CaromStore *store, const CaromListImportOptions *options)
{
	CaromListImport *import = g_new0(CaromListImport, 1);
	const CaromListHandler handler = { take_entry, take_fault, import };

	import->store = store;
	import->options = *options;
	import->reader = carom_list_reader_new(&import->options.reading, &handler);
	return import;
}

void
carom_list_import_free(CaromListImport *import)
{
	if (import == NULL)
		return;
	give_up(import);
	carom_list_reader_free(import->reader);
	g_free(import);
}

CaromStatus
carom_list_import_begin(CaromListImport *import, GError **err)
{
	return carom_bulk_begin(import->store, import->options.caller, &import->bulk, err);
}

CaromStatus
carom_list_import_push(CaromListImport *import, const char *bytes, gsize len, GError **err)
{
	return carom_list_reader_push(import->reader, bytes, len, err);
}

const CaromListImported *
carom_list_import_so_far(const CaromListImport *import)
{
	return &import->so_far;
}

static CaromStatus
finish(CaromListImport *import, GError **err)
{
	guint64 faults;
	CaromStatus status = carom_list_reader_end(import->reader, err);

	if (status == CAROM_OK && carom_list_reader_format(import->reader) == NULL &&
	    import->so_far.faults == 0)
		return carom_status_fail(err, CAROM_MALFORMED, "the file is empty");
	if (status == CAROM_OK && import->bulk != NULL && is_taking(import))
		status = carom_bulk_merge(import->bulk, import->options.author,
					  import->options.dry_run, &import->so_far.counts, err);
	faults = import->so_far.faults;
	if (status != CAROM_OK || faults == 0)
		return status;
	return carom_status_fail(err, CAROM_MALFORMED,
				 "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
				 " rows are not as expected, so none %s imported",
				 faults, faults + import->so_far.rows,
				 import->options.dry_run ? "would be" : "was");
}

CaromStatus
carom_list_import_end(CaromListImport *import, CaromListImported *out, GError **err)
{
	CaromStatus status = finish(import, err);

	*out = import->so_far;
	return status;
}
