/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "mail/received.h"
#include "base/text.h"

#include <string.h>

#define MAX_VALUE 4096

static const char *
skip_space(const char *p)
{
	while (g_ascii_isspace(*p))
		p++;
	return p;
}

/* The next word; it ends at white space, ";" or a comment. NULL if there is none. */
static char *
take_word(const char **p)
{
	const char *start = skip_space(*p), *end = start;

	while (*end != '\0' && !g_ascii_isspace(*end) && *end != ';' && *end != '(' && *end != ')')
		end++;
	*p = end;
	return end > start ? g_strndup(start, (gsize) (end - start)) : NULL;
}

/* The comment that begins here, without its brackets; NULL if none does, or it has no end. */
static char *
take_comment(const char **p)
{
	const char *start = skip_space(*p), *end;
	int depth = 0;

	if (*start != '(')
		return NULL;
	for (end = start; *end != '\0'; end++) {
		if (*end == '(')
			depth++;
		else if (*end == ')' && --depth == 0)
			break;
	}
	if (*end == '\0')
		return NULL;
	*p = end + 1;
	return g_strndup(start + 1, (gsize) (end - start - 1));
}

static gboolean
take_keyword(const char **p, const char *keyword)
{
	const char *start = skip_space(*p);
	gsize n = strlen(keyword);

	if (g_ascii_strncasecmp(start, keyword, n) != 0 || !g_ascii_isspace(start[n]))
		return FALSE;
	*p = start + n;
	return TRUE;
}

/* The address in "mail.example.org [192.0.2.1]" or "unknown [IPv6:2001:db8::1]". */
static char *
client_of(const char *comment)
{
	const char *open = strrchr(comment, '['), *close = open ? strchr(open, ']') : NULL;

	if (close == NULL)
		return NULL;
	open++;
	if (carom_text_has_prefix(open, "IPv6:"))
		open += strlen("IPv6:");
	return g_strndup(open, (gsize) (close - open));
}

static gboolean
says_authenticated(const char *protocol)
{
	static const char *const names[] = { "ESMTPA",     "ESMTPSA", "UTF8SMTPA",
					     "UTF8SMTPSA", "LMTPA",   "LMTPSA" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_ascii_strcasecmp(protocol, names[i]) == 0)
			return TRUE;
	return FALSE;
}

/* "from HELO (NAME [ADDRESS])" and what Postfix tells of TLS and login after it. */
static gboolean
read_client(const char **p, CaromReceived *out)
{
	g_autofree char *helo = take_word(p);
	g_autofree char *peer = take_comment(p);

	if (helo == NULL || peer == NULL)
		return FALSE;
	out->client = client_of(peer);
	for (;;) {
		g_autofree char *comment = take_comment(p);

		if (comment == NULL)
			return out->client != NULL;
	}
}

gboolean
carom_received_read(const char *value, CaromReceived *out)
{
	const char *p = value;
	g_autofree char *software = NULL, *protocol = NULL, *recipient = NULL;

	memset(out, 0, sizeof *out);
	if (value == NULL || strlen(value) > MAX_VALUE)
		return FALSE;
	if (take_keyword(&p, "from") && !read_client(&p, out))
		return FALSE;
	if (!take_keyword(&p, "by") || (out->by = take_word(&p)) == NULL)
		return FALSE;
	software = take_comment(&p);
	out->is_local_user = software != NULL && strstr(software, "from userid") != NULL;
	if (take_keyword(&p, "with")) {
		g_autofree char *version = NULL;

		protocol = take_word(&p);
		version = take_comment(&p); /* Exim says here who it is */
		out->is_authenticated =
			protocol != NULL && out->client != NULL && says_authenticated(protocol);
	}
	if (!take_keyword(&p, "id") || (out->id = take_word(&p)) == NULL)
		return FALSE;
	if (take_keyword(&p, "for") && (recipient = take_word(&p)) != NULL)
		out->recipient = g_steal_pointer(&recipient);
	return TRUE;
}

void
carom_received_clear(CaromReceived *received)
{
	g_clear_pointer(&received->by, g_free);
	g_clear_pointer(&received->id, g_free);
	g_clear_pointer(&received->client, g_free);
	g_clear_pointer(&received->recipient, g_free);
}
