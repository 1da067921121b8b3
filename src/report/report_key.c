/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "report/report_key.h"

#include <string.h>

/* Fields that hosts on the way add or change. Everything else is the sender's own. */
static const char *const trace_fields[] = {
	"Return-Path",
	"Received",
	"Delivered-To",
	"X-Original-To",
	"Envelope-To",
	"X-Envelope-To",
	"X-Envelope-From",
	"Received-SPF",
	"Authentication-Results",
	"ARC-",
	"X-Spam-",
	"X-Virus-",
	"X-Rspamd-",
	"X-Amavis-",
	"X-Quarantine-ID",
	"X-Carom-",
	"X-Greylist",
	"X-Spamd-",
	"X-Bogosity",
	"X-DKIM",
	"DKIM-Filter",
	"X-Scanned-By",
	"Status",
	"X-Status",
	"X-Keywords",
	"Lines",
	"Content-Length",
};

static gboolean
is_trace_field(const char *p, gsize len)
{
	for (gsize i = 0; i < G_N_ELEMENTS(trace_fields); i++) {
		gsize n = strlen(trace_fields[i]);

		if (len > n && g_ascii_strncasecmp(p, trace_fields[i], n) == 0 &&
		    (p[n] == ':' || trace_fields[i][n - 1] == '-'))
			return TRUE;
	}
	return FALSE;
}

static void
feed_line(GChecksum *sum, const char *p, gsize len)
{
	while (len > 0 && g_ascii_isspace(p[len - 1]))
		len--;
	g_checksum_update(sum, (const guchar *) p, (gssize) len);
	g_checksum_update(sum, (const guchar *) "\n", 1);
}

char *
carom_report_key(const char *data, gsize len, const char *recipient)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	const char *p = data ? data : "", *end = p + len;
	gboolean in_header = TRUE, skipping = FALSE;

	if (recipient != NULL) {
		g_autofree char *lower = g_ascii_strdown(recipient, -1);

		g_checksum_update(sum, (const guchar *) lower, -1);
	}
	g_checksum_update(sum, (const guchar *) "\n", 1);
	/* trailing empty lines come and go between hosts */
	while (end > p && g_ascii_isspace(end[-1]))
		end--;
	while (p < end) {
		const char *nl = memchr(p, '\n', (gsize) (end - p));
		const char *eol = nl ? nl : end;

		if (in_header) {
			if (eol == p || (eol == p + 1 && *p == '\r'))
				in_header = FALSE;
			else if (*p != ' ' && *p != '\t')
				skipping = is_trace_field(p, (gsize) (eol - p));
		}
		if (!in_header || !skipping)
			feed_line(sum, p, (gsize) (eol - p));
		p = nl ? nl + 1 : end;
	}
	return g_strdup(g_checksum_get_string(sum));
}
