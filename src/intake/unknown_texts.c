/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/unknown_texts.h"
#include "mail/address.h"
#include "rules/template.h"

#include <stdlib.h>
#include <string.h>

#define MOST_NAMED 3 /* providers of one template that are named */

typedef struct {
	char *template_text;
	GPtrArray *by; /* char *, each once */
	guint64 events, most;
	char *first, *last; /* days */
	char *report;       /* of the most frequent text */
} Group;

static void
group_free(gpointer data)
{
	Group *group = data;

	g_free(group->template_text);
	g_ptr_array_unref(group->by);
	g_free(group->first);
	g_free(group->last);
	g_free(group->report);
	g_free(group);
}

static void
note_by(Group *group, const char *name)
{
	for (guint i = 0; i < group->by->len; i++)
		if (strcmp(group->by->pdata[i], name) == 0)
			return;
	if (*name != '\0')
		g_ptr_array_add(group->by, g_strdup(name));
}

static void
set_text(char **place, const char *text)
{
	g_free(*place);
	*place = g_strdup(text);
}

/* Adds a row of the answer to the group of its template. */
static void
add_row(GHashTable *groups, const CaromTable *table, guint row, gboolean is_sender)
{
	const char *said = carom_table_cell(table, row, CAROM_UNCLASSIFIED_SAID);
	const char *by = carom_table_cell(table, row, CAROM_UNCLASSIFIED_BY);
	const char *domain = is_sender ? carom_address_domain(by) : by;
	const char *first = carom_table_cell(table, row, CAROM_UNCLASSIFIED_FIRST);
	const char *last = carom_table_cell(table, row, CAROM_UNCLASSIFIED_LAST);
	const guint64 events =
		g_ascii_strtoull(carom_table_cell(table, row, CAROM_UNCLASSIFIED_EVENTS), NULL, 10);
	g_autofree char *text = carom_template_of(said, strlen(said));
	Group *group = g_hash_table_lookup(groups, text);

	if (group == NULL) {
		group = g_new0(Group, 1);
		group->template_text = g_steal_pointer(&text);
		group->by = g_ptr_array_new_with_free_func(g_free);
		g_hash_table_insert(groups, group->template_text, group);
	}
	note_by(group, domain ? domain : "");
	group->events += events;
	if (group->first == NULL || strcmp(first, group->first) < 0)
		set_text(&group->first, first);
	if (group->last == NULL || strcmp(last, group->last) > 0)
		set_text(&group->last, last);
	if (events > group->most) {
		group->most = events;
		set_text(&group->report, carom_table_cell(table, row, CAROM_UNCLASSIFIED_REPORT));
	}
}

static int
by_events(gconstpointer a, gconstpointer b)
{
	const Group *const *one = a, *const *other = b;

	if ((*one)->events != (*other)->events)
		return (*one)->events > (*other)->events ? -1 : 1;
	return strcmp((*one)->template_text, (*other)->template_text);
}

/* "gmail, yahoo_aol and 4 others"; NULL: nobody is known. */
static char *
names_of(const Group *group)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < group->by->len && i < MOST_NAMED; i++)
		g_string_append_printf(out, "%s%s", i ? ", " : "",
				       (const char *) group->by->pdata[i]);
	if (group->by->len > MOST_NAMED)
		g_string_append_printf(out, " and %u others", group->by->len - MOST_NAMED);
	return g_string_free(out, out->len == 0);
}

static CaromTable *
table_of(GHashTable *groups, gboolean with_rules)
{
	static const struct {
		const char *name;
		CaromColumnType type;
	} columns[] = {
		[CAROM_UNKNOWN_EVENTS] = { "events", CAROM_COLUMN_COUNT },
		[CAROM_UNKNOWN_TEMPLATE] = { "template", CAROM_COLUMN_TEXT },
		[CAROM_UNKNOWN_BY] = { "by", CAROM_COLUMN_TEXT },
		[CAROM_UNKNOWN_FIRST] = { "first_day", CAROM_COLUMN_DAY },
		[CAROM_UNKNOWN_LAST] = { "last_day", CAROM_COLUMN_DAY },
		[CAROM_UNKNOWN_SHOW] = { "show", CAROM_COLUMN_TEXT },
		[CAROM_UNKNOWN_RULE] = { "rule", CAROM_COLUMN_TEXT },
		[CAROM_UNKNOWN_REPORT] = { "report", CAROM_COLUMN_TEXT },
	};
	g_autoptr(GPtrArray) order = g_ptr_array_new();
	CaromTable *table = carom_table_new(CAROM_UNKNOWN_COLUMNS, g_hash_table_size(groups));
	GHashTableIter it;
	gpointer each;

	g_hash_table_iter_init(&it, groups);
	while (g_hash_table_iter_next(&it, NULL, &each))
		g_ptr_array_add(order, each);
	g_ptr_array_sort(order, by_events);
	for (guint c = 0; c < CAROM_UNKNOWN_COLUMNS; c++)
		carom_table_set_column(table, c, columns[c].name, columns[c].type);
	for (guint r = 0; r < order->len; r++) {
		const Group *group = order->pdata[r];

		carom_table_set_cell(table, r, CAROM_UNKNOWN_EVENTS,
				     g_strdup_printf("%" G_GUINT64_FORMAT, group->events));
		carom_table_set_cell(table, r, CAROM_UNKNOWN_TEMPLATE,
				     g_strdup(group->template_text));
		carom_table_set_cell(table, r, CAROM_UNKNOWN_BY, names_of(group));
		carom_table_set_cell(table, r, CAROM_UNKNOWN_FIRST, g_strdup(group->first));
		carom_table_set_cell(table, r, CAROM_UNKNOWN_LAST, g_strdup(group->last));
		carom_table_set_cell(table, r, CAROM_UNKNOWN_SHOW,
				     g_strdup_printf("carom explain --report %s", group->report));
		carom_table_set_cell(table, r, CAROM_UNKNOWN_REPORT, g_strdup(group->report));
		if (with_rules)
			carom_table_set_cell(table, r, CAROM_UNKNOWN_RULE,
					     carom_template_rule(group->template_text));
	}
	return table;
}

static CaromTable *
grouped(const CaromTable *answer, gboolean is_mail, const char *provider)
{
	g_autoptr(GHashTable) groups =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, group_free);

	for (guint r = 0; r < answer->n_rows; r++)
		if (provider == NULL ||
		    g_strcmp0(carom_table_cell(answer, r, CAROM_UNCLASSIFIED_BY), provider) == 0)
			add_row(groups, answer, r, is_mail);
	return table_of(groups, !is_mail);
}

CaromStatus
carom_unknown_texts_replies(CaromStore *store, const CaromSpan *span, CaromTable **out,
			    GError **err)
{
	g_autoptr(CaromTable) answer = NULL;
	CaromStatus status = carom_unclassified_replies(store, span, &answer, err);

	*out = status == CAROM_OK ? grouped(answer, FALSE, span->provider) : NULL;
	return status;
}

CaromStatus
carom_unknown_texts_messages(CaromStore *store, const CaromSpan *span, CaromTable **out,
			     GError **err)
{
	g_autoptr(CaromTable) answer = NULL;
	CaromStatus status = carom_unclassified_messages(store, span, &answer, err);

	*out = status == CAROM_OK ? grouped(answer, TRUE, NULL) : NULL;
	return status;
}
