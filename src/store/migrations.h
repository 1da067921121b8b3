/* SPDX-License-Identifier: BSD-2-Clause */
/* migrations - the schema, made and brought up to date */
#ifndef CAROM_MIGRATIONS_H
#define CAROM_MIGRATIONS_H

#include "store/connection.h"

typedef struct {
	int version_before, version_after;
} CaromMigrated;

/* Runs whole SQL scripts in one transaction of a connection: the migrations of sqldir above the
 * version that is there, then the definitions. only_existing: never makes the schema. */
CAROM_MUST_CHECK CaromStatus carom_migrations_apply(CaromStore *store, const char *sqldir,
						    gboolean only_existing, CaromMigrated *out,
						    GError **err);

#endif
