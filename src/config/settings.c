/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/settings.h"
#include "base/network.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

typedef enum { TYPE_STRING, TYPE_LIST, TYPE_COUNT, TYPE_SIZE, TYPE_CHOICE } SettingType;

typedef struct {
	const char *group, *key;
	SettingType type;
	const char *def;
	gsize offset; /* into CaromConfig */
	guint64 min, max;
	const char *choices; /* of TYPE_CHOICE: "no|yes", the second being TRUE */
	const char *help;
} Setting;

#define AT(member) .offset = offsetof(CaromConfig, member)

/* `carom config` prints these; carom.conf(5) is held against them by a test. */
static const Setting settings[] = {
	{ "database", "conninfo", TYPE_STRING, "dbname=carom", AT(database.conninfo),
	  .help = "libpq connection string; several hosts for failover" },
	{ "bounce", "domains", TYPE_LIST, "", AT(bounce.domains),
	  .help = "domains of our return addresses" },
	{ "bounce", "addresses", TYPE_LIST, "", AT(bounce.addresses),
	  .help = "further addresses that reports come to, such as fbl@example.com" },
	{ "bounce", "delimiters", TYPE_STRING, "+-", AT(bounce.delimiters),
	  .help = "characters that part the sender from the VERP recipient" },
	{ "bounce", "keys", TYPE_STRING, "", AT(bounce.keys),
	  .help = "file of the keys that sign return addresses; none: plain VERP is believed" },
	{ "bounce", "lifetime", TYPE_COUNT, "30", AT(bounce.lifetime), 1, 3650,
	  .help = "days that a signed return address is good for" },
	{ "own", "hostnames", TYPE_LIST, "", AT(own.hostnames),
	  .help = "names our own Postfix hosts give as Reporting-MTA; none: this host alone" },
	{ "own", "networks", TYPE_LIST, "", AT(own.networks),
	  .help = "client addresses (CIDR) whose reports are our own, besides no SMTP client at "
		  "all" },
	{ "trust", "authserv-ids", TYPE_LIST, "", AT(trust.authserv_ids),
	  .help = "whose Authentication-Results are believed" },
	{ "report", "timezone", TYPE_STRING, "UTC", AT(report.timezone),
	  .help = "time zone that days are cut in" },
	{ "raw", "keep", TYPE_CHOICE, "unrecognised", AT(raw.keep_all),
	  .choices = "unrecognised|all", .help = "reports kept whole in the database" },
	{ "retention", "raw-days", TYPE_COUNT, "90", AT(retention.raw_days), 1, 36500,
	  .help = "days that reports are kept whole" },
	{ "retention", "event-months", TYPE_COUNT, "24", AT(retention.event_months), 1, 1200,
	  .help = "months that events are kept; tallies stay" },
	{ "pipe", "deadline", TYPE_COUNT, "120", AT(pipe.deadline), 1, 86400,
	  .help = "seconds until carom pipe gives up; below Postfix's carom_time_limit" },
	{ "rules", "local", TYPE_STRING, CAROM_SYSCONFDIR "/rules.d", AT(rules.local),
	  .help = "folder of rules that come before the shipped ones" },
	{ "log", "syslog", TYPE_CHOICE, "yes", AT(log.syslog), .choices = "no|yes",
	  .help = "log to syslog, facility mail; no = standard error" },
	{ "serve", "lmtp-socket", TYPE_STRING, "/run/carom/lmtp", AT(serve.lmtp_socket),
	  .help = "LMTP socket of carom serve --role inbound; empty: none" },
	{ "serve", "inbound-socket", TYPE_STRING, "unix:/run/carom/inbound",
	  AT(serve.inbound_socket),
	  .help = "its milter socket, unix:PATH or inet:PORT@ADDRESS; empty: none" },
	{ "serve", "outbound-socket", TYPE_STRING, "unix:/run/carom/outbound",
	  AT(serve.outbound_socket), .help = "milter socket of carom serve --role outbound" },
	{ "serve", "socket-group", TYPE_STRING, "postfix", AT(serve.socket_group),
	  .help = "group that may connect to the unix sockets" },
	{ "inbound", "after", TYPE_CHOICE, "discard", AT(inbound.discard),
	  .choices = "accept|discard",
	  .help = "what the milter does with a recorded message: let it go on, or end it" },
	{ "inbound", "headers", TYPE_CHOICE, "no", AT(inbound.headers), .choices = "no|yes",
	  .help = "tell filters behind what was recorded, in X-Carom- fields of messages that go on" },
	{ "outbound", "refresh", TYPE_COUNT, "60", AT(outbound.refresh), 1, 3600,
	  .help = "seconds until a change of the list is known at the latest; by notification it "
		  "is about one" },
	{ "outbound", "return-address", TYPE_STRING, "", AT(outbound.return_address),
	  .help = "sign return addresses on this one, such as bounces@b.example.com; empty: sign "
		  "none" },
	{ "outbound", "when-away", TYPE_CHOICE, "open", AT(outbound.fail_closed),
	  .choices = "open|closed",
	  .help = "mail whose recipients nobody can check, the database being away: let it go, or "
		  "put it off" },
	{ "outbound", "account-header", TYPE_STRING, "", AT(outbound.account_header),
	  .help = "header field in which trusted clients name ACCOUNT or ACCOUNT/STREAM; empty: "
		  "none" },
	{ "outbound", "account-header-networks", TYPE_LIST, "",
	  AT(outbound.account_header_networks),
	  .help = "client addresses (CIDR) from which that field is believed" },
	{ "outbound", "account-header-logins", TYPE_LIST, "", AT(outbound.account_header_logins),
	  .help = "SASL logins from which it is believed" },
	{ "outbound", "account-header-keep", TYPE_CHOICE, "no", AT(outbound.account_header_keep),
	  .choices = "no|yes", .help = "leave it in the message; no: it is taken out of all mail" },
	{ "limits", "message", TYPE_SIZE, "52428800", AT(limits.bytes), 65536, 268435456,
	  .help = "bytes of a message that are looked at" },
	{ "limits", "depth", TYPE_COUNT, "50", AT(limits.depth), 3, 500,
	  .help = "MIME levels that are looked at" },
	{ "limits", "parts", TYPE_COUNT, "2000", AT(limits.parts), 10, 10000,
	  .help = "MIME parts that are looked at" },
	{ "limits", "header", TYPE_SIZE, "1048576", AT(limits.header), 65536, 16777216,
	  .help = "bytes of all header fields together" },
	{ "limits", "text", TYPE_SIZE, "1048576", AT(limits.text), 65536, 16777216,
	  .help = "decoded bytes of one part" },
};

