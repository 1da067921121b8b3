/* SPDX-License-Identifier: BSD-2-Clause */
/* record_private - how reports are handed to the database; private to this room */
#ifndef CAROM_RECORD_PRIVATE_H
#define CAROM_RECORD_PRIVATE_H

#include "store/record.h"

/* Types of the parameters that carom_record_pack() makes. */
#define CAROM_OID_BYTEA_ARRAY 1001
#define CAROM_OID_JSONB_ARRAY 3807

/* json and raw of n items as jsonb[] (each with its version byte, 1) and bytea[], in Postgres'
 * binary form. Both are the caller's. */
void carom_record_pack(CaromRecordItem *const *items, guint n, GByteArray **reports,
		       GByteArray **raws);

#endif
