/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/api.h"
#include "store/connection_private.h"

#include <stdlib.h>
#include <string.h>

#define ASK(call) "SELECT a.status, a.answer, array_to_json(a.next) AS next FROM carom." call " a"

static const struct {
	guint n_args;
	const char *sql;
} functions[CAROM_API_N] = {
	[CAROM_API_CHECK] = { 5, ASK("api_check($1, $2, $3::jsonb, $4, $5)") },
	[CAROM_API_LIST] = { 14,
			     ASK("api_list($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz, "
				 "$11::timestamptz, $12::timestamptz, $13::int, $14::text[])") },
	[CAROM_API_EXPORT] = { 7, ASK("api_export($1, $2, $3, $4, $5, $6::int, $7::text[])") },
	[CAROM_API_GET] = { 5, ASK("api_get($1, $2, $3, $4, $5)") },
	[CAROM_API_PUT] = { 8, ASK("api_put($1, $2, $3, $4, $5, $6, $7, $8::timestamptz)") },
	[CAROM_API_DELETE] = { 6, ASK("api_delete($1, $2, $3, $4, $5, $6)") },
	[CAROM_API_LOG] = { 5, ASK("api_log($1, $2, $3, $4::int, $5::text[])") },
	[CAROM_API_ADDRESS] = { 3, ASK("api_address($1, $2, $3)") },
	[CAROM_API_EVENTS] = { 5, ASK("api_events($1, $2, $3, $4, $5::int)") },
	[CAROM_API_UNDO] = { 10, ASK("api_undo($1, $2, $3, $4::timestamptz, $5::timestamptz, $6, "
				     "$7, $8, $9, $10::boolean)") },
	[CAROM_API_REPORT] = { 7, ASK("api_report($1, $2, $3, $4::date, $5::date, $6, $7)") },
	[CAROM_API_INCIDENTS] = { 5, ASK("api_incidents($1, $2, $3, $4::int, $5::text[])") },
	[CAROM_API_INCIDENT] = { 3, ASK("api_incident($1, $2, $3::bigint)") },
	[CAROM_API_CONFIRM] = { 4, ASK("api_close_incident($1, $2, 'confirm', $3::bigint, $4)") },
	[CAROM_API_DISCARD] = { 4, ASK("api_close_incident($1, $2, 'discard', $3::bigint, $4)") },
	[CAROM_API_POLICIES] = { 5, ASK("api_policies($1, $2, $3, $4, $5)") },
	[CAROM_API_SET_POLICY] = { 14,
				   ASK("api_set_policy($1, $2, $3, $4, $5, $6, $7, $8, "
				       "$9::int, $10::int, $11::int, $12, $13::boolean, $14)") },
	[CAROM_API_UNSET_POLICY] = { 9,
				     ASK("api_unset_policy($1, $2, $3, $4, $5, $6, $7, $8, $9)") },
	[CAROM_API_TRY_POLICY] = { 14,
				   ASK("api_try_policy($1, $2, $3::date, $4, $5, $6, $7, $8, "
				       "$9, $10::int, $11::int, $12::int, $13, $14::boolean)") },
	[CAROM_API_KEYS] = { 2, ASK("api_list_keys($1, $2)") },
	[CAROM_API_WEBHOOKS] = { 2, ASK("api_webhooks($1, $2)") },
	[CAROM_API_WEBHOOK_ADD] = { 8,
				    ASK("api_webhook_add($1, $2, $3, $4::jsonb, $5, $6, $7, $8)") },
	[CAROM_API_WEBHOOK] = { 3, ASK("api_webhook($1, $2, $3)") },
	[CAROM_API_WEBHOOK_PUT] = { 9,
				    ASK("api_webhook_put($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9)") },
	[CAROM_API_WEBHOOK_DELETE] = { 3, ASK("api_webhook_delete($1, $2, $3)") },
	[CAROM_API_WEBHOOK_TEST] = { 3, ASK("api_webhook_test($1, $2, $3)") },
	[CAROM_API_WEBHOOK_ROTATE] = { 4, ASK("api_webhook_rotate($1, $2, $3, $4::int)") },
	[CAROM_API_WEBHOOK_DELIVERIES] = { 6,
					   ASK("api_webhook_deliveries($1, $2, $3, $4, $5::int, $6::text[])") },
	[CAROM_API_WEBHOOK_REPLAY] = { 6,
				       ASK("api_webhook_replay($1, $2, $3, $4, $5::timestamptz, $6::boolean)") },
	[CAROM_API_SPARKPOST_LIST] = { 16, ASK("api_sparkpost_list($1, $2, $3, $4::timestamptz, "
					       "$5::timestamptz, $6, $7, $8, $9, $10::boolean, "
					       "$11::text[], $12::int, $13::int, $14::int, $15, "
					       "$16)") },
	[CAROM_API_SPARKPOST_SUMMARY] = { 3, ASK("api_sparkpost_summary($1, $2, $3)") },
	[CAROM_API_SPARKPOST_GET] = { 6, ASK("api_sparkpost_get($1, $2, $3, $4, $5, $6)") },
	[CAROM_API_SPARKPOST_PUT] = { 4, ASK("api_sparkpost_put($1, $2, $3, $4::jsonb)") },
	[CAROM_API_SPARKPOST_PUT_ONE] = { 9, ASK("api_sparkpost_put_one($1, $2, $3, $4, $5, "
						 "$6::boolean, $7::boolean, $8, $9)") },
	[CAROM_API_SPARKPOST_DELETE] = { 6, ASK("api_sparkpost_delete($1, $2, $3, $4, $5, $6)") },
	[CAROM_API_SPARKPOST_EVENTS] = { 13, ASK("api_sparkpost_events($1, $2, $3, "
						 "$4::timestamptz, $5::timestamptz, $6::text[], "
						 "$7::int, $8, $9, $10, $11, $12, $13)") },
	[CAROM_API_SENDGRID_LIST] = { 9, ASK("api_sendgrid_list($1, $2, $3, $4, $5::bigint, "
					     "$6::bigint, $7::int, $8::int, $9)") },
	[CAROM_API_SENDGRID_GET] = { 5, ASK("api_sendgrid_get($1, $2, $3, $4, $5)") },
	[CAROM_API_SENDGRID_GET_GLOBAL] = { 4, ASK("api_sendgrid_get($1, $2, $3, 'global', $4)") },
	[CAROM_API_SENDGRID_DELETE] = { 5, ASK("api_sendgrid_delete($1, $2, $3, $4, $5)") },
	[CAROM_API_SENDGRID_DELETE_SOME] = { 6, ASK("api_sendgrid_delete($1, $2, $3, $4, NULL, "
						    "$5::jsonb, $6::boolean)") },
	[CAROM_API_SENDGRID_DELETE_GLOBAL] = { 4, ASK("api_sendgrid_delete($1, $2, $3, 'global', "
						      "$4)") },
	[CAROM_API_SENDGRID_ADD_GLOBAL] = { 4, ASK("api_sendgrid_add_global($1, $2, $3, "
						   "$4::jsonb)") },
	[CAROM_API_SENDGRID_ADD] = { 5, ASK("api_sendgrid_add($1, $2, $3, $4::int, $5::jsonb)") },
	[CAROM_API_SENDGRID_GROUPS] = { 4, ASK("api_sendgrid_groups($1, $2, $3, $4::int)") },
	[CAROM_API_SENDGRID_GROUP] = { 4, ASK("api_sendgrid_group($1, $2, $3, $4::int)") },
	[CAROM_API_SENDGRID_MAKE_GROUP] = { 4, ASK("api_sendgrid_make_group($1, $2, $3, $4)") },
	[CAROM_API_SENDGRID_MEMBERS] = { 4, ASK("api_sendgrid_members($1, $2, $3, $4::int)") },
	[CAROM_API_SENDGRID_SEARCH] = { 5, ASK("api_sendgrid_members($1, $2, $3, $4::int, "
					       "$5::jsonb)") },
	[CAROM_API_SENDGRID_LEAVE] = { 5, ASK("api_sendgrid_leave($1, $2, $3, $4::int, $5)") },
	[CAROM_API_SENDGRID_ALL] = { 3, ASK("api_sendgrid_all($1, $2, $3)") },
	[CAROM_API_SENDGRID_GROUPS_OF] = { 4, ASK("api_sendgrid_groups_of($1, $2, $3, $4)") },
};

