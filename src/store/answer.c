/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/answer.h"

#include <string.h>

/* Which of Postgres' types is which of ours, by its number in pg_type; the others are text. */
static CaromColumnType
column_type(Oid oid)
{
	switch (oid) {
	case 16: /* boolean */
		return CAROM_COLUMN_FLAG;
	case 20: /* bigint */
	case 21: /* smallint */
	case 23: /* integer */
		return CAROM_COLUMN_COUNT;
	case 1082: /* date */
		return CAROM_COLUMN_DAY;
	case 1184: /* timestamptz */
		return CAROM_COLUMN_TIME;
	case 1700: /* numeric */
		return CAROM_COLUMN_RATE;
	default:
		return CAROM_COLUMN_TEXT;
	}
}

char *
carom_answer_time(const char *text)
{
	gsize length = strlen("2026-11-28 17:05:00"), offset = length;

	if (strlen(text) < length || text[4] != '-' || text[10] != ' ' || text[13] != ':')
		return g_strdup(text);
	offset += strspn(text + length, ".0123456789");
	if (strcmp(text + offset, "+00") == 0)
		return g_strdup_printf("%.10sT%.8sZ", text, text + 11);
	return g_strdup_printf("%.10sT%.8s%s%s", text, text + 11, text + offset,
			       strlen(text + offset) == strlen("+07") ? ":00" : "");
}

static char *
cell_of(CaromColumnType type, const char *text)
{
	switch (type) {
	case CAROM_COLUMN_FLAG:
		return g_strdup(*text == 't' ? "true" : "false");
	case CAROM_COLUMN_TIME:
		return carom_answer_time(text);
	default:
		return g_strdup(text);
	}
}

CaromTable *
carom_answer_table(const PGresult *result)
{
	CaromTable *table = carom_table_new((guint) PQnfields(result), (guint) PQntuples(result));

	for (guint c = 0; c < table->n_columns; c++) {
		CaromColumnType type = column_type(PQftype(result, (int) c));

		carom_table_set_column(table, c, PQfname(result, (int) c), type);
		for (guint r = 0; r < table->n_rows; r++)
			if (!PQgetisnull(result, (int) r, (int) c))
				carom_table_set_cell(
					table, r, c,
					cell_of(type, PQgetvalue(result, (int) r, (int) c)));
	}
	return table;
}
