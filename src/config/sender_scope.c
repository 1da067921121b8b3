/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/sender_scope.h"

static const char *
of_lower(GHashTable *table, const char *name)
{
	g_autofree char *lower = name ? g_ascii_strdown(name, -1) : NULL;

	return lower ? g_hash_table_lookup(table, lower) : NULL;
}

const char *
carom_sender_scope(const CaromConfig *config, const char *login, const char *client,
		   const char *sender)
{
	const char *scope = of_lower(config->logins, login);

	if (scope == NULL && client != NULL)
		scope = g_hash_table_lookup(config->clients, client);
	return scope ? scope : of_lower(config->senders, sender);
}
