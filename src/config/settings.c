/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/settings_private.h"
#include "base/text.h"

#include <string.h>
#include <unistd.h>

/* ---- keys ---- */

static const CaromSetting *
find_setting(const char *group, const char *key)
{
	gsize n;
	const CaromSetting *rows = carom_settings_rows(&n);

	for (gsize i = 0; i < n; i++)
		if (strcmp(rows[i].group, group) == 0 &&
		    (key == NULL || strcmp(rows[i].key, key) == 0))
			return &rows[i];
	return NULL;
}

static const CaromFreeGroup *
find_free_group(const char *name)
{
	gsize n;
	const CaromFreeGroup *groups = carom_settings_free_groups(&n);

	for (gsize i = 0; i < n; i++)
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	return NULL;
}

static CaromStatus
unknown_key(const char *file, const char *group, const char *key, GError **err)
{
	gsize n;
	const CaromSetting *rows = carom_settings_rows(&n), *best = NULL;
	guint least = G_MAXUINT;

	for (gsize i = 0; i < n; i++) {
		guint d =
			carom_text_distance(key ? key : group, key ? rows[i].key : rows[i].group) +
			(key && strcmp(group, rows[i].group) != 0 ? 2 : 0);

		if (d < least) {
			least = d;
			best = &rows[i];
		}
	}
	if (key == NULL)
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s: unknown group [%s]; the nearest is [%s]", file, group,
					 best->group);
	return carom_status_fail(err, CAROM_MISUSE,
				 "%s: unknown key %s in [%s]; the nearest is %s in [%s]", file, key,
				 group, best->key, best->group);
}

static CaromStatus
check_keys(GKeyFile *keys, const char *file, GError **err)
{
	g_auto(GStrv) groups = g_key_file_get_groups(keys, NULL);

	for (char **group = groups; *group; group++) {
		g_auto(GStrv) names = NULL;

		if (find_free_group(*group) != NULL)
			continue;
		if (find_setting(*group, NULL) == NULL)
			return unknown_key(file, *group, NULL, err);
		names = g_key_file_get_keys(keys, *group, NULL, NULL);
		for (char **name = names; names && *name; name++)
			if (find_setting(*group, *name) == NULL)
				return unknown_key(file, *group, *name, err);
	}
	return CAROM_OK;
}

/* GKeyFile would take the last of two without a word. */
static CaromStatus
check_twice(const char *content, const char *file, GError **err)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) lines = g_strsplit(content, "\n", 0);
	const char *group = "";

	for (guint i = 0; lines[i] != NULL; i++) {
		char *line = g_strstrip(lines[i]), *equals = strchr(line, '=');
		g_autofree char *name = NULL;
		gpointer first;

		if (*line == '[') {
			line[strcspn(line, "]")] = '\0';
			group = line + 1;
			continue;
		}
		if (*line == '#' || equals == NULL)
			continue;
		*equals = '\0';
		name = g_strconcat(group, "\n", g_strchomp(line), NULL);
		first = g_hash_table_lookup(seen, name);
		if (first != NULL)
			return carom_status_fail(
				err, CAROM_MISUSE,
				"%s:%u: %s in [%s] stands here a second time; it is in line %u",
				file, i + 1, line, group, GPOINTER_TO_UINT(first));
		g_hash_table_insert(seen, g_steal_pointer(&name), GUINT_TO_POINTER(i + 1));
	}
	return CAROM_OK;
}

/* ---- values ---- */

/* "a; b ;c" into a list without empty members. */
static char **
split_list(const char *value)
{
	g_auto(GStrv) parts = g_strsplit_set(value, ";, \t", -1);
	GPtrArray *out = g_ptr_array_new();

	for (char **p = parts; *p; p++)
		if (**p)
			g_ptr_array_add(out, g_strdup(*p));
	g_ptr_array_add(out, NULL);
	return (char **) g_ptr_array_free(out, FALSE);
}

static CaromStatus
check_value(const CaromSetting *s, const char *file, const char *value, GError **err)
{
	const char *wrong = s->wrong ? s->wrong(value) : NULL;

	if (s->type == CAROM_SETTING_LIST && *value == '#')
		wrong = "a comment; a line that holds a value cannot end in one";
	return wrong == NULL ? CAROM_OK
			     : carom_status_fail(err, CAROM_MISUSE, "%s: %s in [%s]: \"%s\" is %s",
						 file, s->key, s->group, value, wrong);
}

static CaromStatus
apply_string(char **at, const CaromSetting *s, const char *file, const char *value, GError **err)
{
	CaromStatus status = *value || s->needed ? check_value(s, file, value, err) : CAROM_OK;

	if (status == CAROM_OK) {
		g_free(*at);
		*at = g_strdup(value);
	}
	return status;
}

