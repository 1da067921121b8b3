/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/settings_private.h"

#include <string.h>

/* The end of the value at p as libpq reads it: "'a \\' b'", or up to a blank, or to the '&' of a
 * URI. */
static const char *
value_end(const char *p)
{
	if (*p != '\'')
		return p + strcspn(p, " \t&");
	for (p++; *p != '\0' && *p != '\''; p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
	return *p ? p + 1 : p;
}

/* The password of a connection string, "password = x" (also sslpassword) or
 * "postgresql://user:x@host", never gets printed. */
static char *
mask_secret(const char *value)
{
	GString *out = g_string_new(NULL);
	const char *p = value, *at = strstr(value, "://"), *host = at ? strchr(at, '@') : NULL,
		   *colon = at ? strchr(at + 3, ':') : NULL;

	if (host != NULL && colon != NULL && colon < host) {
		g_string_append_len(out, value, colon + 1 - value);
		g_string_append(out, "***");
		p = host;
	}
	while ((at = strstr(p, "password")) != NULL) {
		at += strlen("password");
		at += strspn(at, " \t");
		if (*at == '=') {
			at++;
			at += strspn(at, " \t");
			g_string_append_len(out, p, at - p);
			g_string_append(out, "***");
			at = value_end(at);
		} else {
			g_string_append_len(out, p, at - p);
		}
		p = at;
	}
	g_string_append(out, p);
	return g_string_free(out, FALSE);
}

/* By name, so that two dumps can be compared. */
static void
dump_free_group(GString *out, const char *group, GHashTable *table)
{
	g_autoptr(GList) names =
		g_list_sort(g_hash_table_get_keys(table), (GCompareFunc) (void (*)(void)) strcmp);

	g_string_append_printf(out, "\n[%s]\n", group);
	for (const GList *name = names; name != NULL; name = name->next)
		g_string_append_printf(out, "%s = %s\n", (const char *) name->data,
				       (const char *) g_hash_table_lookup(table, name->data));
}

/* The value as it stands in the file. Caller's. */
static char *
value_text(const CaromConfig *config, const CaromSetting *s)
{
	const void *at = (const char *) config + s->offset;
	g_autofree char *text = NULL;
	g_auto(GStrv) parts = NULL;
	const char *bar;

	switch (s->type) {
	case CAROM_SETTING_STRING:
		text = mask_secret(*(char *const *) at);
		parts = g_strsplit(text, "\\", 0);
		return g_strjoinv("\\\\", parts); /* a backslash is an escape in the file */
	case CAROM_SETTING_LIST:
		return g_strjoinv(";", *(char **const *) at);
	case CAROM_SETTING_CHOICE:
		bar = strchr(s->choices, '|');
		return *(const gboolean *) at ? g_strdup(bar + 1)
					      : g_strndup(s->choices, (gsize) (bar - s->choices));
	case CAROM_SETTING_SIZE:
		return g_strdup_printf("%" G_GSIZE_FORMAT, *(const gsize *) at);
	case CAROM_SETTING_COUNT:
		return g_strdup_printf("%d", *(const int *) at);
	}
	return NULL;
}

char *
carom_config_dump(const CaromConfig *config)
{
	GString *out = g_string_new(NULL);
	gsize n, n_groups;
	const CaromSetting *rows = carom_settings_rows(&n);
	const CaromFreeGroup *groups = carom_settings_free_groups(&n_groups);
	const char *group = "";

	g_string_append_printf(out, "# %s\n", config->file ? config->file : "built-in defaults");
	for (gsize i = 0; i < n; i++) {
		const CaromSetting *s = &rows[i];
		g_autofree char *text = value_text(config, s);

		if (strcmp(group, s->group) != 0)
			g_string_append_printf(out, "%s[%s]\n", *group ? "\n" : "", s->group);
		group = s->group;
		g_string_append_printf(out, "# %s\n%s = %s\n", s->help, s->key, text);
	}
	for (gsize i = 0; i < n_groups; i++)
		dump_free_group(out, groups[i].name, carom_settings_table(config, &groups[i]));
	return g_string_free(out, FALSE);
}
