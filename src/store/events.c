/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "store/events.h"
#include "store/connection_private.h"

CaromStatus
carom_events_of_address(CaromStore *store, const char *address, CaromTable **out, GError **err)
{
	const char *const args[] = { address };

	/* in the order of the CAROM_EVENT_… columns; which policy applies is chosen as
	 * carom._ruled() does */
	return carom_store_query_local(
		store,
		"SELECT e.at, e.kind, e.action, e.account, "
		"e.stream, e.category, e.reply, e.status, e.rule, e.confidence, e.resolved_by, "
		"left(e.diagnostic, 120) AS said, e.cause, e.repeated, EXISTS (SELECT FROM "
		"carom.suppression_log l WHERE l.address = e.address AND l.event = e.id AND "
		"l.change <> 'remove') AS acted, p.after, p.within_days, "
		"CASE WHEN p.after > 1 THEN (SELECT count(DISTINCT y.day) FROM carom.event y "
		"WHERE y.address = e.address AND y.cause = e.cause "
		"AND y.day BETWEEN e.day - p.within_days + 1 AND e.day "
		"AND y.confidence IN ('proven', 'matched', 'claimed') "
		"AND (p.scope = 'global' OR y.account = e.account) "
		"AND (p.scope <> 'stream' OR y.stream = e.stream)) ELSE 1 END AS days, "
		"p.expires_days, p.account AS policy_account, p.stream AS policy_stream, "
		"p.provider AS policy_provider, p.status AS policy_status, "
		"p.reply AS policy_reply, coalesce(e.remote_mta, e.reporter) AS server, e.sent_on, "
		"e.report, r.queue_id, carom.raw_kept(r.key) IS NOT NULL AS kept "
		"FROM (SELECT * FROM carom.event WHERE address = carom.normalise($1) "
		"ORDER BY event.at DESC LIMIT 100) e LEFT JOIN LATERAL (SELECT r.after, "
		"r.within_days, r.scope, r.expires_days, r.account, r.stream, r.provider, "
		"r.status, r.reply FROM carom.policy r WHERE r.category = e.cause "
		"AND r.account IN ('', e.account) AND r.stream IN ('', e.stream) "
		"AND r.provider IN ('', e.provider) AND r.status IN ('', e.status) "
		"AND r.reply IN ('', e.reply) ORDER BY r.account <> '' DESC, r.stream <> '' DESC, "
		"r.provider <> '' DESC, r.status <> '' DESC, r.reply <> '' DESC LIMIT 1) p ON true "
		"LEFT JOIN carom.report r ON r.id = e.report AND r.part = 0 "
		"ORDER BY e.at DESC",
		args, 1, out, err);
}
