/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "config/scope.h"

#include <string.h>

const char *
carom_scope_problem(const char *scope)
{
	const char *slash = strchr(scope, '/');
	gsize account = slash ? (gsize) (slash - scope) : strlen(scope);

	if (account == 0)
		return "names no account";
	if (account > CAROM_SCOPE_MAX || (slash != NULL && strlen(slash + 1) > CAROM_SCOPE_MAX))
		return "is too long";
	if (slash != NULL && (slash[1] == '\0' || strchr(slash + 1, '/') != NULL))
		return "is not ACCOUNT or ACCOUNT/STREAM";
	for (const char *p = scope; *p; p++)
		if (!g_ascii_isgraph(*p) || strchr("\",<>=;", *p) != NULL)
			return "is not ACCOUNT or ACCOUNT/STREAM";
	return NULL;
}

void
carom_scope_split(const char *scope, char **account, char **stream)
{
	const char *slash = strchr(scope, '/');

	*account = slash ? g_strndup(scope, (gsize) (slash - scope)) : g_strdup(scope);
	*stream = g_strdup(slash ? slash + 1 : "");
}

char *
carom_scope_name(const char *account, const char *stream)
{
	return g_strconcat(account, *stream ? "/" : "", stream, NULL);
}
