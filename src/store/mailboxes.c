/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/mailboxes.h"
#include "store/connection_private.h"

CaromStatus
carom_mailboxes_list(CaromStore *store, CaromTable **out, GError **err)
{
	return carom_store_query(store,
				 "SELECT provider, \"on\", domains, dots, tags FROM "
				 "carom.mailboxes()",
				 NULL, 0, out, err);
}

/* The one cell of an answer. */
static CaromStatus
ask_one(CaromStore *store, const char *sql, const char *const *args, int n, char **cell,
	GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(store, sql, args, n, &table, err);

	*cell = status == CAROM_OK ? g_strdup(carom_table_cell(table, 0, 0)) : NULL;
	return status;
}

CaromStatus
carom_mailboxes_set(CaromStore *store, const char *const *providers, guint n, const char *note,
		    char **done, GError **err)
{
	g_autoptr(GString) names = g_string_new(NULL);
	const char *args[2];
	CaromStatus status;

	for (guint i = 0; i < n; i++)
		g_string_append_printf(names, "%s%s", i > 0 ? "," : "", providers[i]);
	args[0] = names->str;
	args[1] = note;
	status = ask_one(store, "SELECT carom.set_mailboxes(string_to_array($1, ','), $2)", args, 2,
			 done, err);
	return status != CAROM_OK || *done != NULL
		       ? status
		       : carom_store_no_answer("carom.set_mailboxes", err);
}

CaromStatus
carom_mailboxes_fill(CaromStore *store, const char *after, guint most, char **last, GError **err)
{
	g_autofree char *number = g_strdup_printf("%u", most);
	const char *const args[] = { after, number };

	return ask_one(store, "SELECT carom.fill_mailboxes($1, $2::int)", args, 2, last, err);
}

CaromStatus
carom_mailboxes_state(CaromStore *store, char **state, GError **err)
{
	CaromStatus status = ask_one(store, "SELECT carom.mailbox_state()", NULL, 0, state, err);

	return status != CAROM_OK || *state != NULL
		       ? status
		       : carom_store_no_answer("carom.mailbox_state", err);
}

CaromStatus
carom_mailboxes_rules(CaromStore *store, CaromTable **out, GError **err)
{
	/* in the order of the CAROM_MAILBOX_RULE_… columns */
	return carom_store_query(store,
				 "SELECT domain, mailbox_domain, ignores_dots, tags FROM "
				 "carom.mailbox_rules()",
				 NULL, 0, out, err);
}

CaromStatus
carom_mailboxes_suppressed(CaromStore *store, const char *after, guint most, CaromTable **out,
			   GError **err)
{
	g_autofree char *number = g_strdup_printf("%u", most);
	const char *const args[] = { after, number };

	/* in the order of the CAROM_MAILBOX_… columns */
	return carom_store_query(
		store, "SELECT address, mark FROM carom.suppressed_mailboxes($1, $2::int)", args, 2,
		out, err);
}
