/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "rules/provider.h"
#include "base/data_file.h"
#include "base/literals.h"

#include <string.h>

struct CaromProviders {
	GPtrArray *ids;      /* of char * */
	GHashTable *domains; /* "gmail.com" -> id */
	GHashTable *zones;   /* "go.id" of "*.go.id" -> id */
	GHashTable *hosts;   /* "l.google.com" of ".l.google.com" or the whole name -> id */
	CaromLiterals *says; /* literal -> index into ids */
};

/* The word at *p, without quotes; *p is moved behind it. NULL at the end. */
static char *
next_word(char **p)
{
	char *word = *p + strspn(*p, " \t"), *end;

	if (*word == '\0')
		return NULL;
	if (*word == '"') {
		word++;
		end = strchr(word, '"');
		if (end == NULL)
			end = word + strlen(word);
	} else {
		end = word + strcspn(word, " \t");
	}
	*p = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static CaromStatus
read_head(CaromProviders *providers, const CaromDataLine *line, char *rest, GError **err)
{
	const char *id = next_word(&rest);

	if (id == NULL)
		return carom_data_file_fail(line, err, "provider wants an id and a name");
	if (carom_provider_exists(providers, id))
		return carom_data_file_fail(line, err, "provider %s stands here a second time", id);
	g_ptr_array_add(providers->ids, g_strdup(id));
	return CAROM_OK;
}

static CaromStatus
read_line(const CaromDataLine *line, void *user, GError **err)
{
	CaromProviders *providers = user;
	char *rest = line->text, *word = next_word(&rest);
	char *id;

	if (line->head)
		return strcmp(word, "provider") == 0
			       ? read_head(providers, line, rest, err)
			       : carom_data_file_fail(line, err,
						      "\"%s\" where provider was expected", word);
	if (providers->ids->len == 0)
		return carom_data_file_fail(line, err, "a line before the first provider");
	id = providers->ids->pdata[providers->ids->len - 1];
	if (strcmp(word, "domain") == 0) {
		while ((word = next_word(&rest)) != NULL)
			if (word[0] == '*' && word[1] == '.')
				g_hash_table_insert(providers->zones, g_ascii_strdown(word + 2, -1),
						    id);
			else
				g_hash_table_insert(providers->domains, g_ascii_strdown(word, -1),
						    id);
	} else if (strcmp(word, "mx") == 0) {
		while ((word = next_word(&rest)) != NULL)
			g_hash_table_insert(providers->hosts,
					    g_ascii_strdown(word + (*word == '.'), -1), id);
	} else if (strcmp(word, "says") == 0) {
		while ((word = next_word(&rest)) != NULL) {
			gsize len;
			g_autofree char *folded = carom_literals_fold(word, strlen(word), &len);

			if (len < CAROM_LITERAL_MIN)
				return carom_data_file_fail(
					line, err, "\"%s\" is too short to tell a provider by",
					word);
			carom_literals_add(providers->says, folded, providers->ids->len - 1);
		}
	} else {
		return carom_data_file_fail(line, err, "\"%s\" is none of domain, mx, says", word);
	}
	return CAROM_OK;
}

CaromStatus
carom_providers_load(const char *file, CaromProviders **out, GError **err)
{
	g_autoptr(CaromProviders) providers = g_new0(CaromProviders, 1);
	CaromStatus status;

	*out = NULL;
	providers->ids = g_ptr_array_new_with_free_func(g_free);
	providers->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	providers->zones = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	providers->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	providers->says = carom_literals_new();
	status = carom_data_file_read(file, NULL, read_line, providers, err);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&providers);
	return status;
}

void
carom_providers_free(CaromProviders *providers)
{
	if (providers == NULL)
		return;
	g_hash_table_unref(providers->domains);
	g_hash_table_unref(providers->zones);
	g_hash_table_unref(providers->hosts);
	carom_literals_free(providers->says);
	g_ptr_array_free(providers->ids, TRUE);
	g_free(providers);
}

gboolean
carom_provider_exists(const CaromProviders *providers, const char *id)
{
	for (guint i = 0; i < providers->ids->len; i++)
		if (strcmp(providers->ids->pdata[i], id) == 0)
			return TRUE;
	return FALSE;
}

/* The longest suffix of name, cut at dots, that table knows. */
static const char *
by_suffix(GHashTable *table, const char *name)
{
	for (const char *p = name; p != NULL; p = strchr(p, '.') ? strchr(p, '.') + 1 : NULL) {
		const char *id = g_hash_table_lookup(table, p);

		if (id != NULL)
			return id;
	}
	return NULL;
}

static gboolean
take_first(guint id, gsize at, void *user)
{
	(void) at;
	*(guint *) user = id;
	return FALSE;
}

const char *
carom_provider_of(const CaromProviders *providers, const char *domain, const char *remote_mta,
		  const char *reply)
{
	const char *id = domain ? g_hash_table_lookup(providers->domains, domain) : NULL;

	if (id == NULL && remote_mta != NULL) {
		g_autofree char *lower = g_ascii_strdown(remote_mta, -1);

		id = by_suffix(providers->hosts, lower);
	}
	if (id == NULL && domain != NULL)
		id = by_suffix(providers->zones, domain);
	if (id == NULL && reply != NULL) {
		guint found = G_MAXUINT;
		gsize len;
		g_autofree char *folded = carom_literals_fold(reply, strlen(reply), &len);

		carom_literals_scan(providers->says, folded, len, take_first, &found);
		if (found != G_MAXUINT)
			id = providers->ids->pdata[found];
	}
	return id;
}
