/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/canonical.h"

#include <string.h>

struct CaromCanonical {
	GHashTable *rules; /* domain: Rule */
};

typedef struct {
	char *mailbox_domain, *tags;
	gboolean ignores_dots;
} Rule;

static void
free_rule(gpointer data)
{
	Rule *rule = data;

	g_free(rule->mailbox_domain);
	g_free(rule->tags);
	g_free(rule);
}

CaromCanonical *
carom_canonical_new(void)
{
	CaromCanonical *canonical = g_new0(CaromCanonical, 1);

	canonical->rules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_rule);
	return canonical;
}

void
carom_canonical_free(CaromCanonical *canonical)
{
	if (canonical == NULL)
		return;
	g_hash_table_destroy(canonical->rules);
	g_free(canonical);
}

void
carom_canonical_add(CaromCanonical *canonical, const CaromCanonicalRule *rule)
{
	Rule *copy = g_new0(Rule, 1);

	copy->mailbox_domain = g_strdup(rule->mailbox_domain);
	copy->tags = g_strdup(rule->tags);
	copy->ignores_dots = rule->ignores_dots;
	g_hash_table_replace(canonical->rules, g_strdup(rule->domain), copy);
}

gboolean
carom_canonical_is_empty(const CaromCanonical *canonical)
{
	return canonical == NULL || g_hash_table_size(canonical->rules) == 0;
}

/* Cuts the tag off; the first character begins none. */
static void
cut_tag(GString *local, const char *tags)
{
	gsize end = 1;

	while (end < local->len && strchr(tags, local->str[end]) == NULL)
		end++;
	if (end < local->len)
		g_string_truncate(local, end);
}

/* Takes the dots out, unless there is nothing else. */
static void
drop_dots(GString *local)
{
	g_autoptr(GString) rest = g_string_sized_new(local->len);

	for (gsize i = 0; i < local->len; i++)
		if (local->str[i] != '.')
			g_string_append_c(rest, local->str[i]);
	if (rest->len > 0)
		g_string_assign(local, rest->str);
}

char *
carom_canonical_of(const CaromCanonical *canonical, const char *address)
{
	const char *at = strrchr(address, '@');
	g_autoptr(GString) local = NULL;
	const Rule *rule;

	if (at == NULL || at == address || carom_canonical_is_empty(canonical))
		return NULL;
	rule = g_hash_table_lookup(canonical->rules, at + 1);
	if (rule == NULL)
		return NULL;
	local = g_string_new_len(address, at - address);
	if (*local->str != '"') { /* what is quoted no provider takes apart */
		cut_tag(local, rule->tags);
		if (rule->ignores_dots)
			drop_dots(local);
	}
	g_string_append_c(local, '@');
	g_string_append(local, rule->mailbox_domain);
	return g_string_free(g_steal_pointer(&local), FALSE);
}