static const char *const free_groups[] = { "senders", "streams", "logins", "clients", "away" };

static guint
distance(const char *a, const char *b)
{
	guint row[64], n = (guint) MIN(strlen(b), G_N_ELEMENTS(row) - 1);

	for (guint j = 0; j <= n; j++)
		row[j] = j;
	for (guint i = 1; a[i - 1]; i++) {
		guint diagonal = row[0];

		row[0] = i;
		for (guint j = 1; j <= n; j++) {
			guint up = row[j];

			row[j] =
				MIN(MIN(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = up;
		}
	}
	return row[n];
}

static CaromStatus
unknown_key(const char *file, const char *group, const char *key, GError **err)
{
	const Setting *best = NULL;
	guint least = G_MAXUINT;

	for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
		guint d = distance(key ? key : group, key ? settings[i].key : settings[i].group) +
			  (key && strcmp(group, settings[i].group) != 0 ? 2 : 0);

		if (d < least) {
			least = d;
			best = &settings[i];
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

static const Setting *
find_setting(const char *group, const char *key)
{
	for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
		if (strcmp(settings[i].group, group) == 0 &&
		    (key == NULL || strcmp(settings[i].key, key) == 0))
			return &settings[i];
	return NULL;
}

static gboolean
is_free_group(const char *group)
{
	for (gsize i = 0; i < G_N_ELEMENTS(free_groups); i++)
		if (strcmp(free_groups[i], group) == 0)
			return TRUE;
	return FALSE;
}

static CaromStatus
check_keys(GKeyFile *keys, const char *file, GError **err)
{
	g_auto(GStrv) groups = g_key_file_get_groups(keys, NULL);

	for (char **group = groups; *group; group++) {
		g_auto(GStrv) names = NULL;

		if (is_free_group(*group))
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
apply(CaromConfig *config, const Setting *s, const char *file, const char *value, GError **err)
{
	void *at = (char *) config + s->offset;
	guint64 number;
	char *stop;

	switch (s->type) {
	case TYPE_STRING:
		g_free(*(char **) at);
		*(char **) at = g_strdup(value);
		return CAROM_OK;
	case TYPE_LIST:
		g_strfreev(*(char ***) at);
		*(char ***) at = split_list(value);
		return CAROM_OK;
	case TYPE_CHOICE: {
		const char *bar = strchr(s->choices, '|');

		if (strcmp(value, bar + 1) == 0)
			*(gboolean *) at = TRUE;
		else if (strncmp(value, s->choices, (gsize) (bar - s->choices)) == 0 &&
			 value[bar - s->choices] == '\0')
			*(gboolean *) at = FALSE;
		else
			return carom_status_fail(err, CAROM_MISUSE,
						 "%s: %s in [%s] is \"%s\"; it is %.*s or %s", file,
						 s->key, s->group, value, (int) (bar - s->choices),
						 s->choices, bar + 1);
		return CAROM_OK;
	}
	case TYPE_COUNT:
	case TYPE_SIZE:
		number = g_ascii_strtoull(value, &stop, 10);
		if (stop == value || *stop != '\0' || number < s->min || number > s->max)
			return carom_status_fail(
				err, CAROM_MISUSE,
				"%s: %s in [%s] is \"%s\"; it is a number from %" G_GUINT64_FORMAT
				" to %" G_GUINT64_FORMAT,
				file, s->key, s->group, value, s->min, s->max);
		if (s->type == TYPE_SIZE)
			*(gsize *) at = (gsize) number;
		else
			*(int *) at = (int) number;
		return CAROM_OK;
	}
	return CAROM_OK;
}

/* The table that free_groups[i] fills. */
static GHashTable **
free_table(CaromConfig *config, gsize i)
{
	GHashTable **const tables[] = { &config->senders, &config->streams, &config->logins,
					&config->clients, &config->away };

	return tables[i];
}

/* The lines of a group whose keys are the postmaster's: KEY = ACCOUNT or ACCOUNT/STREAM; in [away]
 * the value is open or closed. */
static CaromStatus
load_scopes(GHashTable *table, GKeyFile *keys, const char *file, const char *group, GError **err)
{
	g_auto(GStrv) names = g_key_file_get_keys(keys, group, NULL, NULL);

	for (char **name = names; names && *name; name++) {
		g_autofree char *value = g_key_file_get_string(keys, group, *name, NULL);

		if (value == NULL || *value == '\0' || *value == '/')
			return carom_status_fail(err, CAROM_MISUSE,
						 "%s: [%s] %s wants ACCOUNT or ACCOUNT/STREAM",
						 file, group, *name);
		if (strcmp(group, "away") == 0 && strcmp(value, "open") != 0 &&
		    strcmp(value, "closed") != 0)
			return carom_status_fail(err, CAROM_MISUSE,
						 "%s: [away] %s is open or closed, not \"%s\"",
						 file, *name, value);
		g_hash_table_insert(table, g_ascii_strdown(*name, -1), g_strdup(value));
	}
	return CAROM_OK;
}

/* A slip of the pen in a network would silently trust nobody, or somebody else. */
static CaromStatus
check_networks(char *const *networks, const char *key, const char *file, GError **err)
{
	for (; *networks; networks++)
		if (!carom_network_is_valid(*networks))
			return carom_status_fail(
				err, CAROM_MISUSE,
				"%s: %s: \"%s\" is no network; one is 192.0.2.0/28", file, key,
				*networks);
	return CAROM_OK;
}

/* A field that is believed from nobody would silently give mail to the wrong account. */
static CaromStatus
check_account_header(const CaromConfig *config, const char *file, GError **err)
{
	for (const char *p = config->outbound.account_header; *p; p++)
		if (!g_ascii_isgraph(*p) || *p == ':')
			return carom_status_fail(
				err, CAROM_MISUSE,
				"%s: account-header in [outbound] is \"%s\"; it is the "
				"name of a header field, without its colon",
				file, config->outbound.account_header);
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

static CaromStatus
load_file(CaromConfig *config, GKeyFile *keys, const char *file, GError **err)
{
	CaromStatus status = check_keys(keys, file, err);

	for (gsize i = 0; status == CAROM_OK && i < G_N_ELEMENTS(settings); i++) {
		g_autofree char *value =
			g_key_file_get_string(keys, settings[i].group, settings[i].key, NULL);

		if (value != NULL)
			status = apply(config, &settings[i], file, g_strstrip(value), err);
	}
	config->rules.local_required = g_key_file_has_key(keys, "rules", "local", NULL);
	for (gsize i = 0; status == CAROM_OK && i < G_N_ELEMENTS(free_groups); i++)
		status = load_scopes(*free_table(config, i), keys, file, free_groups[i], err);
	if (status == CAROM_OK)
		status = check_networks(config->own.networks, "networks in [own]", file, err);
	if (status == CAROM_OK)
		status = check_networks(config->outbound.account_header_networks,
					"account-header-networks in [outbound]", file, err);
	return status == CAROM_OK ? check_account_header(config, file, err) : status;
}

CaromStatus
carom_config_load(const char *file, gboolean required, CaromConfig **out, GError **err)
{
	g_autoptr(CaromConfig) config = g_new0(CaromConfig, 1);
	g_autoptr(GKeyFile) keys = g_key_file_new();
	g_autoptr(GError) error = NULL;
	gboolean is_default = file == NULL;
	CaromStatus status;

	*out = NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(free_groups); i++)
		*free_table(config, i) =
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	config->limits = carom_mail_limits_default;
	for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
		status = apply(config, &settings[i], "defaults", settings[i].def, err);
		if (status != CAROM_OK)
			return status;
	}
	if (is_default) {
		file = CAROM_SYSCONFDIR "/carom.conf";
		if (!required && access(file, F_OK) != 0) {
			*out = g_steal_pointer(&config);
			return CAROM_OK;
		}
	}
	if (!g_key_file_load_from_file(keys, file, G_KEY_FILE_NONE, &error))
		return carom_status_fail(
			err, CAROM_MISUSE, "configuration %s: %s%s", file, error->message,
			is_default ? " (--config or CAROM_CONFIG names another)" : "");
	status = load_file(config, keys, file, err);
	if (status != CAROM_OK)
		return status;
	config->file = g_strdup(file);
	*out = g_steal_pointer(&config);
	return CAROM_OK;
}

void
carom_config_free(CaromConfig *config)
{
	if (config == NULL)
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
		void *at = (char *) config + settings[i].offset;

		if (settings[i].type == TYPE_STRING)
			g_free(*(char **) at);
		else if (settings[i].type == TYPE_LIST)
			g_strfreev(*(char ***) at);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(free_groups); i++)
		g_clear_pointer(free_table(config, i), g_hash_table_unref);
	g_free(config->file);
	g_free(config);
}

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

static void
dump_scopes(GString *out, const char *group, GHashTable *table)
{
	GHashTableIter it;
	gpointer name, value;

	g_string_append_printf(out, "\n[%s]\n", group);
	g_hash_table_iter_init(&it, table);
	while (g_hash_table_iter_next(&it, &name, &value))
		g_string_append_printf(out, "%s = %s\n", (char *) name, (char *) value);
}

char *
carom_config_dump(const CaromConfig *config)
{
	GString *out = g_string_new(NULL);
	const char *group = "";

	g_string_append_printf(out, "# %s\n", config->file ? config->file : "built-in defaults");
	for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
		const Setting *s = &settings[i];
		const void *at = (const char *) config + s->offset;
		g_autofree char *text = NULL;

		if (strcmp(group, s->group) != 0)
			g_string_append_printf(out, "%s[%s]\n", *group ? "\n" : "", s->group);
		group = s->group;
		switch (s->type) {
		case TYPE_STRING:
			text = mask_secret(*(char *const *) at);
			break;
		case TYPE_LIST:
			text = g_strjoinv(";", *(char **const *) at);
			break;
		case TYPE_CHOICE: {
			const char *bar = strchr(s->choices, '|');

			text = *(const gboolean *) at
				       ? g_strdup(bar + 1)
				       : g_strndup(s->choices, (gsize) (bar - s->choices));
			break;
		}
		case TYPE_SIZE:
			text = g_strdup_printf("%" G_GSIZE_FORMAT, *(const gsize *) at);
			break;
		case TYPE_COUNT:
			text = g_strdup_printf("%d", *(const int *) at);
			break;
		}
		g_string_append_printf(out, "# %s\n%s = %s\n", s->help, s->key, text);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(free_groups); i++)
		dump_scopes(out, free_groups[i], *free_table((CaromConfig *) config, i));
	return g_string_free(out, FALSE);
}
