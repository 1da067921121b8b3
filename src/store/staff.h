/* SPDX-License-Identifier: BSD-2-Clause */
/* staff - who may use the page, and what each may do there */
#ifndef CAROM_STAFF_H
#define CAROM_STAFF_H

#include "store/connection.h"

/* role: reader, editor or admin; note may be NULL. Who is there already has that role from now on.
 * CAROM_MALFORMED: name or role is none. */
CAROM_MUST_CHECK CaromStatus carom_staff_add(CaromStore *store, const char *name, const char *role,
					     const char *note, GError **err);

/* CAROM_ABSENT: nobody of that name might. */
CAROM_MUST_CHECK CaromStatus carom_staff_remove(CaromStore *store, const char *name, GError **err);

/* Columns name, role, added_at, author, note. */
CAROM_MUST_CHECK CaromStatus carom_staff_list(CaromStore *store, CaromTable **out, GError **err);

#endif
