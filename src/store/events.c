/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/events.h"
#include "store/connection_private.h"

CaromStatus
carom_events_of_address(CaromStore *store, const char *address, CaromTable **out, GError **err)
{
	const char *const args[] = { address };

	/* in the order of the CAROM_EVENT_… columns */
	return carom_store_query_local(
		store,
		"SELECT at, kind, action, account, stream, category, reply, status, rule, "
		"confidence, resolved_by, said, cause, repeated, acted, after, within_days, days, "
		"expires_days, policy_account, policy_stream, policy_provider, policy_status, "
		"policy_reply, server, sent_on, report, queue_id, kept, "
		"token, headers FROM carom.story_events($1)",
		args, 1, out, err);
}
