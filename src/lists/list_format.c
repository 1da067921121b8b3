/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/list_format.h"
#include "base/text.h"

#include <string.h>

static const CaromListFormat *const formats[] = {
#define CAROM_LIST_FORMAT(id) &carom_list_format_##id,
#include "lists/list_format.def"
#undef CAROM_LIST_FORMAT
};

const CaromListFormat *const *
carom_list_formats(gsize *n)
{
	*n = G_N_ELEMENTS(formats);
	return formats;
}

const CaromListFormat *
carom_list_format_find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

/* "Email Address", "email_address" and "EmailAddress" are one name. FALSE: it is longer than any.
 */
static gboolean
bare_name(const char *name, char *out, gsize size)
{
	gsize n = 0;

	for (; *name; name++) {
		if (!g_ascii_isalnum(*name))
			continue;
		if (n + 1 == size)
			return FALSE;
		out[n++] = g_ascii_tolower(*name);
	}
	out[n] = '\0';
	return n > 0;
}

static gboolean
is_one_of(const char *names, const char *name)
{
	gsize len = strlen(name);

	for (const char *p = names; (p = strstr(p, name)) != NULL; p += len)
		if ((p == names || p[-1] == ' ') && (p[len] == '\0' || p[len] == ' '))
			return TRUE;
	return FALSE;
}

int
carom_list_format_column(const CaromListFormat *format, const char *name)
{
	char bare[64];

	if (!bare_name(name, bare, sizeof bare))
		return -1;
	for (guint i = 0; i < format->n_columns; i++)
		if (is_one_of(format->columns[i].names, bare))
			return (int) i;
	return -1;
}

/* How many of the names the format has not; -1: it is not of this format. */
static int
count_unknown(const CaromListFormat *format, const char *const *names, guint n)
{
	gboolean there[CAROM_LIST_MAX_COLUMNS] = { FALSE };
	int unknown = 0;

	for (guint i = 0; i < n; i++) {
		int column = carom_list_format_column(format, names[i]);

		if (column >= 0)
			there[column] = TRUE;
		else
			unknown++;
	}
	for (guint i = 0; i < format->n_columns; i++)
		if (format->columns[i].needed && !there[i])
			return -1;
	return format->ours && unknown > 0 ? -1 : unknown;
}

/* The names as a person reads them, ten at most. Caller's. */
static char *
show_names(const char *const *names, guint n)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (guint i = 0; i < n && i < 10; i++) {
		g_autofree char *name = carom_text_printable(names[i], 40);

		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", name);
	}
	if (n > 10)
		g_string_append_printf(out, " and %u more", n - 10);
	return g_string_free(g_steal_pointer(&out), FALSE);
}

CaromStatus
carom_list_format_choose(const char *const *names, guint n, const CaromListFormat **out,
			 GError **err)
{
	g_autofree char *shown = show_names(names, n);
	const CaromListFormat *second = NULL;
	int least = G_MAXINT;

	*out = NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
		int unknown = count_unknown(formats[i], names, n);

		if (unknown < 0 || unknown > least)
			continue;
		second = unknown == least ? formats[i] : NULL;
		if (unknown < least)
			*out = formats[i];
		least = unknown;
	}
	if (*out == NULL)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "no format has these columns: %s (carom's own begins with "
					 "address and has a reason; --form names another)",
					 shown);
	if (second != NULL)
		return carom_status_fail(err, CAROM_MALFORMED,
					 "these columns may be %s's or %s's: %s; --form says which",
					 (*out)->name, second->name, shown);
	return CAROM_OK;
}

/* ---- for the formats ------------------------------------------------------------------- */

const char *
carom_list_format_cell(const CaromListRecord *record, guint column)
{
	return record->cells[column] ? record->cells[column] : "";
}

CaromStatus
carom_list_format_take(CaromListRecord *record, guint address, CaromBulkRow *row, GError **err)
{
	row->line = record->line;
	row->fields[CAROM_BULK_ADDRESS] = carom_list_format_cell(record, address);
	return record->take(row, record->user, err);
}

CaromStatus
carom_list_format_fault(CaromListRecord *record, guint column, GError **err, const char *format,
			...)
{
	g_autofree char *reason = NULL;
	va_list args;

	va_start(args, format);
	reason = g_strdup_vprintf(format, args);
	va_end(args);
	return record->fault(record->line, (int) column, reason, record->user, err);
}

gboolean
carom_list_format_reason(CaromListRecord *record, guint column, const CaromListReason *known,
			 guint n_known, CaromBulkRow *row, CaromStatus *status, GError **err)
{
	const char *word = carom_list_format_cell(record, column);
	g_autoptr(GString) expected = g_string_new(NULL);
	g_autofree char *shown = NULL;

	for (guint i = 0; i < n_known; i++)
		if (g_ascii_strcasecmp(known[i].theirs, word) == 0) {
			row->fields[CAROM_BULK_REASON] = known[i].reason;
			row->fields[CAROM_BULK_SOURCE] = known[i].source;
			return TRUE;
		}
	for (guint i = 0; i < n_known; i++)
		g_string_append_printf(expected, "%s%s", i > 0 ? ", " : "", known[i].theirs);
	shown = carom_text_printable(word, 80);
	*status = carom_list_format_fault(record, column, err,
					  "\"%s\" is no reason of %s's that is known: %s", shown,
					  record->format->name, expected->str);
	return FALSE;
}

const char *
carom_list_format_bounce(const char *text)
{
	static const struct {
		const char *code, *category;
	} codes[] = {
		{ "5.1.1", "recipient_unknown" },  { "5.1.10", "recipient_unknown" },
		{ "5.1.2", "domain_unknown" },     { "5.4.4", "domain_unknown" },
		{ "5.1.3", "recipient_syntax" },   { "5.1.6", "recipient_moved" },
		{ "5.2.1", "recipient_disabled" }, { "5.2.2", "mailbox_full" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
		gsize n = strlen(codes[i].code);

		for (const char *p = text; (p = strstr(p, codes[i].code)) != NULL; p += n)
			if ((p == text || !g_ascii_isalnum(p[-1])) && !g_ascii_isdigit(p[n]) &&
			    !(p[n] == '.' && g_ascii_isdigit(p[n + 1])))
				return codes[i].category;
	}
	/* a list of hard bounces says at least that nobody is there */
	return "recipient_unknown";
}
