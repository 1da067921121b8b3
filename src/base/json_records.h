/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json_records - the objects of a file of JSON, one by one
 *
 * Text is pushed in, in pieces of any size; each record comes out of a callback
 * as text, for jansson to read. A record is an object at the top (one a line, or
 * not), an element of an array at the top, or of the first array of objects in
 * an object, as the answers of APIs have it: {"results": [{…}, {…}], "links": …}.
 * Memory is bounded by one record. What is no JSON is a fault with its line, and
 * reading goes on with the next line.
 */
#ifndef CAROM_JSON_RECORDS_H
#define CAROM_JSON_RECORDS_H

#include "base/status.h"

#define CAROM_JSON_RECORDS_MAX (64 * 1024) /* octets of a record */

/* What they return but CAROM_OK ends the push. line is where the record begins, from 1. */
typedef struct {
	CaromStatus (*record)(guint64 line, const char *text, gsize len, void *user, GError **err);
	CaromStatus (*fault)(guint64 line, const char *reason, void *user, GError **err);
	void *user;
} CaromJsonHandler;

typedef struct CaromJsonRecords CaromJsonRecords;

CaromJsonRecords *carom_json_records_new(const CaromJsonHandler *handler); /* copied */
void carom_json_records_free(CaromJsonRecords *records);                   /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CaromJsonRecords, carom_json_records_free)

/* Only what a callback returned is no CAROM_OK. */
CAROM_MUST_CHECK CaromStatus carom_json_records_push(CaromJsonRecords *records, const char *text,
						     gsize len, GError **err);

/* A file that ends inside an object or an array was cut short: a fault. */
CAROM_MUST_CHECK CaromStatus carom_json_records_end(CaromJsonRecords *records, GError **err);

#endif