CaromStatus
carom_api_ask(CaromStore *store, CaromApiFunction function, const char *const *args, guint n_args,
	      CaromApiAnswer *out, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	const char *http;
	CaromStatus status;

	memset(out, 0, sizeof *out);
	if (n_args != functions[function].n_args)
		return carom_status_fail(err, CAROM_MISUSE, "api: function %d takes %u arguments",
					 (int) function, functions[function].n_args);
	status = carom_store_query(store, functions[function].sql, args, n_args, &table, err);
	if (status != CAROM_OK)
		return status;
	http = carom_table_cell(table, 0, 0);
	if (http == NULL)
		return carom_store_no_answer("the API's function", err);
	out->status = atoi(http);
	out->answer = g_strdup(carom_table_cell(table, 0, 1));
	out->next = g_strdup(carom_table_cell(table, 0, 2));
	return CAROM_OK;
}

void
carom_api_answer_clear(CaromApiAnswer *answer)
{
	g_free(answer->answer);
	g_free(answer->next);
	memset(answer, 0, sizeof *answer);
}

CaromStatus
carom_api_unsubscribe(CaromStore *store, const char *token, const char *account, const char *stream,
		      gboolean act, GError **err)
{
	const char *const args[] = { token, account, stream, act ? "true" : "false" };
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status = carom_store_query(
		store, "SELECT a.status FROM carom.api_unsubscribe($1, $2, $3, $4::boolean) a",
		args, 4, &table, err);
	const char *http = status == CAROM_OK ? carom_table_cell(table, 0, 0) : NULL;

	if (status != CAROM_OK)
		return status;
	if (http == NULL)
		return carom_store_no_answer("carom.api_unsubscribe", err);
	return atoi(http) == 200 ? CAROM_OK : CAROM_ABSENT;
}

CaromStatus
carom_api_health(CaromStore *store, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	CaromStatus status =
		carom_store_query(store, "SELECT carom.api_health()", NULL, 0, &table, err);

	if (status != CAROM_OK || carom_table_cell(table, 0, 0) != NULL)
		return status;
	return carom_store_no_answer("carom.api_health", err);
}
