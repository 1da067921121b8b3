/* SPDX-License-Identifier: BSD-2-Clause */
/* migrations - the schema, made and brought up to date */
#ifndef CAROM_MIGRATIONS_H
#define CAROM_MIGRATIONS_H

#include "store/connection.h"

typedef struct {
	int version_before, version_after;
} CaromMigrated;

typedef struct {
	int version;
	char *name, *path;
} CaromMigration;

/* The migrations that a folder holds ("0001-schema.sql"), in order, as CaromMigration.
 * CAROM_MISUSE: a file has no number, or another's. *out is the caller's. */
CAROM_MUST_CHECK CaromStatus carom_migrations_list(const char *folder, GPtrArray **out,
						   GError **err);

/*
 * Runs the SQL scripts of sqldir on a connection: the migrations that were not
 * run yet, then functions/, then the steps of after/, which take long. Nobody
 * who records waits for longer than a moment. What was broken off goes on when
 * it is called again. only_existing: never makes the schema. CAROM_RETRY also
 * where somebody holds a table for a minute. CAROM_MISUSE: the database is not
 * one of UTF-8.
 */
CAROM_MUST_CHECK CaromStatus carom_migrations_apply(CaromStore *store, const char *sqldir,
						    gboolean only_existing, CaromMigrated *out,
						    GError **err);

#endif
