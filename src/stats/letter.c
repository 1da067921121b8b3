/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/letter.h"

#include <string.h>

#define LINE 76 /* characters of an encoded line (RFC 2045) */

/* RFC 2045, section 6.7: text that people can still read where nothing decodes it. */
static void
append_quoted_printable(GString *out, const char *text)
{
	guint column = 0;

	for (const char *p = text; *p != '\0'; p++) {
		const guchar c = (guchar) *p;
		const gboolean at_end = p[1] == '\n' || p[1] == '\0';
		const gboolean plain = (c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !at_end);

		if (c == '\n') {
			g_string_append_c(out, '\n');
			column = 0;
			continue;
		}
		if (column + (plain ? 1 : 3) > LINE - 1) {
			g_string_append(out, "=\n");
			column = 0;
		}
		/* a dot alone is the end for a careless sendmail; "From " begins a message in an
		 * mbox */
		if (plain && !(column == 0 && (c == '.' || c == 'F'))) {
			g_string_append_c(out, (char) c);
			column++;
		} else {
			g_string_append_printf(out, "=%02X", c);
			column += 3;
		}
	}
}

static void
append_base64(GString *out, const char *text)
{
	g_autofree char *encoded = g_base64_encode((const guchar *) text, strlen(text));
	const gsize n = strlen(encoded);

	for (gsize i = 0; i < n; i += LINE)
		g_string_append_printf(out, "%.*s\n", (int) MIN(LINE, n - i), encoded + i);
}

/* RFC 5322, section 3.3, in UTC. Names of days and months in no other language. */
static void
append_date(GString *out, gint64 now)
{
	static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(now);

	g_string_append_printf(
		out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n",
		days[g_date_time_get_day_of_week(at) - 1], g_date_time_get_day_of_month(at),
		months[g_date_time_get_month(at) - 1], g_date_time_get_year(at),
		g_date_time_get_hour(at), g_date_time_get_minute(at), g_date_time_get_second(at));
}

char *
carom_letter_write(const CaromLetter *letter)
{
	g_autofree char *boundary = g_uuid_string_random(), *id = g_uuid_string_random();
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "From: %s\nTo: ", letter->from);
	for (gsize i = 0; letter->to[i] != NULL; i++)
		g_string_append_printf(out, "%s%s", i > 0 ? ",\n " : "", letter->to[i]);
	g_string_append_printf(out, "\nSubject: %s\n", letter->subject);
	append_date(out, letter->now);
	g_string_append_printf(out,
			       "Message-ID: <%s@%s>\n"
			       "Auto-Submitted: auto-generated\n"
			       "MIME-Version: 1.0\n"
			       "Content-Type: multipart/alternative; boundary=\"%s\"\n\n",
			       id, letter->host, boundary);
	g_string_append_printf(out,
			       "--%s\nContent-Type: text/plain; charset=utf-8\n"
			       "Content-Transfer-Encoding: quoted-printable\n\n",
			       boundary);
	append_quoted_printable(out, letter->text);
	g_string_append_printf(out,
			       "\n--%s\nContent-Type: text/html; charset=utf-8\n"
			       "Content-Transfer-Encoding: base64\n\n",
			       boundary);
	append_base64(out, letter->html);
	g_string_append_printf(out, "\n--%s--\n", boundary);
	return g_string_free(out, FALSE);
}
