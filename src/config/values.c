/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/values.h"
#include "base/network.h"
#include "config/scope.h"
#include "mail/address.h"

#include <string.h>
#include <sys/un.h>

#define MAX_DOMAIN 253  /* octets, RFC 1035 2.3.4 */
#define MAX_STREAM 1023 /* two base32 digits (carom-verp(7)) */

/* What separates the sender from the recipient in a return address: may stand unquoted in a local
 * part, is no letter or digit of a tag, and is not the '=' within the recipient. */
#define DELIMITERS "!#$%&'*+-/?^_`{|}~."

static gboolean
is_hostname(const char *value, gsize len)
{
	if (len == 0 || len > MAX_DOMAIN || *value == '.' || *value == '-' || value[len - 1] == '.')
		return FALSE;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum(value[i]) && strchr("-_.", value[i]) == NULL)
			return FALSE;
	return strstr(value, "..") == NULL;
}

const char *
carom_values_hostname(const char *value)
{
	return is_hostname(value, strlen(value)) ? NULL : "no host name; one is mx.example.com";
}

const char *
carom_values_domain(const char *value)
{
	return is_hostname(value, strlen(value)) && strchr(value, '.') != NULL
		       ? NULL
		       : "no domain; one is b.example.com, with letters beyond ASCII written as "
			 "xn--";
}

const char *
carom_values_address(const char *value)
{
	g_autofree char *parsed = carom_address_parse(value, -1);
	const char *domain = carom_address_domain(value);

	/* as it is written: "<a@b.example>" would never be compared equal */
	return parsed != NULL && domain != NULL && carom_values_domain(domain) == NULL &&
			       g_ascii_strcasecmp(parsed, value) == 0
		       ? NULL
		       : "no address; one is news@b.example.com";
}

const char *
carom_values_network(const char *value)
{
	return carom_network_is_valid(value) ? NULL : "no network; one is 192.0.2.0/28";
}

const char *
carom_values_client(const char *value)
{
	return strchr(value, '/') == NULL && carom_network_is_valid(value)
		       ? NULL
		       : "no client address; one is 192.0.2.7";
}

const char *
carom_values_seconds(const char *value)
{
	return g_ascii_string_to_unsigned(value, 10, 1, 7 * 86400, NULL, NULL)
		       ? NULL
		       : "no number of seconds from 1 to 604800";
}

const char *
carom_values_path(const char *value)
{
	return *value == '/' ? NULL : "no absolute path; one begins with a slash";
}

const char *
carom_values_unix_socket(const char *value)
{
	struct sockaddr_un address;

	if (*value != '/')
		return "no path of a unix socket; one begins with a slash";
	return strlen(value) < sizeof address.sun_path
		       ? NULL
		       : "too long for a unix socket; 107 octets are the most";
}

const char *
carom_values_socket_path(const char *value)
{
	if (g_str_has_prefix(value, "unix:"))
		return value + strlen("unix:");
	if (g_str_has_prefix(value, "local:"))
		return value + strlen("local:");
	return *value == '/' ? value : NULL;
}

const char *
carom_values_milter_socket(const char *value)
{
	static const char wrong[] = "no socket; one is unix:PATH or inet:PORT@ADDRESS";
	const char *path = carom_values_socket_path(value), *at = strchr(value, '@');
	const char *port = strchr(value, ':');
	g_autofree char *digits = NULL;
	guint64 number;

	if (path != NULL)
		return carom_values_unix_socket(path);
	if (!g_str_has_prefix(value, "inet:") && !g_str_has_prefix(value, "inet6:"))
		return wrong;
	digits = at ? g_strndup(port + 1, (gsize) (at - port - 1)) : g_strdup(port + 1);
	if (!g_ascii_string_to_unsigned(digits, 10, 1, 65535, &number, NULL))
		return "no socket; a port is a number from 1 to 65535, as in "
		       "inet:8899@127.0.0.1";
	return at == NULL || carom_values_client(at + 1) == NULL ||
			       carom_values_hostname(at + 1) == NULL
		       ? NULL
		       : wrong;
}

const char *
carom_values_https_folder(const char *value)
{
	gboolean good = g_str_has_prefix(value, "https://") && g_str_has_suffix(value, "/") &&
			strlen(value) > strlen("https://a/");

	/* it stands in a header field, between < and > */
	for (const char *p = value; *p != '\0'; p++)
		good &= g_ascii_isgraph(*p) && strchr("<>,\"", *p) == NULL;
	return good ? NULL : "no URL that begins with https:// and ends with a slash";
}

const char *
carom_values_api_socket(const char *value)
{
	const char *wrong = carom_values_milter_socket(value), *at = strchr(value, '@');

	if (wrong != NULL || carom_values_socket_path(value) != NULL)
		return wrong;
	/* keys go over it in the clear: TLS is the web server's part */
	return at != NULL && (strcmp(at, "@127.0.0.1") == 0 || strcmp(at, "@::1") == 0)
		       ? NULL
		       : "no socket for the API; one is unix:PATH, inet:PORT@127.0.0.1 or "
			 "inet6:PORT@::1, for a web server with TLS in front of it";
}

const char *
carom_values_delimiters(const char *value)
{
	if (*value == '\0')
		return "no delimiter; they are one or more of " DELIMITERS;
	for (const char *p = value; *p; p++)
		if (strchr(DELIMITERS, *p) == NULL || strchr(p + 1, *p) != NULL)
			return "no delimiters; they are one or more of " DELIMITERS ", each once";
	return NULL;
}

const char *
carom_values_token_pattern(const char *value)
{
	g_autoptr(GRegex) pattern = g_regex_new(value, 0, 0, NULL);

	return pattern != NULL && g_regex_get_capture_count(pattern) > 0
		       ? NULL
		       : "no pattern with a group; one is ^news\\+([0-9a-f]{16})@";
}

const char *
carom_values_timezone(const char *value)
{
	gboolean named = g_ascii_isalpha(*value);

	for (const char *p = value; *p; p++)
		named &= g_ascii_isalnum(*p) || strchr("/_+-", *p) != NULL;
	return named ? NULL : "no time zone; one is Asia/Jakarta";
}

const char *
carom_values_header(const char *value)
{
	for (const char *p = value; *p; p++)
		if (!g_ascii_isgraph(*p) || *p == ':')
			return "no name of a header field; one is X-Carom-Account, without a colon";
	return NULL;
}

const char *
carom_values_stream_number(const char *value)
{
	guint64 number;

	/* as it is looked up: "07" would never be found */
	return *value != '0' && g_ascii_string_to_unsigned(value, 10, 1, MAX_STREAM, &number, NULL)
		       ? NULL
		       : "no number of a stream; they are 1 to 1023";
}

const char *
carom_values_scope(const char *value)
{
	return carom_scope_problem(value) == NULL
		       ? NULL
		       : "not ACCOUNT or ACCOUNT/STREAM; each is up to 128 visible ASCII "
			 "characters without \",/<>=;";
}

const char *
carom_values_away(const char *value)
{
	return strcmp(value, "open") == 0 || strcmp(value, "closed") == 0
		       ? NULL
		       : "neither open nor closed";
}
