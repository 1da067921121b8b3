/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/queue_id.h"
#include "base/text.h"

#include <string.h>

#define MAX_QUEUE_ID 40

/* The first character after "(comment)"s and white space. */
static const char *
skip_comments(const char *p)
{
	p += strspn(p, " \t\r\n");
	while (*p == '(') {
		p += strcspn(p, ")");
		p += *p == ')';
		p += strspn(p, " \t\r\n");
	}
	return p;
}

char *
carom_queue_id_of_received(const char *received)
{
	const char *p;
	gsize n = 0;

	if (received == NULL)
		return NULL;
	p = received + strspn(received, " \t");
	if (!carom_text_has_prefix(p, "by "))
		return NULL;
	p = skip_comments(p + strlen("by "));
	p = skip_comments(p + strcspn(p, " \t\r\n(")); /* the host */
	if (!carom_text_has_prefix(p, "id ") && !carom_text_has_prefix(p, "id\t"))
		return NULL;
	p = skip_comments(p + strlen("id "));
	while (g_ascii_isalnum(p[n]))
		n++;
	if (n == 0 || n > MAX_QUEUE_ID || (p[n] != '\0' && strchr("; \t\r\n", p[n]) == NULL))
		return NULL;
	return g_strndup(p, n);
}
