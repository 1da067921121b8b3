/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lists/policy_words.h"
#include "config/scope.h"

#include <stdlib.h>

static int
number(const CaromTable *table, guint row, guint column)
{
	const char *cell = carom_table_cell(table, row, column);

	return cell ? atoi(cell) : 0;
}

CaromPolicy
carom_policy_words_row(const CaromTable *table, guint row, guint first)
{
	const CaromPolicy policy = {
		.category = carom_table_cell(table, row, first + CAROM_POLICY_CATEGORY),
		.account = carom_table_cell(table, row, first + CAROM_POLICY_ACCOUNT),
		.stream = carom_table_cell(table, row, first + CAROM_POLICY_STREAM),
		.provider = carom_table_cell(table, row, first + CAROM_POLICY_PROVIDER),
		.status = carom_table_cell(table, row, first + CAROM_POLICY_STATUS),
		.reply = carom_table_cell(table, row, first + CAROM_POLICY_REPLY),
		.after = number(table, row, first + CAROM_POLICY_AFTER),
		.within_days = number(table, row, first + CAROM_POLICY_WITHIN_DAYS),
		.expires_days = number(table, row, first + CAROM_POLICY_EXPIRES_DAYS),
		.scope = carom_table_cell(table, row, first + CAROM_POLICY_SCOPE),
		.transactional = carom_table_cell(table, row, first + CAROM_POLICY_TRANSACTIONAL),
		.note = carom_table_cell(table, row, first + CAROM_POLICY_NOTE),
	};

	return policy;
}

static const char *
scope_words(const char *scope)
{
	if (g_strcmp0(scope, "global") == 0)
		return ", for everybody";
	return g_strcmp0(scope, "stream") == 0 ? ", that stream" : "";
}

char *
carom_policy_words(const CaromPolicy *policy)
{
	GString *out = g_string_new(NULL);

	if (policy->after <= 0) {
		g_string_append(out, "never");
		return g_string_free(out, FALSE);
	}
	if (policy->after == 1)
		g_string_append(out, "at once");
	else
		g_string_append_printf(out, "after %d days within %d", policy->after,
				       policy->within_days);
	if (policy->expires_days > 0)
		g_string_append_printf(out, ", for %d day%s", policy->expires_days,
				       policy->expires_days == 1 ? "" : "s");
	else
		g_string_append(out, ", for good");
	g_string_append(out, scope_words(policy->scope));
	if (g_strcmp0(policy->transactional, "true") == 0)
		g_string_append(out, ", transactional mail too");
	return g_string_free(out, FALSE);
}

static void
append(GString *out, const char *text)
{
	if (text != NULL && *text != '\0')
		g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", text);
}

char *
carom_policy_words_where(const CaromPolicy *policy)
{
	const char *account = policy->account ? policy->account : "";
	const char *stream = policy->stream ? policy->stream : "";
	g_autofree char *scope = *account == '\0' && *stream != '\0'
					 ? g_strdup_printf("streams %s", stream)
					 : carom_scope_name(account, stream);
	GString *out = g_string_new(NULL);

	append(out, scope);
	append(out, policy->provider);
	append(out, policy->status);
	append(out, policy->reply);
	return g_string_free(out, FALSE);
}