static CaromStatus
apply_list(char ***at, const CaromSetting *s, const char *file, const char *value, GError **err)
{
	g_auto(GStrv) members = split_list(value);

	for (char **member = members; *member; member++) {
		CaromStatus status = check_value(s, file, *member, err);

		if (status != CAROM_OK)
			return status;
	}
	g_strfreev(*at);
	*at = g_steal_pointer(&members);
	return CAROM_OK;
}

static CaromStatus
apply_choice(gboolean *at, const CaromSetting *s, const char *file, const char *value, GError **err)
{
	const char *bar = strchr(s->choices, '|');
	const gsize first = (gsize) (bar - s->choices);

	if (strcmp(value, bar + 1) == 0)
		*at = TRUE;
	else if (strlen(value) == first && strncmp(value, s->choices, first) == 0)
		*at = FALSE;
	else
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s: %s in [%s] is \"%s\"; it is %.*s or %s", file, s->key,
					 s->group, value, (int) first, s->choices, bar + 1);
	return CAROM_OK;
}

static CaromStatus
apply_number(void *at, const CaromSetting *s, const char *file, const char *value, GError **err)
{
	guint64 number;

	if (!g_ascii_string_to_unsigned(value, 10, s->min, s->max, &number, NULL))
		return carom_status_fail(err, CAROM_MISUSE,
					 "%s: %s in [%s] is \"%s\"; it is a number from "
					 "%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
					 file, s->key, s->group, value, s->min, s->max);
	if (s->type == CAROM_SETTING_SIZE)
		*(gsize *) at = (gsize) number;
	else
		*(int *) at = (int) number;
	return CAROM_OK;
}

static CaromStatus
apply(CaromConfig *config, const CaromSetting *s, const char *file, const char *value, GError **err)
{
	void *at = (char *) config + s->offset;

	switch (s->type) {
	case CAROM_SETTING_STRING:
		return apply_string(at, s, file, value, err);
	case CAROM_SETTING_LIST:
		return apply_list(at, s, file, value, err);
	case CAROM_SETTING_CHOICE:
		return apply_choice(at, s, file, value, err);
	case CAROM_SETTING_COUNT:
	case CAROM_SETTING_SIZE:
		return apply_number(at, s, file, value, err);
	}
	return CAROM_OK;
}

/* The value of a key, trimmed; *out is NULL if it is not set, and the caller's. */
static CaromStatus
get_value(GKeyFile *keys, const char *group, const char *key, const char *file, char **out,
	  GError **err)
{
	g_autoptr(GError) error = NULL;

	*out = g_key_file_get_string(keys, group, key, &error);
	if (error != NULL &&
	    !g_error_matches(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND) &&
	    !g_error_matches(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND))
		return carom_status_fail(err, CAROM_MISUSE, "%s: %s in [%s]: %s", file, key, group,
					 error->message);
	if (*out != NULL)
		g_strstrip(*out);
	return CAROM_OK;
}

static CaromStatus
load_settings(CaromConfig *config, GKeyFile *keys, const char *file, GError **err)
{
	gsize n;
	const CaromSetting *rows = carom_settings_rows(&n);

	for (gsize i = 0; i < n; i++) {
		g_autofree char *value = NULL;
		CaromStatus status = get_value(keys, rows[i].group, rows[i].key, file, &value, err);

		if (status == CAROM_OK && value != NULL)
			status = apply(config, &rows[i], file, value, err);
		if (status != CAROM_OK)
			return status;
		config->is_empty &= value == NULL;
	}
	return CAROM_OK;
}

static CaromStatus
load_free_group(CaromConfig *config, const CaromFreeGroup *group, GKeyFile *keys, const char *file,
		GError **err)
{
	GHashTable *table = carom_settings_table(config, group);
	g_auto(GStrv) names = g_key_file_get_keys(keys, group->name, NULL, NULL);

	for (char **name = names; names && *name; name++) {
		g_autofree char *value = NULL, *key = group->key_form(*name);
		CaromStatus status = get_value(keys, group->name, *name, file, &value, err);
		const char *wrong = group->wrong_key ? group->wrong_key(*name) : NULL;

		if (status != CAROM_OK)
			return status;
		if (wrong != NULL)
			return carom_status_fail(err, CAROM_MISUSE, "%s: [%s]: \"%s\" is %s", file,
						 group->name, *name, wrong);
		wrong = group->wrong_value(value);
		if (wrong != NULL)
			return carom_status_fail(err, CAROM_MISUSE, "%s: [%s] %s: \"%s\" is %s",
						 file, group->name, *name, value, wrong);
		if (g_hash_table_contains(table, key))
			return carom_status_fail(err, CAROM_MISUSE,
						 "%s: [%s] %s stands there twice", file,
						 group->name, *name);
		g_hash_table_insert(table, g_steal_pointer(&key), g_steal_pointer(&value));
		config->is_empty = FALSE;
	}
	return CAROM_OK;
}

/* ---- what one setting needs of another ---- */

