/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/forget.h"
#include "store/connection_private.h"

#include <string.h>

#define KEY_OCTETS 32

CaromStatus
carom_forget(CaromStore *store, const CaromForget *what, CaromTable **out, GError **err)
{
	const char *const args[] = { what->address, what->note, what->refuse ? "true" : "false",
				     what->dry_run ? "true" : "false" };

	/* in the order of the CAROM_FORGOT_… columns */
	return carom_store_query(
		store, "SELECT what, n AS rows FROM carom.forget($1, $2, $3::boolean, $4::boolean)",
		args, G_N_ELEMENTS(args), out, err);
}

CaromStatus
carom_forget_filter(CaromStore *store, GBytes **out, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT encode(carom.forgotten_filter(), 'hex')", NULL, 0, &table, err);
	const char *cell = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;
	guint8 key[KEY_OCTETS];

	*out = NULL;
	if (status != CAROM_OK)
		return status;
	if (cell == NULL || strlen(cell) != (gsize) 2 * KEY_OCTETS)
		return carom_store_no_answer("carom.forgotten_filter", err);
	for (guint i = 0; i < KEY_OCTETS; i++)
		key[i] = (guint8) (g_ascii_xdigit_value(cell[2 * i]) << 4 |
				   g_ascii_xdigit_value(cell[2 * i + 1]));
	*out = g_bytes_new(key, sizeof(key));
	return CAROM_OK;
}
