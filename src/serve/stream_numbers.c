/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/stream_numbers.h"
#include "config/scope.h"
#include "store/streams.h"

#include <pthread.h>

struct CaromStreamNumbers {
	CaromStore *store;
	pthread_mutex_t lock;
	GHashTable *known; /* "account/stream" -> number; guarded by lock */
};

CaromStreamNumbers *
carom_stream_numbers_new(CaromStore *store)
{
	CaromStreamNumbers *numbers = g_new0(CaromStreamNumbers, 1);

	numbers->store = store;
	pthread_mutex_init(&numbers->lock, NULL);
	numbers->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return numbers;
}

void
carom_stream_numbers_free(CaromStreamNumbers *numbers)
{
	if (numbers == NULL)
		return;
	g_hash_table_unref(numbers->known);
	pthread_mutex_destroy(&numbers->lock);
	g_free(numbers);
}

/* The number of a scope in [streams], 0 if it has none. */
static guint
configured(const CaromConfig *config, const char *scope)
{
	GHashTableIter it;
	gpointer number, value;

	g_hash_table_iter_init(&it, config->streams);
	while (g_hash_table_iter_next(&it, &number, &value))
		if (g_ascii_strcasecmp(value, scope) == 0)
			return (guint) g_ascii_strtoull(number, NULL, 10);
	return 0;
}

static guint
remembered(CaromStreamNumbers *numbers, const char *scope)
{
	guint number;

	pthread_mutex_lock(&numbers->lock);
	number = GPOINTER_TO_UINT(g_hash_table_lookup(numbers->known, scope));
	pthread_mutex_unlock(&numbers->lock);
	return number;
}

CaromStatus
carom_stream_numbers_get(CaromStreamNumbers *numbers, const CaromConfig *config,
			 const char *account, const char *stream, guint *number, GError **err)
{
	g_autofree char *scope = carom_scope_name(account, stream);
	CaromStatus status;

	*number = *account ? configured(config, scope) : 0;
	if (*account == '\0' || *number != 0)
		return CAROM_OK;
	*number = remembered(numbers, scope);
	if (*number != 0)
		return CAROM_OK;
	status = carom_streams_number(numbers->store, account, stream, number, err);
	if (status != CAROM_OK)
		return status;
	pthread_mutex_lock(&numbers->lock);
	g_hash_table_insert(numbers->known, g_steal_pointer(&scope), GUINT_TO_POINTER(*number));
	pthread_mutex_unlock(&numbers->lock);
	return CAROM_OK;
}
