/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/page.h"
#include "store/connection_private.h"

#define ASK(call) "SELECT * FROM carom.page_" call

static const struct {
	guint n_args;
	const char *sql;
} questions[CAROM_PAGE_N] = {
	[CAROM_PAGE_ENTER] = { 1, ASK("enter($1)") },
	[CAROM_PAGE_ENTRIES] = { 2, ASK("entries($1, $2)") },
	[CAROM_PAGE_CHANGES] = { 2, ASK("changes($1, $2)") },
	[CAROM_PAGE_EVENTS] = { 2, ASK("events($1, $2)") },
	[CAROM_PAGE_SUPPRESS] = { 7, ASK("suppress($1, $2, $3, $4, $5, $6, $7::date)") },
	[CAROM_PAGE_LIFT] = { 5, ASK("lift($1, $2, $3, $4, $5)") },
	[CAROM_PAGE_LIST] = { 4, ASK("list($1, $2::jsonb, $3, $4::int)") },
	[CAROM_PAGE_COUNTS] = { 2, ASK("counts($1, $2::jsonb)") },
	[CAROM_PAGE_EXPORT] = { 3, ASK("export($1, $2::jsonb, $3)") },
	[CAROM_PAGE_IMPORT] = { 4, ASK("import($1, $2::jsonb, $3, $4::boolean)") },
	[CAROM_PAGE_INCIDENTS] = { 2, ASK("incidents($1, $2::bigint)") },
	[CAROM_PAGE_HELD] = { 2, ASK("held($1, $2::bigint)") },
	[CAROM_PAGE_CLOSE] = { 4, ASK("close($1, $2::bigint, $3::boolean, $4)") },
	[CAROM_PAGE_CAUSES] = { 2, ASK("causes($1, $2::jsonb)") },
	[CAROM_PAGE_UNDO] = { 4, ASK("undo($1, $2::jsonb, $3, $4::boolean)") },
	[CAROM_PAGE_RELEASED] = { 2, ASK("released($1, $2)") },
	[CAROM_PAGE_CHOICES] = { 2, ASK("choices($1, $2::jsonb)") },
	[CAROM_PAGE_DOMAIN] = { 2, ASK("domain($1, $2)") },
	[CAROM_PAGE_TEMPLATES] = { 4, ASK("templates($1, $2::date, $3::date, $4::jsonb)") },
	[CAROM_PAGE_REPORT] = { 2, ASK("report($1, $2::bigint)") },
	[CAROM_PAGE_KNOWN] = { 4, ASK("known($1, $2, $3, $4)") },
	[CAROM_PAGE_SCOPES] = { 1, ASK("scopes($1)") },
	[CAROM_PAGE_HEALTH] = { 1, ASK("health($1)") },
	[CAROM_PAGE_KEYS] = { 1, ASK("keys($1)") },
	[CAROM_PAGE_KEY_REVOKE] = { 3, ASK("key_revoke($1, $2, $3)") },
	[CAROM_PAGE_STAFF] = { 1, ASK("staff($1)") },
	[CAROM_PAGE_CONSUMERS] = { 1, ASK("consumers($1)") },
	[CAROM_PAGE_WEBHOOKS] = { 1, ASK("webhooks($1)") },
	[CAROM_PAGE_DELIVERIES] = { 2, ASK("deliveries($1, $2)") },
	[CAROM_PAGE_WEBHOOK_ADD] = { 6, ASK("webhook_add($1, $2, $3, $4, $5, $6)") },
	[CAROM_PAGE_WEBHOOK_DO] = { 4, ASK("webhook_do($1, $2, $3, $4)") },
};

CaromStatus
carom_page_ask(CaromStore *store, CaromPageQuestion question, const char *who,
	       const char *const *args, guint n_args, CaromTable **out, GError **err)
{
	const char *all[CAROM_PAGE_ARGUMENTS] = { who };

	*out = NULL;
	if (n_args + 1 != questions[question].n_args)
		return carom_status_fail(err, CAROM_MISUSE, "page: question %d takes %u arguments",
					 (int) question, questions[question].n_args);
	for (guint i = 0; i < n_args; i++)
		all[i + 1] = args[i];
	return carom_store_query_local(store, questions[question].sql, all, n_args + 1, out, err);
}
