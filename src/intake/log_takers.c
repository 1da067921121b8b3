/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/log_takers.h"
#include "mail/address_normal.h"

#define MOST_ADDRESSES 20000

struct CaromLogTakers {
	GHashTable *last; /* normal spelling -> gint64 *, the last time */
};

CaromLogTakers *
carom_log_takers_new(void)
{
	CaromLogTakers *takers = g_new0(CaromLogTakers, 1);

	takers->last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return takers;
}

void
carom_log_takers_add(CaromLogTakers *takers, const char *address, gsize len, gint64 time)
{
	g_autofree char *normal = carom_address_normal(address, (gssize) len);
	gint64 *last = normal ? g_hash_table_lookup(takers->last, normal) : NULL;

	if (last != NULL)
		*last = MAX(*last, time);
	else if (normal != NULL && *normal != '@')
		g_hash_table_insert(takers->last, g_steal_pointer(&normal),
				    g_memdup2(&time, sizeof time));
}

gboolean
carom_log_takers_is_full(const CaromLogTakers *takers)
{
	return g_hash_table_size(takers->last) >= MOST_ADDRESSES;
}

CaromStatus
carom_log_takers_flush(CaromLogTakers *takers, CaromStore *store, guint64 *noted, GError **err)
{
	g_autoptr(GPtrArray) addresses = g_ptr_array_new();
	g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
	GHashTableIter it;
	gpointer address, time;
	CaromStatus status;

	if (g_hash_table_size(takers->last) == 0)
		return CAROM_OK;
	g_hash_table_iter_init(&it, takers->last);
	while (g_hash_table_iter_next(&it, &address, &time)) {
		g_ptr_array_add(addresses, address);
		g_array_append_vals(times, time, 1);
	}
	status = carom_deliveries_note(store, addresses, times, noted, err);
	if (status == CAROM_OK)
		g_hash_table_remove_all(takers->last);
	return status;
}

void
carom_log_takers_free(CaromLogTakers *takers)
{
	if (takers == NULL)
		return;
	g_hash_table_unref(takers->last);
	g_free(takers);
}