/* A field that is believed from nobody would silently give mail to the wrong account. */
static CaromStatus
check_account_header(const CaromConfig *config, const char *file, GError **err)
{
	if (*config->outbound.account_header != '\0' &&
	    *config->outbound.account_header_networks == NULL &&
	    *config->outbound.account_header_logins == NULL)
		return carom_status_fail(
			err, CAROM_MISUSE,
			"%s: account-header in [outbound] is believed from nobody; set "
			"account-header-networks or account-header-logins",
			file);
	return CAROM_OK;
}

/* What comes back to another domain is never read as a return address of ours. */
static CaromStatus
check_return_address(const CaromConfig *config, const char *file, GError **err)
{
	const char *address = config->outbound.return_address;

	if (*address == '\0' || *config->bounce.domains == NULL ||
	    carom_text_in_list(config->bounce.domains, strrchr(address, '@') + 1))
		return CAROM_OK;
	return carom_status_fail(
		err, CAROM_MISUSE,
		"%s: return-address in [outbound]: the domain of \"%s\" is none of "
		"domains in [bounce]",
		file, address);
}

/* ---- loading ---- */

static CaromStatus
load_content(CaromConfig *config, const char *content, gsize len, const char *file, GError **err)
{
	g_autoptr(GKeyFile) keys = g_key_file_new();
	g_autoptr(GError) error = NULL;
	gsize n;
	const CaromFreeGroup *groups = carom_settings_free_groups(&n);
	CaromStatus status;

	if (!g_key_file_load_from_data(keys, content, len, G_KEY_FILE_NONE, &error))
		return carom_status_fail(err, CAROM_MISUSE, "configuration %s: %s", file,
					 error->message);
	status = check_keys(keys, file, err);
	if (status == CAROM_OK)
		status = check_twice(content, file, err);
	config->is_empty = TRUE;
	if (status == CAROM_OK)
		status = load_settings(config, keys, file, err);
	for (gsize i = 0; status == CAROM_OK && i < n; i++)
		status = load_free_group(config, &groups[i], keys, file, err);
	config->rules.local_required = g_key_file_has_key(keys, "rules", "local", NULL);
	if (status == CAROM_OK)
		status = check_account_header(config, file, err);
	return status == CAROM_OK ? check_return_address(config, file, err) : status;
}

static CaromConfig *
new_with_defaults(void)
{
	CaromConfig *config = g_new0(CaromConfig, 1);
	gsize n, n_groups;
	const CaromSetting *rows = carom_settings_rows(&n);
	const CaromFreeGroup *groups = carom_settings_free_groups(&n_groups);

	for (gsize i = 0; i < n_groups; i++)
		*(GHashTable **) ((char *) config + groups[i].offset) =
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	config->limits = carom_mail_limits_default;
	for (gsize i = 0; i < n; i++) {
		g_autoptr(GError) error = NULL;

		if (apply(config, &rows[i], "defaults", rows[i].def, &error) != CAROM_OK)
			g_error("%s", error->message); /* a row of ours, which a test loads */
	}
	return config;
}

CaromStatus
carom_config_load(const char *file, gboolean required, CaromConfig **out, GError **err)
{
	g_autoptr(CaromConfig) config = new_with_defaults();
	g_autoptr(GError) error = NULL;
	g_autofree char *content = NULL;
	const gboolean is_default = file == NULL;
	gsize len;
	CaromStatus status;

	*out = NULL;
	if (is_default) {
		file = CAROM_SYSCONFDIR "/carom.conf";
		if (!required && access(file, F_OK) != 0) {
			*out = g_steal_pointer(&config);
			return CAROM_OK;
		}
	}
	if (!g_file_get_contents(file, &content, &len, &error))
		return carom_status_fail(
			err, CAROM_MISUSE, "configuration %s: %s%s", file, error->message,
			is_default ? " (--config or CAROM_CONFIG names another)" : "");
	status = load_content(config, content, len, file, err);
	if (status != CAROM_OK)
		return status;
	config->file = g_strdup(file);
	*out = g_steal_pointer(&config);
	return CAROM_OK;
}

void
carom_config_free(CaromConfig *config)
{
	gsize n, n_groups;
	const CaromSetting *rows = carom_settings_rows(&n);
	const CaromFreeGroup *groups = carom_settings_free_groups(&n_groups);

	if (config == NULL)
		return;
	for (gsize i = 0; i < n; i++) {
		void *at = (char *) config + rows[i].offset;

		if (rows[i].type == CAROM_SETTING_STRING)
			g_free(*(char **) at);
		else if (rows[i].type == CAROM_SETTING_LIST)
			g_strfreev(*(char ***) at);
	}
	for (gsize i = 0; i < n_groups; i++)
		g_hash_table_unref(carom_settings_table(config, &groups[i]));
	g_free(config->file);
	g_free(config);
}
