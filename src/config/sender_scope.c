/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/sender_scope.h"
#include "config/scope.h"

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

const char *
carom_sender_scope_ip(const CaromConfig *config, const char *account, const char *stream)
{
	g_autofree char *scope = carom_scope_name(account ? account : "", stream ? stream : "");
	const char *ip = of_lower(config->sending_ips, scope);

	if (ip == NULL)
		ip = of_lower(config->sending_ips, account);
	return ip ? ip : config->outbound.sending_ip;
}
